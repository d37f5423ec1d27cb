"""The optimisers, as values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wgan_gp.config.part import Part

LearningRate = Annotated[float, Field(gt=0, le=1e4, description="How far a weight moves in one update, about (alpha).")]


class Adam(Part):
    """Adam, with the values of [G] for images: beta1 = 0 and beta2 = 0.9."""

    kind: Literal["adam"] = "adam"
    learning_rate: LearningRate = 1e-4
    beta1: float = Field(
        0.0, ge=0, lt=1, description="Decay of the first moment (beta1). 0 in Gulrajani et al., 0.5 in their code for points in the plane."
    )
    beta2: float = Field(0.9, ge=0, lt=1, description="Decay of the second moment (beta2). 0.9 in Gulrajani et al.")


class RMSProp(Part):
    """RMSProp, with the learning rate of [A]."""

    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = 5e-5
    decay: float = Field(0.99, ge=0, lt=1, description="Decay of the squared gradient's mean.")


Optimizer = Annotated[Adam | RMSProp, Field(discriminator="kind")]
