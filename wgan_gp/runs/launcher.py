"""Starts workers as commands, queues what does not fit, and sends commands to those that run.

Never multiprocessing and never a thread: a worker outlives whoever started it. Everything that counts and starts happens under one
lock for the queue, and a started worker is waited for until it holds its run, so that counting needs no guess.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import Timeout

from wgan_gp.config import MOST_STEPS, Changes, RunConfig, apply_changes, parse
from wgan_gp.errors import Damaged, InvalidConfig, LabError, Refused, UnknownRun
from wgan_gp.runs import locks, names, starting
from wgan_gp.runs.file import RunFile
from wgan_gp.runs.locks import PATIENCE
from wgan_gp.runs.reader import RunReader, Status
from wgan_gp.runs.record import list_runs
from wgan_gp.runs.states import LIVE

_order: tuple[float, Path, list[str]] = (float("-inf"), Path(), [])  # when, where and in which order runs waited

# --- start --------------------------------------------------------------------------------------------------------------------


def start(configs: Sequence[RunConfig], order: Sequence[int] = ()) -> list[str]:
    """Make a run of each config and start as many as fit; the others wait in the queue. Returns their ids, as the configs stand.

    order: the places of the configs in the order in which they are started, where it is another.

    Raises Refused where runs cannot be written.
    """
    with _queue():
        ids = {place: _make(configs[place], "queued") for place in order or range(len(configs))}
        _start_what_fits()
    return [ids[place] for place in range(len(configs))]


def create(config: RunConfig) -> str:
    """Make a run that is about to be trained by the caller itself, `worker.run(path_of(id))`; the queue leaves it alone."""
    return _make(config, "starting")


def resume(run_id: str, steps: int | None = None) -> None:
    """Go on with a run from its last checkpoint, at the end of the queue where there is no room.

    A finished run is extended to `steps` iterations, any other may be. Raises as `check_resumable`.
    """
    with _queue():
        check_resumable(run_id, steps)
        if steps is not None:
            set_length(run_id, steps)
        with RunFile(names.path_of(run_id)) as file:
            file.queue()
        _start_what_fits()


def set_length(run_id: str, steps: int) -> None:
    """Leave a new number of iterations for a run that `check_resumable` lets go on; its worker takes it over before all else."""
    with RunFile(names.path_of(run_id)) as file:
        file.send("change", Changes(steps=steps).model_dump_json(exclude_none=True))


def check_resumable(run_id: str, steps: int | None = None) -> None:
    """Raises Refused with the reason where a run cannot go on: it runs, waits, has reached its last iteration, or is a recording.

    Raises InvalidConfig where it has done `steps` iterations already.
    """
    path = names.path_of(run_id)
    if names.is_recording(path):
        raise Refused(f"{run_id} is a recording that ships with the Lab; start a run of its own instead.")
    status = _status(path)
    state = status.state
    if state in LIVE or locks.is_held(names.lock_path(path), PATIENCE):
        raise Refused(f"The run {run_id} is already running.")
    if state == "queued":
        raise Refused(f"The run {run_id} is waiting in the queue already.")
    if steps is not None:
        _check_length(status, steps)
    elif state == "finished":
        raise Refused(
            f"The run {run_id} has reached its last iteration, {status.step:,}; give a larger number of iterations to extend it, at most "
            f"{MOST_STEPS:,}."
        )


def _check_length(status: Status, steps: int) -> None:
    parse(Changes, {"steps": steps})
    if steps <= status.step:
        raise InvalidConfig(
            f"steps: {steps:,} is not allowed; {status.id} has done {status.step:,} iterations, so it must be from {status.step + 1:,} to "
            f"{MOST_STEPS:,}."
        )


def start_next() -> None:
    """Start as many queued runs as fit now. Cheap where none waits."""
    if any(status.state == "queued" for status in list_runs()):
        with _queue():
            _start_what_fits()


def queue_place(run_id: str, age: float = 0.0) -> int | None:
    """Which place a run has in the queue, from 1; None where it does not wait.

    The answer may be `age` seconds old: to look costs a few milliseconds where there are hundreds of runs.
    """
    global _order
    now, folder = time.monotonic(), names.runs_folder()
    if now - _order[0] >= age or _order[1] != folder or run_id not in _order[2]:
        starting.reap()
        _order = now, folder, [path.stem for path in _waiting()]
    waiting = _order[2]
    return waiting.index(run_id) + 1 if run_id in waiting else None


# --- commands -----------------------------------------------------------------------------------------------------------------


def stop(run_id: str) -> None:
    """Ask a run to save and end; a queued one leaves the queue. A worker that gives no sign of life is killed.

    Raises Refused where it is not running.
    """
    path = names.path_of(run_id)
    if _status(path).state == "queued":
        _leave_queue(path)
        return
    status = send(run_id, "stop")
    if status.silent is not None and status.pid is not None:
        _kill(path, status.pid)
        start_next()


def pause(run_id: str) -> None:
    """Stop iterating until `unpause`; the run keeps its place and its worker."""
    send(run_id, "pause")


def unpause(run_id: str) -> None:
    """Go on after `pause` or `step`."""
    send(run_id, "resume")


def step(run_id: str, iterations: int = 1) -> None:
    """Make so many iterations, then stay paused. Raises Refused for a number below 1."""
    if not isinstance(iterations, int) or not 1 <= iterations <= 1_000_000:
        raise Refused(f"step: {names.shown(iterations)} is not allowed; a whole number from 1 to 1,000,000.")
    send(run_id, "step", str(iterations))


def change(run_id: str, changes: Changes) -> None:
    """Change learning rate, n_critic, lambda, c or the number of iterations from the next iteration on. Raises as `check_change`."""
    check_change(run_id, changes)
    send(run_id, "change", changes.model_dump_json(exclude_none=True))


def check_change(run_id: str, changes: Changes) -> None:
    """Raises InvalidConfig where the run has no such value, or has done so many iterations already."""
    with RunReader(names.path_of(run_id)) as reader:
        apply_changes(reader.config(), changes)
        if changes.steps is not None:
            _check_length(reader.status(), changes.steps)


def send(run_id: str, verb: str, argument: str = "") -> Status:
    """Leave a command for a run's worker. Returns how the run stood. Raises Refused where it is not running."""
    path = names.path_of(run_id)
    status = _once_it_lives(path)
    if status.state not in LIVE:
        raise Refused(f"The run {run_id} is not running; it is {status.state}.")
    with RunFile(path) as file:
        file.send(verb, argument)
    return status


def _once_it_lives(path: Path) -> Status:
    """The status; a worker that has just taken its lock is given a moment to say so."""
    deadline = time.monotonic() + 2
    while True:
        status = _status(path)
        if status.state in LIVE or time.monotonic() > deadline or not locks.is_held(names.lock_path(path), PATIENCE):
            return status
        time.sleep(0.02)


# --- the queue ----------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _queue() -> Iterator[None]:
    """The lock of the queue. Raises Refused where it cannot be had."""
    starting.reap()
    folder = names.writable_runs_folder()
    try:
        lock = locks.queue_lock()
        lock.acquire()
    except Timeout:
        raise Refused("Other runs are being started; try again in a moment.") from None
    except OSError as error:
        raise names.cannot_write(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def _make(config: RunConfig, state: str) -> str:
    with RunFile.create(config, state=state) as file:
        return file.path.stem


def _waiting() -> list[Path]:
    """The files of queued runs, first come first."""
    found: list[tuple[tuple[float, str], Path]] = []
    for status in list_runs():
        if status.state == "queued":
            with contextlib.suppress(LabError):
                path = names.path_of(status.id)
                with RunReader(path) as reader:
                    found.append((reader.queued_since(), path))
    return [path for _, path in sorted(found)]


def _start_what_fits() -> None:
    """Only under the lock of the queue. A run that cannot be started is no reason to keep the others waiting."""
    waiting = _waiting()
    while waiting and (free := locks.capacity() - locks.held_slots(PATIENCE)) > 0:
        next_ones, waiting = waiting[:free], waiting[free:]
        begun = []
        for path in next_ones:
            with contextlib.suppress(Damaged, UnknownRun):
                begun.append(starting.begin(path))
        for start in begun:
            with contextlib.suppress(Damaged, UnknownRun):
                starting.wait(start)


def _leave_queue(path: Path) -> None:
    with _queue():
        if _status(path).state == "queued":
            with RunFile(path) as file:
                file.set_state("stopped")
            return
    send(path.stem, "stop")  # it was started while we waited


# --- processes ----------------------------------------------------------------------------------------------------------------


def _kill(path: Path, pid: int) -> None:
    """End a worker that no longer listens. Its lock is held, so that the process id in the file is still its own."""
    if not locks.is_held(names.lock_path(path), PATIENCE):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    lock = locks.hold(names.lock_path(path), 5)
    with locks.keeping(lock, f"The worker of {path.stem} (process {pid}) does not end."), RunFile(path) as file:
        file.set_state("stopped", "The worker did not respond and was ended; the run can be resumed from its last checkpoint.")


def _status(path: Path) -> Status:
    with RunReader(path) as reader:
        return reader.status()
