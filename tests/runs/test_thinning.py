"""Moments and rows: bounded, evenly spread, first and latest kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wgan_gp.runs.thinning import reduce_rows, surplus, uneven


def thinned(gaps: list[int], limit: int, dense: int) -> list[int]:
    kept: list[int] = []
    for step in np.cumsum(gaps).tolist():
        kept.append(step)
        index = surplus(kept, limit, dense)
        if index is not None:
            del kept[index]
    return kept


@given(st.lists(st.integers(1, 50), min_size=1, max_size=300), st.integers(12, 40), st.integers(0, 8))
def test_thinning_is_bounded_and_keeps_first_latest_and_newest(gaps: list[int], limit: int, dense: int):
    arrived = np.cumsum(gaps).tolist()
    kept = thinned(gaps, limit, dense)
    assert len(kept) == min(limit, len(arrived))
    assert (kept[0], kept[-1]) == (arrived[0], arrived[-1])
    assert kept == sorted(set(kept))
    newest = max(dense, 1)
    assert kept[-newest:] == arrived[-newest:]


@given(st.integers(1, 50), st.integers(1, 600), st.integers(12, 40), st.integers(0, 8))
def test_thinning_spreads_evenly(gap: int, count: int, limit: int, dense: int):
    """No gap is wider than two neighbouring ones together, so that none is more than about twice another."""
    kept = thinned([gap] * count, limit, dense)
    older = np.diff(kept[: len(kept) - dense])
    if len(older) > 1:
        assert older.max() <= (older[1:] + older[:-1]).min()


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=120))
def test_uneven_opens_no_wider_gap(gaps: list[int]):
    steps = np.cumsum(gaps).tolist()
    given_up = uneven(steps)
    kept = [step for index, step in enumerate(steps) if index not in given_up]
    assert (kept[0], kept[-1]) == (steps[0], steps[-1])
    assert np.diff(kept).max(initial=0) <= np.diff(steps).max(initial=0)
    if len(kept) > 2:
        spans = np.array(kept[2:]) - np.array(kept[:-2])
        assert spans.min() > np.diff(kept).max()


@given(st.integers(1, 3000), st.integers(4, 500), st.integers(0, 2**32 - 1))
def test_reduced_rows_are_real_rows_with_the_extremes(count: int, most: int, seed: int):
    rows = np.random.default_rng(seed).normal(size=(count, 9)).astype(np.float32)
    rows[:, 0] = np.arange(count)
    reduced = reduce_rows(rows, 6, most)
    assert len(reduced) <= max(most, 4)
    assert (np.diff(reduced[:, 0]) > 0).all()
    np.testing.assert_array_equal(reduced, rows[reduced[:, 0].astype(int)])
    assert reduced[0, 0] == 0
    assert reduced[-1, 0] == count - 1
    assert reduced[:, 6].max() == rows[:, 6].max()
    assert reduced[:, 6].min() == rows[:, 6].min()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_visible(bad: float):
    rows = np.zeros((1000, 9), dtype=np.float32)
    rows[:, 0] = np.arange(1000)
    rows[517, 6] = bad
    assert 517 in reduce_rows(rows, 6, 50)[:, 0]
