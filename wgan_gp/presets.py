"""Ready configs by name: every data set as `fast` (a CPU shows something within a minute) and as `paper`, for each constraint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from wgan_gp.config import (
    DATA_SHAPES,
    Adam,
    Constraint,
    ConvCritic,
    ConvGenerator,
    Frozen,
    GradientPenalty,
    MLPCritic,
    MLPGenerator,
    NoisyCopy,
    Optimizer,
    RMSProp,
    RunConfig,
    Unconstrained,
    WeightClipping,
    parse,
    parse_config,
)
from wgan_gp.errors import InvalidConfig

Method = Literal["gp", "clip", "none"]
Variant = Literal["fast", "paper"]
OptimizerChoice = Literal["own", "rmsprop", "adam"]
OPTIMIZERS: Mapping[OptimizerChoice, str] = {"own": "Each its paper's", "rmsprop": "RMSProp for all", "adam": "Adam for all"}
"""Each method with the kind of optimiser that its paper takes; or all with that of clipping, or of the penalty, at the same rate."""

PAPER_DATA = ("8gaussians", "25gaussians", "swissroll")  # of [G] figure 1a
FAST_STEPS = {"8gaussians": 1500, "25gaussians": 12_000, "swissroll": 3000, "moons": 2000, "circles": 2000}
FAST_RATES = {"clip": 5e-4, "gp": 2e-3}  # in the plane: RMSProp's and Adam's
FAST_STEPS |= {
    "digits": 6000,
    "shapes": 4000,
    "mnist": 6000,
    "fashion-mnist": 6000,
    "kmnist": 6000,
    "cifar10": 10_000,
    "quickdraw-cat": 6000,
    "nouns": 10_000,
}


def preset(data: str, method: Method = "gp", variant: Variant = "fast", optimizer: OptimizerChoice = "own") -> RunConfig:
    """The config of this name. Raises InvalidConfig with the names there are."""
    config = _own(data, method, variant)
    if optimizer not in OPTIMIZERS:
        raise InvalidConfig(f"optimizer: {optimizer!r} is not known; there is: {', '.join(OPTIMIZERS)}.")
    if optimizer == "own":
        return config
    owner = _own(data, "clip" if optimizer == "rmsprop" else "gp", variant)
    alike = ("generator_optimizer", "critic_optimizer")
    return config.model_copy(update={field: getattr(owner, field) for field in alike})


def _own(data: str, method: Method, variant: Variant) -> RunConfig:
    if data not in DATA_SHAPES:
        raise InvalidConfig(f"data: {data!r} is not known; there is: {', '.join(DATA_SHAPES)}.")
    if method not in ("gp", "clip", "none") or variant not in ("fast", "paper"):
        raise InvalidConfig(f"preset: {method!r}, {variant!r} is not known; take gp, clip or none, and fast or paper.")
    plane = DATA_SHAPES[data].is_plane
    if variant == "paper":
        return _paper_plane(data, method) if plane else _paper_images(data, method)
    return _fast_plane(data, method) if plane else _fast_images(data, method)


def critic_preset(data: str, method: Literal["gp", "clip"] = "gp", frozen: Frozen = NoisyCopy()) -> RunConfig:
    """A critic alone, one update an iteration, for [G] figure 1a.

    The paper names the data, the noise and the optimisers' kinds; the rest is chosen so that a CPU sees the end within half a minute.
    Raises InvalidConfig where data are not points in the plane.
    """
    if data not in DATA_SHAPES or not DATA_SHAPES[data].is_plane:
        plane = ", ".join(name for name, shape in DATA_SHAPES.items() if shape.is_plane)
        raise InvalidConfig(f"data: {data!r} cannot be learnt by a critic alone; there is: {plane}.")
    config = _fast_plane(data, method)
    changes = {"constraint": _constraint(method, 3.0, 0.01), "frozen": frozen, "n_critic": 1, "ema": 0.0, "steps": 4000}
    return config.model_copy(update=changes)


def is_of_gradients(config: RunConfig) -> bool:
    """Whether these are the nets and the batch of `gradients_presets`, whatever may change in a run that goes on."""
    if not (isinstance(config.critic, MLPCritic) and config.shape.is_plane):
        return False
    model = gradients_presets(config.data, depth=config.critic.depth, width=config.critic.width)[0]
    fixed = ("generator", "critic", "frozen", "batch_size", "schedule", "ema", "latent_dim")
    return all(getattr(config, field) == getattr(model, field) for field in fixed)


def gradients_presets(
    data: str = "swissroll",
    *,
    depth: int = 12,
    width: int = 128,
    clip_limits: Sequence[float] = (0.1, 0.01, 0.001),
    weight: float = 10.0,
    steps: int = 500,
    batch_size: int = 128,
    seed: int = 0,
    device: str = "auto",
) -> list[RunConfig]:
    """A clipped critic for each c, and one with a penalty, as deep as in [G] figure 1b (left): generator and critic alike, no norm layers.

    The paper names the data, 12 ReLU layers, the three c and lambda = 10; optimisers and n_critic are those of its Algorithm 1 and of [A].
    Width, batch and iterations are published nowhere: chosen so that a CPU shows the picture within a minute. Raises InvalidConfig.
    """
    held: list[Constraint] = [parse(WeightClipping, {"limit": limit}) for limit in clip_limits]
    configs = []
    for constraint in [*held, parse(GradientPenalty, {"weight": weight})]:
        optimizer: Optimizer = RMSProp() if constraint.kind == "clip" else Adam()
        values = {
            "data": data,
            "constraint": constraint,
            "generator": parse(MLPGenerator, {"width": width, "depth": depth}),
            "critic": parse(MLPCritic, {"width": width, "depth": depth}),
            "generator_optimizer": optimizer,
            "critic_optimizer": optimizer,
            "batch_size": batch_size,
            "steps": steps,
            "seed": seed,
            "device": device,
        }
        configs.append(parse_config(values))
    return configs


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
    rate = FAST_RATES["clip" if method == "clip" else "gp"]
    optimizer: Optimizer = RMSProp(learning_rate=rate) if method == "clip" else Adam(learning_rate=rate, beta1=0.5, beta2=0.9)
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
