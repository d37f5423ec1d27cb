"""Gradients through the layers of a deep critic, and its weights under clipping. `?run=a&run=b` are the runs shown."""

import streamlit as st

from wgan_gp.config import RunConfig
from wgan_gp.panels.table import GRADIENTS_PANELS
from wgan_gp.runs import launcher
from wgan_gp.runs.record import Status
from wgan_gp.ui.board import MOST_RUNS, board, board_runs
from wgan_gp.ui.controls import control_row, recall, runs_in_address, show
from wgan_gp.ui.recordings import GRADIENTS, recorded
from wgan_gp.ui.setup.gradients import gradients_form, in_words

PAGE = "gradients.py"
FIRST = (3, 1, 0, 2)  # the penalty and one clipped critic begin: there is something to compare at once


def watch(statuses: dict[str, Status], configs: dict[str, RunConfig]) -> None:
    projector = control_row(statuses, configs, PAGE)
    board(board_runs(configs), GRADIENTS_PANELS, key="gradients-board", projector=projector, small=True, statuses=statuses)


recall(PAGE)
statuses, configs = runs_in_address(MOST_RUNS)
with st.expander("Set up: the same deep nets, three clipping limits and a penalty", expanded=not configs):
    st.caption(
        "How much of the critic's gradient reaches its first layers? Under clipping every layer multiplies it by about the same factor."
    )
    chosen = gradients_form(list(configs.values()))
if chosen:
    wanted = chosen
    show(lambda: launcher.start(wanted, order=FIRST), PAGE)
if configs:
    watch(statuses, configs)
elif not st.query_params.get_all("run"):
    shown = recorded(GRADIENTS)
    st.caption("A recording, two critics over 3,000 iterations; start all four of your own above.")
    board(board_runs(shown), GRADIENTS_PANELS, key="gradients-recorded", small=True)
st.caption(in_words(list(configs.values())))
