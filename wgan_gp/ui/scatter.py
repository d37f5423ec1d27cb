"""Points in the plane as a chart: real data in grey, generated ones in the method's colour, both axes alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from wgan_gp.imaging import Array
from wgan_gp.presets import Method
from wgan_gp.ui.theme import colours

# Vega takes its size from the box around it, and the box is a square on every screen.
SQUARE_CSS = """<style>
[class*="st-key-square-"] { aspect-ratio: 1; max-width: 25rem; }
[class*="st-key-square-"] [data-testid="stElementContainer"], [class*="st-key-square-"] [data-testid="stFullScreenFrame"],
[class*="st-key-square-"] [data-testid="stVegaLiteChart"] { height: 100%; }
</style>"""


def points_chart(points: Array, seeds: Sequence[int], real: Array, extent: float, method: Method, key: str, alt: str) -> None:
    """Generated points [n, 2] with their seeds, on real points [m, 2]; both axes show [-extent, extent]."""
    both = np.concatenate((real, points)).round(4)
    rows = {
        "x": both[:, 0],
        "y": both[:, 1],
        "seed": [*["real data"] * len(real), *map(str, seeds)],  # text: a browser counts exactly to 2**53 only
        "real": np.arange(len(both)) < len(real),
    }
    st.html(SQUARE_CSS)
    with st.container(key=f"square-{key}"):
        st.vega_lite_chart(rows, _spec(extent, colours()["real"], colours()[method]), width="stretch", height="stretch", alt=alt)


def _spec(extent: float, grey: str, colour: str) -> dict[str, Any]:
    axes = {name: {"field": name, "type": "quantitative", "scale": {"domain": [-extent, extent], "nice": False}} for name in ("x", "y")}
    tips = [{"field": name, "type": "quantitative", "format": ".2f"} for name in ("x", "y")]
    return {
        "encoding": {name: axis | {"title": title} for (name, axis), title in zip(axes.items(), ("x₁", "x₂"), strict=True)},
        "layer": [
            {
                "transform": [{"filter": "datum.real"}],
                "mark": {"type": "circle", "size": 10, "color": grey, "opacity": 0.6, "clip": True},
            },
            {
                "transform": [{"filter": "!datum.real"}],
                "mark": {"type": "circle", "size": 26, "color": colour, "opacity": 0.85, "clip": True},
                "encoding": {"tooltip": [{"field": "seed", "type": "nominal"}, *tips]},
            },
        ],
    }
