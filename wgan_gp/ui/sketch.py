"""A labelled sketch of what a WGAN is, drawn from a recorded moment: random numbers, generator, fake and real samples, critic."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import streamlit as st

from wgan_gp.errors import LabError
from wgan_gp.imaging import Array
from wgan_gp.runs.arrays import decode
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.ui.recordings import DUEL
from wgan_gp.ui.theme import colours

_SIDE = 108  # of the two pictures of samples
_POINTS = 160
IN_WORDS = (
    "Sketch: the generator G turns random numbers z into fake samples. The critic D gives each real and each fake sample a number, and "
    "learns to give real ones more. The generator follows the critic's slope."
)


def recorded_sketch() -> str:
    """The sketch with the last samples of a recording that ships, in this visitor's colours; empty where the recording is not there."""
    with contextlib.suppress(LabError, LookupError), RunReader(path_of(DUEL[1])) as reader:
        scene, moment = reader.scene(), reader.latest_moment()
        if scene and moment:
            still, arrays = decode(scene, "The scene"), decode(moment.blob, "The newest moment")
            ink = "#D6D9E0" if st.context.theme.type == "dark" else "#374151"
            return sketch(still["real"], arrays["samples"], float(still["extent"][1]), colours(), ink)
    return ""


def sketch(real: Array, fake: Array, extent: float, colours: Mapping[str, str], ink: str) -> str:
    """An SVG of 560 x 300 units. real, fake: [n, 2] within [-extent, extent]; `ink` is the colour of letters and lines."""
    marker = (
        f'<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 L8 4 L0 8 z" fill="{ink}"/></marker>'
    )
    drawn = [
        _box(8, 59, 92, 66, ink, "random", "numbers z"),
        _arrow("M100 92 H132", ink),
        _box(134, 59, 100, 66, ink, "Generator", "G"),
        _arrow("M234 92 H268", ink),
        _picture(272, 38, fake, extent, colours["gp"], ink, "fake samples G(z)"),
        _picture(272, 184, real, extent, colours["real"], ink, "real samples"),
        _arrow("M382 92 C410 92 410 140 434 146", ink),
        _arrow("M382 238 C410 238 410 165 434 158", ink),
        _box(438, 119, 114, 66, ink, "Critic D", "one number", "for each"),
        _arrow("M495 118 C495 12 470 10 400 10 H184 V57", ink, dashed=True),
        _text(184, 145, "learns to raise D(fake):", ink, small=True),
        _text(184, 161, "the critic's slope", ink, small=True),
        _text(184, 177, "shows it the way", ink, small=True),
        _text(495, 206, "learns to raise", ink, small=True),
        _text(495, 222, "D(real) − D(fake),", ink, small=True),
        _text(495, 238, "its slope held near 1", ink, small=True),
        _text(495, 254, "or its weights in ±c", ink, small=True),
        _text(180, 243, "the data", ink, small=True),
        _arrow("M212 238 H268", ink),
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 300" width="560" height="300" font-family="Source Sans, sans-serif">'
    return f"{head}<defs>{marker}</defs>{''.join(drawn)}</svg>"


def _box(x: int, y: int, width: int, height: int, ink: str, *lines: str) -> str:
    middle = y + height / 2 + 5 - 9 * (len(lines) - 1)
    words = "".join(_text(x + width / 2, middle + 18 * place, line, ink) for place, line in enumerate(lines))
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="none" stroke="{ink}" stroke-width="1.6"/>{words}'


def _text(x: float, y: float, words: str, ink: str, *, small: bool = False, anchor: str = "middle") -> str:
    size = 13 if small else 15
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" fill="{ink}">{words}</text>'


def _arrow(path: str, ink: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="1.6"{dash} marker-end="url(#tip)"/>'


def _picture(x: int, y: int, points: Array, extent: float, colour: str, ink: str, label: str) -> str:
    scale = _SIDE / (2 * extent)
    inside = [point for point in points[:_POINTS] if abs(point).max() < extent]
    dots = "".join(
        f'<circle cx="{x + scale * (a + extent):.1f}" cy="{y + scale * (extent - b):.1f}" r="1.9" fill="{colour}"/>' for a, b in inside
    )
    frame = f'<rect x="{x}" y="{y}" width="{_SIDE}" height="{_SIDE}" rx="4" fill="none" stroke="{ink}" stroke-opacity=".35"/>'
    return frame + dots + _text(x + _SIDE / 2, y - 6, label, ink, small=True)
