"""What this is, one click to a live duel, recent runs."""

import streamlit as st

from wgan_gp.config import RunConfig
from wgan_gp.errors import LabError, Refused, UnknownRun
from wgan_gp.presets import preset
from wgan_gp.runs import launcher, names, record
from wgan_gp.runs.names import path_of
from wgan_gp.ui.board import board, board_runs
from wgan_gp.ui.controls import show
from wgan_gp.ui.runs_table import run_cards
from wgan_gp.ui.words import literal

RECORDED_DUEL = ("8gaussians-clip-recorded", "8gaussians-gp-recorded")
RECENT = 6


def config_of(run: str) -> RunConfig:
    with record.RunReader(path_of(run)) as reader:
        return reader.config()


def replay() -> None:
    """The recorded duel that plays by itself."""
    try:
        configs = {run: config_of(run) for run in RECORDED_DUEL}
    except UnknownRun:
        st.info("The recorded duel is not in pretrained/recordings.")
        return
    except LabError as error:
        st.warning(literal(str(error)), icon=":material/broken_image:")
        return
    board(board_runs(configs), ["samples", "estimate"], key="home-board", compact=True, autoplay={"seconds": 20, "loop": True})


try:
    names.writable_runs_folder()
except Refused as error:
    st.warning(literal(f"{error} Watching works; nothing can be started."), icon=":material/lock:")
st.markdown("### Two critics learn the same thing, one held by weight clipping, one by a gradient penalty. Watch both.")
if st.button("Start a duel", type="primary", icon=":material/play_arrow:"):
    show(lambda: launcher.start([preset("8gaussians", "clip"), preset("8gaussians", "gp")]))
st.caption("A recorded duel on 8 Gaussians:")
replay()
with st.container(horizontal=True, gap="medium"):
    st.page_link("critic_lab.py", label="See the critic alone, next to the exact optimum", icon=":material/landscape:")
    st.page_link("gradients.py", label="Follow gradients through a deep critic", icon=":material/stacked_line_chart:")
    st.page_link("generate.py", label="Generate samples with trained generators", icon=":material/auto_awesome:")
    st.page_link("latent.py", label="Wander through latent space", icon=":material/route:")
st.markdown("#### Recent runs")
runs = record.list_runs()
run_cards(runs[:RECENT], runs)
