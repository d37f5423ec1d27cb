"""Runs in lists: cards for the newest ones, a table to choose from."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from wgan_gp.config.words import aspects
from wgan_gp.errors import LabError
from wgan_gp.presets import is_of_gradients
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader, Status
from wgan_gp.ui.board import MOST_RUNS
from wgan_gp.ui.thumbnails import thumbnail
from wgan_gp.ui.words import literal

EMPTY = "There are no runs yet. Start a duel, and it appears here."


PAGES = {"duel.py": "Duel", "critic_lab.py": "Critic lab", "gradients.py": "Gradients"}
MOST_ON_PAGE = {"duel.py": 4, "critic_lab.py": MOST_RUNS, "gradients.py": MOST_RUNS}
TOGETHER_SECONDS = 2.0  # runs that were started with one click are made one after the other


def page_of(run_id: str) -> str:
    """The page that shows a run: Critic lab where only the critic learns, Gradients for its nets, else Duel."""
    with contextlib.suppress(LabError), RunReader(path_of(run_id)) as reader:
        config = reader.config()
        if config.frozen is not None:
            return "critic_lab.py"
        if is_of_gradients(config):
            return "gradients.py"
    return "duel.py"


def started_with(run: Status, runs: Sequence[Status]) -> list[str]:
    """The runs that were started with this one, itself among them, in their order: made at its time and shown on its page."""
    page, data = page_of(run.id), run.id.rsplit("-", 2)[0]
    near = [
        other
        for other in runs
        if other.state != "damaged" and abs(other.created - run.created) <= TOGETHER_SECONDS and page_of(other.id) == page
    ]
    if page == "duel.py":
        near = [other for other in near if other.id.rsplit("-", 2)[0] == data]
    found = sorted(near, key=lambda other: (other.created, other.id))
    return [other.id for other in found] if run in near and len(found) <= MOST_ON_PAGE[page] else [run.id]


def run_cards(runs: Sequence[Status], every: Sequence[Status]) -> None:
    """A card for each run: picture, state, and a link to watch it beside those that were started with it, among `every` run."""
    if not runs:
        st.caption(EMPTY)
        return
    with st.container(horizontal=True, gap="small"):
        for run in runs:
            with st.container(border=True, width=190):
                picture, trouble = thumbnail(run.id)
                with st.container(height=112, border=False):  # cards are equally high, whether there is a picture or not
                    if picture:
                        st.image(picture, width=96, alt=f"Latest samples of {run.id}")
                st.markdown(f"**{literal(run.name or run.id)}**")
                damaged = run.state == "damaged"
                st.caption("damaged" if damaged else f"{run.state}, iteration {run.step:,} of {run.steps:,}")
                if damaged or trouble:
                    st.caption(literal(run.message if damaged else trouble))
                st.page_link(page_of(run.id), label="Open", icon=":material/visibility:", query_params={"run": started_with(run, every)})


def _set_up(run: Status) -> dict[str, str]:
    """By what runs of one name are told apart; nothing of a damaged one."""
    with contextlib.suppress(LabError), RunReader(path_of(run.id)) as reader:
        told = aspects(reader.config())
        return {"Data": told["data"], "Held by": told["constraint"], "Optimiser": told["optimiser"], "Seed": told["seed"]}
    return dict.fromkeys(("Data", "Held by", "Optimiser", "Seed"), "")


def run_table(runs: Sequence[Status]) -> list[str]:
    """A table of runs. Returns the ids of the rows that are ticked."""
    pictures = [thumbnail(run.id) for run in runs]
    rows = [
        {
            "Samples": picture,
            "Run": run.id,
            "Name": run.name,
            **_set_up(run),
            "State": run.state,
            "Iteration": run.step,
            "of": run.steps,
            "Device": run.device,
            "Created": datetime.fromtimestamp(run.created),
            "Note": run.message or trouble,
        }
        for run, (picture, trouble) in zip(runs, pictures, strict=True)
    ]
    columns = {
        "Samples": st.column_config.ImageColumn(width="small"),
        "Iteration": st.column_config.NumberColumn(format="localized"),
        "of": st.column_config.NumberColumn(format="localized"),
        "Created": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
    }
    shown = [column for column in rows[0] if any(row[column] not in ("", None) for row in rows)] if rows else []
    table = st.dataframe(
        rows,
        column_config=columns,
        column_order=shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="runs",
        row_height=56,
        alt="All runs",
    )
    return [runs[row].id for row in table["selection"]["rows"] if row < len(runs)]
