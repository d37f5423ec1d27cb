"""RunFile: a run's file open for writing, and what anybody may write to it: its first row, a state, a command."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self

from wgan_gp.config import RunConfig
from wgan_gp.runs import names, tables
from wgan_gp.runs.schema import connect_to_write, plainly, sensibly

Execute = Callable[..., sqlite3.Cursor]


class RunFile:
    """A run's file. Every method raises DiskFull, Refused, Damaged or UnknownRun, and has then written nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = connect_to_write(path)
        try:
            with sensibly(path):
                self.config()
        except BaseException:
            self._connection.close()
            raise

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

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def config(self) -> RunConfig:
        """The config as it is now, live changes included."""
        return tables.config_of(tables.config_text(self._connection))

    def set_state(self, state: str, message: str = "") -> None:
        """Store the state alone."""
        with self._transaction():
            self._set_state(state, message)

    def queue(self) -> None:
        """Put the run at the end of the queue; it has no worker there."""
        with self._transaction() as execute:
            execute("UPDATE run SET state = 'queued', message = '', pid = NULL, heartbeat = NULL, queued = ?", (time.time(),))

    def send(self, verb: str, argument: str = "") -> None:
        """Leave a command for the worker that holds the run."""
        with self._transaction() as execute:
            execute("INSERT INTO command (verb, argument) VALUES (?, ?)", (verb, argument))

    def _set_state(self, state: str, message: str = "") -> None:
        self._connection.execute("UPDATE run SET state = ?, message = ?, rate = NULL", (state, message))

    @contextmanager
    def _transaction(self) -> Iterator[Execute]:
        """All or nothing."""
        with plainly(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite has rolled back by itself where the disk is full
                    self._connection.execute("ROLLBACK")
                raise


def _fill(path: Path, config: RunConfig, state: str) -> None:
    path.open("xb").close()  # says why where it cannot be made; SQLite would not
    with closing(connect_to_write(path, create=True)) as connection, plainly(path):
        now = time.time()
        values = now, now, config.model_dump_json(), state
        connection.execute("INSERT INTO run (created, queued, config, state) VALUES (?, ?, ?, ?)", values)
