"""How a critic is held: interpolates, gradient norms, the penalty by double backward (the reference), and clipping."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Literal

import torch
from torch import Tensor, nn

from wgan_gp.theory.precision import device_with_float64, float64, share_of

Critic = Callable[[Tensor], Tensor]

NORM_LAYERS = (nn.LayerNorm, nn.GroupNorm, nn.modules.batchnorm._NormBase)
_LEAST = 1e-20  # float32 is not trusted below: squares of such numbers are 0 there
_TINY = 1e-12  # under the square root: the derivative of sqrt at 0 is infinite


def interpolates(real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
    """x_hat = epsilon * x + (1 - epsilon) * x_fake: [G], Algorithm 1, line 6.

    real, fake: [batch, ...]; epsilon: [batch] from U[0, 1], one number per sample. Returns [batch, ...].
    """
    epsilon = epsilon.view(-1, *[1] * (real.dim() - 1))  # [batch, 1, ...]
    return fake + epsilon * (real - fake)


def gradient_norms(critic: Critic, points: Tensor, *, create_graph: bool = False) -> Tensor:
    """||grad_x D(x)||_2 over all dimensions of a sample at once.

    points: [batch, ...]. Returns [batch], in the critic's units per unit of x. With `create_graph` the result can be differentiated
    again (the double backward that the penalty needs). The square root is taken of the sum + 1e-12, so that a zero gradient gives no NaN.
    """
    return norms_of_gradient(gradients(critic, points, create_graph=create_graph))


def gradients(critic: Critic, points: Tensor, *, create_graph: bool = False) -> Tensor:
    """grad_x D(x) at points [batch, ...]: the same shape."""
    points = points.detach().requires_grad_(True)
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(critic(points).sum(), points, create_graph=create_graph)
    return gradient


def norms_of_gradient(gradient: Tensor) -> Tensor:
    """The norm of each sample's gradient over all its dimensions: [batch, ...] to [batch]; differentiable where it is zero."""
    return (gradient.flatten(1).square().sum(1) + _TINY).sqrt()


def slopes(critic: nn.Module, points: Tensor, gradient: Tensor) -> Tensor:
    """||grad D(x)|| at points [n, ...] with this `gradient`, for the eye: float64[n] on the CPU, nothing added, so that 0 is 0.

    The gradient of a clipped critic of many layers leaves what float32 can hold: where a norm is below 1e-20, all are found anew in
    float64, on the CPU where the device has none. The critic stays as it is.
    """
    found = _norms(float64(gradient))
    if not len(found) or float(found.min()) >= _LEAST:
        return found
    place = device_with_float64(points.device)
    return _norms(float64(gradients(copy.deepcopy(critic).to(place).double(), points.to(place).double())))


def _norms(gradient: Tensor) -> Tensor:
    """Norms [n] of [n, ...], whose squares may leave float64, too."""
    flat = gradient.flatten(1)
    largest = flat.abs().amax(dim=1, keepdim=True)
    norms: Tensor = (largest * (flat / largest.clamp(min=torch.finfo(flat.dtype).tiny)).norm(dim=1, keepdim=True)).squeeze(1)
    return norms


def penalty_of_norms(norms: Tensor, target: float = 1.0, sides: Literal["two", "one"] = "two") -> Tensor:
    """E[(||grad|| - target)^2], or E[max(0, ||grad|| - target)^2] for one side: [G] eq. 3 and appendix C. norms: [batch]; a scalar."""
    excess = norms - target
    if sides == "one":
        excess = excess.clamp(min=0)
    return excess.square().mean()


def gradient_penalty(critic: Critic, points: Tensor, *, target: float = 1.0, sides: Literal["two", "one"] = "two") -> Tensor:
    """The penalty by double backward, without its weight lambda: the reference every faster way is compared with.

    points: [batch, ...], the interpolates of [G], Algorithm 1. Returns a scalar that can be differentiated by the critic's weights.
    """
    return penalty_of_norms(gradient_norms(critic, points, create_graph=True), target, sides)


def clipped_parameters(critic: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """The parameters that clipping clips, by name: all but those of norm layers, whose scales would be crushed to c."""
    for prefix, module in critic.named_modules():
        if isinstance(module, NORM_LAYERS):
            continue
        yield from module.named_parameters(prefix, recurse=False)


@torch.no_grad()
def share_at_limit(weights: Tensor, limit: float) -> float:
    """The share of the weights [n] within 1 % of +-limit."""
    return share_of((weights.abs() - limit).abs() <= 0.01 * limit)


@torch.no_grad()
def clip_weights(critic: nn.Module, limit: float | Tensor) -> None:
    """Clamp every weight and bias to [-limit, limit], after the update: [A], Algorithm 1, line 7. See `clipped_parameters`."""
    for _, parameter in clipped_parameters(critic):
        parameter.clamp_(-limit, limit)  # type: ignore[arg-type]  # two numbers or two tensors
