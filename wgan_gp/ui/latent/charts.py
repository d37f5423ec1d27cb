"""The charts of the page Latent as Vega-Lite dictionaries: the norm on the way, and the plane that points lie in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from wgan_gp.imaging import Array
from wgan_gp.ui.theme import colours

Chart = tuple[dict[str, list[Any]], dict[str, Any]]  # columns, and the specification
NORM_HEIGHT = 210
PLANE_HEIGHT = 380


def text_colour() -> str:
    """What is drawn in neither method's colour."""
    return "#E8EAF0" if st.context.theme.type == "dark" else "#1F2430"


def norm_chart(slerp: Array, lerp: Array, band: tuple[float, float, float]) -> Chart:
    """The norm of z on both ways, float[n] each, over the band of the prior's norms (low, median, high)."""
    low, _, high = band
    share = np.linspace(0, 1, len(slerp))
    middle = len(slerp) // 2
    ways = {"slerp": slerp, "lerp": lerp}
    columns = {
        "share": [*share.tolist(), *share.tolist()],
        "norm": [float(norm) for norms in ways.values() for norm in norms],
        "way": [way for way, norms in ways.items() for _ in norms],
    }
    ends = max(high, float(slerp.max()))
    x = _axis("share", "Share of the way from A to B", [0, 1])
    y = _axis("norm", "Norm of z", [0, _rounded_up(1.05 * ends)])
    labels = [
        {"share": 0.5, "norm": float(slerp[middle]), "text": "slerp: along the great circle", "dy": -9},
        {"share": 0.5, "norm": float(lerp[middle]), "text": "lerp: on the straight line", "dy": 13},
        {"share": 0.01, "norm": low, "text": "90 % of all latents", "dy": 12},
    ]
    return columns, {
        "height": NORM_HEIGHT,
        "layer": [
            {
                "data": {"values": [{"low": low, "high": high}]},
                "mark": {"type": "rect", "color": colours()["real"], "opacity": 0.25},
                "encoding": {"y": {"datum": low}, "y2": {"datum": high}},
            },
            {
                "mark": {"type": "line", "color": text_colour(), "strokeWidth": 2.5},
                "encoding": {
                    "x": x,
                    "y": y,
                    "strokeDash": {
                        "field": "way",
                        "type": "nominal",
                        "scale": {"domain": list(ways), "range": [[1, 0], [6, 4]]},
                        "legend": None,
                    },
                },
            },
            *(
                {
                    "data": {"values": [label]},
                    "mark": {
                        "type": "text",
                        "dy": label["dy"],
                        "align": "center" if label["share"] == 0.5 else "left",
                        "color": text_colour() if label["share"] == 0.5 else colours()["real"],
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}},
                }
                for label in labels
            ),
        ],
    }


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


def plane_chart(marks: Sequence[Marks], extent: float, titles: tuple[str, str], height: int = PLANE_HEIGHT) -> Chart:
    """Marks in a plane with the same scale on both axes: [-extent, extent] the shorter way, and the other way as far as there is room."""
    columns: dict[str, list[Any]] = {"x": [], "y": [], "mark": [], "line": [], "order": [], "label": []}
    for mark in marks:
        count = len(mark.points)
        columns["x"] += mark.points[:, 0].astype(float).tolist()
        columns["y"] += mark.points[:, 1].astype(float).tolist()
        columns["mark"] += [mark.name] * count
        columns["line"] += [0] * count if mark.lines is None else mark.lines.tolist()
        columns["order"] += range(count)
        columns["label"] += list(mark.labels) or [""] * count
    across, up = f"{extent} * max(1, width / height)", f"{extent} * max(1, height / width)"
    x = _axis("x", titles[0], [{"expr": f"-{across}"}, {"expr": across}])
    y = _axis("y", titles[1], [{"expr": f"-{up}"}, {"expr": up}])
    return columns, {"height": height, "layer": [_layer(mark, x, y) for mark in marks]}


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
    return {"transform": [{"filter": f"datum.mark === '{mark.name}'"}], "mark": shape, "encoding": encoding}


def lattice(lines: int, reach: float, points: int) -> tuple[Array, Array, Array]:
    """`lines` horizontal and as many vertical lines over [-reach, reach] in both directions.

    Returns their points float32[2 * lines * points, 2], the number of the line of each, and whether it is a vertical one.
    """
    along, across = np.linspace(-reach, reach, points), np.linspace(-reach, reach, lines)
    level = np.stack((np.tile(along, lines), np.repeat(across, points)), axis=1)  # [lines * points, 2]
    numbers = np.repeat(np.arange(lines), points)
    vertical = np.repeat([False, True], lines * points)
    return np.concatenate((level, level[:, ::-1])).astype(np.float32), np.concatenate((numbers, numbers + lines)), vertical


def _axis(field: str, title: str, domain: list[Any]) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": domain, "nice": False},
        "axis": {"tickCount": 5, "titlePadding": 6},
    }


def _rounded_up(value: float) -> float:
    """The next number of the form 1, 2, 3, 4, 5, 6 or 8 times a power of ten, so that an axis stays still."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value))
