"""Train side by side and watch live. `?run=a&run=b` is the whole state of this page: the link can be shared."""

import streamlit as st

from wgan_gp.runs import launcher
from wgan_gp.ui.board import board, board_runs, duel_panels
from wgan_gp.ui.controls import control_row, forget, recall, runs_in_address, show
from wgan_gp.ui.setup.duel import duel_form

MOST_RUNS = 4
PAGE = "duel.py"


def set_up() -> None:
    st.markdown("#### Set up a duel")
    st.caption("The same data and the same seed; what else is alike is up to you.")
    configs = duel_form()
    if configs:
        show(lambda: launcher.start(configs))


def new_duel() -> None:
    if st.button("New duel", icon=":material/add:", key="new-duel"):
        forget(PAGE)
        st.query_params.clear()
        st.rerun()


def watch() -> None:
    statuses, configs = runs_in_address(MOST_RUNS)
    if not configs:
        st.page_link("runs.py", label="See the runs there are", icon=":material/list:")
        return
    projector = control_row(statuses, configs, more=new_duel)
    board(board_runs(configs), duel_panels(configs.values()), key="duel-board", projector=projector, statuses=statuses)


recall(PAGE)
if st.query_params.get_all("run"):
    watch()
else:
    set_up()
