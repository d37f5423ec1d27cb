"""One look at two nets in training: the points at which a run is measured, and the passes at them that its measures share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, Self

import torch
from torch import Tensor, nn

from wgan_gp.config import Constraint
from wgan_gp.data import DataSet
from wgan_gp.data.plane import PlaneSet
from wgan_gp.theory.latent import latents_from_seeds, slerp
from wgan_gp.theory.lipschitz import gradients, interpolates

PATH_SEEDS = ((1_000_001, 1_000_002), (1_000_003, 1_000_004))  # end points of the ways between two latents


class Measured(Protocol):
    """Two nets as they are now, and how the critic is held: a trainer, or anything that has as much to say of itself."""

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


@dataclass(frozen=True)
class Points:
    """Where a run is measured: drawn once, so that two runs with the same seed and data are measured at the same points throughout."""

    real: Tensor  # [samples, ...]
    held_out: Tensor  # [held_out, ...]
    epsilon: Tensor  # [slopes]: where between a real and a fake sample the critic's gradient is taken
    latents: Tensor  # [samples, latent_dim]
    paths: Tensor  # [paths * frames, latent_dim]
    compared: int  # real and fake samples whose values are taken
    grid: Tensor  # [side * side, 2] over the plane; empty for images
    arrows: Tensor  # [side * side, 2] where arrows begin; empty where none are shown
    extent: float = 0.0
    fake: Tensor | None = None  # [samples, 2] of a generator that stands still
    ways: Tensor | None = None  # [samples, 2]: a point between each of these and its partner in the exact matching

    @classmethod
    def draw(cls, data: DataSet, latent_dim: int, random: torch.Generator) -> Self:
        """Real and held-out samples and shares from `random`, latents from their seeds, on the device of `random`."""
        samples, held_out, slopes, paths, frames = (512, 256, 160, 1, 33) if isinstance(data, PlaneSet) else (64, 64, 32, 2, 10)
        real, unseen = data.sample(samples, random), data.sample_held_out(held_out, random)
        epsilon = torch.rand(slopes, generator=random, device=random.device)
        latents = latents_from_seeds(range(samples), latent_dim).to(random.device)
        ends = [latents_from_seeds(seeds, latent_dim) for seeds in PATH_SEEDS[:paths]]
        ways = torch.cat([slerp(start, end, torch.linspace(0, 1, frames)) for start, end in ends]).to(random.device)
        return cls(real, unseen, epsilon, latents, ways, compared=held_out, grid=real[:0], arrows=real[:0])

    def over(self, extent: float, nodes: int, arrows: int = 0) -> Self:
        """The same with a grid of the critic's values and one of arrows over [-extent, extent]^2, so many a side."""
        middles = extent * (1 - 1 / max(arrows, 1))  # arrows stand in the middle of cells
        device = self.real.device
        return replace(self, extent=extent, grid=_grid(extent, nodes, device), arrows=_grid(middles, arrows, device))


class Look:
    """Two nets as they are at one iteration. What several measures ask for is found once, and what none asks for not at all."""

    def __init__(self, measured: Measured, points: Points) -> None:
        self.measured, self.points = measured, points

    @cached_property
    def _made(self) -> tuple[Tensor, Tensor]:
        """What the generator makes of the latents and on the paths, in one pass."""
        count, latents = len(self.points.latents), torch.cat((self.points.latents, self.points.paths))
        samples = made_by(self.measured.sampling_generator, latents)
        return samples[:count], samples[count:]

    @property
    def fake(self) -> Tensor:
        """[samples, ...]."""
        return self._made[0] if self.points.fake is None else self.points.fake

    @property
    def on_paths(self) -> Tensor:
        """[paths * frames, ...]."""
        return self._made[1]

    @cached_property
    def seen(self) -> dict[str, Tensor]:
        """Where the critic's gradient is taken: at points on lines, `real` and `fake` ones, [slopes, ...] each."""
        points, count = self.points, len(self.points.epsilon)
        real, fake = points.real[:count], self.fake[:count]
        return {"line": interpolates(real, fake, points.epsilon), "real": real, "fake": fake}

    @cached_property
    def slopes(self) -> dict[str, Tensor]:
        """The critic's gradients at what is `seen` and, over the `plane`, where arrows begin."""
        return _at_once(self._steep, lambda points: gradients(self.measured.critic, points))

    def slopes_at(self, part: str) -> Tensor:
        """Where these gradients are taken: [n, ...]."""
        return self._steep[part]

    @property
    def _steep(self) -> dict[str, Tensor]:
        return self.seen | {"plane": self.points.arrows} | ({"ways": self.points.ways} if self.points.ways is not None else {})

    @cached_property
    @torch.no_grad()
    def values(self) -> dict[str, Tensor]:
        """The critic's values at `real`, `held_out` and `fake` samples and over the `plane`, [n] each."""
        points, count = self.points, self.points.compared
        where = {"real": points.real[:count], "held_out": points.held_out, "fake": self.fake[:count], "plane": points.grid}
        return _at_once(where, lambda points: self.measured.critic(points).flatten())


Measure = Callable[[Look], Mapping[str, Tensor]]
"""Some arrays of the table of measures, as they are at a look."""


@torch.no_grad()
def made_by(generator: nn.Module, latents: Tensor) -> Tensor:
    """What a generator makes of latents [n, latent_dim] when it is not learning: [n, ...]. Its mode is put back."""
    training = generator.training
    samples: Tensor = generator.eval()(latents)
    generator.train(training)
    return samples


def _at_once(where: Mapping[str, Tensor], function: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
    """What a function says of each part, [n, ...], in one pass over all."""
    parts = torch.split(function(torch.cat(list(where.values()))), [len(points) for points in where.values()])
    return dict(zip(where, parts, strict=True))


def _grid(extent: float, side: int, device: torch.device) -> Tensor:
    """[side * side, 2]: nodes over [-extent, extent]^2, the lowest y first, x running fastest."""
    axis = torch.linspace(-extent, extent, side, device=device)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack((x.flatten(), y.flatten()), dim=1)
