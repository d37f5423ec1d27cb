"""RunConfig: everything that decides a run; what may change while it goes on; values by path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from wgan_gp.config.constraints import Constraint, GradientPenalty, WeightClipping
from wgan_gp.config.frozen import Frozen
from wgan_gp.config.nets import CriticNet, GeneratorNet, MLPCritic, MLPGenerator
from wgan_gp.config.optimizers import Adam, Optimizer
from wgan_gp.config.part import Part, parse
from wgan_gp.config.shapes import DATA_SHAPES, DataName, DataShape
from wgan_gp.errors import InvalidConfig

MOST_STEPS = 10_000_000


class RunConfig(Part):
    """Everything that decides a run. The same config gives the same weights (on a CPU with one thread)."""

    name: str = Field("", max_length=80, description="A name of your own for legends, instead of the method's.")
    data: DataName = Field("8gaussians", description="What is learnt.")
    constraint: Constraint = Field(GradientPenalty(weight=0.1), description="How the critic is held.")
    generator: GeneratorNet = Field(MLPGenerator(), description="The generator's network.")
    critic: CriticNet = Field(MLPCritic(), description="The critic's network.")
    first_weights: Literal["normal", "inside"] = Field(
        "normal", description="The critic's first weights: He normal; or U(-c, c), inside what clipping allows."
    )
    frozen: Frozen | None = Field(None, description="What stands for the generator where only the critic learns, in the plane.")
    tolerance: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Where only the critic learns: end once its values change by less than this share between two looks; 0 never.",
    )
    generator_optimizer: Optimizer = Field(Adam(), description="The generator's optimiser.")
    critic_optimizer: Optimizer = Field(Adam(), description="The critic's optimiser.")
    schedule: Literal["constant", "linear", "cosine"] = Field(
        "constant", description="How the learning rates go over the run: constant, or down to zero on a line or a cosine."
    )
    ema: float = Field(0.0, ge=0, lt=1, description="Decay of the moving average of the generator's weights; 0 keeps none.")
    latent_dim: int = Field(2, ge=1, le=1024, description="Numbers in a latent z ~ N(0, I).")
    batch_size: int = Field(256, ge=1, le=8192, description="Samples in a batch (m).")
    n_critic: int = Field(
        5,
        ge=1,
        le=100,
        description="Critic updates for each generator update (n_critic). 5 in both papers. 1: cheap iterations, and a critic that lags "
        "behind; 50: a better estimate, at ten times the time of 5.",
    )
    steps: int = Field(2000, ge=1, le=MOST_STEPS, description="Iterations: generator updates.")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Decides the initial weights and every random number.")
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:[0-9]{1,2})?)$",
        description="auto takes CUDA, then Apple's MPS, then the CPU.",
        examples=["auto, cpu, mps, cuda or cuda:0 to cuda:99"],
    )
    threads: int = Field(
        0,
        ge=0,
        le=256,
        description="CPU threads; 0 takes what is fastest: all while a run is alone, one as soon as two run or others use the cores.",
    )
    tf32: bool = Field(False, description="On NVIDIA GPUs: faster matrix products, with 10 bits of precision instead of 23.")
    compile: bool = Field(
        False,
        description="Compile the critic's update once the first pictures are there: for long runs on a CPU. Training stands still for "
        "up to a minute meanwhile, and a resumed run differs in the last digits.",
    )
    checkpoint_seconds: float = Field(30.0, ge=0.1, le=3600, description="Seconds between two checkpoints.")
    plane_nodes: int | None = Field(None, ge=2, le=256, description="Points along a side at which moments hold the critic's value.")
    plane_extent: float | None = Field(None, ge=0.1, le=100, description="How far from 0 moments show the plane, on both axes.")

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.shape.is_plane and "conv" in (self.generator.kind, self.critic.kind):
            raise ValueError(f"a convolutional net needs images, and {self.data} is points in the plane; use kind 'mlp'")
        self._check_levels()
        if self.frozen is not None and not self.shape.is_plane:
            raise ValueError(f"frozen: {self.data} is images, and a critic is trained alone on points in the plane only")
        if self.first_weights == "inside" and self.constraint.kind != "clip":
            raise ValueError(f"first_weights: 'inside' needs a clipping limit c, which constraint '{self.constraint.kind}' has not")
        if self.generator.norm == "batch" and self.batch_size < 2:
            raise ValueError("batch_size: 1 is too small for batch norm in the generator; use at least 2, or another norm")
        return self

    def _check_levels(self) -> None:
        for name, net in (("generator", self.generator), ("critic", self.critic)):
            if net.kind == "conv" and self.shape.sides(net.levels)[-1] < 2:
                most = (self.shape.size - 1).bit_length() - 1
                raise ValueError(
                    f"{name}.levels: {net.levels} is too many for {self.data}, with {self.shape.size} pixels; use at most {most}"
                )

    @property
    def shape(self) -> DataShape:
        """The shape of one sample of this run's data."""
        return DATA_SHAPES[self.data]


class Changes(Part):
    """What may change while a run goes on; None leaves a value as it is."""

    learning_rate: float | None = Field(
        None,
        gt=0,
        le=1e4,
        description="How far a weight of the critic moves in one update, about (alpha); the generator keeps its share.",
    )
    n_critic: int | None = Field(None, ge=1, le=100, description="Critic updates in one iteration (n_critic).")
    penalty_weight: float | None = Field(None, ge=0, le=1e30, description="Weight of the penalty (lambda).")
    clip_limit: float | None = Field(None, gt=0, le=10, description="Largest absolute weight of the critic (c).")
    steps: int | None = Field(
        None,
        ge=1,
        le=MOST_STEPS,
        description="Iterations. Learning rates with a schedule then follow it over the new length, from the current iteration on.",
    )


def apply_changes(config: RunConfig, changes: Changes) -> RunConfig:
    """The config after a live change.

    Raises InvalidConfig where a change does not belong to the run's constraint.
    """
    update: dict[str, Any] = {}
    if changes.learning_rate is not None:
        for field, rate in rates(config, changes.learning_rate).items():
            update[field] = getattr(config, field).model_copy(update={"learning_rate": rate})
    for field in ("n_critic", "steps"):
        if getattr(changes, field) is not None:
            update[field] = getattr(changes, field)
    own = _of_the_constraint(config.constraint, changes)
    if own:
        update["constraint"] = config.constraint.model_copy(update=own)
    return config.model_copy(update=update)


def rates(config: RunConfig, learning_rate: float) -> dict[str, float]:
    """Both optimisers' rates where the critic's becomes `learning_rate` and the generator's keeps its ratio to it."""
    generator, critic = config.generator_optimizer.learning_rate, config.critic_optimizer.learning_rate
    return {"generator_optimizer": learning_rate * (generator / critic), "critic_optimizer": learning_rate}


def _of_the_constraint(constraint: Constraint, changes: Changes) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for owner in (GradientPenalty, WeightClipping):
        for name, field in owner.live.items():
            value = getattr(changes, name)
            if value is None:
                continue
            if not isinstance(constraint, owner):
                raise InvalidConfig(f"{field}: a run with constraint '{constraint.kind}' has none; it belongs to {owner.__name__}.")
            own[field] = value
    return own


def parse_config(values: Mapping[str, Any] | str | bytes) -> RunConfig:
    """Build a RunConfig from a mapping or JSON text. Raises InvalidConfig."""
    return parse(RunConfig, values)


def override(config: RunConfig, settings: list[str]) -> RunConfig:
    """Apply `path=value` settings such as `critic.width=64`. Raises InvalidConfig for unknown paths and bad values."""
    values = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise InvalidConfig(f"--set {setting!r} is not understood; write path=value, for example critic.width=64.")
        values[path] = _literal(text)
    return changed(config, values)


def changed(config: RunConfig, settings: Mapping[str, Any]) -> RunConfig:
    """The config with other values by path, such as `{"critic.width": 64}`. Raises InvalidConfig for unknown paths and bad values."""
    values = config.model_dump()
    for path, value in settings.items():
        *parents, last = path.strip().split(".")
        place = values
        for name in parents:
            place = place.get(name) if isinstance(place, dict) else None  # type: ignore[assignment]
            if not isinstance(place, dict):
                raise InvalidConfig(f"{path}: there is no such setting; {name!r} has no parts.")
        place[last] = value
    return parse_config(values)


def _literal(text: str) -> Any:
    """A value from the command line: JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text
