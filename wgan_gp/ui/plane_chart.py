"""Points and lines in a plane as a chart: real data in grey, what a generator makes in its method's colour, both axes alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from wgan_gp.imaging import Array
from wgan_gp.ui.choice import Chosen
from wgan_gp.ui.samples import real_points
from wgan_gp.ui.theme import colours

Chart = tuple[dict[str, list[Any]], dict[str, Any]]  # columns, and the specification
DATA_AXES = ("x₁", "x₂")
NEARLY_ALL = 0.98  # of a generator's points, which a chart holds however far they lie

# Vega takes its size from the box around it, and the box is a square on every screen.
SQUARE_CSS = """<style>
[class*="st-key-square-"] { aspect-ratio: 1; max-width: 25rem; }
[class*="st-key-square-"] [data-testid="stElementContainer"], [class*="st-key-square-"] [data-testid="stFullScreenFrame"],
[class*="st-key-square-"] [data-testid="stVegaLiteChart"] { height: 100%; }
</style>"""


@dataclass(frozen=True)
class Marks:
    """Points or lines in a plane: float[n, 2]; `lines` says to which of several lines each point belongs."""

    name: str
    points: Array
    colour: str
    lines: Array | None = None
    is_line: bool = False
    size: float = 18.0  # of a point, in square pixels, or the width of a line
    opacity: float = 1.0
    dash: Sequence[int] = (1, 0)
    labels: Sequence[str] = ()  # one for each point, drawn instead of it
    seeds: Sequence[int] = ()  # one for each point, shown under the pointer


def scene(chosen: Chosen, points: Array, seeds: Sequence[int] = (), size: float = 12, opacity: float = 0.6) -> list[Marks]:
    """Real points in grey, and points of the generator in its method's colour."""
    return [real_marks(chosen), Marks("generated", points, colours()[chosen.method], size=size, opacity=opacity, seeds=seeds)]


def real_marks(chosen: Chosen) -> Marks:
    """Real points in grey."""
    return Marks("real", real_points(chosen.data)[0], colours()["real"], size=10, opacity=0.55)


def reaches(chosen: Sequence[Chosen], points: Sequence[Array]) -> dict[str, float]:
    """For each data set of points how far charts reach from 0, the same for generators side by side; `points`: those of each generator."""
    found: dict[str, float] = {}
    for one, made in zip(chosen, points, strict=True):
        if one.is_plane:
            found[one.data] = max(found.get(one.data, 0.0), reach(one.data, made))
    return found


def reach(data: str, points: Array) -> float:
    """As far as pictures of these data, and farther where more than 2 % of a generator's points would lie outside."""
    _, extent = real_points(data)
    finite = points[np.isfinite(points).all(axis=1)]
    far = float(np.quantile(np.abs(finite).max(axis=1), NEARLY_ALL)) if len(finite) else 0.0
    return extent if far <= extent else rounded_up(1.05 * far)


def draw_plane(marks: Sequence[Marks], extent: float, alt: str, key: str, titles: tuple[str, str] = DATA_AXES) -> None:
    """Marks as a square; both axes show [-extent, extent]."""
    columns, spec = plane_chart(marks, extent, titles)
    st.html(SQUARE_CSS)
    with st.container(key=f"square-{key}"):
        st.vega_lite_chart(columns, spec, width="stretch", height="stretch", alt=alt)


def plane_chart(marks: Sequence[Marks], extent: float, titles: tuple[str, str]) -> Chart:
    """Marks over [-extent, extent] on both axes."""
    columns: dict[str, list[Any]] = {"x": [], "y": [], "mark": [], "line": [], "order": [], "label": []}
    for mark in marks:
        count = len(mark.points)
        columns["x"] += mark.points[:, 0].astype(float).round(4).tolist()
        columns["y"] += mark.points[:, 1].astype(float).round(4).tolist()
        columns["mark"] += [mark.name] * count
        columns["line"] += [0] * count if mark.lines is None else mark.lines.tolist()
        columns["order"] += range(count)
        columns["label"] += list(mark.labels) or [str(seed) for seed in mark.seeds] or [""] * count  # text: a browser counts to 2**53 only
    x, y = (axis(field, title, [-extent, extent]) for field, title in zip("xy", titles, strict=True))
    return columns, {"layer": [_layer(mark, x, y) for mark in marks]}


def _layer(mark: Marks, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    encoding: dict[str, Any] = {"x": x, "y": y}
    shape: dict[str, Any] = {"color": mark.colour, "opacity": mark.opacity, "clip": True}
    if mark.labels:
        shape |= {"type": "text", "fontSize": 15, "fontWeight": "bold", "dy": -11}
        encoding["text"] = {"field": "label", "type": "nominal"}
    elif mark.is_line:
        shape |= {"type": "line", "strokeWidth": mark.size, "strokeDash": list(mark.dash)}
        encoding |= {"order": {"field": "order", "type": "quantitative"}, "detail": {"field": "line", "type": "nominal"}}
    else:
        shape |= {"type": "circle", "size": mark.size}
    if len(mark.seeds):
        places = [{"field": field, "type": "quantitative", "format": ".2f"} for field in "xy"]
        encoding["tooltip"] = [{"field": "label", "type": "nominal", "title": "seed"}, *places]
    return {"transform": [{"filter": f"datum.mark === '{mark.name}'"}], "mark": shape, "encoding": encoding}


def axis(field: str, title: str, domain: list[Any]) -> dict[str, Any]:
    """A quantitative axis over this domain."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": domain, "nice": False},
        "axis": {"tickCount": 5, "titlePadding": 6},
    }


def rounded_up(value: float) -> float:
    """The next number of the form 1, 1.2, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten, so that an axis stays still."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value))
