"""How strong the critic's gradients are from layer to layer: clipping lets them explode or vanish ([G] figure 1b, left).

[G] gives 12-layer ReLU nets without batch norm on the Swiss roll. Width, iterations and the moment of measurement are chosen here.
"""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wgan_gp.config import Adam, Constraint, GradientPenalty, MLPCritic, MLPGenerator, Optimizer, RMSProp, RunConfig, WeightClipping
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.theory.layers import layers_of
from wgan_gp.theory.objective import critic_loss
from wgan_gp.training.loop import build_trainer
from wgan_gp.training.trainer import Trainer

DATA = "swissroll"


@dataclass(frozen=True)
class Settings:
    """What is trained and when it is measured."""

    width: int = 128
    depth: int = 12  # hidden layers; the value is layer depth + 1
    iterations: int = 300
    moments: int = 10  # measurements, evenly spread over the second half of training
    batch_size: int = 128
    n_critic: int = 5
    clip_limits: tuple[float, ...] = (0.1, 0.01, 0.001)  # c
    penalty_weight: float = 10.0  # lambda
    penalty_rate: float = 1e-4  # Adam's learning rate
    clip_rate: float = 5e-5  # RMSProp's


PRESETS: Mapping[str, Settings] = {
    "tiny": Settings(width=8, depth=3, iterations=4, moments=2, batch_size=16),
    "fast": Settings(),
    "paper": Settings(width=512, iterations=5000, moments=20, batch_size=256),
}


@dataclass(frozen=True)
class LayerNorms:
    """One critic: the norm of d(critic loss) / d(activations of a layer), and how it changes from layer to layer."""

    name: str
    constraint: Constraint
    norms: NDArray[np.float64]  # [depth + 1], layer 1 first: the median over the moments
    low: NDArray[np.float64]  # [depth + 1], the smallest of the moments
    high: NDArray[np.float64]  # [depth + 1], the largest

    @property
    def slope(self) -> float:
        """log10 of the norm per layer on the way back from the value to layer 1: above 0 explodes, below vanishes; NaN without norms."""
        layers = np.arange(len(self.norms), 0, -1)[::-1]  # 1, 2, ...
        some = self.norms > 0
        if some.sum() < 2:
            return math.nan
        return -float(np.polyfit(layers[some], np.log10(self.norms[some]), 1)[0])


@dataclass(frozen=True)
class GradientNorms:
    """All numbers of the figure."""

    settings: Settings
    seed: int
    critics: tuple[LayerNorms, ...]

    def summary(self) -> dict[str, Any]:
        """What goes into JSON: the settings, and per critic the slope and the norms, layer 1 first."""
        found = {
            critic.name: {"slope_log10_per_layer": None if math.isnan(critic.slope) else critic.slope, "norms": critic.norms.tolist()}
            for critic in self.critics
        }
        return {"figure": "gradient-norms", "seed": self.seed, "settings": dataclasses.asdict(self.settings), "results": found}

    def table(self) -> tuple[list[str], NDArray[np.float64]]:
        """Column names and rows: the layer, then each critic's median, smallest and largest norm."""
        columns, parts = ["layer"], [np.arange(1.0, self.settings.depth + 2)]
        for critic in self.critics:
            columns += [critic.name, f"{critic.name} low", f"{critic.name} high"]
            parts += [critic.norms, critic.low, critic.high]
        return columns, np.column_stack(parts)


def measure(settings: Settings, seed: int = 0, say: Callable[[str], None] = lambda line: None) -> GradientNorms:
    """Train a GAN per critic, all from the same first weights, and measure. `say` is told what begins."""
    held: list[tuple[str, Constraint]] = [(f"clip c={limit:g}", WeightClipping(limit=limit)) for limit in settings.clip_limits]
    held.append(("gp", GradientPenalty(weight=settings.penalty_weight)))
    critics: list[LayerNorms] = []
    for name, constraint in held:
        say(f"{DATA} {name}")
        critics.append(_train_and_measure(name, constraint, settings, seed))
    return GradientNorms(settings, seed, tuple(critics))


def layer_norms(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """||d(critic loss) / d(activations of a layer)||_2 over the batch and the units, for each layer with weights: [layers].

    A layer's activations are what leaves its ReLU; the last layer's are the critic's values. The loss is E[D(fake)] - E[D(real)], without
    the penalty, so that all critics are asked the same. In float64: under clipping the norms leave what float32 can hold.
    """
    passed = torch.cat((real, fake)).double()
    activations: list[Tensor] = []
    for layer in layers_of(copy.deepcopy(critic).double()):
        passed = layer(passed)
        if isinstance(layer, nn.Linear):
            activations.append(passed)
        else:  # an activation function, or the squeeze at the end
            activations[-1] = passed
    gradients = torch.autograd.grad(critic_loss(passed[: len(real)], passed[len(real) :]), activations)
    return torch.stack([gradient.norm() for gradient in gradients])


def _train_and_measure(name: str, constraint: Constraint, settings: Settings, seed: int) -> LayerNorms:
    trainer = _trainer(constraint, settings, seed)
    probe = torch.Generator().manual_seed(seed + 1)
    half = settings.iterations // 2
    moments = set(np.linspace(half, settings.iterations, settings.moments).round().astype(int).tolist())
    found: list[Tensor] = []
    for iteration in range(1, settings.iterations + 1):
        trainer.step()
        if iteration in moments:
            with torch.no_grad():
                fake = trainer.generator(torch.randn(settings.batch_size, 2, generator=probe))
            found.append(layer_norms(trainer.critic, trainer.sampler(settings.batch_size, probe), fake))
    norms = torch.stack(found).numpy()  # [moments, layers]
    return LayerNorms(name, constraint, np.median(norms, axis=0), norms.min(axis=0), norms.max(axis=0))


def _trainer(constraint: Constraint, settings: Settings, seed: int) -> Trainer:
    clipped = isinstance(constraint, WeightClipping)
    optimizer: Optimizer = RMSProp(learning_rate=settings.clip_rate) if clipped else Adam(learning_rate=settings.penalty_rate)
    config = RunConfig(
        data=DATA,
        constraint=constraint,
        generator=MLPGenerator(width=settings.width, depth=settings.depth),
        critic=MLPCritic(width=settings.width, depth=settings.depth),
        generator_optimizer=optimizer,
        critic_optimizer=optimizer,
        n_critic=settings.n_critic,
        batch_size=settings.batch_size,
        seed=seed,
    )
    return build_trainer(config, torch.device("cpu"), PLANE_SETS[DATA].sample)
