"""What a run is: RunConfig and its parts. Validated once, frozen, JSON both ways, without torch.

Every field has a help text (with the papers' symbol) and bounds; forms, `--help` and the documentation read them from here.
[A] is Arjovsky et al. 2017 (arXiv 1701.07875), [G] is Gulrajani et al. 2017 (arXiv 1704.00028).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from wgan_gp.errors import InvalidConfig
from wgan_gp.validation import sentence

DataName = Literal[
    "8gaussians", "25gaussians", "swissroll", "moons", "circles",
    "digits", "shapes", "mnist", "fashion-mnist", "kmnist", "cifar10", "quickdraw-cat",
]  # fmt: skip
MOST_STEPS = 10_000_000
Activation = Literal["relu", "leaky_relu", "elu", "silu", "softplus", "tanh"]


@dataclass(frozen=True)
class DataShape:
    """The shape of one sample: a point in the plane, or an image of `channels` x `size` x `size` grey levels."""

    name: str
    channels: int = 0
    size: int = 0

    @property
    def is_plane(self) -> bool:
        """Whether samples are points, not images."""
        return self.size == 0

    @property
    def title(self) -> str:
        """The set's name, with the size of its pictures."""
        return self.name if self.is_plane else f"{self.name} ({self.size} x {self.size})"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample: `(2,)` or `(channels, size, size)`."""
        return (2,) if self.is_plane else (self.channels, self.size, self.size)


DATA_SHAPES: Mapping[str, DataShape] = {
    "8gaussians": DataShape("8 Gaussians"),
    "25gaussians": DataShape("25 Gaussians"),
    "swissroll": DataShape("Swiss roll"),
    "moons": DataShape("Two moons"),
    "circles": DataShape("Two circles"),
    "digits": DataShape("Handwritten digits", 1, 8),
    "shapes": DataShape("Coloured shapes", 3, 32),
    "mnist": DataShape("MNIST", 1, 28),
    "fashion-mnist": DataShape("Fashion-MNIST", 1, 28),
    "kmnist": DataShape("Kuzushiji-MNIST", 1, 28),
    "cifar10": DataShape("CIFAR-10", 3, 32),
    "quickdraw-cat": DataShape("Quick, Draw! cats", 1, 28),
}


class Part(BaseModel):
    """A frozen value with bounds on every field; unknown keys and numbers that are not finite are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


PartType = TypeVar("PartType", bound=Part)

# --- how the critic is held ---------------------------------------------------------------------------------------------------


class Held(Part):
    """How a critic is held, and what that is called: `label` in a legend, `words` in a sentence, `value` for the number that decides it."""

    label: ClassVar[str]
    words: ClassVar[str]

    @property
    def value(self) -> str:
        """The number that decides it, with its symbol of the papers; empty where there is none."""
        return ""

    @property
    def in_words(self) -> str:
        """What it is, with its number: `gradient penalty, λ = 10`."""
        return ", ".join(filter(None, (self.words, self.value)))


class GradientPenalty(Held):
    """lambda * E[(||grad D(x)|| - target)^2] is added to the critic loss: [G], Algorithm 1."""

    label: ClassVar[str] = "WGAN-GP"
    words: ClassVar[str] = "gradient penalty"
    kind: Literal["gp"] = "gp"
    weight: float = Field(10.0, ge=0, le=1e30, description="Weight of the penalty (lambda). The paper uses 10, its toy code 0.1.")
    target: float = Field(1.0, ge=0, le=100, description="Gradient norm that costs nothing. 1 in the paper.")
    sides: Literal["two", "one"] = Field("two", description="'one' punishes only norms above the target ([G], appendix C).")
    points: Literal["line", "real", "fake"] = Field(
        "line", description="Where the norm is taken: on lines between real and fake points (the paper), or at real or fake points."
    )

    @property
    def value(self) -> str:
        """Lambda."""
        return f"λ = {self.weight:g}"


class WeightClipping(Held):
    """After every update each weight of the critic is clipped to [-c, c]: [A], Algorithm 1."""

    label: ClassVar[str] = "WGAN, clipped"
    words: ClassVar[str] = "weight clipping"
    kind: Literal["clip"] = "clip"
    limit: float = Field(0.01, gt=0, le=10, description="Largest absolute weight of the critic (c). 0.01 in the paper.")

    @property
    def value(self) -> str:
        """The limit c."""
        return f"c = {self.limit:g}"


class Unconstrained(Held):
    """Nothing holds the critic: here to show what goes wrong."""

    label: ClassVar[str] = "No constraint"
    words: ClassVar[str] = "no constraint"
    kind: Literal["none"] = "none"


Constraint = Annotated[GradientPenalty | WeightClipping | Unconstrained, Field(discriminator="kind")]
METHODS: Mapping[Literal["gp", "clip", "none"], str] = {
    "gp": GradientPenalty.label,
    "clip": WeightClipping.label,
    "none": Unconstrained.label,
}
"""What each is called in a legend."""

# --- the generator, where only the critic learns ------------------------------------------------------------------------------


class NoisyCopy(Part):
    """Fake points are other real data with noise on top: [G], figure 1a."""

    kind: Literal["noise"] = "noise"
    noise: float = Field(1.0, gt=0, le=10, description="Standard deviation of the noise. 1 in the paper.")


class ShiftedCopy(Part):
    """Fake points are other real data, shifted: the distance is known, it is the length of the shift."""

    kind: Literal["shift"] = "shift"
    x: float = Field(1.0, ge=-10, le=10, description="How far fake points are shifted to the right.")
    y: float = Field(0.0, ge=-10, le=10, description="How far fake points are shifted upwards.")


class Snapshot(Part):
    """Fake points come from the generator of another run, as its last checkpoint has it."""

    kind: Literal["snapshot"] = "snapshot"
    run: str = Field(min_length=1, max_length=80, description="Id of the run whose generator is taken.")


Frozen = Annotated[NoisyCopy | ShiftedCopy | Snapshot, Field(discriminator="kind")]

# --- the networks -------------------------------------------------------------------------------------------------------------

_BATCH_NORM_REASON = (
    "batch norm is not allowed in the critic: the penalty is a statement about each sample, and batch norm makes a sample's value "
    "depend on the rest of its batch; use 'layer' or 'none'"
)


class MLPGenerator(Part):
    """A multilayer perceptron from latents to samples."""

    kind: Literal["mlp"] = "mlp"
    width: int = Field(128, ge=1, le=4096, description="Units in each hidden layer.")
    depth: int = Field(3, ge=1, le=32, description="Number of hidden layers.")
    activation: Activation = Field("relu", description="Function after each hidden layer.")
    norm: Literal["none", "batch", "layer"] = Field("none", description="Normalisation after each hidden layer.")


class ConvGenerator(Part):
    """A convolutional net from latents to images: each level doubles the side."""

    kind: Literal["conv"] = "conv"
    channels: int = Field(32, ge=1, le=256, description="Channels at full resolution; each level down doubles them.")
    activation: Activation = Field("relu", description="Function after each layer.")
    norm: Literal["none", "batch", "layer"] = Field("batch", description="Normalisation after each layer.")


class _CriticNorm(Part):
    norm: Literal["none", "layer"] = Field("none", description="Normalisation after each hidden layer; never batch norm.")

    @field_validator("norm", mode="before")
    @classmethod
    def _no_batch_norm(cls, value: object) -> object:
        if value == "batch":
            raise ValueError(_BATCH_NORM_REASON)
        return value


class MLPCritic(_CriticNorm):
    """A multilayer perceptron from samples to one number each; no sigmoid at the end."""

    kind: Literal["mlp"] = "mlp"
    width: int = Field(128, ge=1, le=4096, description="Units in each hidden layer.")
    depth: int = Field(3, ge=1, le=32, description="Number of hidden layers.")
    activation: Activation = Field("relu", description="Function after each hidden layer.")


class ConvCritic(_CriticNorm):
    """A convolutional net from images to one number each: each level halves the side."""

    kind: Literal["conv"] = "conv"
    channels: int = Field(32, ge=1, le=256, description="Channels of the first layer; each level down doubles them.")
    activation: Activation = Field("leaky_relu", description="Function after each layer.")


GeneratorNet = Annotated[MLPGenerator | ConvGenerator, Field(discriminator="kind")]
CriticNet = Annotated[MLPCritic | ConvCritic, Field(discriminator="kind")]

# --- the optimisers -----------------------------------------------------------------------------------------------------------

LearningRate = Annotated[float, Field(gt=0, le=1e4, description="Step size (alpha).")]


class Adam(Part):
    """Adam, with the values of [G] for images: beta1 = 0 and beta2 = 0.9."""

    kind: Literal["adam"] = "adam"
    learning_rate: LearningRate = 1e-4
    beta1: float = Field(0.0, ge=0, lt=1, description="Decay of the first moment (beta1). 0 in the paper, 0.5 in its toy code.")
    beta2: float = Field(0.9, ge=0, lt=1, description="Decay of the second moment (beta2). 0.9 in the paper.")


class RMSProp(Part):
    """RMSProp, with the learning rate of [A]."""

    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = 5e-5
    decay: float = Field(0.99, ge=0, lt=1, description="Decay of the squared gradient's mean.")


Optimizer = Annotated[Adam | RMSProp, Field(discriminator="kind")]

# --- the run ------------------------------------------------------------------------------------------------------------------


class RunConfig(Part):
    """Everything that decides a run. The same config gives the same weights (on a CPU with one thread)."""

    name: str = Field("", max_length=80, description="A name of your own, shown literally.")
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
    n_critic: int = Field(5, ge=1, le=100, description="Critic updates in one iteration (n_critic). 5 in both papers.")
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
        if self.frozen is not None and not self.shape.is_plane:
            raise ValueError(f"frozen: {self.data} is images, and a critic is trained alone on points in the plane only")
        if self.first_weights == "inside" and self.constraint.kind != "clip":
            raise ValueError(f"first_weights: 'inside' needs a clipping limit c, which constraint '{self.constraint.kind}' has not")
        if self.generator.norm == "batch" and self.batch_size < 2:
            raise ValueError("batch_size: 1 is too small for batch norm in the generator; use at least 2, or another norm")
        return self

    @property
    def shape(self) -> DataShape:
        """The shape of one sample of this run's data."""
        return DATA_SHAPES[self.data]


class Changes(Part):
    """What may change while a run goes on; None leaves a value as it is."""

    learning_rate: float | None = Field(None, gt=0, le=1e4, description="Step size of both nets (alpha).")
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
    """The config after a live change. The learning rate is set for both nets.

    Raises InvalidConfig where a change does not belong to the run's constraint.
    """
    update: dict[str, Any] = {}
    if changes.learning_rate is not None:
        for field in ("generator_optimizer", "critic_optimizer"):
            update[field] = getattr(config, field).model_copy(update={"learning_rate": changes.learning_rate})
    for field in ("n_critic", "steps"):
        if getattr(changes, field) is not None:
            update[field] = getattr(changes, field)
    for value, field, owner in (
        (changes.penalty_weight, "weight", GradientPenalty),
        (changes.clip_limit, "limit", WeightClipping),
    ):
        if value is None:
            continue
        if not isinstance(config.constraint, owner):
            raise InvalidConfig(f"{field}: a run with constraint '{config.constraint.kind}' has none; it belongs to {owner.__name__}.")
        update["constraint"] = config.constraint.model_copy(update={field: value})
    return config.model_copy(update=update)


# --- from outside -------------------------------------------------------------------------------------------------------------


def parse(kind: type[PartType], values: Mapping[str, Any] | str | bytes) -> PartType:
    """Build `kind` from a mapping or JSON text. Raises InvalidConfig: one sentence with field, value and what is allowed."""
    try:
        if isinstance(values, str | bytes):
            return kind.model_validate_json(values)
        return kind.model_validate(values)
    except ValidationError as error:
        raise InvalidConfig(sentence(kind, error)) from None


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
