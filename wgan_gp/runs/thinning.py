"""Fewer moments and fewer rows: bounded, evenly spread by step, always with the first and the latest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def surplus(steps: Sequence[int], limit: int, dense: int) -> int | None:
    """The index to give up when `steps` (ascending) has more than `limit` entries; None while it has not.

    It is the entry whose two neighbours lie closest together, so that no gap grows beyond the smallest pair of gaps; the first, the
    latest and the newest `dense` entries are never chosen.
    """
    if len(steps) <= limit:
        return None
    spans = _spans(steps)[: len(steps) - 1 - max(dense, 1)]
    return int(np.argmin(spans)) + 1


def uneven(steps: Sequence[int]) -> list[int]:
    """Indexes to give up so that `steps` is evenly spread: those whose loss opens no gap wider than the typical one, the median.

    Most entries have been thinned already, so that the median is their gap: the newest ones follow it, and one wide gap, where the
    machine paused, decides nothing.
    """
    kept = list(range(len(steps)))
    typical = float(np.median(np.diff(steps))) if len(steps) > 1 else 0.0
    while len(kept) > 2:
        spans = _spans([steps[index] for index in kept])
        closest = int(np.argmin(spans))
        if spans[closest] > typical:
            break
        del kept[closest + 1]
    return sorted(set(range(len(steps))) - set(kept))


def _spans(steps: Sequence[int]) -> NDArray[np.int64]:
    """How wide the gap would be without entry i + 1: int64[n - 2]."""
    array = np.asarray(steps, dtype=np.int64)
    return array[2:] - array[:-2]


def reduce_rows(rows: NDArray[np.float32], column: int, most: int) -> NDArray[np.float32]:
    """At most `most` of the rows, in order: the smallest and the largest of `column` in each bucket, the first and the last row.

    These are real rows, so that all columns stay true; what is not finite counts as large and stays visible.
    """
    count = len(rows)
    if count <= most:
        return rows
    buckets = max(1, (most - 2) // 2)
    size = -(-count // buckets)
    values = np.nan_to_num(rows[:, column], nan=np.inf, posinf=np.inf, neginf=-np.inf)
    padded = np.pad(values, (0, -count % size), mode="edge").reshape(-1, size)  # [buckets, size]
    starts = np.arange(len(padded)) * size
    chosen = np.concatenate([[0, count - 1], starts + padded.argmin(axis=1), starts + padded.argmax(axis=1)])
    reduced: NDArray[np.float32] = rows[np.unique(np.minimum(chosen, count - 1))]
    return reduced
