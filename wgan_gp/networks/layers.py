"""What both kinds of nets share: activations, norms, and the drawing of initial weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from wgan_gp.config import Activation
from wgan_gp.theory.lipschitz import NORM_LAYERS, clipped_parameters


def activation(name: Activation) -> nn.Module:
    """The activation of this name. LeakyReLU has slope 0.2, as in [A] and [G]."""
    modules: dict[str, nn.Module] = {
        "relu": nn.ReLU(),
        "leaky_relu": nn.LeakyReLU(0.2),
        "elu": nn.ELU(),
        "silu": nn.SiLU(),
        "softplus": nn.Softplus(),
        "tanh": nn.Tanh(),
    }
    return modules[name]


def norm_of_rows(name: str, units: int) -> list[nn.Module]:
    """The norm of this name for numbers [batch, units]: none, batch or layer."""
    if name == "none":
        return []
    return [nn.BatchNorm1d(units) if name == "batch" else nn.LayerNorm(units)]


class Squeeze(nn.Module):
    """Values [batch, 1] to [batch]."""

    def forward(self, values: Tensor) -> Tensor:
        """values: [batch, 1]. Returns [batch]."""
        return values.squeeze(1)


class Reshape(nn.Module):
    """Another shape for each sample: `view`, `reshape` or `squeeze` of somebody's forward."""

    def __init__(self, shape_of: Callable[[torch.Size], Sequence[int]]) -> None:
        super().__init__()
        self._shape_of = shape_of

    def forward(self, samples: Tensor) -> Tensor:
        """samples: [batch, ...]. Returns [batch, ...] of the same numbers."""
        return samples.reshape(len(samples), *self._shape_of(samples.shape[1:]))


class Crop(nn.Module):
    """The upper left `size` x `size` pixels, for sides that are no power of two times the start."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, images: Tensor) -> Tensor:
        """images: [batch, channels, height, width]. Returns [batch, channels, size, size]."""
        return images[..., : self.size, : self.size]


@torch.no_grad()
def initialise(module: nn.Module, random: torch.Generator) -> nn.Module:
    """Move a net from the meta device to the CPU and draw its weights from `random`: He normal for weights ([G]'s toy code), zero biases.

    Nothing is drawn from torch's global random state. Returns the same module.
    """
    module.to_empty(device="cpu")
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            _draw(part, random)
        elif isinstance(part, NORM_LAYERS):  # ones and zeros
            part.reset_parameters()
    return module


@torch.no_grad()
def draw_inside(critic: nn.Module, limit: float, random: torch.Generator) -> None:
    """Draw all weights and biases that clipping clips from U(-limit, limit)."""
    for _, parameter in clipped_parameters(critic):
        parameter.uniform_(-limit, limit, generator=random)


def _draw(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d, random: torch.Generator) -> None:
    inputs = layer.weight[0].numel()
    if isinstance(layer, nn.ConvTranspose2d):  # [in, out, k, k], and with stride s each output sees k*k/(s*s) taps
        inputs = layer.weight[:, 0].numel() // (layer.stride[0] * layer.stride[1])
    layer.weight.normal_(0, (2 / max(1, inputs)) ** 0.5, generator=random)
    if layer.bias is not None:
        layer.bias.zero_()
