"""What critics learn when they have all the time: value surfaces beside the exact optimum ([G] figure 1a).

The generator stands still: its samples are real data + N(0, I). Only critics train, one clipped and one with the penalty.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wgan_gp.config import Adam, Constraint, GradientPenalty, MLPCritic, Optimizer, RMSProp, RunConfig, WeightClipping
from wgan_gp.data.plane import PLANE_SETS, PlaneSet
from wgan_gp.presets import CRITIC_PENALTY, CRITIC_STEPS, FAST_RATES, critic_preset
from wgan_gp.theory.agreement import correlation, mean_cosine
from wgan_gp.theory.lipschitz import gradients, interpolates
from wgan_gp.theory.objective import estimate
from wgan_gp.theory.transport import optimal_critic
from wgan_gp.training.frozen import noisy
from wgan_gp.training.loop import build_trainer

Array = NDArray[np.float64]
Method = Literal["clip", "gp", "truth"]

METHODS: tuple[Method, ...] = ("clip", "gp", "truth")
EXTENT = 3.0  # pictures show [-3, 3]^2


@dataclass(frozen=True)
class Settings:
    """What is trained, and how finely it is looked at. The papers name the data, c and the optimisers' kinds; the rest is chosen."""

    data: tuple[str, ...] = ("8gaussians", "25gaussians", "swissroll")
    updates: int = CRITIC_STEPS  # of each critic
    width: int = 128
    depth: int = 3
    batch_size: int = 256
    penalty_weight: float = CRITIC_PENALTY  # lambda
    clip_limit: float = 0.01  # c
    penalty_rate: float = FAST_RATES["gp"]  # Adam's learning rate, down to 0 along a cosine
    clip_rate: float = FAST_RATES["clip"]  # RMSProp's
    grid: int = 64
    points: int = 512  # of each kind: the exact optimum is theirs

    def config(self, data: str, method: Literal["clip", "gp"], seed: int) -> RunConfig:
        """A critic that learns alone, as on the page Critic lab, with these numbers."""
        constraint: Constraint = WeightClipping(limit=self.clip_limit)
        optimizer: Optimizer = RMSProp(learning_rate=self.clip_rate)
        if method == "gp":
            constraint = GradientPenalty(weight=self.penalty_weight)
            optimizer = Adam(learning_rate=self.penalty_rate, beta1=0.5, beta2=0.9)
        chosen = {"constraint": constraint, "critic_optimizer": optimizer, "critic": MLPCritic(width=self.width, depth=self.depth)}
        return critic_preset(data, method).model_copy(
            update=chosen | {"batch_size": self.batch_size, "steps": self.updates, "seed": seed, "device": "cpu"}
        )


PRESETS: Mapping[str, Settings] = {
    "tiny": Settings(data=("8gaussians",), updates=30, width=16, batch_size=64, grid=16, points=64),
    "fast": Settings(),
    "paper": Settings(updates=10_000, width=512, penalty_weight=10.0, penalty_rate=1e-4, clip_rate=5e-5, grid=128),
}


@dataclass(frozen=True)
class Surface:
    """A critic's values over the grid, minus their mean over real data, and how they compare with the optimum's."""

    data: str
    method: Method
    values: Array  # [grid, grid], the lowest y first
    cosine_grid: float  # mean cosine of the angle between its gradient and the optimum's, over the grid
    cosine_lines: float  # the same on lines between real and fake points
    correlation: float  # of its values with the optimum's, over the grid
    gradient_norm: float  # mean on the lines
    estimate: float  # E[D(real)] - E[D(fake)] on the points that exact W1 is of


@dataclass(frozen=True)
class Scene:
    """The points of one data set, and what is exact about them."""

    real: Array  # [points, 2]
    fake: Array  # [points, 2]
    exact_w1: float
    cosine_of_another_optimum: float  # cosine_lines of the optimum of other samples of the same two distributions: what chance leaves


@dataclass(frozen=True)
class ValueSurfaces:
    """All numbers of the figure."""

    settings: Settings
    seed: int
    axis: Array  # [grid]
    scenes: Mapping[str, Scene]
    surfaces: tuple[Surface, ...]

    def surface(self, data: str, method: Method) -> Surface:
        """The surface of this data set and method."""
        return next(found for found in self.surfaces if (found.data, found.method) == (data, method))

    def summary(self) -> dict[str, Any]:
        """What goes into JSON: the settings, and per data set the exact W1 and what was measured of each surface."""
        results: dict[str, Any] = {}
        for name, scene in self.scenes.items():
            measured = {s.method: {k: v for k, v in vars(s).items() if isinstance(v, float)} for s in self.surfaces if s.data == name}
            results[name] = {"exact_w1": scene.exact_w1, "cosine_of_another_optimum": scene.cosine_of_another_optimum} | measured
        return {"figure": "value-surfaces", "seed": self.seed, "settings": dataclasses.asdict(self.settings), "results": results}

    def table(self) -> tuple[list[str], Array]:
        """Column names and rows: x, y, then each surface's values."""
        y, x = np.meshgrid(self.axis, self.axis, indexing="ij")
        columns = ["x", "y", *(f"{surface.data} {surface.method}" for surface in self.surfaces)]
        return columns, np.column_stack([x.ravel(), y.ravel(), *(surface.values.ravel() for surface in self.surfaces)])


def measure(settings: Settings, seed: int = 0, say: Callable[[str], None] = lambda line: None) -> ValueSurfaces:
    """Train the critics and measure them. `say` is told what begins. Raises ImportError without POT."""
    axis = torch.linspace(-EXTENT, EXTENT, settings.grid)
    scenes: dict[str, Scene] = {}
    surfaces: list[Surface] = []
    for name in settings.data:
        comparison = _Comparison(PLANE_SETS[name], settings.points, axis, torch.Generator().manual_seed(seed + 1))
        scenes[name] = comparison.scene
        for method in METHODS:
            say(f"{name} {method}")
            critic = comparison.optimum if method == "truth" else train_critic(name, method, settings, seed)
            surfaces.append(comparison.surface(critic, name, method))
    return ValueSurfaces(settings, seed, axis.double().numpy(), scenes, tuple(surfaces))


def train_critic(data: str, method: Literal["clip", "gp"], settings: Settings, seed: int) -> nn.Module:
    """A critic after `settings.updates` updates against real data + N(0, I), from the same first weights for both methods."""
    trainer = build_trainer(settings.config(data, method, seed), torch.device("cpu"), PLANE_SETS[data].sample)
    for _ in range(settings.updates):
        trainer.step()
    return trainer.critic.eval()


def _samples(data: PlaneSet, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Real samples, and the still generator's: other real samples + N(0, I). [count, 2] each."""
    return data.sample(count, random), noisy(data.sample, noise=1.0)(count, random)


class _Comparison:
    """The points of one data set, their exact optimum, and what a critic is measured by."""

    def __init__(self, data: PlaneSet, count: int, axis: Tensor, random: torch.Generator) -> None:
        self._real, self._fake = _samples(data, count, random)
        self.optimum = optimal_critic(self._real, self._fake)
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        self._grid = torch.stack((x.flatten(), y.flatten()), dim=1)  # [grid * grid, 2]
        lines = _samples(data, 4 * count, random)  # the optimum has not been made of these
        self._lines = interpolates(*lines, torch.rand(4 * count, generator=random))
        self._values = self.optimum(self._grid).double()
        self._gradients = self.optimum.gradient(torch.cat((self._grid, self._lines))).double()
        again = optimal_critic(*_samples(data, count, random))
        cosine = mean_cosine(again.gradient(self._lines), self._gradients[len(self._grid) :])
        points = (self._real.double().numpy(), self._fake.double().numpy())
        self.scene = Scene(*points, self.optimum.distance, cosine)

    def surface(self, critic: Any, data: str, method: Method) -> Surface:
        """Measure a critic: a module, or an optimum, which brings its own gradient."""
        points = torch.cat((self._grid, self._lines))
        slopes = (critic.gradient(points) if hasattr(critic, "gradient") else gradients(critic, points)).double()
        with torch.no_grad():
            grid, real, fake = (critic(part).flatten().double() for part in (self._grid, self._real, self._fake))
        side, nodes = round(len(grid) ** 0.5), len(grid)
        return Surface(
            data=data,
            method=method,
            values=(grid - real.mean()).view(side, side).numpy(),
            cosine_grid=mean_cosine(slopes[:nodes], self._gradients[:nodes]),
            cosine_lines=mean_cosine(slopes[nodes:], self._gradients[nodes:]),
            correlation=correlation(grid, self._values),
            gradient_norm=float(slopes[nodes:].norm(dim=1).mean()),
            estimate=float(estimate(real, fake)),
        )
