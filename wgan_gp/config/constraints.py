"""How a critic is held: one value a method. A new constraint is one class here and one row in `METHODS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from wgan_gp.config.part import Part


class Held(Part):
    """How a critic is held, and what that is called: `label` in a legend, `words` in a sentence, `value` for the number that decides it."""

    label: ClassVar[str]
    words: ClassVar[str]
    live: ClassVar[Mapping[str, str]] = {}
    """What may change while a run goes on: the name in `Changes`, and the field here."""

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
    live: ClassVar[Mapping[str, str]] = {"penalty_weight": "weight"}
    kind: Literal["gp"] = "gp"
    weight: float = Field(
        10.0, ge=0, le=1e30, description="Weight of the penalty (lambda). Gulrajani et al. use 10, their code for points in the plane 0.1."
    )
    target: float = Field(1.0, ge=0, le=100, description="Gradient norm that costs nothing. 1 in Gulrajani et al.")
    sides: Literal["two", "one"] = Field("two", description="two: norms above and below the target cost. one: only norms above it do.")
    points: Literal["line", "real", "fake"] = Field(
        "line",
        description="Where the norm is taken: on lines between real and fake points, as Gulrajani et al. do, or at real or fake points.",
    )

    @property
    def value(self) -> str:
        """Lambda."""
        return f"λ = {self.weight:g}"


class WeightClipping(Held):
    """After every update each weight of the critic is clipped to [-c, c]: [A], Algorithm 1."""

    label: ClassVar[str] = "WGAN, clipped"
    words: ClassVar[str] = "weight clipping"
    live: ClassVar[Mapping[str, str]] = {"clip_limit": "limit"}
    kind: Literal["clip"] = "clip"
    limit: float = Field(0.01, gt=0, le=10, description="Largest absolute weight of the critic (c). 0.01 in Arjovsky et al.")

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
