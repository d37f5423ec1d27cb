"""Where the critic's weights go: clipping pushes them to -c and c, the penalty leaves a bell ([G] figure 1b, right)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from wgan_gp.config import Adam, Constraint, GradientPenalty, MLPCritic, MLPGenerator, Optimizer, RMSProp, RunConfig, WeightClipping
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.theory.lipschitz import clip_weights, share_at_limit
from wgan_gp.training.loop import build_trainer

DATA = "swissroll"
AXES = {"clip": 0.02, "gp": 0.5}  # histograms cover [-axis, axis], as in [G]
BINS = 80


@dataclass(frozen=True)
class Settings:
    """What is trained. [G] names the Swiss roll and c = 0.01; the rest is chosen, with its toy code's net and optimiser."""

    width: int = 128
    depth: int = 3
    iterations: int = 1000
    batch_size: int = 256
    n_critic: int = 5
    clip_limit: float = 0.01  # c
    penalty_weight: float = 1.0  # lambda
    penalty_rate: float = 1e-3  # Adam's learning rate
    clip_rate: float = 5e-5  # RMSProp's


PRESETS: Mapping[str, Settings] = {
    "tiny": Settings(width=16, iterations=20, batch_size=32),
    "fast": Settings(),
    "paper": Settings(width=512, iterations=20_000, penalty_weight=0.1, penalty_rate=1e-4),
}


@dataclass(frozen=True)
class Weights:
    """All weights and biases of one critic."""

    method: str  # clip or gp
    before: NDArray[np.float64]  # [n], before training; the clipped ones as the first clip leaves them
    after: NDArray[np.float64]  # [n]

    def shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bin edges [BINS + 1] and the share of weights in each bin [BINS]; what lies beyond the axes is in none."""
        counts, edges = np.histogram(self.after, BINS, (-AXES[self.method], AXES[self.method]))
        return edges, counts / len(self.after)

    def share_at(self, limit: float) -> tuple[float, float]:
        """The share of weights within 1 % of +-limit, before and after training."""
        before, after = (share_at_limit(torch.from_numpy(weights), limit) for weights in (self.before, self.after))
        return before, after


@dataclass(frozen=True)
class WeightHistograms:
    """All numbers of the figure.

    The usual first weights are far larger than c, so that the first clip alone puts most of them at +-c, and the share there says little
    of training. `inside` starts from U(-c, c): what it has at +-c has gone there.
    """

    settings: Settings
    seed: int
    clip: Weights  # from the usual first weights, as the penalty's critic
    inside: Weights
    gp: Weights

    def summary(self) -> dict[str, Any]:
        """What goes into JSON: the settings, the share of clipped weights at +-c, and how far the penalty's spread."""
        clip: dict[str, Any] = {}
        for start, weights in (("usual_start", self.clip), ("start_inside", self.inside)):
            before, after = weights.share_at(self.settings.clip_limit)
            clip[start] = {"share_within_1_percent_of_c": after, "share_before_training": before}
        gp = {"largest": float(np.abs(self.gp.after).max()), "standard_deviation": float(self.gp.after.std())}
        gp["share_beyond_axis"] = float(np.mean(np.abs(self.gp.after) > AXES["gp"]))
        gp["standard_deviation_before_training"] = float(self.gp.before.std())
        results = {"clip": clip, "gp": gp}
        return {"figure": "weights", "seed": self.seed, "settings": dataclasses.asdict(self.settings), "results": results}

    def table(self) -> tuple[list[str], NDArray[np.float64]]:
        """Column names and rows: for each method a bin's lower and upper edge, and the share of weights in it."""
        columns, parts = [], []
        for name, weights in (("clip", self.clip), ("clip inside", self.inside), ("gp", self.gp)):
            edges, shares = weights.shares()
            columns += [f"{name} {column}" for column in ("from", "to", "share")]
            parts += [edges[:-1], edges[1:], shares]
        return columns, np.column_stack(parts)


def measure(settings: Settings, seed: int = 0, say: Callable[[str], None] = lambda line: None) -> WeightHistograms:
    """Train a GAN with each critic and take the critics' weights. `say` is told what begins."""
    clipping, penalty = WeightClipping(limit=settings.clip_limit), GradientPenalty(weight=settings.penalty_weight)
    say(f"{DATA} clip")
    clip = _trained(clipping, settings, seed)
    say(f"{DATA} clip from inside")
    inside = _trained(clipping, settings, seed, inside=True)
    say(f"{DATA} gp")
    return WeightHistograms(settings, seed, clip, inside, _trained(penalty, settings, seed))


def _trained(constraint: Constraint, settings: Settings, seed: int, *, inside: bool = False) -> Weights:
    clipped = isinstance(constraint, WeightClipping)
    optimizer: Optimizer = RMSProp(learning_rate=settings.clip_rate) if clipped else Adam(learning_rate=settings.penalty_rate, beta1=0.5)
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
    trainer = build_trainer(config, torch.device("cpu"), PLANE_SETS[DATA].sample)
    if isinstance(constraint, WeightClipping):
        if inside:
            _spread(trainer.critic, constraint.limit, torch.Generator().manual_seed(seed))
        clip_weights(trainer.critic, constraint.limit)
    before = _weights(trainer.critic)
    for _ in range(settings.iterations):
        trainer.step()
    return Weights(constraint.kind, before, _weights(trainer.critic))


@torch.no_grad()
def _spread(critic: nn.Module, limit: float, random: torch.Generator) -> None:
    """Draw all weights from U(-limit, limit)."""
    for parameter in critic.parameters():
        parameter.uniform_(-limit, limit, generator=random)


def _weights(critic: nn.Module) -> NDArray[np.float64]:
    found: NDArray[np.float64] = torch.cat([p.detach().flatten() for p in critic.parameters()]).double().numpy()
    return found
