"""What a chart over time draws of its runs: numbers of moments, quantiles as a band, columns of the curve with their mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from wgan_gp.figures import style
from wgan_gp.figures.parts import finite, round_up
from wgan_gp.figures.recording import Moment, Recording, number
from wgan_gp.figures.style import FAINT
from wgan_gp.imaging import Array
from wgan_gp.panels.charts import Box
from wgan_gp.runs.thinning import reduce_rows
from wgan_gp.training.events import COLUMNS

MOST_ROWS = 2000  # of a curve that are drawn: the least and the largest estimates stay
MOST_DOTS = 50
Shown = Sequence[tuple[Recording, Sequence[Moment]]]  # runs with the moments that hold what is drawn
_ESTIMATE = COLUMNS.index("estimate")


def drawn_rows(recording: Recording) -> Array:
    """The rows of the curve that are drawn: float32[at most MOST_ROWS, len(COLUMNS)]."""
    return reduce_rows(recording.curve, _ESTIMATE, MOST_ROWS)


def smoothing(recordings: Sequence[Recording]) -> float:
    """Iterations over which curves are averaged: a 1-2-5 step of about 1/150 of what was reached."""
    return round_up(max(1.0, *(float(recording.curve[-1, 0]) / 150 for recording in recordings if len(recording.curve)), 1.0))


def smoothed(steps: Array, values: Array, width: float) -> Array:
    """Exponential mean; the weight follows the distance in iterations, since rows are not evenly spaced. NaN stays NaN."""
    out = np.full(len(values), np.nan)
    mean, at = np.nan, 0.0
    for i, (step, value) in enumerate(zip(steps.astype(float), values.astype(float), strict=True)):
        if np.isfinite(value):
            mean = value if np.isnan(mean) else mean + (value - mean) * -np.expm1(-(step - at) / width)
            at, out[i] = step, mean
    return out


def value_of(moment: Moment, box: Box) -> float:
    """A box's number at a moment, or the ratio of its two numbers; NaN where it says nothing."""
    if box.above and not number(moment.arrays, box.above[0]) > number(moment.arrays, box.above[1]):
        return math.nan
    parts = [number(moment.arrays, name) for name in box.value.split(" / ")]
    return box.scale * (parts[0] / parts[1] if len(parts) > 1 else parts[0])


def numbers(axis: Axes, box: Box, shown: Shown, *, marker: bool) -> None:
    """A line through a number of each moment."""
    look = {"marker": "o", "ms": 2.6} if marker else {}
    for recording, moments in shown:
        colour, dash = style.look(recording.method, recording.shade)
        heights = [value_of(moment, box) for moment in moments]
        axis.plot([moment.step for moment in moments], heights, color=colour, ls=dash, lw=1.4, **look)  # type: ignore[arg-type]


def quantiles(axis: Axes, box: Box, shown: Shown) -> None:
    """A line within its band, over the level that is aimed at; a few wild moments do not set the axis."""
    assert box.around
    assert box.aim is not None
    highs = []
    for recording, moments in shown:
        colour, dash = style.look(recording.method, recording.shade)
        steps = [moment.step for moment in moments]
        names = (box.around[0], box.value, box.around[1])
        low, middle, high = np.array([[number(moment.arrays, name) for name in names] for moment in moments]).reshape(-1, 3).T
        axis.fill_between(steps, low, high, color=colour, alpha=0.18, lw=0)
        axis.plot(steps, middle, color=colour, ls=dash, lw=1.4)
        highs += [np.quantile(high, 0.99)] if len(high) else []
    axis.axhline(box.aim, color=FAINT, ls=(0, (3, 3)), lw=0.7)
    axis.set_ylim(0, 1.05 * max(1.2 * box.aim, *highs))


def curve(axis: Axes, box: Box, shown: Shown) -> None:
    """Raw and smoothed values of a column, and circles where moments say more; a few wild raw values do not set the axis."""
    width = smoothing([recording for recording, _ in shown])
    lows, highs = [], []
    for recording, _ in shown:
        rows = drawn_rows(recording)
        steps, values = rows[:, 0], rows[:, COLUMNS.index(box.value.removeprefix("curve."))]
        if not len(finite(values)):
            continue
        colour, dash = style.look(recording.method, recording.shade)
        line = smoothed(steps, values, width)
        axis.plot(steps, values, color=colour, alpha=0.25, lw=0.6)
        axis.plot(steps, line, color=colour, ls=dash, lw=1.4)
        lows += [np.quantile(finite(values), 0.005), finite(line).min()]
        highs += [np.quantile(finite(values), 0.995), finite(line).max()]
    if lows and max(highs) > min(lows):
        pad = 0.05 * (max(highs) - min(lows))
        axis.set_ylim(min(lows) - pad, max(highs) + pad)
    for recording, moments in shown:
        for place, name in enumerate(() if recording.config.shape.is_plane else box.dots):
            _dots(axis, name, recording, moments, filled=place == 0)


def _dots(axis: Axes, name: str, recording: Recording, moments: Sequence[Moment], *, filled: bool) -> None:
    """Circles; the axis gets wider for nearly all of them, a few wild ones do not count."""
    held = [moment for moment in moments if name.partition(".")[0] in moment.arrays]
    dots = held[:: -max(1, -(-len(held) // MOST_DOTS))][::-1]
    colour, _ = style.look(recording.method, recording.shade)
    heights = np.array([number(moment.arrays, name) for moment in dots])
    axis.plot([moment.step for moment in dots], heights, ls="", marker="o", ms=2.6, mfc=colour if filled else "white", mec=colour, mew=0.7)
    if len(some := finite(heights)):
        low, high = axis.get_ylim()
        least, most = np.quantile(some, (0.02, 0.98))
        axis.set_ylim(min(low, least - 0.02 * (high - low)), max(high, most + 0.02 * (high - low)))
