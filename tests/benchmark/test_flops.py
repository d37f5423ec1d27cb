"""Counted flops against closed forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from wgan_gp.benchmark.flops import count_flops

BATCH = 3


def ones(*shape: int) -> Tensor:
    return torch.ones(shape)


@pytest.mark.parametrize(
    ("work", "multiply_adds"),
    [
        (lambda: ones(3, 5) @ ones(5, 7), 3 * 5 * 7),
        (lambda: torch.addmm(ones(7), ones(3, 5), ones(5, 7)), 3 * 5 * 7),
        (lambda: torch.bmm(ones(2, 3, 5), ones(2, 5, 7)), 2 * 3 * 5 * 7),
        (lambda: torch.baddbmm(ones(2, 3, 7), ones(2, 3, 5), ones(2, 5, 7)), 2 * 3 * 5 * 7),
        (lambda: torch.einsum("bi,bij->bj", ones(2, 5), ones(2, 5, 7)), 2 * 5 * 7),
        (lambda: ones(3, 5) @ ones(5), 3 * 5),
        (lambda: torch.addmv(ones(3), ones(3, 5), ones(5)), 3 * 5),
        (lambda: torch.dot(ones(5), ones(5)), 5),
        (lambda: functional.linear(ones(3, 5), ones(7, 5)), 3 * 5 * 7),
        (lambda: functional.linear(ones(3, 5), ones(7, 5), ones(7)), 3 * 5 * 7),
        (lambda: functional.linear(ones(2, 3, 5), ones(7, 5), ones(7)), 2 * 3 * 5 * 7),
        (lambda: functional.conv2d(ones(2, 3, 8, 8), ones(4, 3, 5, 5), stride=2, padding=2), 2 * 4 * 4 * 4 * 3 * 25),
        (lambda: functional.conv2d(ones(2, 4, 8, 8), ones(4, 2, 5, 5), padding=2, groups=2), 2 * 4 * 8 * 8 * 2 * 25),
        (lambda: functional.conv_transpose2d(ones(2, 3, 4, 4), ones(3, 6, 4, 4), stride=2, padding=1), 2 * 4 * 4 * 3 * 6 * 16),
        (lambda: ones(100).sum() + ones(100).relu().max(), 0),
    ],
)
def test_known_operations(work: Callable[[], Tensor], multiply_adds: int) -> None:
    assert count_flops(work) == 2 * multiply_adds
    with torch.inference_mode():
        assert count_flops(work) == 2 * multiply_adds
    if multiply_adds:
        assert count_flops(lambda: (work(), work())) == 4 * multiply_adds


@pytest.mark.parametrize(
    "layer",
    [nn.Conv2d(3, 8, 5, stride=2, padding=2), nn.ConvTranspose2d(3, 8, 4, stride=2, padding=1), nn.Linear(9, 8)],
    ids=["conv", "conv transpose", "linear"],
)
@pytest.mark.parametrize("mask", [(True, True), (True, False), (False, True)], ids=["both", "input", "weight"])
def test_each_gradient_of_a_layer_costs_a_forward_pass(layer: nn.Module, mask: tuple[bool, bool]) -> None:
    inputs = torch.ones((2, 3, 9, 9), requires_grad=mask[0])
    for parameter in layer.parameters():
        parameter.requires_grad_(mask[1])
    forward = count_flops(lambda: layer(inputs))
    output = layer(inputs).sum()
    assert forward > 0
    assert count_flops(output.backward) == sum(mask) * forward


def test_a_double_backward_is_counted() -> None:
    critic = nn.Sequential(nn.Linear(8, 64, bias=False), nn.Linear(64, 1, bias=False))
    points = torch.ones(BATCH, 8, requires_grad=True)

    def penalty() -> None:
        (slope,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
        slope.square().sum().backward(inputs=list(critic.parameters()))

    first, last = 2 * BATCH * 8 * 64, 2 * BATCH * 64
    values_and_slopes = 2 * (first + last)
    weights_and_what_leads_there = 2 * first + last  # the slopes lead to both weights; nothing lies behind the last layer
    assert count_flops(penalty) == values_and_slopes + weights_and_what_leads_there
