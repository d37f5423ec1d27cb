"""A run's curve, moments and checkpoints inside the writer's transaction: what is kept, merged, thinned and forgotten."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wgan_gp.errors import Damaged
from wgan_gp.runs import thinning
from wgan_gp.training.events import COLUMNS, Checkpoint, Moment

MOST_MOMENTS = {"plane": 400, "images": 200}
DENSE = 40  # the newest moments are left as they come while a run goes on, so that live is smooth
KEPT_CHECKPOINTS = 2
SMALL_ROWS, LARGE_ROWS, SMALL_BLOCKS = 4096, 8192, 64


def rows_of(blob: bytes) -> NDArray[np.float32]:
    """Stored rows as an array: float32[n, len(COLUMNS)]. Raises Damaged where they are cut off."""
    if len(blob) % (4 * len(COLUMNS)):
        raise Damaged("The curve of this run is damaged.")
    return np.frombuffer(blob, dtype="<f4").reshape(-1, len(COLUMNS)).astype(np.float32, copy=False)


class Curve:
    """Rows of scalars in blocks: one a flush, merged now and then, so that a long run opens fast."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._small = SMALL_BLOCKS  # not known: the first flush counts them

    def append(self, rows: NDArray[np.float64]) -> None:
        """Store rows that come after all others: [n, len(COLUMNS)]."""
        self._insert(rows.astype(np.float32))
        self._small += 1
        if self._small >= SMALL_BLOCKS:
            self.merge()

    def merge(self) -> None:
        """Join small blocks to large ones; a block that is large enough is never written again."""
        execute = self._connection.execute
        small = execute("SELECT first, rows FROM scalars WHERE count < ? ORDER BY first", (SMALL_ROWS,)).fetchall()
        self._small = min(1, len(small))
        if len(small) < 2:
            return
        self._connection.executemany("DELETE FROM scalars WHERE first = ?", [(first,) for first, _ in small])
        rows = rows_of(b"".join(blob for _, blob in small))
        # Blocks may not overlap: where a large one lies between small ones, they stay apart.
        large = [first for (first,) in execute("SELECT first FROM scalars ORDER BY first")]
        for piece in np.split(rows, np.unique(np.searchsorted(rows[:, 0], large))):
            for start in range(0, len(piece), LARGE_ROWS):
                self._insert(piece[start : start + LARGE_ROWS])

    def forget_after(self, step: int) -> None:
        """Drop all rows of later iterations."""
        cut = self._connection.execute("SELECT first, rows FROM scalars WHERE last > ?", (step,)).fetchall()
        self._connection.execute("DELETE FROM scalars WHERE last > ?", (step,))
        for first, blob in cut:
            if first <= step:
                rows = rows_of(blob)
                self._insert(rows[rows[:, 0] <= step])
        self._small = SMALL_BLOCKS

    def _insert(self, rows: NDArray[np.float32]) -> None:
        if len(rows):
            self._connection.execute(
                "INSERT OR REPLACE INTO scalars (first, last, count, rows) VALUES (?, ?, ?, ?)",
                (int(rows[0, 0]), int(rows[-1, 0]), len(rows), rows.astype("<f4").tobytes()),
            )


class Moments:
    """Moments in the order they came, thinned to at most `most`."""

    def __init__(self, connection: sqlite3.Connection, most: int) -> None:
        self._connection, self._most = connection, most
        self.reload()

    def reload(self) -> None:
        """Look again what is stored: after a resume, or when a transaction was taken back."""
        found = self._connection.execute("SELECT seq, step FROM moment ORDER BY seq").fetchall()
        self._kept: list[tuple[int, int]] = found  # (seq, step), ascending
        # Not left to SQLite: it would give a deleted newest moment's number again, and a viewer would miss the new one.
        self._last_seq = found[-1][0] if found else 0

    def append(self, moment: Moment) -> None:
        """Store a moment, and give up the one that is missed least where there are too many."""
        if self._kept and self._kept[-1][1] == moment.step:  # taken again after a pause or a resume
            self._delete(len(self._kept) - 1)
        self._last_seq += 1
        self._connection.execute(
            "INSERT INTO moment (seq, step, seconds, blob) VALUES (?, ?, ?, ?)",
            (self._last_seq, moment.step, moment.seconds, moment.blob),
        )
        self._kept.append((self._last_seq, moment.step))
        index = thinning.surplus(self._steps(), self._most, DENSE)
        if index is not None:
            self._delete(index)

    def even_out(self) -> None:
        """Thin the newest moments like the others; a run that never had too many keeps them all."""
        if len(self._kept) < self._most:
            return
        for index in reversed(thinning.uneven(self._steps())):
            self._delete(index)

    def forget_after(self, step: int) -> None:
        """Drop all moments of later iterations."""
        self._connection.execute("DELETE FROM moment WHERE step > ?", (step,))
        self.reload()

    def _steps(self) -> list[int]:
        return [step for _, step in self._kept]

    def _delete(self, index: int) -> None:
        seq, _ = self._kept.pop(index)
        self._connection.execute("DELETE FROM moment WHERE seq = ?", (seq,))


class Saved(NamedTuple):
    """A checkpoint that is whole, with what was true when it was made."""

    step: int
    seconds: float
    weights_sha256: str
    last_change: int
    data: bytes


def store_checkpoint(connection: sqlite3.Connection, event: Checkpoint) -> None:
    """Keep this checkpoint and the one before it."""
    connection.execute("DELETE FROM checkpoint WHERE step >= ?", (event.step,))  # the same step again, after a live change
    connection.execute(
        "INSERT INTO checkpoint (step, seconds, weights_sha256, last_change, sha256, data) "
        "VALUES (?, ?, ?, (SELECT coalesce(max(seq), 0) FROM change), ?, ?)",
        (event.step, event.seconds, event.weights_sha256, hashlib.sha256(event.blob).hexdigest(), event.blob),
    )
    connection.execute(
        "DELETE FROM checkpoint WHERE seq NOT IN (SELECT seq FROM checkpoint ORDER BY seq DESC LIMIT ?)", (KEPT_CHECKPOINTS,)
    )
    connection.execute("UPDATE run SET checkpoint_step = ?, weights_sha256 = ?", (event.step, event.weights_sha256))


def newest_checkpoint(connection: sqlite3.Connection) -> tuple[Saved | None, list[int]]:
    """The newest checkpoint that is what was written, and the steps of newer ones that are not."""
    damaged: list[int] = []
    for seq, step in connection.execute("SELECT seq, step FROM checkpoint ORDER BY seq DESC").fetchall():
        saved = _whole(connection, seq)
        if saved is not None:
            return saved, damaged
        damaged.append(step)
    return None, damaged


def _whole(connection: sqlite3.Connection, seq: int) -> Saved | None:
    query = "SELECT sha256, step, seconds, weights_sha256, last_change, data FROM checkpoint WHERE seq = ?"
    try:
        found = connection.execute(query, (seq,)).fetchone()
    except sqlite3.DatabaseError:
        return None
    if found is None or not isinstance(found[-1], bytes) or not found[-1] or hashlib.sha256(found[-1]).hexdigest() != found[0]:
        return None
    return Saved(*found[1:])


def steps_asked_for(connection: sqlite3.Connection) -> int | None:
    """The number of iterations in the last change that has not been made yet; None where none asks for another."""
    query = "SELECT json_extract(argument, '$.steps') FROM command WHERE done = 0 AND verb = 'change' AND json_valid(argument) ORDER BY seq"
    asked = [steps for (steps,) in connection.execute(query) if isinstance(steps, int)]
    return asked[-1] if asked else None


def current_config(connection: sqlite3.Connection) -> str:
    """The config as JSON text: that of the last live change, or the first one."""
    query = "SELECT coalesce((SELECT config FROM change ORDER BY seq DESC LIMIT 1), (SELECT config FROM run))"
    (text,) = connection.execute(query).fetchone()
    return str(text)
