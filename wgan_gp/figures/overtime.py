"""The panels of panels/table.py as figures and as tables of numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wgan_gp.figures import series
from wgan_gp.figures.curves import axes_over_time
from wgan_gp.figures.parts import finite
from wgan_gp.figures.recording import Moment, Recording, number
from wgan_gp.figures.style import INK
from wgan_gp.imaging import Array
from wgan_gp.panels.charts import Box, OverTime
from wgan_gp.training.events import COLUMNS

Numbers = Mapping[str, Array]
_CURVE = "curve"
_PLACEHOLDER = re.compile(r"\{([\w.]+)(?:\*(\d+))?(?::(\d))?\}")


def needs(panel: OverTime) -> tuple[str, ...]:
    """What a moment must hold for this panel: one of these; nothing where it is drawn from the curve."""
    return tuple(each.measure for each in panel.each_kind().values() if each.measure != _CURVE)


def held(panel: OverTime, recording: Recording) -> list[Moment]:
    """The moments that hold the measure; where later ones keep it, each answer once, as a moment of its own iteration."""
    found: dict[int, Moment] = {}
    for moment in recording.moments:
        if panel.measure in moment.arrays or panel.measure == _CURVE:
            of = number(moment.arrays, panel.once) if panel.once else math.nan
            step = int(of) if math.isfinite(of) else moment.step
            found.setdefault(step, Moment(step, moment.seconds, moment.arrays))
    return list(found.values())


def draw(panel: OverTime, figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """Draw the charts of a panel. Returns its caption."""
    charts: list[tuple[Box, series.Shown]] = []
    for each in panel.each_kind().values():
        shown: series.Shown = [(recording, held(each, recording)) for recording in recordings]
        if not panel.kinds or any(moments for _, moments in shown):
            known = [box for box in each.boxes if not box.needs or _some_know(box.needs, shown)]
            charts += [(box, shown) for box in known or each.boxes]
    one = len(charts) == 1
    names = [((one and box.y_alone) or box.y, box.name) for box, _ in charts]
    axes = axes_over_time(figure, recordings, names, 6.4 if one else 3.3, 3.4 if one else 2.1)
    facts = _facts(panel, recordings, charts[0][1])
    for axis, (box, shown) in zip(axes, charts, strict=True):
        _chart(panel, axis, box, shown, facts)
    return _caption(panel, recordings, facts)


def _chart(panel: OverTime, axis: Axes, box: Box, shown: series.Shown, facts: Sequence[Numbers]) -> None:
    if box.value.startswith(_CURVE):
        series.curve(axis, box, shown)
    elif box.around:
        series.quantiles(axis, box, shown)
    else:
        series.numbers(axis, box, shown, marker=panel.dots)
        for known in facts:
            _mark(axis, box, known)
        _limit(axis, box, facts, log=box.log and panel.log == "on")


def _caption(panel: OverTime, recordings: Sequence[Recording], facts: Sequence[Numbers]) -> list[str]:
    each = "; ".join(filter(None, (_filled(panel.each, known) for known in facts))) if panel.each else ""
    width = series.smoothing(recordings)
    smoothing = f"{width:,.0f} iteration{'s' if width > 1 else ''}"
    lines = [line.replace("{each}", each).replace("{smoothing}", smoothing) for line in panel.caption]
    return [said for line in lines if (said := _filled(line, facts[0] if facts else {}))]


def table(panel: OverTime, recordings: Sequence[Recording]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The panel's numbers at each moment that holds them, or at each row of the curve: None where the run has none."""
    rows: list[tuple[Any, ...]] = []
    for kind, each in panel.each_kind().items():
        for recording in recordings:
            for step, seconds, arrays in _times(each, recording):
                at = (recording.id, step, recording.updates_at(step), seconds, *((kind,) if kind else ()))
                rows.append((*at, *(_cell({**recording.scene, **arrays}, name) for _, name in each.csv)))
    kinds = ["at"] if panel.kinds else []
    return ["run", "iteration", "critic_updates", "seconds", *kinds, *(column for column, _ in panel.csv)], rows


def _times(panel: OverTime, recording: Recording) -> Iterator[tuple[int, float, dict[str, Array]]]:
    """Iteration, seconds and numbers of each row of the table; a row of the curve stands among them as `curve`."""
    if panel.measure != _CURVE:
        yield from ((moment.step, moment.seconds, dict(moment.arrays)) for moment in held(panel, recording))
        return
    beside = {name.partition(".")[0] for _, name in panel.csv}
    moments = {moment.step: moment for moment in recording.moments if beside & set(moment.arrays)}
    curve = {int(row[0]): row for row in recording.curve}
    for step in sorted({*moments, *curve}):
        arrays = dict(moments[step].arrays) if step in moments else {}
        if step in curve:
            yield step, curve[step][COLUMNS.index("seconds")], arrays | {_CURVE: curve[step]}
        else:
            yield step, moments[step].seconds, arrays


def _cell(arrays: Numbers, name: str) -> Any:
    measure, _, column = name.partition(".")
    if measure not in arrays:
        return None
    if measure == _CURVE:
        return arrays[measure][COLUMNS.index(column)]
    return arrays[measure].dtype.type(number(arrays, name))


# --- numbers ------------------------------------------------------------------------------------------------------------------


def _some_know(name: str, shown: series.Shown) -> bool:
    return any(math.isfinite(number(moment.arrays, name)) for _, moments in shown for moment in moments)


def _facts(panel: OverTime, recordings: Sequence[Recording], shown: series.Shown) -> list[Numbers]:
    """What marks and captions are of: the newest moment that knows them, or what stands still for each set of data."""
    if panel.known:
        ends = [moments[-1] for _, moments in shown if moments]
        newest = [moment for moment in ends if math.isfinite(number(moment.arrays, panel.known))]
        return [max(newest, key=lambda moment: moment.step).arrays] if newest else []
    stills: dict[tuple[float, ...], Numbers] = {}
    for scene in (recording.scene for recording in recordings):
        if "exact" in scene or "chance" in scene:
            stills.setdefault((number(scene, "exact.w1"), round(number(scene, "chance.lines"), 6)), scene)
    return list(stills.values())


def _filled(text: str, numbers: Numbers) -> str:
    """A text with its numbers; empty where one of them is unknown."""
    names = [found.group(1) for found in _PLACEHOLDER.finditer(text)]
    if not all(math.isfinite(number(numbers, name)) for name in names):
        return ""
    return _PLACEHOLDER.sub(partial(_words, numbers), text)


def _words(numbers: Numbers, found: re.Match[str]) -> str:
    value = number(numbers, found.group(1)) * int(found.group(2) or 1)
    return f"{value:,.0f}" if value == round(value) else f"{value:.{found.group(3) or 3}g}"


# --- marks --------------------------------------------------------------------------------------------------------------------


def _mark(axis: Axes, box: Box, known: Numbers) -> None:
    """The band and the level of the exact answer, or of real data."""
    if box.band:
        low, high = (end if isinstance(end, float) else number(known, end) for end in box.band)
        if math.isfinite(low) and math.isfinite(high):
            axis.axhspan(low, high, color=INK["truth"], alpha=0.2, lw=0)
    if box.line is not None:
        level = number(known, box.line) if isinstance(box.line, str) else box.line
        if math.isfinite(level):
            axis.axhline(level, color=INK["truth"], ls="-" if box.band else "--", lw=1.2 if box.band else 0.9)


def _limit(axis: Axes, box: Box, facts: Sequence[Numbers], *, log: bool) -> None:
    """From 0, or from what is below it, to the end where the box has one."""
    if log:
        axis.set_yscale("log")
        return
    heights = finite(np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axis.get_lines()] or [np.zeros(0)]))
    low = min(0.0, float(heights.min())) if len(heights) else 0.0
    tops = [number(known, box.most) for known in facts] if isinstance(box.most, str) else [box.most or math.nan]
    top = max((top for top in tops if math.isfinite(top)), default=math.nan)
    axis.set_ylim(low * 1.05, 1.03 * top if math.isfinite(top) else None)
