"""A small picture of a run, drawn from its latest moment with numpy: what stands in lists."""

from __future__ import annotations

import base64

import streamlit as st
from safetensors import SafetensorError
from safetensors.numpy import load

from wgan_gp import imaging
from wgan_gp.errors import LabError
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.ui.theme import COLOURS

SIZE = 96


def thumbnail(run_id: str) -> str | None:
    """A PNG of 96 pixels as a data URL; None while a run has nothing to show."""
    try:
        reader = RunReader(path_of(run_id))
        latest, scene = reader.latest_moment(), reader.scene()
        method = reader.config().constraint.kind
        reader.close()
    except LabError:
        return None
    if latest is None or scene is None:
        return None
    try:
        return _draw(latest[3], scene, method)
    except (SafetensorError, KeyError, ValueError):  # a damaged picture is no reason to lose the list
        return None


@st.cache_data(max_entries=500, show_spinner=False)
def _draw(moment: bytes, scene: bytes, method: str) -> str:
    arrays, still = load(moment), load(scene)
    if "extent" in still:
        extent = float(still["extent"][1])
        picture = imaging.scatter(((still["real"], COLOURS["light"]["real"]), (arrays["samples"], COLOURS["light"][method])), extent, SIZE)
    else:
        picture = imaging.grid(arrays["samples"][:16], columns=4)
        picture = imaging.enlarge(picture, max(1, SIZE // max(picture.shape[:2])))
    return "data:image/png;base64," + base64.b64encode(imaging.png(picture)).decode()
