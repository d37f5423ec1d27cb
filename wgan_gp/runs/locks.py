"""Who is alive: a held file lock is the sign of life (a process id can be reused, a clock can be set).

A worker holds the lock of its run and one of the slots for its whole life; both are gone the instant its process is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from wgan_gp.cores import usable_cores
from wgan_gp.errors import InvalidConfig, Refused
from wgan_gp.runs import names

SLOTS = 64
PATIENCE = 0.05  # seconds: a lock that is held for an instant is only being asked about
LOCK_SECONDS = 1.0  # others hold a run's lock for an instant, to ask whether it is held


def hold(path: Path, seconds: float = 0.0) -> BaseFileLock | None:
    """Take the lock within `seconds`; None where someone else holds it. Raises Refused where the folder takes no files."""
    lock = _lock(path)
    try:
        lock.acquire(timeout=seconds, poll_interval=0.01)
    except Timeout:
        return None
    except OSError as error:
        raise names.cannot_write(path.parent, error) from error
    return lock


def is_held(path: Path, patience: float = 0.0) -> bool:
    """Whether a living process holds this lock.

    Asking takes the lock for an instant, so that two who ask at once can see each other: with `patience` (seconds) the question is
    repeated before the answer is yes. Where the folder is read-only nobody can hold it: no.
    """
    if not path.exists():
        return False
    try:
        lock = hold(path, patience)
    except Refused:
        return False
    if lock is None:
        return True
    lock.release()
    return False


def queue_lock() -> BaseFileLock:
    """The lock under which runs are counted and started; to be used in a `with`."""
    return _lock(names.writable_runs_folder() / "queue.lock", seconds=60)


def _lock(path: Path, seconds: float = -1) -> BaseFileLock:
    """A lock of the system alone: what filelock puts in its place on a file system without them outlives a killed worker."""
    return FileLock(path, timeout=seconds, thread_local=False, fallback_to_soft=False)


def capacity() -> int:
    """How many runs may train at once: `$WGAN_GP_CAPACITY`, by default the number of CPU cores we may use and at least 4."""
    text = os.environ.get("WGAN_GP_CAPACITY")
    if not text:
        return min(SLOTS, max(4, usable_cores()))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= SLOTS:
        raise InvalidConfig(f"WGAN_GP_CAPACITY: {names.shown(text)} is not allowed; write a whole number from 1 to {SLOTS}.")
    return int(text)


def take_slot() -> BaseFileLock | None:
    """Take the first free slot; None where all are held."""
    folder = _slots_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise names.cannot_write(folder, error) from error
    for number in range(SLOTS):
        slot = hold(folder / str(number))
        if slot is not None:
            return slot
    return None


def held_slots(patience: float = 0.0) -> int:
    """How many slots are held by living workers."""
    return sum(is_held(_slots_folder() / str(number), patience) for number in range(SLOTS))


def _slots_folder() -> Path:
    return names.runs_folder() / "slots"


@contextmanager
def keeping(lock: BaseFileLock | None, otherwise: str) -> Iterator[None]:
    """Let go of what was taken, in the end. Raises Refused, saying `otherwise`, where nothing was."""
    if lock is None:
        raise Refused(otherwise)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def holding_run(path: Path) -> Iterator[None]:
    """Hold a slot and the lock of this run, as a worker does. Raises Refused where the run is running or all slots are held.

    The slot comes first: who sees the run alive may count on its slot.
    """
    with (
        keeping(take_slot(), f"{SLOTS} runs are training already; wait until one ends."),
        keeping(hold(names.lock_path(path), LOCK_SECONDS), f"The run {path.stem} is already running."),
    ):
        yield
