"""What stands for the generator where only the critic learns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wgan_gp.config.part import Part


class NoisyCopy(Part):
    """Fake points are other real data with noise on top: [G], figure 1a."""

    kind: Literal["noise"] = "noise"
    noise: float = Field(1.0, gt=0, le=10, description="Standard deviation of the noise. 1 in Gulrajani et al., figure 1a.")


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
