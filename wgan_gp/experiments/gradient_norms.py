"""How strong the critic's gradients are from layer to layer: clipping lets them explode or vanish ([G] figure 1b, left).

[G] gives 12-layer ReLU nets without batch norm on the Swiss roll. Width, iterations and the moment of measurement are chosen here.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan_gp.config import Constraint, RunConfig
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.presets import gradients_presets
from wgan_gp.theory.layers import layer_norms, slope_of
from wgan_gp.training.loop import build_trainer

_CLIPPED, *_, _PENALISED = gradients_presets()  # the runs of the page Gradients: what is not said here is as there
DATA = _PENALISED.data


@dataclass(frozen=True)
class Settings:
    """What is trained and when it is measured."""

    width: int = 128
    depth: int = 12  # hidden layers; the value is layer depth + 1
    iterations: int = 300
    moments: int = 10  # measurements, evenly spread over the second half of training
    batch_size: int = _PENALISED.batch_size
    n_critic: int = _PENALISED.n_critic
    clip_limits: tuple[float, ...] = (0.1, 0.01, 0.001)  # c
    penalty_weight: float = 10.0  # lambda
    penalty_rate: float = _PENALISED.critic_optimizer.learning_rate  # Adam's
    clip_rate: float = _CLIPPED.critic_optimizer.learning_rate  # RMSProp's


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
        return slope_of(torch.from_numpy(self.norms.copy()).log10())


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
    critics: list[LayerNorms] = []
    for config in _configs(settings, seed):
        held = config.constraint
        name = f"clip c={held.limit:g}" if held.kind == "clip" else held.kind
        say(f"{DATA} {name}")
        critics.append(_train_and_measure(name, config, settings))
    return GradientNorms(settings, seed, tuple(critics))


def _train_and_measure(name: str, config: RunConfig, settings: Settings) -> LayerNorms:
    trainer = build_trainer(config, torch.device("cpu"), PLANE_SETS[config.data].sample)
    probe = torch.Generator().manual_seed(config.seed + 1)
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
    return LayerNorms(name, config.constraint, np.median(norms, axis=0), norms.min(axis=0), norms.max(axis=0))


def _configs(settings: Settings, seed: int) -> list[RunConfig]:
    found = gradients_presets(
        depth=settings.depth, width=settings.width, clip_limits=settings.clip_limits, weight=settings.penalty_weight, seed=seed
    )
    update = {"batch_size": settings.batch_size, "n_critic": settings.n_critic, "steps": settings.iterations}
    return [config.model_copy(update=update | _optimizers(config, settings)) for config in found]


def _optimizers(config: RunConfig, settings: Settings) -> dict[str, Any]:
    rate = settings.clip_rate if config.constraint.kind == "clip" else settings.penalty_rate
    fields = ("generator_optimizer", "critic_optimizer")
    return {field: getattr(config, field).model_copy(update={"learning_rate": rate}) for field in fields}
