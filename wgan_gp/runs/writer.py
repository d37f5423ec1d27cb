"""RunWriter: the events of a training into the run's file, one transaction per flush."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from wgan_gp.config import RunConfig
from wgan_gp.errors import UnknownRun
from wgan_gp.runs import names, tables
from wgan_gp.runs.rows import CheckpointRow, CommandRow, columns, read
from wgan_gp.runs.schema import DiskFull, connect_to_write, plainly, sensibly
from wgan_gp.training.events import Changed, Checkpoint, Ended, Event, Halted, Moment, Noted, Scalars, Scene, Started

RATE_SECONDS = 3.0
RESERVE_BYTES = 65536  # set aside on the disk while a run is written, so that it can still say that the disk is full
_Execute = Callable[..., sqlite3.Cursor]


class Command(NamedTuple):
    """A wish that waits in the file: `pause`, `unpause`, `step`, `stop` or `change`, and its argument as text."""

    seq: int
    verb: str
    argument: str


class RunWriter:
    """Writes one run's file. Only the holder of the run's lock writes events; anyone may send commands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = connect_to_write(path)
        try:
            with sensibly(path):
                self.config()
        except BaseException:
            self._connection.close()
            raise
        self._waiting: list[Event] = []
        self._done: list[int] = []
        self._rate: deque[tuple[float, int]] = deque()
        self._began = False

    @classmethod
    def create(cls, config: RunConfig, run_id: str | None = None, *, state: str = "queued") -> Self:
        """Make the file of a new run, complete or not at all. Raises Refused where runs cannot be written."""
        path = names.writable_runs_folder() / f"{run_id or names.new_id(config)}{names.SUFFIX}"
        # Under another name first: who is killed here leaves nothing that looks like a run.
        unfinished = path.with_suffix(".new")
        try:
            _fill(unfinished, config, state)
            os.replace(unfinished, path)
        except OSError as error:
            raise names.cannot_write(path.parent, error) from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        return cls(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def _curve(self) -> tables.Curve:
        return tables.Curve(self._connection)

    @cached_property
    def _moments(self) -> tables.Moments:
        """Looked for late: a state or a command can be written where the moments are damaged."""
        with sensibly(self.path):
            return tables.Moments(self._connection, tables.MOST_MOMENTS["plane" if self.config().shape.is_plane else "images"])

    def config(self) -> RunConfig:
        """The config as it is now, live changes included."""
        return tables.config_of(tables.config_text(self._connection))

    # --- an attempt: from a checkpoint to the end ------------------------------------------------------------------------------

    def begin_attempt(self, pid: int) -> bytes | None:
        """Go back to the newest checkpoint that is whole and drop what came after it.

        Returns the checkpoint's bytes, or None to start from the beginning. A damaged checkpoint is dropped, and the run's message
        says so. Commands of an earlier attempt are forgotten, except for changes.
        """
        with suppress(sqlite3.OperationalError):  # some network disks have no WAL: readers wait a little longer there
            self._connection.execute("PRAGMA journal_mode = WAL")
        with sensibly(self.path), self._transaction() as execute:
            saved, damaged = tables.newest_checkpoint(self._connection)
            self._go_back_to(saved)
            execute("UPDATE command SET done = 1 WHERE verb <> 'change'")
            execute(
                "UPDATE run SET attempt = attempt + 1, state = 'starting', message = ?, pid = ?, heartbeat = ?, rate = NULL",
                (_about_damage(saved, damaged), pid, time.monotonic()),
            )
        self._began = True
        with suppress(OSError):
            names.reserve_path(self.path).write_bytes(bytes(RESERVE_BYTES))
        self._waiting, self._done = [], []
        self._rate.clear()
        return saved.data if saved else None

    def _go_back_to(self, saved: CheckpointRow | None) -> None:
        execute = self._connection.execute
        step = saved.step if saved else 0
        execute("DELETE FROM checkpoint WHERE step > ?", (saved.step if saved else -1,))
        execute("DELETE FROM change WHERE seq > ?", (saved.last_change if saved else 0,))
        self._curve.forget_after(step)
        self._moments.forget_after(saved.step if saved else -1)
        execute(
            "UPDATE run SET step = ?, seconds = ?, checkpoint_step = ?, weights_sha256 = ?",
            (step, saved.seconds, saved.step, saved.weights_sha256) if saved else (0, 0.0, None, None),
        )

    def drop_checkpoint(self) -> bool:
        """Drop the newest checkpoint because training cannot read it; whether there was one."""
        with self._transaction() as execute:
            return execute("DELETE FROM checkpoint WHERE seq = (SELECT max(seq) FROM checkpoint)").rowcount > 0

    # --- events ----------------------------------------------------------------------------------------------------------------

    def write(self, event: Event) -> None:
        """Take an event. Rows, the scene, facts and changes wait in memory for the next event that is worth a transaction.

        Raises DiskFull (nothing of the flush is stored then, and all that was stored before is intact).
        """
        self._waiting.append(event)
        if not isinstance(event, Scalars | Scene | Noted | Changed):
            self.flush()

    def flush(self) -> None:
        """Store all that waits, in one transaction."""
        waiting, self._waiting = self._waiting, []
        done, self._done = self._done, []
        with self._transaction() as execute:
            rows = [event.rows for event in waiting if isinstance(event, Scalars)]
            if rows:
                self._store_rows(np.concatenate(rows))
            for event in waiting:
                self._store(event)
            for seq in done:
                execute("UPDATE command SET done = 1 WHERE seq = ?", (seq,))
            execute("UPDATE run SET heartbeat = ?", (time.monotonic(),))

    def heartbeat(self) -> None:
        """Say that this process lives (monotonic clock), and store what waits; a change waits for its checkpoint."""
        if not self.path.exists():  # what is written to a deleted file is lost without a word
            raise UnknownRun(f"The run {self.path.stem} was deleted while it was running.")
        if not any(isinstance(event, Changed) for event in self._waiting):
            self.flush()

    def set_state(self, state: str, message: str = "") -> None:
        """Store the state alone: what waits in memory stays there."""
        with self._transaction():
            self._set_state(state, message)

    def queue(self) -> None:
        """Put the run at the end of the queue; it has no worker there."""
        with self._transaction() as execute:
            execute("UPDATE run SET state = 'queued', message = '', pid = NULL, heartbeat = NULL, queued = ?", (time.time(),))

    def _store(self, event: Event) -> None:
        execute = self._connection.execute
        match event:
            case Started():
                facts = json.dumps(dict(event.facts))
                execute("UPDATE run SET state = 'running', device = ?, facts = ?", (event.device, facts))
            case Noted():
                execute("UPDATE run SET facts = json_patch(facts, ?)", (json.dumps(dict(event.facts)),))
            case Scene():
                execute("INSERT OR REPLACE INTO scene (one, blob) VALUES (1, ?)", (event.blob,))
            case Moment():
                self._moments.append(event)
            case Checkpoint():
                tables.store_checkpoint(self._connection, event)
            case Changed():
                texts = event.changes.model_dump_json(exclude_none=True), event.config.model_dump_json()
                execute("INSERT INTO change (step, changes, config) VALUES (?, ?, ?)", (event.step, *texts))
            case Halted():
                self._set_state("paused")
            case Ended():
                self._set_state(event.state, event.message)
                self._curve.merge()
                self._moments.even_out()
            case Scalars():
                pass  # all rows of a flush are one block, already stored

    def _store_rows(self, rows: NDArray[np.float64]) -> None:
        if not len(rows):
            return
        self._curve.append(rows)
        step, seconds = int(rows[-1, 0]), float(rows[-1, 1])
        self._connection.execute("UPDATE run SET step = ?, seconds = ?, rate = ?", (step, seconds, self._rate_at(step, seconds)))

    def _rate_at(self, step: int, seconds: float) -> float | None:
        """Iterations per second over the last few seconds of training."""
        self._rate.append((seconds, step))
        while len(self._rate) > 2 and self._rate[1][0] < seconds - RATE_SECONDS:
            self._rate.popleft()
        begin_seconds, begin_step = self._rate[0]
        return (step - begin_step) / (seconds - begin_seconds) if seconds > begin_seconds else None

    def _set_state(self, state: str, message: str = "") -> None:
        self._rate.clear()
        self._connection.execute("UPDATE run SET state = ?, message = ?, rate = NULL", (state, message))

    # --- commands --------------------------------------------------------------------------------------------------------------

    def send(self, verb: str, argument: str = "") -> None:
        """Leave a command for the worker that holds the run."""
        with self._transaction() as execute:
            execute("INSERT INTO command (verb, argument) VALUES (?, ?)", (verb, argument))

    def pending_commands(self) -> list[Command]:
        """Commands that wait, the oldest first; those already done but not yet stored as such are left out."""
        with sensibly(self.path):
            found = self._connection.execute(f"SELECT {columns(CommandRow)} FROM command WHERE done = 0 ORDER BY seq").fetchall()
            rows = [read(CommandRow, row) for row in found]
        return [Command(row.seq, row.verb, row.argument) for row in rows if row.seq not in self._done]

    def done(self, command: Command) -> None:
        """The command is carried out; stored with the next flush, that is together with what it led to."""
        self._done.append(command.seq)

    # --- the file --------------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End the attempt: what waits is stored, and the file becomes one file again that opens read-only."""
        try:
            if self._began:
                self._began = False  # closing twice is no error
                with suppress(DiskFull):
                    self.flush()
                self._give_up_reserve()
                self._become_one_file()
        finally:
            self._connection.close()

    def _become_one_file(self, seconds: float = 1.0) -> None:
        """Leave WAL mode. Readers let go when they see the end; one that does not leaves the run in two files, which is no harm."""
        deadline = time.monotonic() + seconds
        self._connection.execute("PRAGMA busy_timeout = 100")
        while True:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (mode,) = self._connection.execute("PRAGMA journal_mode = DELETE").fetchone()
                if mode == "delete":
                    return
            if time.monotonic() > deadline:
                return
            time.sleep(0.02)

    def set_state_on_full_disk(self, state: str, message: str) -> None:
        """Store the state where the disk is full: what waits is dropped, and the room set aside is given up for it."""
        self._waiting, self._done = [], []
        self._give_up_reserve()
        try:
            self.set_state(state, message)
        except DiskFull:  # somebody else took that room; there may be some inside the file
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(RESTART)")
            self.set_state(state, message)

    def _give_up_reserve(self) -> None:
        with suppress(OSError):
            names.reserve_path(self.path).unlink(missing_ok=True)

    @contextmanager
    def _transaction(self) -> Iterator[_Execute]:
        """All or nothing. Raises DiskFull, Refused, Damaged or UnknownRun."""
        with plainly(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite has rolled back by itself where the disk is full
                    self._connection.execute("ROLLBACK")
                self.__dict__.pop("_moments", None)  # what is stored is looked for again
                raise


def _fill(path: Path, config: RunConfig, state: str) -> None:
    path.open("xb").close()  # says why where it cannot be made; SQLite would not
    connection = connect_to_write(path, create=True)
    try:
        now = time.time()
        with plainly(path):
            values = now, now, config.model_dump_json(), state
            connection.execute("INSERT INTO run (created, queued, config, state) VALUES (?, ?, ?, ?)", values)
    finally:
        connection.close()


def _about_damage(saved: CheckpointRow | None, damaged: list[str]) -> str:
    if not damaged:
        return ""
    went_on = f"went on from iteration {saved.step}" if saved else "started again from the beginning"
    return f"The checkpoint of iteration {damaged[0]} was damaged; {went_on}."
