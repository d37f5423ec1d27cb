"""Two nets that can be measured without a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from wgan_gp.config import Constraint, GradientPenalty
from wgan_gp.measures.look import Look, Points


@dataclass
class Pair:
    """A generator and a critic, and as much as measures ask of them."""

    critic: nn.Module
    generator: nn.Module = field(default_factory=nn.Identity)
    constraint: Constraint = field(default_factory=GradientPenalty)
    latent_dim: int = 2
    fakes: Callable[[int, torch.Generator], Tensor] | None = None
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    iteration: int = 0

    @property
    def sampling_generator(self) -> nn.Module:
        return self.generator


def look(critic: nn.Module, real: Tensor, fake: Tensor, constraint: Constraint | None = None) -> Look:
    """A look at a critic whose fake samples stand still: [n, ...] each."""
    none = real[:0]
    points = Points(real, real, torch.rand(len(real)), none, none, compared=len(real), grid=none, arrows=none, fake=fake)
    return Look(Pair(critic, constraint=constraint or GradientPenalty()), points)
