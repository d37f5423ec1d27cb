"""The slopes that the figure is about."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wgan_gp.config import GradientPenalty
from wgan_gp.experiments.gradient_norms import PRESETS, LayerNorms, Settings, measure


def test_the_slope_is_that_of_powers_of_ten_towards_the_input() -> None:
    norms = 10.0 ** -np.arange(6)[::-1]  # layer 6 has 1, layer 1 has 1e-5
    assert LayerNorms("clip", GradientPenalty(), norms, norms, norms).slope == pytest.approx(-1)
    assert LayerNorms("clip", GradientPenalty(), norms[::-1], norms, norms).slope == pytest.approx(1)
    assert math.isnan(LayerNorms("clip", GradientPenalty(), np.zeros(6), norms, norms).slope)


def test_clipping_vanishes_and_the_penalty_stays_flat() -> None:
    numbers = measure(Settings(width=32, iterations=30, moments=3, batch_size=32))
    slopes = {critic.name: critic.slope for critic in numbers.critics}
    assert slopes["clip c=0.001"] < slopes["clip c=0.01"] < -1
    assert slopes["clip c=0.01"] < slopes["clip c=0.1"]
    assert abs(slopes["gp"]) < 0.2
    for critic in numbers.critics:
        assert critic.norms.shape == (13,)
        assert critic.norms[-1] == pytest.approx(math.sqrt(2 / 32))  # the values' own gradient: the same for all
        assert (critic.low <= critic.norms).all()
        assert (critic.norms <= critic.high).all()


def test_the_summary_and_the_table_hold_all_numbers() -> None:
    numbers = measure(PRESETS["tiny"])
    results = numbers.summary()["results"]
    assert list(results) == ["clip c=0.1", "clip c=0.01", "clip c=0.001", "gp"]
    columns, rows = numbers.table()
    assert columns[0] == "layer"
    assert rows[:, 0].tolist() == [1, 2, 3, 4]
    for name, result in results.items():
        assert rows[:, columns.index(name)].tolist() == result["norms"]
        assert isinstance(result["slope_log10_per_layer"], float)
