"""What an evaluation says: measures with their floors, as frozen values and JSON, without torch."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from wgan_gp.config import Part


class Measure(Part):
    """One number about a generator, and what the same number is for real data against other real data."""

    name: str = Field(description="Its name; distances between features name the extractor, for example FD-mnist-1a2b3c4d.")
    value: float | None = Field(description="The generator's; None where it cannot be taken.")
    floor: float | None = Field(description="The same of real data against other real data; None where there is no such thing.")
    better: Literal["lower", "higher"] = Field(description="Which way is better.")
    samples: int = Field(ge=1, description="Samples on each side.")
    help: str = Field(description="One sentence: what it measures and how.")


class Report(Part):
    """All measures of one generator."""

    model: str = Field(description="The generator's name, or the run's id.")
    data: str = Field(description="The data set it is compared with.")
    measures: tuple[Measure, ...] = Field(description="Each with its floor.")
    seconds: float = Field(ge=0, description="How long the evaluation took.")


def measure(name: str, value: float, floor: float, better: Literal["lower", "higher"], samples: int, help_text: str) -> Measure:
    """A measure; a number that is not finite becomes None."""
    value_or_none, floor_or_none = (float(given) if math.isfinite(given) else None for given in (value, floor))
    return Measure(name=name, value=value_or_none, floor=floor_or_none, better=better, samples=samples, help=help_text)
