"""The slopes that the figure is about."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wgan_gp.figures import gradient_norms, papers, parts
from wgan_gp.figures.gradient_norms import configs, layer_norms
from wgan_gp.measures.critic import LAYER_POINTS
from wgan_gp.presets import gradients_presets


def test_the_slope_is_that_of_powers_of_ten_towards_the_input() -> None:
    norms = 10.0 ** -np.arange(6)[::-1]  # layer 6 has 1, layer 1 has 1e-5
    assert parts.layer_slope(norms) == pytest.approx(-1)
    assert parts.layer_slope(norms[::-1]) == pytest.approx(1)
    assert math.isnan(parts.layer_slope(np.zeros(6)))
    noisy = np.random.default_rng(0).normal(size=13)
    assert parts.layer_slope(10.0**noisy) == pytest.approx(-np.polyfit(np.arange(1, 14), noisy, 1)[0])
    assert parts.layer_slope(np.array([0, 0, *norms[2:]])) == pytest.approx(-1)  # a norm of 0 says nothing of the slope


def test_clipping_vanishes_and_the_penalty_stays_flat() -> None:
    presets = gradients_presets(width=32, steps=30, batch_size=32, device="cpu")
    runs = papers.train_all([config.model_copy(update={"name": str(index)}) for index, config in enumerate(presets)])
    slopes = [result["slope_log10_per_layer"] for result in gradient_norms.results(runs).values()]  # c = 0.1, 0.01, 0.001, penalty
    assert slopes[2] < slopes[1] < -1
    assert slopes[1] < slopes[0]
    assert abs(slopes[3]) < 0.2
    for run in runs:
        norms, low, high = layer_norms(run)
        assert norms.shape == (13,)
        assert norms[-1] == pytest.approx(math.sqrt(2 / LAYER_POINTS))  # the values' own gradient: the same for all
        assert (low <= norms).all()
        assert (norms <= high).all()
        assert [moment.step for moment in run.moments] == [15, 17, 18, 20, 22, 23, 25, 27, 28, 30]


def test_the_figure_is_of_the_runs_of_the_page() -> None:
    """Width and iterations apart, which nobody has published."""
    for preset, config in zip(gradients_presets(steps=300, device="cpu"), configs("fast", 0), strict=True):
        assert config == preset.model_copy(update={"name": config.name})
    for config in configs("paper", 7):
        assert (config.critic.width, config.generator.width, config.steps, config.seed) == (512, 512, 5000, 7)  # type: ignore[union-attr]


def test_the_results_and_the_table_hold_all_numbers() -> None:
    runs = papers.train_all(configs("tiny", 0))
    results = gradient_norms.results(runs)
    assert list(results) == ["clip c=0.1", "clip c=0.01", "clip c=0.001", "gp"]
    columns, rows = gradient_norms.table(runs)
    assert columns[:4] == ["layer", "clip c=0.1", "clip c=0.1 low", "clip c=0.1 high"]
    assert rows[:, 0].tolist() == [1, 2, 3, 4]
    for name, result in results.items():
        assert rows[:, columns.index(name)].tolist() == result["norms"]
        assert isinstance(result["slope_log10_per_layer"], float)
