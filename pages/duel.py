"""Train side by side and watch live. `?run=a&run=b` is the whole state of this page: the link can be shared."""

import streamlit as st

from wgan_gp.errors import UnknownRun
from wgan_gp.runs import launcher
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.ui.board import board, board_runs, duel_panels
from wgan_gp.ui.controls import control_bar, show
from wgan_gp.ui.forms import duel_form
from wgan_gp.ui.words import literal

MOST_RUNS = 4


def set_up() -> None:
    st.markdown("#### Set up a duel")
    st.caption("The same data and the same seed, held in different ways: every difference you see comes from the constraint.")
    configs = duel_form()
    if configs:
        show(lambda: launcher.start(configs))


def watch(run_ids: list[str]) -> None:
    statuses, configs = {}, {}
    for run_id in dict.fromkeys(run_ids[:MOST_RUNS]):
        try:
            with RunReader(path_of(run_id)) as reader:
                statuses[run_id], configs[run_id] = reader.status(), reader.config()
        except UnknownRun as error:
            st.warning(literal(str(error)), icon=":material/search_off:")
    if not configs:
        st.page_link("runs.py", label="See the runs there are", icon=":material/list:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        control_bar(statuses, configs)
        projector = st.toggle("Projector", key="projector", persist_state="session", help="Larger text and lines")
        if st.button("New duel", icon=":material/add:", key="new-duel"):
            st.query_params.clear()
            st.rerun()
    board(board_runs(configs), duel_panels(configs.values()), key="duel-board", projector=projector)


chosen = st.query_params.get_all("run")
if chosen:
    watch(chosen)
else:
    set_up()
