"""The exact answers of a moment: right on data whose distance is known, seldom, and without a trace in training."""

from __future__ import annotations

import math

import pytest
import torch
from safetensors.numpy import load

from wgan_gp.config import RunConfig, override
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.measures.truth import FLOOR_DRAWS, Truth
from wgan_gp.training.events import Checkpoint, Moment
from wgan_gp.training.loop import train


def truth(name: str = "8gaussians") -> tuple[Truth, torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    real = PLANE_SETS[name].sample(512, random)
    return Truth(PLANE_SETS[name], real, random), real


def test_real_data_lie_at_the_noise_floor_and_a_shifted_copy_at_its_shift() -> None:
    exact, real = truth()
    w1, low, high, modes, well, good = exact.of(real).tolist()
    assert w1 == pytest.approx(0, abs=1e-6)  # the very same points
    assert low == high > 0.02
    assert (modes, well) == (8, 8)
    assert good == pytest.approx(0.989, abs=0.015)
    assert exact.of(real + torch.tensor([3.0, 4.0]))[0].item() == pytest.approx(5, rel=1e-5)
    for _ in range(FLOOR_DRAWS):
        w1, low, high, *_ = exact.of(PLANE_SETS["8gaussians"].sample(512, torch.Generator().manual_seed(9))).tolist()
    assert low < high
    assert low / 2 < w1 < 2 * high


def test_without_modes_there_are_none_to_count_and_broken_samples_have_no_distance() -> None:
    exact, real = truth("swissroll")
    assert all(math.isnan(value) for value in exact.of(real)[3:].tolist())
    exact, real = truth()
    assert math.isnan(exact.of(torch.full_like(real, torch.nan))[0].item())


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
    assert moments[-1]["truth"].shape == (6,)
    assert isinstance(events[-2], Checkpoint)
