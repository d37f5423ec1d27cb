"""What is measured: two nets as they are now, and how the critic is held. A trainer is one of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from wgan_gp.config import Constraint


class Measured(Protocol):
    """A generator and a critic in training, or anything that has as much to say of itself."""

    generator: nn.Module
    critic: nn.Module
    constraint: Constraint
    latent_dim: int
    fakes: Callable[[int, torch.Generator], Tensor] | None  # of a generator that stands still
    device: torch.device
    iteration: int

    @property
    def sampling_generator(self) -> nn.Module:
        """The generator that samples are drawn with."""
        ...
