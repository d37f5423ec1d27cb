"""RunReader: a run's status, curves and moments out of its file, beside the worker that writes it."""

from __future__ import annotations

import math
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from wgan_gp.config import RunConfig
from wgan_gp.errors import Damaged, InvalidConfig, Refused, UnknownRun
from wgan_gp.runs import locks, names, tables, thinning
from wgan_gp.runs.rows import BlockRow, ChangeRow, RunRow, SceneRow, SeqRow, StoredMoment, columns, read
from wgan_gp.runs.schema import MOST_CHECKPOINT_BYTES, allowing, connect_to_read, limit_work, sensibly
from wgan_gp.runs.states import LIVE
from wgan_gp.training.events import COLUMNS, Changed

ALIVE_SECONDS = 1.5  # so long a heartbeat is trusted without asking for the lock
SILENT_SECONDS = {"starting": 60.0}  # loading torch gives no sign of life
_ESTIMATE = COLUMNS.index("estimate")


@dataclass(frozen=True)
class Status:
    """How a run stands. Times are in seconds; `rate` is iterations per second now, None while nothing moves."""

    id: str
    name: str
    state: str  # queued starting running paused stopped finished diverged failed interrupted, or damaged in a list
    attempt: int = 0
    step: int = 0
    steps: int = 0  # a new length counts as soon as it was asked for
    seconds: float = 0.0
    rate: float | None = None
    left: float | None = None
    device: str = ""
    message: str = ""
    silent: float | None = None  # since the last sign of life, where that is too long
    created: float = 0.0  # seconds since 1970
    facts: dict[str, Any] = field(default_factory=dict)
    pid: int | None = None
    weights_sha256: str | None = None  # of the newest checkpoint
    checkpoint_step: int | None = None


class RunReader:
    """Reads one run's file; never writes. Several threads may share it. Every method raises UnknownRun once the run was deleted,
    and Damaged where the file cannot be read.

    Do not open the file by other means in the same process: closing it would drop SQLite's locks (POSIX).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._config: tuple[object, RunConfig] | None = None
        with self._reading():
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_connection", None) is not None:
            self.close()

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    # --- how it stands -----------------------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """How the run stands now; "interrupted" is derived here: it should be alive, and nobody holds its lock."""
        with self._reading() as connection:
            row = _run_row(connection)
            config = self._parsed(tables.config_text(connection))
            silence = time.monotonic() - row.heartbeat if row.heartbeat is not None else math.inf
            expected = row.state in LIVE
            alive = expected and (0 <= silence < ALIVE_SECONDS or locks.is_held(names.lock_path(self.path)))
            state = "interrupted" if expected and not alive else row.state
            asked = None if state == "finished" else tables.steps_asked_for(connection)
            status = _status(self.path.stem, row, state, config.name, asked or config.steps, silence if alive else None)
        if not expected:
            self._let_go()
        return status

    def config(self) -> RunConfig:
        """The config as it is now, live changes included."""
        with self._reading() as connection:
            return self._parsed(tables.config_text(connection))

    def queued_since(self) -> tuple[float, str]:
        """What the queue is ordered by."""
        with self._reading() as connection:
            return _run_row(connection).queued, self.path.stem

    def changes(self) -> list[Changed]:
        """The live changes so far, in order."""
        with self._reading() as connection:
            found = connection.execute(f"SELECT {columns(ChangeRow)} FROM change ORDER BY seq")
            changes = [read(ChangeRow, row) for row in found]
            return [Changed(change.step, change.changes, change.config) for change in changes]

    def history(self) -> list[tuple[int, RunConfig]]:
        """Every config the run has had, and the iteration after which it holds: the first one from 0 on."""
        with self._reading() as connection:
            first = self._parsed(connection.execute("SELECT config FROM run").fetchone()[0])
        return [(0, first), *((change.step, change.config) for change in self.changes())]

    # --- the curve ---------------------------------------------------------------------------------------------------------------

    def scalars(self, after_step: int = 0, most: int | None = None) -> NDArray[np.float32]:
        """Rows of the iterations after `after_step`, in order: float32[n, len(COLUMNS)].

        With `most`, about so many: in each bucket the rows with the smallest and the largest estimate, and the first and last row.
        """
        query = f"{_BLOCK} WHERE first >= coalesce((SELECT max(first) FROM scalars WHERE first <= ?), 0) ORDER BY first"
        with self._reading() as connection:
            rows = tables.joined(connection.execute(query, (after_step + 1,)))
        rows = rows[np.searchsorted(rows[:, 0], after_step, side="right") :]
        return rows if most is None else thinning.reduce_rows(rows, _ESTIMATE, most)

    def last_scalars(self) -> dict[str, float | None]:
        """The newest row by name, None for what is not finite; empty before the first iteration."""
        with self._reading() as connection:
            found = connection.execute(f"{_BLOCK} ORDER BY first DESC LIMIT 1").fetchall()
            if not found:
                return {}
            row = tables.joined(found)[-1].tolist()
        return {name: value if math.isfinite(value) else None for name, value in zip(COLUMNS, row, strict=True)}

    # --- moments -----------------------------------------------------------------------------------------------------------------

    def scene(self) -> bytes | None:
        """What stands still behind all moments, None before training began."""
        with self._reading() as connection:
            found = connection.execute("SELECT blob FROM scene").fetchone()
            return read(SceneRow, found).blob if found else None

    def moments(self, after_seq: int = 0, most_bytes: int = 1_000_000) -> list[StoredMoment]:
        """Moments after `after_seq`, in order, until they are `most_bytes` together; at least one where there is one."""
        found: list[StoredMoment] = []
        total = 0
        with self._reading() as connection:
            for row in connection.execute(f"{_MOMENT} WHERE seq > ? ORDER BY seq", (after_seq,)):
                moment = read(StoredMoment, row)
                if found and moment.seq <= found[-1].seq:
                    raise InvalidConfig("its moments do not follow each other.")
                total += len(moment.blob)
                if found and total > most_bytes:
                    break
                found.append(moment)
        return found

    def latest_moment(self) -> StoredMoment | None:
        """The newest moment."""
        with self._reading() as connection:
            row = connection.execute(f"{_MOMENT} ORDER BY seq DESC LIMIT 1").fetchone()
            return read(StoredMoment, row) if row else None

    def moment_at(self, step: int) -> StoredMoment | None:
        """The newest moment at or before iteration `step`; the first one where all are later."""
        with self._reading() as connection:
            row = connection.execute(f"{_MOMENT} ORDER BY step > ?, abs(step - ?) LIMIT 1", (step, step)).fetchone()
            return read(StoredMoment, row) if row else None

    def last_seq(self) -> int:
        """The number of the newest moment, 0 where there is none."""
        with self._reading() as connection:
            (seq,) = connection.execute("SELECT max(seq) FROM moment").fetchone()
            return 0 if seq is None else read(SeqRow, (seq,)).seq

    def moment_count(self) -> int:
        """How many moments are stored."""
        with self._reading() as connection:
            return len(tables.places(connection))

    def checkpoint(self) -> tuple[int, bytes]:
        """Step and bytes of the newest checkpoint that is whole. Raises Damaged with the reason where there is none."""
        with self._reading() as connection, allowing(connection, MOST_CHECKPOINT_BYTES):
            saved, damaged = tables.newest_checkpoint(connection)
        if saved is not None:
            return saved.step, saved.data
        reason = f"its checkpoints (iteration {', '.join(damaged)}) are damaged" if damaged else "it has not saved one yet"
        raise Damaged(f"The run {self.path.stem} has no checkpoint to read: {reason}.")

    # --- the file ----------------------------------------------------------------------------------------------------------------

    def copy_to(self, target: Path) -> None:
        """Write a compact copy, as of one instant. Raises Refused where it cannot be written."""
        with self._reading() as connection, allowing(connection, MOST_CHECKPOINT_BYTES):
            try:
                connection.execute("VACUUM INTO ?", (str(target),))
            except sqlite3.OperationalError as error:
                raise Refused(f"{target} cannot be written: {error}.") from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, sensibly(self.path):
            self._look_for_deletion()
            if self._connection is None:
                self._connection = connect_to_read(self.path)
                self._file = _file_number(self.path)
            limit_work(self._connection)
            try:
                yield self._connection
            except sqlite3.Error:
                self.close()  # opened anew it may be well again
                raise

    def _look_for_deletion(self) -> None:
        """A deleted file stays readable for whoever holds it open: ask the folder."""
        found = _file_number(self.path)
        if found is None or (self._connection is not None and found != self._file):
            self.close()
        if found is None:
            raise UnknownRun(f"The run {self.path.stem} was deleted.")

    def _let_go(self) -> None:
        """The run has ended. While we hold it open in WAL mode its writer cannot make one file of it (on Windows: nobody delete it)."""
        with self._reading() as connection:
            if os.name == "nt" or connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
                self.close()

    def _parsed(self, text: object) -> RunConfig:
        if self._config is None or self._config[0] != text:
            self._config = text, tables.config_of(text)
        return self._config[1]


_BLOCK = f"SELECT {columns(BlockRow)} FROM scalars"
_MOMENT = f"SELECT {columns(StoredMoment)} FROM moment"


def _run_row(connection: sqlite3.Connection) -> RunRow:
    found = connection.execute(f"SELECT {columns(RunRow)} FROM run LIMIT 2").fetchall()
    if len(found) != 1:
        raise InvalidConfig(f"{'more than one row' if found else 'no row'} in the table 'run'.")
    return read(RunRow, found[0])


def _status(run_id: str, row: RunRow, state: str, name: str, steps: int, silence: float | None) -> Status:
    """The stored values with what follows from them; `silence` is None where nobody is expected to speak."""
    rate = row.rate if state == "running" else None
    too_long = silence is not None and silence > SILENT_SECONDS.get(state, 5.0)
    return Status(
        id=run_id,
        name=name,
        state=state,
        steps=steps,
        rate=rate,
        left=(steps - row.step) / rate if rate else None,
        silent=silence if too_long else None,
        **{field: getattr(row, field) for field in _SHOWN},
    )


_SHOWN = ("attempt", "step", "seconds", "device", "message", "created", "facts", "pid", "weights_sha256", "checkpoint_step")


def _file_number(path: Path) -> tuple[int, int] | None:
    """What tells this file from every other one; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
