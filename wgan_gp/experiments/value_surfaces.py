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

from wgan_gp.config import DATA_SHAPES, Adam, Constraint, GradientPenalty, MLPCritic, Optimizer, RMSProp, WeightClipping
from wgan_gp.data.plane import PLANE_SETS, PlaneSet
from wgan_gp.networks import build_critic
from wgan_gp.theory.lipschitz import gradients, interpolates
from wgan_gp.theory.objective import estimate
from wgan_gp.theory.transport import optimal_critic
from wgan_gp.training.step import schedule_factor
from wgan_gp.training.trainer import Trainer

Array = NDArray[np.float64]
Method = Literal["clip", "gp", "truth"]

METHODS: tuple[Method, ...] = ("clip", "gp", "truth")
EXTENT = 3.0  # pictures show [-3, 3]^2


@dataclass(frozen=True)
class Settings:
    """What is trained, and how finely it is looked at. The papers name the data, c and the optimisers' kinds; the rest is chosen."""

    data: tuple[str, ...] = ("8gaussians", "25gaussians", "swissroll")
    updates: int = 4000  # of each critic
    width: int = 128
    depth: int = 3
    batch_size: int = 256
    penalty_weight: float = 3.0  # lambda
    clip_limit: float = 0.01  # c
    penalty_rate: float = 2e-3  # Adam's learning rate, down to 0 along a cosine
    clip_rate: float = 5e-4  # RMSProp's
    grid: int = 64
    points: int = 512  # of each kind: the exact optimum is theirs

    def constraint(self, method: Method) -> tuple[Constraint, Optimizer]:
        """How a critic is held, and who trains it."""
        if method == "clip":
            return WeightClipping(limit=self.clip_limit), RMSProp(learning_rate=self.clip_rate)
        return GradientPenalty(weight=self.penalty_weight), Adam(learning_rate=self.penalty_rate, beta1=0.5, beta2=0.9)


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


def train_critic(data: str, method: Method, settings: Settings, seed: int) -> nn.Module:
    """A critic after `settings.updates` updates against real data + N(0, I), from the same first weights for both methods."""
    constraint, optimizer = settings.constraint(method)
    drawn = torch.Generator().manual_seed(seed)
    critic = build_critic(MLPCritic(width=settings.width, depth=settings.depth), DATA_SHAPES[data], drawn)
    idle = nn.Linear(2, 2)  # a trainer has a generator; this one is never asked
    trainer = Trainer(idle, critic, constraint, PLANE_SETS[data].sample, latent_dim=2, critic_optimizer=optimizer, seed=seed)
    for update in range(settings.updates):
        for group in trainer.critic_optimizer.param_groups:
            group["lr"] = optimizer.learning_rate * schedule_factor("cosine", update, settings.updates)
        trainer.update_critic(*_samples(PLANE_SETS[data], settings.batch_size, trainer.random))
    return trainer.critic.eval()


def _samples(data: PlaneSet, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Real samples, and the still generator's: other real samples + N(0, I). [count, 2] each."""
    return data.sample(count, random), data.sample(count, random) + torch.randn(count, 2, generator=random)


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
        cosine = _cosines(again.gradient(self._lines).double(), self._gradients[len(self._grid) :]).mean()
        points = (self._real.double().numpy(), self._fake.double().numpy())
        self.scene = Scene(*points, self.optimum.distance, float(cosine))

    def surface(self, critic: Any, data: str, method: Method) -> Surface:
        """Measure a critic: a module, or an optimum, which brings its own gradient."""
        points = torch.cat((self._grid, self._lines))
        slopes = (critic.gradient(points) if hasattr(critic, "gradient") else gradients(critic, points)).double()
        with torch.no_grad():
            grid, real, fake = (critic(part).flatten().double() for part in (self._grid, self._real, self._fake))
        cosines = _cosines(slopes, self._gradients)
        side = round(len(grid) ** 0.5)
        return Surface(
            data=data,
            method=method,
            values=(grid - real.mean()).view(side, side).numpy(),
            cosine_grid=float(cosines[: len(grid)].mean()),
            cosine_lines=float(cosines[len(grid) :].mean()),
            correlation=float(torch.corrcoef(torch.stack((grid, self._values)))[0, 1]),
            gradient_norm=float(slopes[len(grid) :].norm(dim=1).mean()),
            estimate=float(estimate(real, fake)),
        )


def _cosines(one: Tensor, other: Tensor) -> Tensor:
    """[n, 2] each to [n]; 0 where a gradient is 0. A clipped critic's gradients are tiny: nothing is added to the norms."""
    return torch.nan_to_num((one * other).sum(1) / (one.norm(dim=1) * other.norm(dim=1)))
