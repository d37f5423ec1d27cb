"""The layers of a chain, each with its part in the passes of chain.py: values forward, gradients back, tangents forward."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wgan_gp.networks.layers import Reshape, Squeeze
from wgan_gp.networks.tracing import NotALine


class Link(ABC):
    """A layer's part in the passes. `before`, `after`: its input and output."""

    takes_images: ClassVar[bool] = False

    def lay_out(self, image_format: torch.memory_format) -> None:  # noqa: B027  # most have nothing to do
        """Get ready for a pass over images that lie in memory like this."""

    @abstractmethod
    def forward(self, before: Tensor) -> Tensor:
        """The layer's values."""

    @abstractmethod
    def back(self, delta: Tensor, before: Tensor, after: Tensor) -> Tensor:
        """The gradient by its input; delta: that by its output."""

    @abstractmethod
    def tangent(self, tangent: Tensor, after: Tensor) -> Tensor:
        """The tangent behind the layer, where activations stand as they did."""


class Weighted(Link):
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
class _Linear(Weighted):
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
class _Conv(Weighted):
    takes_images: ClassVar[bool] = True
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
class _LeakyReLU(Link):
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
class _Reshaping(Link):
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


def link_of(layer: nn.Module, *, after_weights: bool) -> Link:
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
        return _Reshaping(layer)
    raise NotALine(f"its layer {layer} is not written out")


def are_learnt_plainly(weights: Sequence[Tensor]) -> bool:
    """Whether each is learnt, stands in one place only, is no subclass, and has no hooks."""
    return len(set(map(id, weights))) == len(weights) and all(
        type(weight) is nn.Parameter and weight.requires_grad and not weight._backward_hooks and not weight._post_accumulate_grad_hooks
        for weight in weights
    )


def has_weights(layer: nn.Module | None) -> bool:
    """Whether a link of this layer makes a tensor of its own."""
    return isinstance(layer, nn.Linear | nn.Conv2d)
