"""Toy distributions in the plane, drawn without end on any device. The first three are exactly those of [G]'s toy code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import torch
from torch import Tensor

from wgan_gp.data.draws import draws_alone


class Draw(Protocol):
    """Draws points of a distribution."""

    def __call__(self, count: int, random: torch.Generator, *, even: bool = False) -> Tensor:
        """float32[count, 2] on the device of `random`; `even` gives each part of the distribution its fair share of them."""


@dataclass(frozen=True)
class PlaneSet:
    """A distribution in the plane. `centres` and `sigma` are there for mixtures of equal Gaussians, whose modes can be counted."""

    name: str
    draw: Draw
    extent: float  # pictures show [-extent, extent] on both axes
    centres: tuple[tuple[float, float], ...] = ()
    sigma: float = 0.0

    @draws_alone
    def sample(self, count: int, random: torch.Generator) -> Tensor:
        """float32[count, 2] on the device of `random`."""
        return self.draw(count, random)

    def sample_held_out(self, count: int, random: torch.Generator) -> Tensor:
        """float32[count, 2] of data that training does not see: new draws, since the set is endless."""
        return self.draw(count, random)

    def sample_evenly(self, count: int, random: torch.Generator) -> Tensor:
        """float32[count, 2], stratified: every mode (or stretch of a curve) has its fair share, so that a distance to them varies less."""
        return self.draw(count, random, even=True)

    def to(self, device: torch.device) -> PlaneSet:
        """The same set; draws follow the device of the random generator they are given."""
        return self


def _normal(random: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=random, device=random.device)


def _uniform(random: torch.Generator, count: int, even: bool = False) -> Tensor:
    """[count] in [0, 1); `even`: one in each of `count` equal parts, in order."""
    drawn = torch.rand(count, generator=random, device=random.device)
    return (torch.arange(count, device=random.device) + drawn) / count if even else drawn


def _second(random: torch.Generator, count: int, even: bool) -> Tensor:
    """[count] of 0 or 1, as probable; `even`: in turn."""
    return torch.arange(count, device=random.device) % 2 if even else (_uniform(random, count) < 0.5).float()


@cache
def _table(centres: tuple[tuple[float, float], ...], device: torch.device) -> Tensor:
    """[modes, 2], copied to a device once."""
    return torch.tensor(centres, device=device)


def _mixture(name: str, centres: list[tuple[float, float]], sigma: float, scale: float, extent: float) -> PlaneSet:
    """Equal Gaussians at `centres` with standard deviation `sigma`, everything divided by `scale`."""

    def draw(count: int, random: torch.Generator, *, even: bool = False) -> Tensor:
        table = _table(tuple(centres), random.device)  # [modes, 2]
        if even:
            which = torch.arange(count, device=random.device) % len(centres)
        else:
            which = torch.randint(len(centres), (count,), generator=random, device=random.device)
        return (table[which] + sigma * _normal(random, count, 2)) / scale

    scaled = tuple((x / scale, y / scale) for x, y in centres)
    return PlaneSet(name, draw, extent, scaled, sigma / scale)


def _swiss_roll(count: int, random: torch.Generator, *, even: bool = False) -> Tensor:
    """sklearn.datasets.make_swiss_roll(noise=0.25), columns 0 and 2, divided by 7.5, drawn with torch."""
    turn = 1.5 * math.pi * (1 + 2 * _uniform(random, count, even))  # [count]
    points = torch.stack((turn * turn.cos(), turn * turn.sin()), dim=1)  # [count, 2]
    return (points + 0.25 * _normal(random, count, 2)) / 7.5


def _moons(count: int, random: torch.Generator, *, even: bool = False) -> Tensor:
    """Two half circles as in sklearn.datasets.make_moons(noise=0.05), centred."""
    lower = _second(random, count, even)  # [count]
    angle = math.pi * _uniform(random, count, even)
    x = angle.cos() * (1 - 2 * lower) + lower
    y = angle.sin() * (1 - 2 * lower) + 0.5 * lower
    return torch.stack((x - 0.5, y - 0.25), dim=1) + 0.05 * _normal(random, count, 2)


def _circles(count: int, random: torch.Generator, *, even: bool = False) -> Tensor:
    """Two circles with radii 1 and 0.5 as in sklearn.datasets.make_circles(noise=0.03, factor=0.5)."""
    radius = 1 - 0.5 * _second(random, count, even)
    angle = 2 * math.pi * _uniform(random, count, even)
    return torch.stack((radius * angle.cos(), radius * angle.sin()), dim=1) + 0.03 * _normal(random, count, 2)


_RING = [(2 * math.cos(k * math.pi / 4), 2 * math.sin(k * math.pi / 4)) for k in range(8)]
_LATTICE = [(2.0 * i, 2.0 * j) for i in range(-2, 3) for j in range(-2, 3)]

PLANE_SETS: Mapping[str, PlaneSet] = {
    "8gaussians": _mixture("8gaussians", _RING, 0.02, 1.414, 2.0),
    "25gaussians": _mixture("25gaussians", _LATTICE, 0.05, 2.828, 2.0),
    "swissroll": PlaneSet("swissroll", _swiss_roll, 2.5),
    "moons": PlaneSet("moons", _moons, 2.0),
    "circles": PlaneSet("circles", _circles, 1.5),
}
