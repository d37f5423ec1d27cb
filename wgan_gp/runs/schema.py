"""The tables of a run's file, their versions, and connections whose errors are LabErrors.

A file's version (`PRAGMA user_version`) is the number of scripts it has been through: to create is to migrate from nothing.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from wgan_gp.errors import Damaged, InvalidConfig, LabError, Refused, UnknownRun
from wgan_gp.runs import names

BUSY_SECONDS = 10.0
READING_SECONDS = 2.0  # so long may another program hold up a page that only reads
MOST_BYTES = 8_000_000  # of one value but a checkpoint; the largest of ours has a few hundred thousand
MOST_CHECKPOINT_BYTES = 1_000_000_000  # SQLite's own limit
LOOKS, LOOK_EVERY = 300, 10_000  # instructions of SQLite: the longest question to the longest run takes a fiftieth of them
WORK_SECONDS = 5.0  # of the processor

SCRIPTS: Sequence[str] = (
    """
    CREATE TABLE run (                      -- one row; the run's id is the file's name
        created REAL NOT NULL, queued REAL NOT NULL, config TEXT NOT NULL,
        state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '', attempt INTEGER NOT NULL DEFAULT 0,
        pid INTEGER, heartbeat REAL, step INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0, rate REAL,
        device TEXT NOT NULL DEFAULT '', facts TEXT NOT NULL DEFAULT '{}', checkpoint_step INTEGER, weights_sha256 TEXT
    );
    CREATE TABLE scene (one INTEGER PRIMARY KEY CHECK (one = 1), blob BLOB NOT NULL);
    CREATE TABLE scalars (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, count INTEGER NOT NULL, rows BLOB NOT NULL);
    CREATE TABLE moment (seq INTEGER PRIMARY KEY, step INTEGER NOT NULL, seconds REAL NOT NULL, blob BLOB NOT NULL);
    CREATE TABLE checkpoint (
        seq INTEGER PRIMARY KEY, step INTEGER NOT NULL, seconds REAL NOT NULL, weights_sha256 TEXT NOT NULL,
        last_change INTEGER NOT NULL, sha256 TEXT NOT NULL, data BLOB NOT NULL
    );
    CREATE TABLE change (seq INTEGER PRIMARY KEY, step INTEGER NOT NULL, changes TEXT NOT NULL, config TEXT NOT NULL);
    CREATE TABLE command (seq INTEGER PRIMARY KEY, verb TEXT NOT NULL, argument TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0);
    """,
)


class DiskFull(LabError):
    """There is no space left for what a run has to save."""


@contextmanager
def plainly(path: Path) -> Iterator[None]:
    """What SQLite says about this file, said as a LabError: UnknownRun, Damaged, DiskFull or Refused; Damaged for rows that are none."""
    try:
        yield
    except sqlite3.Error as error:
        raise _plain(path, error) from error
    except InvalidConfig as error:
        raise _holds(path, error) from error


@contextmanager
def sensibly(path: Path) -> Iterator[None]:
    """As `plainly`, where stored values are made sense of: altered bytes can be any value. Raises Damaged for those."""
    try:
        with plainly(path):
            yield
    except (TypeError, ValueError, OverflowError, LookupError, RecursionError) as error:
        raise _holds(path, error) from error


def _holds(path: Path, error: Exception) -> Damaged:
    return Damaged(f"The file of {path.stem} holds what no run can hold: {error}")


def _plain(path: Path, error: sqlite3.Error) -> LabError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if not path.exists():
        return UnknownRun(f"The run {path.stem} was deleted.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Refused(f"The file of {path.stem} is in use by another program; try again in a moment.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return Refused(f"Runs cannot be written to {path.parent}: read-only. Set WGAN_GP_HOME to a folder that can be written to.")
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _no_space(path)):
        return DiskFull(f"The disk is full: {path.stem} cannot be saved in {path.parent}.")
    reason = {
        sqlite3.SQLITE_TOOBIG: "a value in it is larger than any of a run",
        sqlite3.SQLITE_INTERRUPT: "it leads whoever reads it in circles",
    }.get(code, "".join(letter if letter.isprintable() else "?" for letter in str(error)[:200]))
    return Damaged(f"The file of {path.stem} cannot be read: {reason}.")


def _no_space(path: Path) -> bool:
    """SQLite reports a full disk as an I/O error where it grows its shared memory."""
    return shutil.disk_usage(path.parent).free < 65536


def connect_to_write(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode; an older file is migrated. Raises LabErrors."""
    with sensibly(path):
        connection = _connect(path, "rwc" if create else "rw")
        try:
            version = 0 if create else version_of(connection, path)
            if version < len(SCRIPTS):
                migrate(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A read-only connection that also opens beside a writer, and in a folder that cannot be written to. Raises LabErrors.

    A value of more than MOST_BYTES cannot be read through it, see `allowing`.
    """
    with sensibly(path):
        try:
            return _checked(_connect(path, "ro"), path)
        except sqlite3.OperationalError as error:
            # A WAL file needs its companions; where they cannot be made, nobody writes, and the file may be taken as it is.
            if path.exists() and not _writable(path.parent):
                return _checked(_connect(path, "ro", "&immutable=1"), path)
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            connect_to_write(path).close()  # who wrote was killed half-way: that is taken back, which a reader may not
            return _checked(_connect(path, "ro"), path)


def limit_work(connection: sqlite3.Connection) -> None:
    """From here on so much work and no more: in a damaged or forged file SQLite can be led in circles, and all who wait with it."""
    looks, end = iter(range(LOOKS)), time.thread_time() + WORK_SECONDS
    connection.set_progress_handler(lambda: next(looks, None) is None or time.thread_time() > end, LOOK_EVERY)


@contextmanager
def allowing(connection: sqlite3.Connection, most_bytes: int) -> Iterator[None]:
    """Values of up to so many bytes may be read."""
    before = connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, most_bytes)
    try:
        yield
    finally:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, before)


def migrate(connection: sqlite3.Connection, scripts: Sequence[str] = SCRIPTS) -> None:
    """Bring the file to the newest version, each script in a transaction of its own."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, script in enumerate(scripts[version:], version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The file's version, from 1. Raises Damaged for a file that is no run or is newer than this code.

    A run has the tables of its version as our scripts make them, and nothing else: a view, a trigger or a computed column would act
    when it is read or written.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < 1:
        raise Damaged(f"The file of {path.stem} is not a run.")
    if version > len(SCRIPTS):
        raise Damaged(
            f"The run {path.stem} was written by a newer version of the Lab: its format is {version}, this one reads up to "
            f"{len(SCRIPTS)}. Update the Lab to open it."
        )
    found, expected = _tables(connection), _tables_of(version)
    if found != expected:
        name = min(str(name) for _, name, _ in found ^ expected)
        raise Damaged(f"The file of {path.stem} is not a run: {names.shown(name)} in it is not what it should be.")
    return int(version)


@functools.lru_cache
def _tables_of(version: int) -> frozenset[tuple[str, str, str]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, SCRIPTS[:version])
        return _tables(connection)


def _tables(connection: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    """Kind, name and definition, without comments, of whatever is in the file."""
    found = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    return frozenset((str(kind), str(name), " ".join(re.sub(r"--[^\n]*", "", str(sql)).split())) for kind, name, sql in found)


def _checked(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    try:
        limit_work(connection)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
        if version_of(connection, path) < len(SCRIPTS):
            connect_to_write(path).close()
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, mode: str, more: str = "") -> sqlite3.Connection:
    for file in (path, *names.companions(path)):
        if names.is_strange(file):  # to open a pipe waits for ever
            raise Damaged(f"{file.name} is no file of its own, but a link, a folder, a pipe or a device.")
    seconds = READING_SECONDS if mode == "ro" else BUSY_SECONDS
    address = f"{path.absolute().as_uri()}?mode={mode}{more}"
    # check_same_thread: a web server's workers share a reader, one at a time.
    return sqlite3.connect(address, uri=True, timeout=seconds, isolation_level=None, check_same_thread=False)


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)
