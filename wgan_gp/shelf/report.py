"""What an evaluation says: measures with their floors, as frozen values, JSON and words, without torch."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from pydantic import Field

from wgan_gp.config import Part

Better = Literal["lower", "higher"]
W1, GOOD_SAMPLES, MODES = "exact W₁", "good samples", "modes well covered"  # names of measures that are said first
_TITLES = {"FD-": "Fréchet distance", "KD-": "kernel distance"}  # what stands before an extractor's name


class Measure(Part):
    """One number about a generator, and what the same number is for real data against other real data."""

    name: str = Field(description="Its name; distances between features name the extractor, for example FD-mnist-1a2b3c4d.")
    value: float | None = Field(description="The generator's; None where it cannot be taken.")
    floor: float | None = Field(description="The same of real data against other real data; None where there is no such thing.")
    band: tuple[float, float] | None = Field(None, description="From where to where 90 % of the draws behind the floor lie.")
    better: Better = Field(description="Which way is better.")
    samples: int = Field(ge=1, description="Samples on each side.")
    help: str = Field(description="One sentence: what it measures and how.")

    @property
    def title(self) -> str:
        """Its name in words, without that of the extractor."""
        return _TITLES.get(self.name[:3], self.name)

    def of_real_data(self, digits: int = 3) -> str:
        """The same of real data against other real data, a number or a range; nothing where there is no such thing."""
        if self.band is not None:
            return f"{self.band[0]:.2g} to {self.band[1]:.2g}"
        return "" if self.floor is None else f"{self.floor:.{digits}g}"


class Report(Part):
    """All measures of one generator."""

    model: str = Field(description="The generator's name, or the run's id.")
    data: str = Field(description="The data set it is compared with.")
    measures: tuple[Measure, ...] = Field(description="Each with its floor.")
    seconds: float = Field(ge=0, description="How long the evaluation took.")


class Line(NamedTuple):
    """What is said of a generator in few words, the same of real data, and how that was measured."""

    text: str
    real: str
    help: str


def headlines(report: Report) -> list[Line]:
    """What comes first, in words: in the plane good samples and modes where there are modes, then the distance; of images the distance."""
    found = {measure.name: measure for measure in report.measures}
    good, modes = found.get(GOOD_SAMPLES), found.get(MODES)
    lines = [_of_modes(good, modes)] if good and modes else []
    distance = found.get(W1) or next(iter(report.measures), None)
    return lines + ([_of_distance(distance)] if distance else [])


def _of_modes(good: Measure, modes: Measure) -> Line:
    shares = [f"{100 * share:.0f} %" if share is not None else "unknown" for share in (good.value, good.floor)]
    text, real = (f"{share} good samples, {shown(count)} modes" for share, count in zip(shares, (modes.value, modes.floor), strict=True))
    return Line(text, real, f"{good.name}: {good.help} {modes.name}: {modes.help}")


def _of_distance(measure: Measure) -> Line:
    value = "not taken" if measure.value is None else shown(measure.value)
    size = f" with {measure.samples:,} points" if measure.name == W1 else ""
    floor = measure.of_real_data(digits=2)
    real = f"{measure.title} {floor}{size}, {measure.better} is better" if floor else ""
    return Line(f"{measure.title} {value}", real, f"{measure.name}: {measure.help}")


def shown(value: float | None) -> str:
    """Three digits, or a dash where there is nothing."""
    return "–" if value is None else f"{value:.3g}"


def measure(
    name: str, value: float, floor: float, better: Better, samples: int, help_text: str, band: tuple[float, float] | None = None
) -> Measure:
    """A measure; a number that is not finite becomes None."""
    value_or_none, floor_or_none = (float(given) if math.isfinite(given) else None for given in (value, floor))
    return Measure(name=name, value=value_or_none, floor=floor_or_none, band=band, better=better, samples=samples, help=help_text)
