"""A critic's update written out as matrix products, for critics that are chains of linear and convolutional layers with (leaky) ReLU.

Such a critic is piecewise linear: where its activations stand, D(x) is a product of matrices. Its gradient by x is the transposed
product, and the gradient of the penalty by the weights is the product once more, applied to a tangent: with delta_l the gradient of
D by layer l's output, g = W_1' delta_1 the gradient by x, and u_0 = dP/dg,

    u_l = mask_l * (W_l u_{l-1}),      dP/dW_l = delta_l u_{l-1}'.

No double backward is left, and no autograd at all. Real, fake and penalised points share every product: three batches forward, three
back, one tangent, three for the weights: 10 passes of one batch, the least there is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wgan_gp.networks.layers import Reshape, Squeeze
from wgan_gp.networks.structure import convolution_format, writes_to_its_input
from wgan_gp.networks.tracing import NotALine
from wgan_gp.theory.lipschitz import norms_of_gradient
from wgan_gp.training.passes import Charge, CriticFindings


class CriticPass(NamedTuple):
    """What an update's pass through the critic has found."""

    findings: CriticFindings
    gradients: list[Tensor]  # of the loss by `Chain.parameters`, in their order


class Chain:
    """The layers of a critic, and the passes over them: equal chains are made of the same layers with the same settings.

    Changes to the critic's weights are seen; where layers may have changed, `of` tells.
    """

    def __init__(self, links: Sequence[_Link]) -> None:
        self._links = links
        weighted = [index for index, link in enumerate(links) if isinstance(link, _Weighted)]
        self._first, self._last = weighted[0], weighted[-1]
        self._begins_with_images = isinstance(links[0], _Conv)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chain) and self._links == other._links

    __hash__ = None  # type: ignore[assignment]

    @property
    def parameters(self) -> list[Tensor]:
        """Weights and biases, from the first layer to the last."""
        return [p for link in self._links if isinstance(link, _Weighted) for p in link.parameters]

    @classmethod
    def of(cls, layers: Sequence[nn.Module]) -> Self:
        """The chain of these layers as they are now. Raises NotALine with what cannot be written out."""
        links = [_link(layer, after_weights=_has_weights(before)) for before, layer in zip([None, *layers], layers, strict=False)]
        weights = [p for layer in layers for p in layer._parameters.values() if p is not None]
        if not weights or len(set(map(id, layers))) < len(layers) or not _are_learnt_plainly(weights):
            raise NotALine("it has weights that are frozen, used twice or looked at by hooks, or none")
        if writes_to_its_input(layers):
            raise NotALine("an activation writes to the samples themselves")
        return cls(links)

    @torch.no_grad()
    def values(self, samples: Tensor) -> Tensor:
        """D(x) of [batch, ...], in the critic's own shape."""
        return self._forward(samples)[-1]

    @torch.no_grad()
    def values_and_gradient(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """D(x) of [batch, ...], in the critic's own shape, and its gradient by x, [batch, ...]."""
        passed = self._forward(samples)
        delta = torch.ones_like(passed[-1])
        for link, before, after in zip(reversed(self._links), passed[-2::-1], passed[:0:-1], strict=True):
            delta = link.back(delta, before, after)
        return passed[-1], delta

    @torch.no_grad()
    def gradients(self, real: Tensor, fake: Tensor, penalised: Tensor | None, charge: Charge | None, measured: Tensor | None) -> CriticPass:
        """The gradient of E[D(fake)] - E[D(real)] + charge(norms at `penalised`) by the weights. Changes nothing.

        real, fake: [m, ...]; penalised, measured: [p, ...], [q, ...], points where the gradient norm is charged or only looked at.
        """
        parts = [part for part in (real, fake, penalised, measured) if part is not None]
        values = 2 * len(real)
        learning = values + (len(penalised) if penalised is not None else 0)
        passed = self._forward(torch.cat(parts))
        real_values, fake_values = passed[-1][: len(real)], passed[-1][len(real) : values]
        deltas, gradient = self._back(passed, _seed(passed[-1], len(real)), values)
        norms = norms_of_gradient(gradient)
        penalty = norms.new_zeros(())
        if penalised is not None and charge is not None:
            held = norms[: len(penalised)]
            penalty, slope = charge.penalty_and_slope(held)
            tangent = gradient[: len(penalised)] * (slope / held).view(-1, *[1] * (gradient.dim() - 1))
            self._put_tangents(passed, tangent, slice(values, learning))
        gradients: list[Tensor] = []
        for index, delta in deltas.items():
            link = self._links[index]
            assert isinstance(link, _Weighted)
            gradients += link.gradients(delta[:learning], passed[index][:learning], delta[:values])
        looked_at = norms if measured is None else norms[-len(measured) :]
        return CriticPass(CriticFindings(real_values, fake_values, penalty, looked_at), gradients)

    def _forward(self, samples: Tensor) -> list[Tensor]:
        """What goes into each layer, and at the end the critic's values."""
        image_format = convolution_format(samples.device)
        for link in self._links:
            if isinstance(link, _Conv):
                link.lay_out(image_format)
        passed = [samples.contiguous(memory_format=image_format) if self._begins_with_images else samples]
        for link in self._links:
            passed.append(link.forward(passed[-1]))
        return passed

    def _back(self, passed: list[Tensor], delta: Tensor, values: int) -> tuple[dict[int, Tensor], Tensor]:
        """The gradient by the output of every layer with weights, for all rows, and by x, for the rows after the first `values`."""
        deltas: dict[int, Tensor] = {}
        for index in range(len(self._links) - 1, -1, -1):
            if index == self._first:  # nobody asks for the gradient by real and fake samples
                deltas[index] = delta
                delta = delta[values:]
            elif isinstance(self._links[index], _Weighted):
                deltas[index] = delta
            if index <= self._first:
                delta = self._links[index].back(delta, passed[index][values:], passed[index + 1][values:])
            else:
                delta = self._links[index].back(delta, passed[index], passed[index + 1])
        return dict(reversed(deltas.items())), delta

    def _put_tangents(self, passed: list[Tensor], tangent: Tensor, rows: slice) -> None:
        """Replace the penalised points' values by their tangents: then one product makes the weights' gradient of all rows."""
        passed[0][rows] = tangent
        for index in range(self._last):
            after = passed[index + 1][rows]
            tangent = self._links[index].tangent(tangent, after)
            if isinstance(self._links[index + 1], _Weighted) and tangent is not after:
                after.copy_(tangent)


def _seed(values: Tensor, batch: int) -> Tensor:
    """The derivative of E[D(fake)] - E[D(real)] by each value; 1 for the points whose own gradient is wanted."""
    seed = torch.ones_like(values)
    seed[:batch] = -1 / values[:batch].numel()
    seed[batch : 2 * batch] = 1 / values[:batch].numel()
    return seed


class _Link(Protocol):
    """A layer's part in the passes: values forward, gradients back, tangents forward. `before`, `after`: its input and output."""

    def forward(self, before: Tensor) -> Tensor: ...

    def back(self, delta: Tensor, before: Tensor, after: Tensor) -> Tensor: ...

    def tangent(self, tangent: Tensor, after: Tensor) -> Tensor: ...


class _Weighted(ABC):
    """A layer with weights."""

    _layer: nn.Linear | nn.Conv2d

    @property
    def parameters(self) -> list[Tensor]:
        """The weight and, where there is one, the bias."""
        return [self._layer.weight] if self._layer.bias is None else [self._layer.weight, self._layer.bias]

    def gradients(self, delta: Tensor, before: Tensor, delta_of_values: Tensor) -> list[Tensor]:
        """By the parameters; the bias has no part in the penalty."""
        weight = self._weight_gradient(delta, before)
        return [weight] if self._layer.bias is None else [weight, self._bias_gradient(delta_of_values)]

    @abstractmethod
    def _weight_gradient(self, delta: Tensor, before: Tensor) -> Tensor: ...

    @abstractmethod
    def _bias_gradient(self, delta: Tensor) -> Tensor: ...


@dataclass
class _Linear(_Weighted):
    _layer: nn.Linear

    def forward(self, before: Tensor) -> Tensor:
        return F.linear(before, self._layer.weight, self._layer.bias)

    def back(self, delta: Tensor, before: Tensor, after: Tensor) -> Tensor:
        return delta @ self._layer.weight

    def tangent(self, tangent: Tensor, after: Tensor) -> Tensor:
        return F.linear(tangent, self._layer.weight)

    def _weight_gradient(self, delta: Tensor, before: Tensor) -> Tensor:
        return delta.flatten(0, -2).t() @ before.flatten(0, -2)

    def _bias_gradient(self, delta: Tensor) -> Tensor:
        return delta.flatten(0, -2).sum(0)


@dataclass
class _Conv(_Weighted):
    _layer: nn.Conv2d
    _weight: Tensor = field(default_factory=lambda: torch.empty(0), compare=False)  # as the passes want it in memory

    def lay_out(self, image_format: torch.memory_format) -> None:
        """Take the weight as it is now. The layer's own stays as it lies: its owner may want to view it."""
        self._weight = self._layer.weight.detach().to(memory_format=image_format)

    def forward(self, before: Tensor) -> Tensor:
        return self._convolve(before, self._layer.bias)

    def back(self, delta: Tensor, before: Tensor, after: Tensor) -> Tensor:
        layer = self._layer
        if delta.device.type == "cpu" and layer.in_channels <= 4 and layer.groups == 1:  # the kernel for it is several times slower there
            columns = self._weight.flatten(1).t() @ delta.flatten(2)  # [batch, in * k * k, places]
            size = (before.shape[-2], before.shape[-1])
            return F.fold(columns, size, layer.kernel_size, layer.dilation, layer.padding, layer.stride)  # type: ignore[arg-type]
        return self._backward(delta, before, 0)

    def tangent(self, tangent: Tensor, after: Tensor) -> Tensor:
        return self._convolve(tangent, None)

    def _weight_gradient(self, delta: Tensor, before: Tensor) -> Tensor:
        return self._backward(delta, before, 1)

    def _bias_gradient(self, delta: Tensor) -> Tensor:
        return delta.sum((0, 2, 3))

    def _convolve(self, before: Tensor, bias: Tensor | None) -> Tensor:
        layer = self._layer
        return F.conv2d(before, self._weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups)

    def _backward(self, delta: Tensor, before: Tensor, which: int) -> Tensor:
        """Torch's own kernel for one of a convolution's gradients: 0 by its input, 1 by its weights."""
        layer, mask = self._layer, [which == 0, which == 1, False]
        geometry = (layer.stride, layer.padding, layer.dilation, False, (0, 0), layer.groups)
        found: Tensor = torch.ops.aten.convolution_backward(delta, before, self._weight, None, *geometry, mask)[which]
        return found


@dataclass
class _LeakyReLU:
    """ReLU is the one with slope 0. The sign of the output is that of the input, so that the input need not be kept."""

    _slope: float
    _in_place: bool

    def forward(self, before: Tensor) -> Tensor:
        return F.leaky_relu(before, self._slope, self._in_place) if self._slope else F.relu(before, self._in_place)

    def back(self, delta: Tensor, before: Tensor, after: Tensor) -> Tensor:
        return self._masked(delta, after, delta)  # nobody else holds delta

    def tangent(self, tangent: Tensor, after: Tensor) -> Tensor:
        return self._masked(tangent, after, after)

    def _masked(self, gradient: Tensor, after: Tensor, target: Tensor) -> Tensor:
        """`gradient` times the activation's derivative, written to `target`."""
        if self._slope:
            torch.ops.aten.leaky_relu_backward.grad_input(gradient, after, self._slope, True, grad_input=target)
        else:
            torch.ops.aten.threshold_backward.grad_input(gradient, after, 0, grad_input=target)
        return target


@dataclass
class _Reshape:
    """Flatten, Unflatten, Squeeze, views and Identity: only the shape changes."""

    _layer: nn.Module

    def forward(self, before: Tensor) -> Tensor:
        shaped: Tensor = self._layer(before)
        return shaped

    def back(self, delta: Tensor, before: Tensor, after: Tensor) -> Tensor:
        shaped = delta.reshape(before.shape)
        last = before.dim() == 4 and before.is_contiguous(memory_format=torch.channels_last)
        return shaped.contiguous(memory_format=torch.channels_last) if last else shaped

    def tangent(self, tangent: Tensor, after: Tensor) -> Tensor:
        return tangent.reshape(after.shape)


def _link(layer: nn.Module, *, after_weights: bool) -> _Link:
    """Raises NotALine for a layer that is not written out."""
    kind = type(layer)
    if isinstance(layer, nn.Linear) and kind is nn.Linear:
        return _Linear(layer)
    if isinstance(layer, nn.Conv2d) and kind is nn.Conv2d and layer.padding_mode == "zeros" and not isinstance(layer.padding, str):
        return _Conv(layer)
    if isinstance(layer, nn.ReLU | nn.LeakyReLU) and kind in (nn.ReLU, nn.LeakyReLU):
        slope = layer.negative_slope if isinstance(layer, nn.LeakyReLU) else 0.0
        if slope >= 0:
            return _LeakyReLU(slope, after_weights)
    reshapes = kind in (Squeeze, Reshape, nn.Identity) or (isinstance(layer, nn.Flatten) and layer.start_dim == 1)
    if reshapes or (isinstance(layer, nn.Unflatten) and layer.dim == 1):
        return _Reshape(layer)
    raise NotALine(f"its layer {layer} is not written out")


def _are_learnt_plainly(weights: Sequence[Tensor]) -> bool:
    """Whether each is learnt, stands in one place only, is no subclass, and has no hooks."""
    return len(set(map(id, weights))) == len(weights) and all(
        type(weight) is nn.Parameter and weight.requires_grad and not weight._backward_hooks and not weight._post_accumulate_grad_hooks
        for weight in weights
    )


def _has_weights(layer: nn.Module | None) -> bool:
    return isinstance(layer, nn.Linear | nn.Conv2d)
