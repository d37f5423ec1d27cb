"""A run is one SQLite file: this is what others need of it. Writing is in `writer`, reading in `reader`, the tables in `schema`."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import numpy as np

from wgan_gp.errors import LabError, Refused, UnknownRun
from wgan_gp.home import home
from wgan_gp.runs import locks, names, tables
from wgan_gp.runs.names import new_id, path_of, runs_folder
from wgan_gp.runs.reader import RunReader, Status
from wgan_gp.runs.rows import MOST_TIME, Command, StoredMoment
from wgan_gp.runs.schema import DiskFull, sensibly
from wgan_gp.runs.states import ENDED, UNFINISHED
from wgan_gp.runs.writer import RunWriter

__all__ = [
    "Command", "DiskFull", "RunReader", "RunWriter", "Status", "StoredMoment", "delete", "export_clean", "home", "latest", "list_runs",
    "new_id", "path_of", "runs_folder",
]  # fmt: skip

_seen: dict[Path, tuple[tuple[int, int, int], Status]] = {}  # ended runs by the state of their file: only spares opening them again


def list_runs() -> list[Status]:
    """All runs, the newest first. A file that cannot be read is listed as state "damaged" with the reason; never raises for one."""
    try:
        paths = [path for path in runs_folder().glob(f"*{names.SUFFIX}") if names.is_id(path.stem) and not names.is_strange(path)]
    except OSError:
        return []
    for gone in [path for path in list(_seen) if path not in paths]:
        _seen.pop(gone, None)
    runs = [status for path in paths if (status := _summary(path)) is not None]
    return sorted(runs, key=lambda status: (status.created, status.id), reverse=True)


def latest() -> str:
    """The id of the newest run. Raises UnknownRun where there is none."""
    for status in list_runs():
        if status.state != "damaged":
            return status.id
    raise UnknownRun("There is no run yet.")


def delete(run_id: str) -> None:
    """Remove a run and all its files. Raises Refused while it runs, and for the recordings that ship with the Lab."""
    path = path_of(run_id)
    if names.is_recording(path):
        raise Refused(f"{run_id} is a recording that ships with the Lab; it cannot be deleted.")
    with locks.keeping(locks.hold(names.lock_path(path), 0.2), f"The run {run_id} is running; stop it first, then delete it."):
        # The run itself first: what is left behind, if we are killed here, is no run any more.
        for file in (path, *names.companions(path)):
            if file != names.lock_path(path):
                _remove(file)
    with contextlib.suppress(OSError):
        names.lock_path(path).unlink(missing_ok=True)


def export_clean(run_id: str, target: Path, *, checkpoints: bool = True, moments: int | None = None) -> None:
    """Write a compact copy to `target`: one file that opens read-only.

    Without `checkpoints` it can be watched but not resumed; at most `moments` moments are kept, evenly spread.
    Raises Refused where `target` exists or cannot be written.
    """
    path = path_of(run_id)
    if target.exists():
        raise Refused(f"{target} exists already; choose another name.")
    with RunReader(path) as reader:
        reader.status()  # refuses what is no run
        reader.copy_to(target)
    try:
        with sensibly(target), contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
            _clean(copy, checkpoints, moments)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _clean(copy: sqlite3.Connection, checkpoints: bool, moments: int | None) -> None:
    if not checkpoints:
        copy.execute("DELETE FROM checkpoint")
    if moments is not None:
        _thin_moments(copy, moments)
    copy.execute("DELETE FROM command")
    copy.execute("UPDATE run SET pid = NULL, heartbeat = NULL, rate = NULL")
    copy.execute(f"UPDATE run SET state = 'stopped' WHERE state IN {UNFINISHED}")
    copy.execute("PRAGMA journal_mode = DELETE")
    copy.execute("VACUUM")


def _thin_moments(copy: sqlite3.Connection, most: int) -> None:
    """Keep so many moments, evenly spread, with the first and the last."""
    found = tables.places(copy)
    steps = np.array([step for _, step in found])
    kept = {int(np.abs(steps - aim).argmin()) for aim in np.linspace(steps[0], steps[-1], min(most, len(steps)))} if found else set()
    copy.executemany("DELETE FROM moment WHERE seq = ?", [(seq,) for index, (seq, _) in enumerate(found) if index not in kept])


def _summary(path: Path) -> Status | None:
    """The status of one file; None where it was deleted meanwhile."""
    try:
        file = path.stat()
        key = (file.st_ino, file.st_size, file.st_mtime_ns)
        if path in _seen and _seen[path][0] == key and not path.with_name(path.name + "-wal").exists():
            return _seen[path][1]
        with RunReader(path) as reader:
            status = reader.status()
    except (OSError, UnknownRun):
        return None
    except LabError as error:
        return Status(path.stem, "", "damaged", message=str(error), created=min(max(file.st_mtime, 0.0), MOST_TIME))
    if status.state in ENDED:
        _seen[path] = key, status
    return status


def _remove(path: Path) -> None:
    """Remove one file; Windows refuses while somebody reads it, and readers let go within a second."""
    deadline = time.monotonic() + 2
    while True:
        try:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            if not isinstance(error, PermissionError) or time.monotonic() > deadline:
                raise Refused(f"{path.name} cannot be deleted: {(error.strerror or str(error)).lower()}.") from error
            time.sleep(0.1)
