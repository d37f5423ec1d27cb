"""How a panel over time is declared: its charts, its words, its table of numbers. Without matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from wgan_gp.panels.sentences import Sentence


@dataclass(frozen=True)
class Box:
    """One chart over time, a line for each run: a number of moments, a number within a band, or a column of the curve."""

    name: str
    y: str  # the title of its axis, with the unit
    value: str  # a number, or the ratio of two: "estimates.train / truth.w1"; a column of the curve: "curve.real", raw and smoothed
    scale: float = 1.0  # 100 for a percentage
    around: tuple[str, str] | None = None  # a band round each run's line: the numbers below and above
    dots: tuple[str, ...] = ()  # beside a curve of images: numbers of moments as circles, the first filled, the second open
    above: tuple[str, str] | None = None  # drawn only where the first number is above the second
    most: str | float | None = None  # where the axis ends
    needs: str = ""  # a number without which there is no such chart
    moving: bool = False  # no such chart on the board where all generators stand still
    band: tuple[str | float, str] | None = None  # what lies behind the lines, from and to
    line: str | float | None = None  # a level
    line_text: str = ""
    line_above: bool = False  # where its text stands
    aim: float | None = None  # a faint level that is aimed at
    log: bool = False  # the axis follows the panel's choice
    faint: bool = False
    mirrored: bool = False  # shares its scale on the board with the others that do
    remark: str = ""  # after its name on the board
    y_alone: str = ""  # the title of the axis in figures, where nothing else names the number


@dataclass(frozen=True)
class Text:
    """What a panel is called, what to look for, its formula and its source."""

    title: str
    look: tuple[Sentence, ...]
    formula: str
    source: str


@dataclass(frozen=True)
class OverTime(Text):
    """A panel of such charts."""

    measure: str  # what a moment must hold to be drawn; "curve": the curve alone
    boxes: tuple[Box, ...]
    legend: tuple[str, ...]  # beside a run's name: the numbers at the shown moment
    alternative: str  # the sentence for those who do not see it; {runs} stands for each run with its numbers
    spoken: tuple[str, ...] = ()  # a run's numbers in it; those of the legend where none are given
    opening: str = "{run} "  # what stands before them
    between: str = "; "  # and between two runs
    empty: str = ""  # before the first moment
    missing: str = ""  # where there are moments without it; as `empty` where none is given
    note: str = ""
    each: str = ""  # in the note: what {each} says of each group of runs
    note_log: str = ""  # in the note: what {log} says where the axis is logarithmic
    known: str = ""  # marks and note are those of the newest moment in which this number is known
    once: str = ""  # the number that says of which iteration the measure is, where later moments keep it
    kinds: bool = False  # the points are chosen on the board; figures have a chart, the table rows for each kind
    grouped: bool = False  # a set of charts for each group of runs, titled with `group_title`
    group_title: str = ""
    only: str = ""  # the one constraint whose runs are drawn
    without: str = ""  # the note on runs that are not drawn, {names}
    nobody: str = ""  # in place of the charts, where no run is drawn
    nobody_spoken: str = ""  # and in the alternative
    log: Literal["", "off", "on"] = ""  # whether there is a choice of a logarithmic axis, and how it begins
    log_help: str = ""
    dots: bool = False  # a dot at each moment
    thin: bool = False  # a thin level
    csv: tuple[tuple[str, str], ...] = ()  # columns and numbers of the table
    caption: tuple[str, ...] = ()  # under the figure

    def each_kind(self) -> dict[str, OverTime]:
        """The panel of each kind of points by its name; itself where there is no such choice."""
        return {kind: self._of(kind) for kind in POINTS} if self.kinds else {"": self}

    def _of(self, kind: str) -> OverTime:
        boxes = [replace(box, name=POINTS[kind].figure, value=_of(box.value, kind), around=_of(box.around, kind)) for box in self.boxes]
        return replace(self, measure=_of(self.measure, kind), boxes=tuple(boxes), csv=_of(self.csv, kind))


def _of(names: Any, kind: str) -> Any:
    """Names of numbers, in tuples or alone, with the kind of points in its place."""
    if isinstance(names, str):
        return names.replace("{kind}", kind)
    return names and tuple(_of(name, kind) for name in names)


@dataclass(frozen=True)
class Points:
    """A kind of points at which gradient norms are taken, in words."""

    choice: str  # on the board, after "at"
    figure: str  # above a chart


POINTS: Mapping[str, Points] = {
    "line": Points("points on lines", "on lines between real and fake"),
    "real": Points("real points", "at real points"),
    "fake": Points("fake points", "at fake points"),
    "plane": Points("points all over the plane", "over the whole plane"),
}
"""The norms stand in a moment as `norms_<kind>`."""

DERIVED: Mapping[str, tuple[str, ...]] = {f"quantiles_{kind}": ("low", "median", "high") for kind in POINTS} | {"gradients": ("slope",)}
"""Numbers that are no part of a moment but follow from its arrays: the 10, 50 and 90 % quantiles of `norms_<kind>`, and by how many powers
of ten the gradient grows per layer."""
