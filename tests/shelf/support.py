"""Generators whose quality is known: one that repeats real images, and one that makes nothing but noise."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from wgan_gp.config import parse_config
from wgan_gp.data.images import to_unit
from wgan_gp.generators import Generator


class Replay(nn.Module):
    """Each latent chooses one of these samples, all alike often."""

    def __init__(self, samples: Tensor) -> None:
        super().__init__()
        self.register_buffer("samples", samples)

    def forward(self, latents: Tensor) -> Tensor:
        share = 0.5 * (1 + torch.erf(latents[:, 0].double() / math.sqrt(2)))  # uniform
        return self.samples[(share * len(self.samples)).long().clamp(max=len(self.samples) - 1)]  # type: ignore[index]


class Noise(nn.Module):
    """Grey noise, the same for the same latent."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape
        self.mix = torch.randn(4, math.prod(shape), generator=torch.Generator().manual_seed(0))

    def forward(self, latents: Tensor) -> Tensor:
        return (7 * latents[:, :4] @ self.mix).sin().view(-1, *self.shape)


def loaded(data: str, module: nn.Module, **values: Any) -> Generator:
    """This module as the generator of a run on these data."""
    return Generator(f"{data}-test", parse_config({"data": data, "latent_dim": 8} | values), module.eval())


def replay(data: str, images: Tensor) -> Generator:
    """A generator that repeats these images, uint8[n, channels, size, size]."""
    return loaded(data, Replay(to_unit(images)))
