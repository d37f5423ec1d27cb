"""The panels of panels/table.py as figures and as tables of numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wgan_gp.figures import style
from wgan_gp.figures.curves import axes_over_time
from wgan_gp.figures.parts import finite
from wgan_gp.figures.recording import Moment, Recording
from wgan_gp.figures.style import INK
from wgan_gp.imaging import Array
from wgan_gp.measures.table import number
from wgan_gp.panels.table import Box, OverTime

Numbers = Mapping[str, Array]
_PLACEHOLDER = re.compile(r"\{([\w.]+)(?:\*(\d+))?(?::(\d))?\}")


def held(panel: OverTime, recording: Recording) -> list[Moment]:
    """The moments that hold the measure; where later ones keep it, each answer once, as a moment of its own iteration."""
    found: dict[int, Moment] = {}
    for moment in recording.moments:
        if panel.measure in moment.arrays:
            of = number(moment.arrays, panel.once) if panel.once else math.nan
            step = int(of) if math.isfinite(of) else moment.step
            found.setdefault(step, Moment(step, moment.seconds, moment.arrays))
    return list(found.values())


def draw(panel: OverTime, figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """Draw the charts of a panel. Returns its caption."""
    all_held = {recording.id: held(panel, recording) for recording in recordings}
    boxes = [box for box in panel.boxes if not box.needs or _some_know(box.needs, all_held.values())]
    one = len(boxes) == 1
    axes = axes_over_time(figure, recordings, [(box.y, box.name) for box in boxes], 6.4 if one else 3.3, 3.4 if one else 2.1)
    facts = _facts(panel, recordings, all_held)
    for axis, box in zip(axes, boxes, strict=True):
        for recording in recordings:
            moments = all_held[recording.id]
            colour, dash = style.look(recording.method, recording.shade)
            marker = {"marker": "o", "ms": 2.6} if panel.dots else {}
            heights = [_value(moment.arrays, box) for moment in moments]
            axis.plot([moment.step for moment in moments], heights, color=colour, ls=dash, lw=1.4, **marker)  # type: ignore[arg-type]
        for known in facts:
            _mark(axis, box, known)
        _limit(axis, box, facts, log=box.log and panel.log == "on")
    each = "; ".join(filter(None, (_filled(panel.each, known) for known in facts))) if panel.each else ""
    lines = [line.replace("{each}", each) for line in panel.caption]
    return [said for line in lines if (said := _filled(line, facts[0] if facts else {}))]


def table(panel: OverTime, recordings: Sequence[Recording]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The panel's numbers at each moment that holds them: None where the run has none."""
    rows: list[tuple[Any, ...]] = []
    for recording in recordings:
        for moment in held(panel, recording):
            known = recording.scene | moment.arrays  # type: ignore[operator]
            values = (_cell(known, name) for _, name in panel.csv)
            rows.append((recording.id, moment.step, recording.updates_at(moment.step), moment.seconds, *values))
    return ["run", "iteration", "critic_updates", "seconds", *(column for column, _ in panel.csv)], rows


def _cell(arrays: Numbers, name: str) -> Any:
    measure = name.split(".")[0]
    return np.float32(number(arrays, name)) if measure in arrays else None


# --- numbers ------------------------------------------------------------------------------------------------------------------


def _value(arrays: Numbers, box: Box) -> float:
    parts = [number(arrays, name) for name in box.value.split(" / ")]
    return box.scale * (parts[0] / parts[1] if len(parts) > 1 else parts[0])


def _some_know(name: str, all_held: Any) -> bool:
    return any(math.isfinite(number(moment.arrays, name)) for moments in all_held for moment in moments)


def _facts(panel: OverTime, recordings: Sequence[Recording], all_held: Mapping[str, list[Moment]]) -> list[Numbers]:
    """What marks and captions are of: the newest moment that knows them, or what stands still for each set of data."""
    if panel.known:
        ends = [moments[-1] for moments in all_held.values() if moments]
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
