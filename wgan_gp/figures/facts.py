"""What sentences under figures may ask: facts of each run, and the numbers of its shown moment and of its curve there, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from wgan_gp.figures import parts, series
from wgan_gp.figures.recording import Moment, Recording, number, small
from wgan_gp.measures.table import COLUMNS as MEASURED
from wgan_gp.panels.charts import DERIVED
from wgan_gp.panels.facts import facts
from wgan_gp.training.events import COLUMNS


def shown(recordings: Sequence[Recording], width: float | None = None) -> list[Mapping[str, Any]]:
    """The facts and numbers of each, those of the curve smoothed over `width` iterations: where none is given, as in the pictures."""
    width = width or series.smoothing(recordings)
    return [facts(recording.config) | dict(_numbers(recording)) | dict(_curve(recording, width)) for recording in recordings]


def _numbers(recording: Recording) -> Iterator[tuple[str, float]]:
    moment = recording.moment or Moment(0, 0.0, {})
    arrays = {**recording.scene, **small(moment).arrays}
    if "layers" in arrays:
        arrays["gradients"] = np.array([parts.slope_of_logs(arrays["layers"])])
    for measure, columns in {**MEASURED, **DERIVED}.items():
        if measure in arrays:
            yield from ((f"{measure}.{column}", number(arrays, f"{measure}.{column}")) for column in columns)


def _curve(recording: Recording, width: float) -> Iterator[tuple[str, float]]:
    at = recording.moment.step if recording.moment else np.inf
    drawn = series.drawn_rows(recording)
    rows = drawn[drawn[:, 0] <= at]
    for place, column in enumerate(COLUMNS if len(rows) else ()):
        yield f"curve.{column}", float(series.smoothed(rows[:, 0], rows[:, place], width)[-1])
