"""Layer norms against autograd by hooks and against a closed form; what is a chain and what is not."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from wgan_gp.config import DATA_SHAPES, ConvCritic, MLPCritic
from wgan_gp.networks import build_critic
from wgan_gp.theory.layers import has_layer_norms, layer_norms


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


def random_critic(net: MLPCritic, data: str = "swissroll") -> nn.Module:
    return build_critic(net, DATA_SHAPES[data], torch.Generator().manual_seed(0))


def points(count: int, kind: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    real, fake = torch.randn(2, count, 2, generator=torch.Generator().manual_seed(1), dtype=kind)
    return real, fake


def test_layer_norms_are_those_that_hooks_see() -> None:
    critic = random_critic(MLPCritic(width=24, depth=12)).double()
    real, fake = points(32)
    assert layer_norms(critic, real, fake).tolist() == pytest.approx(by_hooks(critic, real, fake), rel=1e-10)


def test_a_linear_critic_has_the_norms_of_its_products() -> None:
    """Without activations the gradient by layer l is the product of the later weights, +-1/m for each of m real and m fake samples."""
    random = torch.Generator().manual_seed(0)
    layers = [nn.Linear(2, 8), *(nn.Linear(8, 8) for _ in range(11)), nn.Linear(8, 1)]
    for layer in layers:
        nn.init.normal_(layer.weight, generator=random)
    critic = nn.Sequential(*(part for layer in layers for part in (layer, nn.Identity()))).double()
    product, expected = torch.ones(1, 1, dtype=torch.float64), []
    for layer in reversed(layers):
        expected.insert(0, float(product.norm()) * math.sqrt(2 / 16))
        product = product @ layer.weight.detach()
    assert layer_norms(critic, *points(16)).tolist() == pytest.approx(expected, rel=1e-10)


def test_a_norm_layer_belongs_to_the_layer_before_it() -> None:
    critic = random_critic(MLPCritic(width=8, depth=2, norm="layer"))
    real, fake = points(16, torch.float32)
    found = layer_norms(critic, real, fake)
    critic.double()
    hidden = critic[:3](torch.cat((real, fake)).double()).detach().requires_grad_()  # linear, norm, ReLU
    values = critic[3:](hidden)
    (values[16:].mean() - values[:16].mean()).backward()
    assert hidden.grad is not None
    assert found.tolist()[0] == pytest.approx(float(hidden.grad.norm()))
    assert len(found) == 3


def test_measuring_leaves_the_critic_as_it_was() -> None:
    critic = random_critic(MLPCritic(width=8, depth=2))
    with torch.no_grad():  # as a probe may call it
        layer_norms(critic, torch.zeros(4, 2), torch.ones(4, 2))
    assert all(p.dtype == torch.float32 and p.grad is None and p.requires_grad for p in critic.parameters())


def test_norms_far_below_single_precision_are_measured_and_a_dead_layer_gives_zero() -> None:
    critic = random_critic(MLPCritic(width=8, depth=12))
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.clamp_(-1e-6, 1e-6)
    norms = layer_norms(critic, *points(16, torch.float32))
    assert 0 < norms[0] < 1e-50
    with torch.no_grad():
        critic[10].weight.zero_()
        critic[10].bias.fill_(-1)  # type: ignore[operator]
    norms = layer_norms(critic, *points(16, torch.float32))
    assert norms[:5].tolist() == [0] * 5
    assert norms[-1] == pytest.approx(math.sqrt(2 / 16))


def test_what_can_be_measured_is_a_chain_of_linear_layers() -> None:
    assert has_layer_norms(random_critic(MLPCritic()))
    assert has_layer_norms(random_critic(MLPCritic(norm="layer", activation="silu")))
    flat = random_critic(MLPCritic(width=8, depth=2), "digits")
    assert has_layer_norms(flat)
    assert layer_norms(flat, torch.zeros(4, 1, 8, 8), torch.ones(4, 1, 8, 8)).shape == (3,)
    assert not has_layer_norms(build_critic(ConvCritic(channels=4), DATA_SHAPES["digits"], torch.Generator().manual_seed(0)))

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 1)

    assert not has_layer_norms(Own())
    hooked = random_critic(MLPCritic())
    hooked[0].register_forward_hook(lambda *_: None)  # type: ignore[index]
    assert not has_layer_norms(hooked)
