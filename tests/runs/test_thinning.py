"""Moments and rows: bounded, evenly spread, first and latest kept."""

import itertools

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


def evened(steps: list[int]) -> list[int]:
    given_up = set(uneven(steps))
    return [step for index, step in enumerate(steps) if index not in given_up]


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=120))
def test_uneven_opens_no_gap_wider_than_the_typical_one(gaps: list[int]):
    steps = np.cumsum(gaps).tolist()
    kept = evened(steps)
    assert (kept[0], kept[-1]) == (steps[0], steps[-1])
    typical = np.median(gaps[1:]) if len(gaps) > 1 else 0
    found = set(itertools.pairwise(steps))
    assert all(last - first <= typical for first, last in set(itertools.pairwise(kept)) - found)
    assert all(last - first > typical for first, last in zip(kept, kept[2:], strict=False))


def test_one_pause_of_the_machine_does_not_decimate_the_replay():
    older, newest = [16] * 160, [1] * 40
    for place in (3, 80, 159):
        steps = np.cumsum([*older[:place], 5000, *older[place:], *newest]).tolist()
        gaps = np.diff(evened(steps))
        assert len(gaps) >= len(older)
        assert np.sort(gaps)[-2:].tolist() == [16, 5000]
        assert gaps[:-1].min() >= 8


@given(st.integers(1, 50), st.integers(51, 600), st.integers(0, 600), st.integers(1, 10**5))
def test_a_run_that_ended_is_evenly_spread_whatever_pause_it_had(gap: int, count: int, place: int, times: int):
    """But for the pause no gap is wider than about two neighbouring ones together, the newest included, and most moments stay."""
    limit, dense = 50, 10
    steps = thinned([gap * times if index == place else gap for index in range(count)], limit, dense)
    kept = np.array(evened(steps))
    assert len(kept) >= limit // 2
    assert np.sort(np.diff(kept))[-2] <= 2 * (kept[2:] - kept[:-2]).min()


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
