"""The exact answers of a moment: right on data whose distance is known, seldom, and without a trace in training."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch
from safetensors.numpy import load

from wgan_gp.config import RunConfig, override
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.measures.floors import PAIR_FLOORS, W1_FLOORS, w1_floor
from wgan_gp.measures.table import COLUMNS
from wgan_gp.measures.truth import SAMPLES, Truth
from wgan_gp.training.events import Checkpoint, Moment
from wgan_gp.training.loop import train


def truth(name: str = "8gaussians") -> Truth:
    return Truth(PLANE_SETS[name], torch.Generator().manual_seed(3))


def samples(name: str = "8gaussians", seed: int = 4) -> torch.Tensor:
    return PLANE_SETS[name].sample(SAMPLES, torch.Generator().manual_seed(seed))


def test_real_data_lie_in_the_band_and_a_far_copy_at_its_shift() -> None:
    exact = truth()
    found = [exact.of(samples(seed=seed)) for seed in range(20)]
    assert sum(numbers["low"] <= numbers["w1"] <= numbers["high"] for numbers in map(named, found)) >= 15
    first = named(found[0])
    assert (first["modes"], first["well"], first["samples"]) == (8, 8, SAMPLES)
    assert first["good"] == pytest.approx(0.989, abs=0.015)
    assert named(exact.of(samples() + torch.tensor([30.0, 40.0])))["w1"] == pytest.approx(50, rel=0.01)


def named(found: torch.Tensor) -> dict[str, float]:
    return dict(zip(COLUMNS["truth"], found.tolist(), strict=True))


@pytest.mark.parametrize("name", PLANE_SETS)
def test_the_bands_that_ship_are_those_of_new_draws(name: str) -> None:
    data, random = PLANE_SETS[name], torch.Generator().manual_seed(11)
    real = partial(data.sample, SAMPLES, random)
    for band, other in ((W1_FLOORS, partial(data.sample_evenly, SAMPLES, random)), (PAIR_FLOORS, real)):
        low, median, high = w1_floor(real, other, 20)
        assert median == pytest.approx(band[name][1], rel=0.25)
        assert band[name][0] * 0.7 < low < high < band[name][2] * 1.5


def test_without_modes_there_are_none_to_count_and_broken_samples_have_no_distance() -> None:
    found = named(truth("swissroll").of(samples("swissroll")))
    assert all(math.isnan(found[name]) for name in ("modes", "well", "good"))
    assert math.isnan(named(truth().of(torch.full_like(samples(), torch.nan)))["w1"])


def test_a_run_takes_them_seldom_and_at_its_end() -> None:
    config = override(
        RunConfig(), ["critic.width=8", "generator.width=8", "batch_size=16", "n_critic=1", "device=cpu", "threads=1", "steps=300"]
    )
    events = list(train(config))
    moments = [load(event.blob) for event in events if isinstance(event, Moment)]
    held = ["truth" in moment for moment in moments]
    assert held[-1]
    assert not held[0]
    assert sum(held) < len(held) / 2
    assert moments[-1]["truth"].shape == (7,)
    assert isinstance(events[-2], Checkpoint)
