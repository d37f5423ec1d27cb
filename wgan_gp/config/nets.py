"""The networks: generators and critics, as values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from wgan_gp.config.part import Part

Activation = Literal["relu", "leaky_relu", "elu", "silu", "softplus", "tanh"]
Levels = Annotated[int, Field(ge=0, le=5, description="How often the side is halved; 0: until 4 to 7 pixels are left.")]

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
    levels: Levels = 0
    hidden: int = Field(0, ge=0, le=4096, description="Units in a layer between the latent and the smallest image; 0 has none.")
    activation: Activation = Field("relu", description="Function after each layer.")
    norm: Literal["none", "batch", "layer"] = Field("batch", description="Normalisation after each layer.")


class _CriticNorm(Part):
    norm: Literal["none", "layer"] = Field(
        "none",
        description="Normalisation after each hidden layer. Batch norm is not offered: D of a sample would depend on its batch, and the "
        "penalty is a statement on each sample alone.",
    )

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
    levels: Levels = 0
    hidden: int = Field(0, ge=0, le=4096, description="Units in a layer that sees the whole image, before the value; 0 has none.")
    activation: Activation = Field("leaky_relu", description="Function after each layer.")


GeneratorNet = Annotated[MLPGenerator | ConvGenerator, Field(discriminator="kind")]
CriticNet = Annotated[MLPCritic | ConvCritic, Field(discriminator="kind")]
