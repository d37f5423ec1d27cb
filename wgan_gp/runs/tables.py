"""A run's curve, moments and checkpoints inside the writer's transaction: what is kept, merged, thinned and forgotten."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from wgan_gp.config import MOST_STEPS, RunConfig
from wgan_gp.errors import InvalidConfig
from wgan_gp.runs import names, thinning
from wgan_gp.runs.rows import MOST_SECONDS, BlockRow, CheckpointRow, ConfigRow, PlaceRow, columns, read
from wgan_gp.training.events import COLUMNS, Checkpoint, Moment

MOST_MOMENTS = {"plane": 400, "images": 200}
DENSE = 40  # the newest moments are left as they come while a run goes on, so that live is smooth
KEPT_CHECKPOINTS = 2
MOST_CHECKPOINTS = 8  # looked at: a file with more is not ours
ROW_BYTES = 4 * len(COLUMNS)
SMALL_ROWS, LARGE_ROWS, SMALL_BLOCKS = 4096, 8192, 64


def rows_of(blob: bytes) -> NDArray[np.float32]:
    """Stored rows as an array: float32[n, len(COLUMNS)]. Raises InvalidConfig where they are cut off or in no order.

    What stands on an axis (iterations, seconds, critic updates) is finite; the rest is what training said.
    """
    if len(blob) % ROW_BYTES:
        raise InvalidConfig("its curve is cut off.")
    rows = np.frombuffer(blob, dtype="<f4").reshape(-1, len(COLUMNS)).astype(np.float32, copy=False)
    steps = rows[:, 0]
    in_order = not len(rows) or (steps[0] >= 1 and steps[-1] <= MOST_STEPS and bool((steps[1:] > steps[:-1]).all()))
    if not in_order or not (steps == np.floor(steps)).all() or not (np.abs(rows[:, 1:3]) <= MOST_SECONDS).all():
        raise InvalidConfig("the rows of its curve do not follow each other.")
    return rows


def joined(blocks: Iterable[tuple[object, ...]]) -> NDArray[np.float32]:
    """The rows of blocks (columns of BlockRow) that come one after the other. Raises InvalidConfig where they are not what they say."""
    found: list[bytes] = []
    last = 0
    for values in blocks:
        block = read(BlockRow, values)
        if block.first <= last or len(block.rows) != ROW_BYTES * block.count or _ends(block.rows) != (block.first, block.last):
            raise InvalidConfig("the blocks of its curve are not what they say.")
        found.append(block.rows)
        last = block.last
    return rows_of(found[0] if len(found) == 1 else b"".join(found))


def _ends(rows: bytes) -> tuple[float, float]:
    """The first and the last iteration of stored rows, without making an array of them."""
    return struct.unpack_from("<f", rows)[0], struct.unpack_from("<f", rows, len(rows) - ROW_BYTES)[0]


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
        """Join small blocks to large ones; a block that is large enough is never written again.

        Blocks that are not what they say stay as they are: readers tell what is wrong with them.
        """
        execute = self._connection.execute
        small = execute(f"SELECT {columns(BlockRow)} FROM scalars WHERE count < ? ORDER BY first", (SMALL_ROWS,)).fetchall()
        self._small = min(1, len(small))
        try:
            rows = joined(small)
        except InvalidConfig:
            return
        if len(small) < 2:
            return
        self._connection.executemany("DELETE FROM scalars WHERE first = ?", [(first,) for first, *_ in small])
        # Blocks may not overlap: where a large one lies between small ones, they stay apart.
        large = [first for (first,) in execute("SELECT first FROM scalars ORDER BY first")]
        for piece in np.split(rows, np.unique(np.searchsorted(rows[:, 0], large))):
            for start in range(0, len(piece), LARGE_ROWS):
                self._insert(piece[start : start + LARGE_ROWS])

    def forget_after(self, step: int) -> None:
        """Drop all rows of later iterations. Raises InvalidConfig where those that stay are not what their block says."""
        cut = self._connection.execute(f"SELECT {columns(BlockRow)} FROM scalars WHERE first <= ? AND last > ?", (step, step)).fetchall()
        self._connection.execute("DELETE FROM scalars WHERE last > ?", (step,))
        for block in cut:
            rows = joined([block])
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
        self._kept = places(self._connection)
        # Not left to SQLite: it would give a deleted newest moment's number again, and a viewer would miss the new one.
        self._last_seq = self._kept[-1][0] if self._kept else 0

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


def places(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """Number and iteration of every moment, ascending by number. Raises InvalidConfig."""
    found = connection.execute("SELECT seq, step FROM moment ORDER BY seq")
    return [(place.seq, place.step) for seq, step in found for place in [read(PlaceRow, (seq, step))]]


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


def newest_checkpoint(connection: sqlite3.Connection) -> tuple[CheckpointRow | None, list[str]]:
    """The newest checkpoint that is what was written, and the steps of newer ones that are not, as texts."""
    damaged: list[str] = []
    for seq, step in connection.execute("SELECT seq, step FROM checkpoint ORDER BY seq DESC LIMIT ?", (MOST_CHECKPOINTS,)).fetchall():
        saved = _whole(connection, seq)
        if saved is not None:
            return saved, damaged
        damaged.append(names.shown(step))
    return None, damaged


def _whole(connection: sqlite3.Connection, seq: int) -> CheckpointRow | None:
    try:
        checksum, *values = connection.execute(f"SELECT sha256, {columns(CheckpointRow)} FROM checkpoint WHERE seq = ?", (seq,)).fetchone()
        saved = read(CheckpointRow, values)
    except (sqlite3.DatabaseError, TypeError, InvalidConfig):
        return None
    return saved if hashlib.sha256(saved.data).hexdigest() == checksum else None


def steps_asked_for(connection: sqlite3.Connection) -> int | None:
    """The number of iterations in the last change that has not been made yet; None where none asks for another that is allowed."""
    query = "SELECT json_extract(argument, '$.steps') FROM command WHERE done = 0 AND verb = 'change' AND json_valid(argument) ORDER BY seq"
    asked = [steps for (steps,) in connection.execute(query) if isinstance(steps, int) and 1 <= steps <= MOST_STEPS]
    return asked[-1] if asked else None


def config_text(connection: sqlite3.Connection) -> object:
    """The config as it is stored: that of the last live change, or the first one."""
    changed = connection.execute("SELECT config FROM change ORDER BY seq DESC LIMIT 1").fetchone()
    found = changed or connection.execute("SELECT config FROM run").fetchone()
    return found[0] if found else None


def config_of(text: object) -> RunConfig:
    """A stored config. Raises InvalidConfig."""
    return read(ConfigRow, (text,)).config
