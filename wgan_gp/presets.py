"""Ready configs by name: every data set as `fast` (a CPU shows something within a minute) and as `paper`, for each constraint."""

from __future__ import annotations

from typing import Literal

from wgan_gp.config import (
    DATA_SHAPES,
    Adam,
    Constraint,
    ConvCritic,
    ConvGenerator,
    GradientPenalty,
    MLPCritic,
    MLPGenerator,
    Optimizer,
    RMSProp,
    RunConfig,
    Unconstrained,
    WeightClipping,
)
from wgan_gp.errors import InvalidConfig

Method = Literal["gp", "clip", "none"]
Variant = Literal["fast", "paper"]

FAST_STEPS = {"8gaussians": 1500, "25gaussians": 12_000, "swissroll": 3000, "moons": 2000, "circles": 2000}
FAST_STEPS |= {"digits": 6000, "shapes": 4000, "mnist": 6000, "fashion-mnist": 6000, "kmnist": 6000, "cifar10": 10_000}


def preset(data: str, method: Method = "gp", variant: Variant = "fast") -> RunConfig:
    """The config of this name. Raises InvalidConfig with the names there are."""
    if data not in DATA_SHAPES:
        raise InvalidConfig(f"data: {data!r} is not known; there is: {', '.join(DATA_SHAPES)}.")
    if method not in ("gp", "clip", "none") or variant not in ("fast", "paper"):
        raise InvalidConfig(f"preset: {method!r}, {variant!r} is not known; take gp, clip or none, and fast or paper.")
    plane = DATA_SHAPES[data].is_plane
    if variant == "paper":
        return _paper_plane(data, method) if plane else _paper_images(data, method)
    return _fast_plane(data, method) if plane else _fast_images(data, method)


def _constraint(method: Method, weight: float, limit: float) -> Constraint:
    if method == "gp":
        return GradientPenalty(weight=weight)
    return WeightClipping(limit=limit) if method == "clip" else Unconstrained()


def _fast_plane(data: str, method: Method) -> RunConfig:
    """Small nets, and learning rates ten to twenty times the papers' that decay to zero over the run.

    25 Gaussians need many more iterations, cheaper ones therefore, a smaller lambda, and a moving average of the generator, which stands
    in the modes while the weights still circle them.
    """
    lattice = data == "25gaussians"
    optimizer: Optimizer = RMSProp(learning_rate=5e-4) if method == "clip" else Adam(learning_rate=2e-3, beta1=0.5, beta2=0.9)
    return RunConfig(
        data=data,
        constraint=_constraint(method, 0.3 if lattice else 1.0, 0.01),
        generator_optimizer=optimizer,
        critic_optimizer=optimizer,
        schedule="cosine",
        ema=0.99 if lattice else 0.0,
        n_critic=3 if lattice else 5,
        steps=FAST_STEPS[data],
    )


def _paper_plane(data: str, method: Method) -> RunConfig:
    """[G]'s toy code: 512 units, batch 256, lambda 0.1, 100,000 iterations; [A]'s RMSProp and c for clipping."""
    optimizer: Optimizer = RMSProp() if method == "clip" else Adam(beta1=0.5, beta2=0.9)
    return RunConfig(
        data=data,
        constraint=_constraint(method, 0.1, 0.01),
        generator=MLPGenerator(width=512),
        critic=MLPCritic(width=512),
        generator_optimizer=optimizer,
        critic_optimizer=optimizer,
        steps=100_000,
    )


def _fast_images(data: str, method: Method) -> RunConfig:
    """Narrow convolutional nets, three critic updates, and a moving average of the generator for steady pictures."""
    optimizer: Optimizer = RMSProp(learning_rate=2e-4) if method == "clip" else Adam(learning_rate=5e-4, beta1=0.0, beta2=0.9)
    channels = 32 if data == "digits" else 16  # 8 x 8 pixels leave time for more
    return RunConfig(
        data=data,
        constraint=_constraint(method, 10.0, 0.05),
        generator=ConvGenerator(channels=channels),
        critic=ConvCritic(channels=channels),
        generator_optimizer=optimizer,
        critic_optimizer=optimizer,
        schedule="linear",
        ema=0.99,
        latent_dim=32 if data == "digits" else 64,
        batch_size=64,
        n_critic=3,
        steps=FAST_STEPS[data],
    )


def _paper_images(data: str, method: Method) -> RunConfig:
    """[G], Algorithm 1 with its defaults, on a DCGAN with 64 channels; [A]'s RMSProp and c for clipping."""
    optimizer: Optimizer = RMSProp() if method == "clip" else Adam()
    return RunConfig(
        data=data,
        constraint=_constraint(method, 10.0, 0.01),
        generator=ConvGenerator(channels=64),
        critic=ConvCritic(channels=64),
        generator_optimizer=optimizer,
        critic_optimizer=optimizer,
        latent_dim=128,
        batch_size=64,
        steps=100_000,
    )
