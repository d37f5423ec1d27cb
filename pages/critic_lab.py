"""The critic alone: what a clipped and a penalised one learn, beside the exact optimum. `?run=a&run=b` are the runs shown."""

import streamlit as st

from wgan_gp.config import DATA_SHAPES, RunConfig
from wgan_gp.panels.table import CRITIC_PANELS
from wgan_gp.runs import launcher
from wgan_gp.runs.record import Status
from wgan_gp.ui.board import MOST_RUNS, board, board_runs
from wgan_gp.ui.controls import control_row, recall, runs_in_address, show
from wgan_gp.ui.recordings import CRITIC_LAB, recorded
from wgan_gp.ui.setup.critic import critic_form

PAGE = "critic_lab.py"


def watch(statuses: dict[str, Status], configs: dict[str, RunConfig]) -> None:
    projector = control_row(statuses, configs, PAGE)
    groups = {run: DATA_SHAPES[config.data].title for run, config in configs.items()}
    several = groups if len(set(groups.values())) > 1 else {}
    board(board_runs(configs, several), CRITIC_PANELS, key="critic-board", projector=projector, optimum=True, statuses=statuses)


def replay() -> None:
    board(board_runs(recorded(CRITIC_LAB)), CRITIC_PANELS, key="critic-recorded", optimum=True)


recall(PAGE)
statuses, configs = runs_in_address(MOST_RUNS)
with st.expander("Set up: the generator stands still, only the critics learn", expanded=not configs):
    st.caption(
        "Given all the time it wants, a critic should become the exact optimum. Which constraint lets it? Gulrajani et al. (figure 1a) "
        "name the data sets, the noise and c = 0.01; λ = 3, width, updates, batch size 256 and learning rates (decaying to 0) are "
        "chosen here."
    )
    chosen = critic_form(list(configs.values()))
if chosen:
    wanted = chosen
    show(lambda: launcher.start(wanted), PAGE)
if configs:
    watch(statuses, configs)
elif not st.query_params.get_all("run"):
    st.caption("A recording of this set-up; start your own above.")
    replay()
