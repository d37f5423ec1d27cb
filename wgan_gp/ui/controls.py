"""The buttons that steer the runs of a duel. What cannot be done now is disabled and says why."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from wgan_gp.config import MOST_STEPS, RunConfig
from wgan_gp.errors import LabError, Refused, UnknownRun
from wgan_gp.runs import launcher, names
from wgan_gp.runs.record import RunReader, Status
from wgan_gp.runs.states import LIVE, MOVING, RESUMABLE, UNFINISHED
from wgan_gp.ui.setup.changes import changes_form, length_form
from wgan_gp.ui.theme import projector, projector_switch, run_label
from wgan_gp.ui.visitors import own, owned
from wgan_gp.ui.words import literal

MINE = "controlled-runs"
TO_SHOW = "runs-to-show"
WATCHED = "watched-on-"  # session: and a page, the runs that its address named last
FOLLOW_SECONDS = 5.0
Action = Callable[[str], None]


def control(run_ids: Sequence[str]) -> None:
    """Let this browser steer these runs: those it started itself, or has taken over."""
    st.session_state[MINE] = {*st.session_state.get(MINE, ()), *run_ids}
    own(run_ids)


def controls(run_ids: Sequence[str]) -> bool:
    """Whether this browser may steer all of these runs; a reload and another tab of it change nothing."""
    return set(run_ids) <= {*st.session_state.get(MINE, ()), *owned()}


def runs_in_address(most: int) -> tuple[dict[str, Status], dict[str, RunConfig]]:
    """Status and config of the runs in the page's address, by id; of one that is gone or damaged a warning says so."""
    statuses, configs = {}, {}
    for run_id in dict.fromkeys(st.query_params.get_all("run")[:most]):
        try:
            with RunReader(names.path_of(run_id)) as reader:
                statuses[run_id], configs[run_id] = reader.status(), reader.config()
        except LabError as error:
            statuses.pop(run_id, None)
            st.warning(literal(str(error)), icon=":material/search_off:")
    return statuses, configs


def recall(page: str) -> None:
    """Bring back the runs that this browser session watched on `page` where its address names none, as after a click in the navigation."""
    now, key = st.query_params.get_all("run"), WATCHED + page
    if now:
        st.session_state[key] = now
        return
    there = []
    for run in st.session_state.get(key, []):
        with contextlib.suppress(UnknownRun):
            names.path_of(run)
            there.append(run)
    if there:
        st.query_params["run"] = there


def forget(page: str) -> None:
    """The next visit of `page` begins with nothing."""
    st.session_state.pop(WATCHED + page, None)


def control_bar(statuses: Mapping[str, Status], configs: Mapping[str, RunConfig], page: str = "duel.py") -> None:
    """Resume, pause, step, stop, restart and live settings, for all runs shown on `page`. Actions end in a rerun of the page."""
    states = {run: status.state for run, status in statuses.items()}
    if not controls(list(statuses)):
        _viewer_bar(list(statuses))
        return
    resumable = [run for run, s in statuses.items() if s.state == "paused" or (s.state in RESUMABLE and s.step < s.steps)]
    training = [run for run, state in states.items() if state in MOVING]
    steppable = [run for run, state in states.items() if state in LIVE]
    alive = [run for run, state in states.items() if state in UNFINISHED]
    _button("Resume", "play_arrow", resumable, "No run is paused or stopped.", partial(_go_on, states=states))
    _button("Pause", "pause", training, "No run is training.", launcher.pause)
    for count in (1, 10, 100):
        _button(
            f"+{count}",
            None,
            steppable,
            "No run is training or paused.",
            partial(launcher.step, iterations=count),
            f"{count} iterations, then pause",
        )
    _button("Stop", "stop", alive, "No run is going on.", launcher.stop, "Save and end all runs")
    if st.button("Restart", icon=":material/restart_alt:", help="Stop these runs and start new ones with the same settings and seed"):
        show(partial(restart, configs, alive), page)
    with st.popover(
        "Settings", icon=":material/tune:", disabled=not steppable, help=None if steppable else "No run is training or paused."
    ):
        _apply_changes({run: configs[run] for run in steppable} or configs)
    finished = extendable(list(statuses.values()))
    if finished:
        extend(finished)


def control_row(
    statuses: Mapping[str, Status], configs: Mapping[str, RunConfig], page: str = "duel.py", more: Callable[[], None] | None = None
) -> bool:
    """The control bar, the projector switch and what else a page has there (`more`) in a row; whether the board is for a projector."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        control_bar(statuses, configs, page)
        projector_switch()
        if more is not None:
            more()
    return projector()


def extendable(runs: Sequence[Status]) -> list[Status]:
    """Those that have reached their last iteration and may be given more."""
    return [run for run in runs if run.state == "finished" and run.step < MOST_STEPS and not names.is_recording(names.path_of(run.id))]


def extend(finished: Sequence[Status]) -> None:
    """A button that asks for a larger number of iterations and lets these runs go on to it. Ends in a rerun of the page."""
    with st.popover(
        "Extend",
        icon=":material/more_time:",
        disabled=not finished,
        help="Give finished runs more iterations" if finished else "Tick a run that has finished.",
    ):
        steps = length_form(max(run.step for run in finished)) if finished else None
    if steps:
        ids = [run.id for run in finished]
        _each(ids, partial(launcher.resume, steps=steps))
        control(ids)
        st.rerun()


def restart(configs: Mapping[str, RunConfig], alive: Sequence[str]) -> list[str]:
    """Stop what runs and start the same configs anew. Returns the new ids."""
    for run in alive:
        with contextlib.suppress(Refused):  # it has just ended by itself
            launcher.stop(run)
    return launcher.start(list(configs.values()))


@dataclass
class _Way:
    """Where this browser session is to go next, and from which address. Kept in the session's state, and changed in place."""

    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    until: float = 0.0
    page: str = "duel.py"


def show(prepare: Callable[[], list[str]], page: str = "duel.py") -> None:
    """Do what makes the runs, then show them on this page, under control of this session. Ends the script run.

    While `prepare` starts workers, the board may report a state; Streamlit then ends this script run at its next word to Streamlit,
    a look into the session's state included. So the way is fetched before, and what came out is noted in it without a word.
    """
    way, old = _way(), st.query_params.get_all("run")
    way.new = prepare()
    way.old, way.page, way.until = old, page, time.monotonic() + FOLLOW_SECONDS
    st.rerun()


def follow() -> None:
    """Go where `show` pointed, from the address it was called at. The frame calls this in every run.

    A report of the board that crossed the change of page asks for the old address again, and must not stay there. After some
    seconds the old address is one like any other.
    """
    way = _way()
    if time.monotonic() < way.until and st.query_params.get_all("run") == way.old:
        control(way.new)
        st.switch_page(way.page, query_params={"run": way.new})


def _way() -> _Way:
    way: _Way = st.session_state.setdefault(TO_SHOW, _Way())
    return way


def _viewer_bar(run_ids: Sequence[str]) -> None:
    st.caption("You are watching. What you do here changes nothing for others.")
    if st.button("Take control", icon=":material/touch_app:", help="Show the buttons that pause, stop and change these runs"):
        control(run_ids)
        st.rerun()


def _button(label: str, icon: str | None, runs: Sequence[str], reason: str, action: Action, text: str | None = None) -> None:
    pressed = st.button(
        label, icon=f":material/{icon}:" if icon else None, disabled=not runs, help=text if runs else reason, key=f"control-{label}"
    )
    if pressed:
        _each(runs, action)
        st.rerun()


def _go_on(run: str, states: Mapping[str, str]) -> None:
    """On from a pause in the same worker, or from the last checkpoint in a new one."""
    if states[run] == "paused":
        launcher.unpause(run)
    else:
        launcher.resume(run)


def _each(runs: Sequence[str], action: Action) -> None:
    """Do it for every run; one that has ended in the meantime is no reason to leave the others out."""
    refusals = []
    for run in runs:
        try:
            action(run)
        except Refused as refusal:
            refusals.append(refusal)
    if len(refusals) == len(runs):
        raise refusals[0]


def _apply_changes(configs: Mapping[str, RunConfig]) -> None:
    changes = changes_form(configs, {run: run_label(config) for run, config in configs.items()})
    for run, change in (changes or {}).items():  # all or none
        launcher.check_change(run, change)
    for run, change in (changes or {}).items():
        launcher.change(run, change)
    if changes:
        st.toast("The change takes effect with the next iteration.")
