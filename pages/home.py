"""What this is, one click to a live duel, recent runs."""

import streamlit as st

from wgan_gp.errors import Refused
from wgan_gp.panels.glossary import ARJOVSKY_LINK, GULRAJANI_LINK
from wgan_gp.panels.looks import HOME
from wgan_gp.presets import preset
from wgan_gp.runs import launcher, names, record
from wgan_gp.ui.board import board, board_runs
from wgan_gp.ui.controls import show
from wgan_gp.ui.recordings import DUEL, recorded
from wgan_gp.ui.runs_table import run_cards
from wgan_gp.ui.sketch import IN_WORDS, recorded_sketch
from wgan_gp.ui.theme import projector
from wgan_gp.ui.words import literal

RECENT = 6
INTRODUCTION = f"""
- A **generator** G makes samples from random numbers z. A **critic** D gives every sample a number: it learns to give real samples \
more than fake ones, and the generator learns to get more for its own.
- Where D rises, samples look more real to it: the generator follows that **slope**. Without a limit D could just grow, so the critic is \
held: its slope should be at most 1.
- **Weight clipping** ({ARJOVSKY_LINK}) cuts every weight of the critic to between −c and c. The slope is limited then, but at \
a height nobody chose, and the critic is left with simple shapes.
- The **gradient penalty** ({GULRAJANI_LINK}) asks for a slope of 1 where real and fake samples meet, by a term in the critic's loss.

Every word is explained behind » at the top left.
"""
LEGEND = (
    "Grey: real points. Coloured points: fake ones, orange under weight clipping, blue under the penalty. Background: D, from purple (low) "
    "to orange (high), with its level lines. Each method has its paper's optimiser."
)


def introduction() -> None:
    """What a WGAN is and what the two methods do, in a minute, beside a sketch."""
    st.markdown("### Two critics learn the same thing, one held by weight clipping, one by a gradient penalty. Watch both.")
    left, right = st.columns([5, 4], gap="medium")
    with left:
        drawn = recorded_sketch()
        if drawn:
            st.image(drawn, width="stretch", alt=IN_WORDS)
    right.markdown(INTRODUCTION)


def replay() -> None:
    """The recorded duel that plays by itself."""
    st.markdown("#### A recorded duel on 8 Gaussians")
    st.caption(LEGEND)
    configs = recorded(DUEL)
    if not configs:
        return
    playing = {"seconds": 20, "loop": True}
    panels = ["samples", "estimate"]
    board(board_runs(configs), panels, key="home-board", compact=True, projector=projector(), autoplay=playing, look=HOME)


try:
    names.writable_runs_folder()
except Refused as error:
    st.warning(literal(f"{error} Watching works; nothing can be started."), icon=":material/lock:")
introduction()
if st.button("Start a duel", type="primary", icon=":material/play_arrow:", help="8 Gaussians, about a minute on two cores"):
    show(lambda: launcher.start([preset("8gaussians", "clip"), preset("8gaussians", "gp")]))
replay()
with st.container(horizontal=True, gap="medium"):
    st.page_link("critic_lab.py", label="See the critic alone, next to the exact optimum", icon=":material/landscape:")
    st.page_link("gradients.py", label="Follow gradients through a deep critic", icon=":material/stacked_line_chart:")
    st.page_link("generate.py", label="Generate samples with trained generators", icon=":material/auto_awesome:")
    st.page_link("latent.py", label="Wander through latent space", icon=":material/route:")
st.markdown("#### Recent runs")
runs = record.list_runs()
run_cards(runs[:RECENT], runs)
