"""What several figures draw alike: value surfaces, points, layer norms, histograms of weights. One function, several callers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from wgan_gp.figures.style import DIVERGING, FAKE, INK, lines_behind
from wgan_gp.imaging import Array

_ONE, _MOST = 0.56, 0.92  # length of an arrow of slope 1, and of the longest, as shares of the distance between arrows
LEVELS = 41  # edges of the colours of a value surface


def round_up(value: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least `value`; 1 for what is not above 0."""
    if not (value > 0 and math.isfinite(value)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value) + 1e-9)
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9)))


def spacing_of(limit: float) -> float:
    """1, 2 or 5 times a power of ten, for about five level lines up to the limit."""
    power = 10.0 ** np.floor(np.log10(limit / 5))
    return float(next(step * power for step in (1, 2, 5, 10) if limit / (step * power) <= 6))


def cells(figure: Figure, rows: Sequence[int], width: float = 2.4, height: float = 2.5) -> list[Axes]:
    """Axes for so many pictures in each row, row by row; the figure gets its size."""
    across = max(rows)
    figure.set_size_inches(max(4.8, width * across), height * len(rows) + 0.3)
    table = figure.subplots(len(rows), across, squeeze=False)
    for row, count in zip(table, rows, strict=True):
        for axis in row[count:]:
            axis.remove()
    return [axis for row, count in zip(table, rows, strict=True) for axis in row[:count]]


def rows_of(count: int, most: int = 3) -> list[int]:
    """How many pictures stand in each row, at most `most`; four make a square."""
    most = 2 if count == 4 else most
    return [min(most, count - first) for first in range(0, count, most)]


def value_surface(axis: Axes, x: Array, y: Array, values: Array, limit: float, spacing: float) -> None:
    """values: [len(y), len(x)], the lowest y first, in colours from -limit to limit, with level lines `spacing` apart."""
    axis.contourf(x, y, np.clip(values, -limit, limit), np.linspace(-limit, limit, LEVELS), cmap=DIVERGING, antialiased=False)
    levels = spacing * np.arange(np.ceil(values.min() / spacing), np.floor(values.max() / spacing) + 1)
    if len(levels):
        axis.contour(x, y, values, levels, colors="#374151", linewidths=0.6, linestyles="solid")


def value_bar(axis: Axes | list[Axes], limit: float) -> None:
    """The colours of value surfaces, beside them; in steps, so that it is no raster."""
    figure = (axis if isinstance(axis, Axes) else axis[0]).figure
    steps = BoundaryNorm(np.linspace(-limit, limit, LEVELS), DIVERGING.N)
    bar = figure.colorbar(
        matplotlib.cm.ScalarMappable(steps, DIVERGING), ax=axis, label="D(x) − mean over real data", ticks=np.linspace(-limit, limit, 5)
    )
    bar.ax.yaxis.set_major_formatter("{x:.3g}")
    bar.minorticks_off()


def arrows(axis: Axes, points: Array, slopes: Array) -> None:
    """The gradients `slopes` [a, 2] at `points` [a, 2], an even grid.

    Lengths grow evenly up to slope 1, then ever slower, so that no arrow covers the next.
    """
    cell = (points.max() - points.min()) / max(1, round(len(points) ** 0.5) - 1)
    norms = np.linalg.norm(slopes, axis=1, keepdims=True)
    lengths = np.where(norms <= 1, _ONE * norms, _MOST - (_MOST - _ONE) * np.exp(-_ONE * (norms - 1) / (_MOST - _ONE)))
    shift = cell * lengths * slopes / np.maximum(norms, 1e-30)
    start = points - shift / 2
    axis.quiver(
        start[:, 0], start[:, 1], shift[:, 0], shift[:, 1], angles="xy", scale_units="xy", scale=1, units="inches", width=0.008,
        headwidth=4.5, headlength=4.5, headaxislength=4, minlength=0.05, color=FAKE, zorder=3,
    )  # fmt: skip


def points_over(
    axis: Axes, real: Array, fake: Array | None, *, most: int = 300, size: float = 1.2, colour: str = FAKE, alpha: float = 0.35
) -> None:
    """The first `most` real and fake points, [n, 2] each."""
    if fake is not None:
        axis.scatter(fake[:most, 0], fake[:most, 1], s=size, c=colour, alpha=alpha, linewidths=0)
    axis.scatter(real[:most, 0], real[:most, 1], s=4, c=INK["real"], edgecolors="white", linewidths=0.25, zorder=4)


def layer_norms(axis: Axes, norms: Array, look: dict[str, Any], label: str, band: tuple[Array, Array] | None = None) -> None:
    """One critic's norms, layer 1 first, on `layer_axis`; norms of 0 are left out. `look` goes to matplotlib's plot."""
    layers = np.arange(1, len(norms) + 1)
    some = norms > 0
    axis.plot(layers[some], norms[some], lw=1.4, label=label, **look)
    if band is not None:
        axis.fill_between(layers[some], band[0][some], band[1][some], color=look["color"], alpha=0.15, lw=0)


def layer_axis(axis: Axes, last: int) -> None:
    """Layers from the value back to the input, norms on a logarithmic scale."""
    axis.set_yscale("log")
    axis.set(
        xlim=(last + 0.3, 0.7), xticks=np.arange(last, 0, -max(1, last // 12)), xlabel="critic's layer, from the value back to the input"
    )
    axis.set_ylabel("‖∂(critic loss) / ∂(activations of the layer)‖")
    lines_behind(axis)
    axis.legend(frameon=False, loc="lower left", title="slope: powers of ten per layer", alignment="left")


def layer_slope(norms: Array) -> float:
    """log10 of the norm per layer on the way back from the value to layer 1: above 0 explodes, below vanishes; NaN without norms."""
    with np.errstate(divide="ignore"):
        return slope_of_logs(np.log10(norms))


def slope_of_logs(logs: Array) -> float:
    """The same of log10 of the norms, layer 1 first, by least squares; -infinity for a norm of 0, which is left out."""
    layers = np.arange(1.0, len(logs) + 1)
    some = np.isfinite(logs)
    if some.sum() < 2:
        return math.nan
    return -float(np.polyfit(layers[some], logs[some], 1)[0])


def weight_bars(axis: Axes, edges: Array, shares: Array, colour: str, label: str | None = None) -> None:
    """A filled histogram of weights, in per cent."""
    axis.stairs(100 * shares, edges, fill=True, color=colour, label=label)
    axis.set(xlim=(edges[0], edges[-1]), ylabel="share of weights, %")


def finite(values: Array) -> NDArray[np.float64]:
    """The finite numbers among them, in double precision."""
    found: NDArray[np.float64] = values[np.isfinite(values)].astype(np.float64)
    return found


def span(values: Array) -> tuple[float, float]:
    """The smallest and the largest finite number; NaN where there is none."""
    some = finite(values)
    return (float(some.min()), float(some.max())) if len(some) else (math.nan, math.nan)


def correlation(one: Array, other: Array) -> float:
    """Pearson's; 0 where one side is constant."""
    return float(np.corrcoef(one, other)[0, 1]) if one.std() > 0 and other.std() > 0 else 0.0
