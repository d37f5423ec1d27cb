"""Layer norms against autograd by hooks and against a closed form, and the slopes the figure is about."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from wgan_gp.config import DATA_SHAPES, GradientPenalty, MLPCritic
from wgan_gp.experiments.gradient_norms import PRESETS, LayerNorms, Settings, layer_norms, measure
from wgan_gp.networks import build_critic


def by_hooks(critic: nn.Module, real: Tensor, fake: Tensor) -> list[float]:
    """Written differently: each layer's output gradient as a backward hook sees it, real and fake in passes of their own."""
    squares: dict[int, float] = {}
    parts = [part for part in critic if not isinstance(part, nn.Linear)]
    handles = [
        part.register_full_backward_hook(
            lambda _, __, gradient, index=index: squares.update({index: squares.get(index, 0.0) + float(gradient[0].square().sum())})
        )
        for index, part in enumerate(parts)
    ]
    (-critic(real.requires_grad_()).mean()).backward()
    critic(fake.requires_grad_()).mean().backward()
    for handle in handles:
        handle.remove()
    return [math.sqrt(squares[index]) for index in range(len(parts))]


def test_layer_norms_are_those_that_hooks_see() -> None:
    random = torch.Generator().manual_seed(0)
    critic = build_critic(MLPCritic(width=24, depth=12), DATA_SHAPES["swissroll"], random).double()
    real, fake = torch.randn(2, 32, 2, generator=random, dtype=torch.float64)
    assert layer_norms(critic, real, fake).tolist() == pytest.approx(by_hooks(critic, real, fake), rel=1e-10)


def test_a_linear_critic_has_the_norms_of_its_products() -> None:
    """Without activations the gradient by layer l is the product of the later weights, +-1/m for each of m real and m fake samples."""
    random = torch.Generator().manual_seed(0)
    layers = [nn.Linear(2, 8), *(nn.Linear(8, 8) for _ in range(11)), nn.Linear(8, 1)]
    for layer in layers:
        nn.init.normal_(layer.weight, generator=random)
    critic = nn.Sequential(*(part for layer in layers for part in (layer, nn.Identity()))).double()
    real, fake = torch.randn(2, 16, 2, generator=random, dtype=torch.float64)
    product, expected = torch.ones(1, 1, dtype=torch.float64), []
    for layer in reversed(layers):
        expected.insert(0, float(product.norm()) * math.sqrt(2 / 16))
        product = product @ layer.weight.detach()
    assert layer_norms(critic, real, fake).tolist() == pytest.approx(expected, rel=1e-10)


def test_measuring_leaves_the_critic_as_it_was() -> None:
    critic = build_critic(MLPCritic(width=8, depth=2), DATA_SHAPES["swissroll"], torch.Generator().manual_seed(0))
    layer_norms(critic, torch.zeros(4, 2), torch.ones(4, 2))
    assert all(parameter.dtype == torch.float32 and parameter.grad is None for parameter in critic.parameters())


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
