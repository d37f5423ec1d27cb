"""How steep a critic is at most, between two bounds: the steepest point seen, and the product of its layers' operator norms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from torch.nn.grad import conv2d_input

from wgan_gp.errors import InvalidConfig
from wgan_gp.theory.layers import is_plain, layers_of
from wgan_gp.theory.lipschitz import gradients, slopes
from wgan_gp.theory.precision import float64

Neutral = tuple[type[nn.Module], ...]

_TOLERANCE = 1e-3  # of a squared operator norm: 0.05 % of the norm
_MOST_ROUNDS = 1000  # of the power iteration; nets of ours take 60 to 140
_IMAGES = 8  # that are iterated at once

# The steepest slope of activations, and 1 for modules that only reshape. SiLU's is 1.09984, at 2.39936.
_SLOPES: dict[type[nn.Module], float] = {
    nn.ReLU: 1.0, nn.Tanh: 1.0, nn.Sigmoid: 0.25, nn.Softplus: 1.0, nn.SiLU: 1.0999, nn.Identity: 1.0, nn.Flatten: 1.0, nn.Unflatten: 1.0,
}  # fmt: skip


class Bracket(NamedTuple):
    """The Lipschitz constant lies between these, in the critic's units per unit of x; `high` is infinite where nothing is known."""

    low: float
    high: float


def lipschitz_bracket(critic: nn.Module, points: Tensor, shape: Sequence[int], neutral: Neutral = ()) -> Bracket:
    """The Lipschitz constant of a critic with one value for each sample, from below and from above.

    From below: the largest gradient norm at `points`, exact for what was seen. From above: the product of the layers' operator norms
    (Szegedy et al. 2014, arXiv 1312.6199, section 4.3), often far too high for deep nets, since no point is the worst for every layer
    at once. It is known for nested nn.Sequential of Linear, Conv2d, common activations and modules that only reshape or crop;
    `neutral` names types of such modules that torch does not have. Any other layer (a norm layer, one with hooks or
    parametrisations) makes it infinite.

    points: [k, *shape] with k at least 1, on the critic's device; shape: of one sample. Raises InvalidConfig for points of another
    shape and for weights that are not finite.
    """
    if not len(points) or points.shape[1:] != torch.Size(shape):
        raise InvalidConfig(f"points: {list(points.shape)} was given; allowed is [k, {', '.join(map(str, shape))}] with k at least 1.")
    if not all(bool(parameter.isfinite().all()) for parameter in critic.parameters()):
        raise InvalidConfig("critic: weights that are NaN or infinite were given; how steep it is can be told of finite ones alone.")
    high = _product_of_norms(critic, points[:1].detach(), neutral)
    low = float(slopes(critic, points, gradients(critic, points)).max())
    return Bracket(low, max(low, high))  # what was seen counts; rounding may lift it over a bound that is attained


def conv_norm(layer: nn.Conv2d, size: Sequence[int]) -> float:
    """The operator norm of a convolution on images of this size, without its bias: power iteration on the convolution and its adjoint.

    Not that of the reshaped kernel, which says nothing of overlapping places (Sedghi et al. 2019, arXiv 1805.10408). The residual is
    added, so that the result lies up to 0.05 % above the norm. Convolutions have many nearly equal singular values, among which a
    single image stops short of the largest; several at once, kept orthogonal, do not in practice, which is no proof. size: [channels,
    height, width]. A second for 64 to 128 channels at 16 x 16. Infinite for padding other than a number of zeros.
    """
    if layer.padding_mode != "zeros" or isinstance(layer.padding, str):
        return math.inf
    weight = float64(layer.weight.detach())
    geometry = (layer.stride, layer.padding, layer.dilation, layer.groups)
    count = math.prod(size)
    basis = torch.randn(count, min(_IMAGES, count), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    square = residual = 0.0
    for _ in range(_MOST_ROUNDS):
        basis = torch.linalg.qr(basis).Q  # [count, images]
        images = basis.T.reshape(-1, *size)
        there = functional.conv2d(images, weight, None, *geometry)
        back = conv2d_input(images.shape, weight, there, *geometry).flatten(1).T  # type: ignore[no-untyped-call]  # the adjoint
        squares, mixes = torch.linalg.eigh(basis.T @ back)  # the best that the images span together, in rising order
        square, mix = float(squares[-1]), mixes[:, -1]
        residual = float((back @ mix - square * (basis @ mix)).norm())
        if residual <= _TOLERANCE * square:
            break
        basis = back
    return math.sqrt(max(square, 0.0) + residual)


@torch.no_grad()
def _product_of_norms(critic: nn.Module, sample: Tensor, neutral: Neutral) -> float:
    """sample: [1, ...], sent through the layers for the sizes at which they act."""
    if not is_plain(critic):
        return math.inf
    product = 1.0
    for layer in layers_of(critic):
        norm = _norm(layer, sample.shape[1:], neutral)
        if math.isinf(norm):
            return math.inf
        product *= norm
        sample = layer(sample)
    return product


def _norm(layer: nn.Module, size: Sequence[int], neutral: Neutral) -> float:
    """How much a layer stretches at most. By exact type: a subclass may do anything."""
    if type(layer) in neutral:
        return 1.0
    if type(layer) is nn.Linear:
        return float(torch.linalg.matrix_norm(float64(layer.weight), ord=2))
    if type(layer) is nn.Conv2d:
        return conv_norm(layer, size)
    if type(layer) is nn.LeakyReLU:
        return max(1.0, abs(layer.negative_slope))
    if type(layer) is nn.ELU:
        return max(1.0, layer.alpha)
    return _SLOPES.get(type(layer), math.inf)
