"""What only the page Latent draws: the norm on the way as a Vega-Lite dictionary, and the lines of a grid of latents."""

from __future__ import annotations

import numpy as np

from wgan_gp.imaging import Array
from wgan_gp.ui.plane_chart import Chart, axis, rounded_up
from wgan_gp.ui.theme import colours, ink

NORM_HEIGHT = 210
FEW_NUMBERS = 10  # a latent of fewer has often been near 0
RARE = 0.01  # share of all latents


def norm_words(slerp: Array, lerp: Array, size: int) -> str:
    """What the norms on both ways, float[n] each, mean for latents of so many numbers."""
    from wgan_gp.theory.latent import share_below

    half, short = len(lerp) // 2, float(lerp.min())
    dip = f"Half way the line has {lerp[half] / max(float(slerp[half]), 1e-9):.2f} of the circle's norm."
    if size < FEW_NUMBERS:
        return f"{dip} With so few numbers latents near 0 are nothing new to the generator: the prior is densest there."
    share = share_below(short, size)
    said = "Fewer than 0.01 %" if share < 0.0001 else f"{100 * share:.2g} %"
    return f"{dip} {said} of all latents are as short as its shortest ({short:.2g}){': the generator has hardly met any' * (share < RARE)}."


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
    x = axis("share", "Share of the way from A to B", [0, 1])
    y = axis("norm", "Norm of z", [0, rounded_up(1.05 * ends)])
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
                "mark": {"type": "line", "color": ink(), "strokeWidth": 2.5},
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
                        "color": ink() if label["share"] == 0.5 else colours()["real"],
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}},
                }
                for label in labels
            ),
        ],
    }


def lattice(lines: int, reach: float, points: int) -> tuple[Array, Array, Array]:
    """`lines` horizontal and as many vertical lines over [-reach, reach] in both directions.

    Returns their points float32[2 * lines * points, 2], the number of the line of each, and whether it is a vertical one.
    """
    along, across = np.linspace(-reach, reach, points), np.linspace(-reach, reach, lines)
    level = np.stack((np.tile(along, lines), np.repeat(across, points)), axis=1)  # [lines * points, 2]
    numbers = np.repeat(np.arange(lines), points)
    vertical = np.repeat([False, True], lines * points)
    return np.concatenate((level, level[:, ::-1])).astype(np.float32), np.concatenate((numbers, numbers + lines)), vertical
