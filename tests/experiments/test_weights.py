"""Where weights go: clipping keeps them within c and moves them to its ends, the penalty does not."""

from __future__ import annotations

import numpy as np
import pytest

from wgan_gp.experiments.weights import BINS, PRESETS, Settings, Weights, measure


def test_clipping_moves_weights_to_the_ends() -> None:
    numbers = measure(Settings(width=24, iterations=60, batch_size=64))
    clip = numbers.summary()["results"]["clip"]
    assert clip["usual_start"]["share_before_training"] > 0.7  # the first clip alone
    assert clip["start_inside"]["share_before_training"] < 0.05
    assert clip["start_inside"]["share_within_1_percent_of_c"] > 2 * clip["start_inside"]["share_before_training"]
    for clipped in (numbers.clip, numbers.inside):
        assert np.abs(clipped.after).max() <= np.float32(0.01)
    assert np.abs(numbers.gp.after).max() > 0.1
    assert not np.array_equal(numbers.gp.before, numbers.gp.after)


def test_the_share_at_the_ends_counts_both_within_one_percent() -> None:
    after = np.array([0.01, -0.01, 0.00991, -0.00989, 0.0, 0.005, 0.0098, -0.0095])
    assert Weights("clip", np.zeros(8), after).share_at(0.01) == (0, pytest.approx(3 / 8))


def test_shares_are_of_all_weights() -> None:
    edges, shares = Weights("gp", np.zeros(4), np.array([0.0, 0.1, 0.2, 3.0])).shares()
    assert len(edges) == BINS + 1
    assert edges[[0, -1]].tolist() == [-0.5, 0.5]
    assert shares.sum() == pytest.approx(0.75)  # one lies beyond the axis


def test_the_table_holds_the_histograms() -> None:
    numbers = measure(PRESETS["tiny"])
    columns, rows = numbers.table()
    assert rows.shape == (BINS, len(columns))
    assert rows[:, columns.index("clip share")].sum() == pytest.approx(1)
    assert rows[:, columns.index("gp share")].tolist() == numbers.gp.shares()[1].tolist()
