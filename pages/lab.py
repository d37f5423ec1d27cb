"""The frame of every page: navigation, and the one place where a LabError becomes a message."""

from pathlib import Path

import streamlit as st

from wgan_gp.errors import LabError
from wgan_gp.panels.glossary import GLOSSARY
from wgan_gp.ui.address import drop_infinite
from wgan_gp.ui.controls import follow
from wgan_gp.ui.theme import frame_css, projector_switch
from wgan_gp.ui.words import literal

FAVICON = Path(__file__).parents[1] / "wgan_gp" / "ui" / "assets" / "favicon.png"

st.set_page_config(page_title="WGAN-GP Lab", page_icon=str(FAVICON), layout="wide", initial_sidebar_state="collapsed")
st.html(f"<style>{frame_css()}</style>")
page = st.navigation(
    [
        st.Page("home.py", title="Home", icon=":material/home:", default=True),
        st.Page("duel.py", title="Duel", icon=":material/compare_arrows:"),
        st.Page("critic_lab.py", title="Critic lab", icon=":material/landscape:"),
        st.Page("gradients.py", title="Gradients", icon=":material/stacked_line_chart:"),
        st.Page("generate.py", title="Generate", icon=":material/auto_awesome:"),
        st.Page("latent.py", title="Latent", icon=":material/route:"),
        st.Page("runs.py", title="Runs", icon=":material/list:"),
    ],
    position="top",
)
with st.sidebar:
    st.markdown("#### What the words mean")
    for word, meaning in GLOSSARY.items():
        with st.expander(word):
            st.markdown(meaning)
try:
    drop_infinite()
    follow()
    page.run()
except LabError as error:
    st.error(literal(str(error)), icon=":material/error:")
with st.sidebar:
    projector_switch()
