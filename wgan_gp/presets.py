"""Ready configs by name, for each data set and constraint: `fast`, `best` and `paper`.

With `fast` a CPU shows something within a minute; `best` is how the generators that ship are trained; `paper` is what the papers have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

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
Variant = Literal["fast", "best", "paper"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)
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
BEST_STEPS = 80_000  # of images: an hour or two on one core


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
    if method not in ("gp", "clip", "none") or variant not in VARIANTS:
        raise InvalidConfig(f"preset: {method!r}, {variant!r} is not known; take gp, clip or none, and {' or '.join(VARIANTS)}.")
    makers = _PLANE if DATA_SHAPES[data].is_plane else _IMAGES
    return makers[variant](data, method)


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


def _best_plane(data: str, method: Method) -> RunConfig:
    """The same for four times as many iterations."""
    config = _fast_plane(data, method)
    return config.model_copy(update={"steps": 4 * config.steps})


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
    """Narrow convolutions between hidden layers that see the whole image, which cost little and decide what an image shows.

    The critic learns twice as fast as the generator and once an iteration (Heusel et al. 2017, arXiv 1706.08500); a moving average of the
    generator makes for steady pictures. What each of it is worth: `tests/benchmarks/quality.py`.
    """
    generator_optimizer, critic_optimizer = _image_optimizers(method)
    channels = 32 if data == "digits" else 16  # 8 x 8 pixels leave time for more
    return RunConfig(
        data=data,
        constraint=_constraint(method, 10.0, 0.05),
        generator=ConvGenerator(channels=channels, hidden=256),
        critic=ConvCritic(channels=channels, hidden=128),
        generator_optimizer=generator_optimizer,
        critic_optimizer=critic_optimizer,
        schedule="linear",
        ema=0.99,
        latent_dim=32 if data == "digits" else 64,
        batch_size=64,
        n_critic=1,
        steps=FAST_STEPS[data],
    )


def _image_optimizers(method: Method) -> tuple[Optimizer, Optimizer]:
    """The generator's and the critic's."""
    if method == "clip":
        return RMSProp(learning_rate=2e-4), RMSProp(learning_rate=4e-4)
    return Adam(learning_rate=5e-4, beta1=0.0, beta2=0.9), Adam(learning_rate=1e-3, beta1=0.0, beta2=0.9)


def _best_images(data: str, method: Method) -> RunConfig:
    """Wider hidden layers, a critic that goes down to 4 pixels, and time."""
    config = _fast_images(data, method)
    wider = {
        "generator": config.generator.model_copy(update={"hidden": 512}),
        "critic": config.critic.model_copy(update={"hidden": 256, "levels": 1 if config.shape.size == 8 else 3}),
    }
    return config.model_copy(update=wider | {"ema": 0.999, "steps": BEST_STEPS})


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


_PLANE: Mapping[Variant, Callable[[str, Method], RunConfig]] = {"fast": _fast_plane, "best": _best_plane, "paper": _paper_plane}
_IMAGES: Mapping[Variant, Callable[[str, Method], RunConfig]] = {"fast": _fast_images, "best": _best_images, "paper": _paper_images}
