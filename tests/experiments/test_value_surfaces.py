"""Value surfaces: the optimum agrees with itself, and a critic with a penalty comes closer to it the longer it trains."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest
from torch import nn

from wgan_gp.experiments.value_surfaces import METHODS, PRESETS, Settings, ValueSurfaces, measure, train_critic
from wgan_gp.theory.transport import exact_w1

SMALL = Settings(data=("swissroll",), updates=400, width=32, batch_size=64, grid=24, points=128)


@cache
def measured(updates: int = 400) -> ValueSurfaces:
    return measure(dataclasses.replace(SMALL, updates=updates))


def test_the_optimum_agrees_with_itself() -> None:
    numbers = measured()
    optimum, scene = numbers.surface("swissroll", "truth"), numbers.scenes["swissroll"]
    for value in (optimum.cosine_grid, optimum.cosine_lines, optimum.correlation, optimum.gradient_norm):
        assert value == pytest.approx(1)
    assert optimum.estimate == pytest.approx(scene.exact_w1)
    assert scene.exact_w1 == pytest.approx(exact_w1(scene.real, scene.fake))
    assert 0 < scene.cosine_of_another_optimum < 1


def test_the_penalty_comes_closer_to_the_optimum_with_training() -> None:
    early, late = (measured(updates).surface("swissroll", "gp") for updates in (5, 400))
    assert late.correlation > early.correlation
    assert late.cosine_grid > early.cosine_grid
    assert late.correlation > 0.7
    assert 0.8 < late.gradient_norm < 1.5


def test_clipping_leaves_the_critic_flat() -> None:
    clipped, penalised = (measured().surface("swissroll", method) for method in ("clip", "gp"))
    assert clipped.gradient_norm < penalised.gradient_norm / 50
    assert np.ptp(clipped.values) < np.ptp(penalised.values) / 50


def largest(critic: nn.Module) -> float:
    return max(float(parameter.detach().abs().max()) for parameter in critic.parameters())


def test_clipping_holds_after_every_update_and_the_penalty_clips_nothing() -> None:
    settings = dataclasses.replace(SMALL, updates=5)
    assert largest(train_critic("8gaussians", "clip", settings, seed=0)) <= np.float32(settings.clip_limit)
    assert largest(train_critic("8gaussians", "gp", settings, seed=0)) > 0.1


def test_the_same_seed_gives_the_same_numbers() -> None:
    settings = PRESETS["tiny"]
    one, again, other = measure(settings, 3), measure(settings, 3), measure(settings, 4)
    assert one.summary() == again.summary()
    assert one.summary()["results"] != other.summary()["results"]


def test_the_summary_and_the_table_hold_all_numbers() -> None:
    numbers = measured()
    summary = numbers.summary()
    assert summary["settings"]["updates"] == 400
    result = summary["results"]["swissroll"]
    assert set(result) == {"exact_w1", "cosine_of_another_optimum", *METHODS}
    for method in METHODS:
        assert set(result[method]) == {"cosine_grid", "cosine_lines", "correlation", "gradient_norm", "estimate"}
    columns, rows = numbers.table()
    assert columns == ["x", "y", *(f"swissroll {method}" for method in METHODS)]
    for row in rows[[0, 30, -1]]:
        place = np.searchsorted(numbers.axis, row[1]), np.searchsorted(numbers.axis, row[0])
        assert row[4] == numbers.surface("swissroll", "truth").values[place]


def test_values_are_centred_on_real_data() -> None:
    """Far from the data the optimum falls: real points lie near its top."""
    values = measured().surface("swissroll", "truth").values
    assert values.min() < -1 < 0 < values.max() < 1
