"""A small picture of a run, drawn from its latest moment with numpy: what stands in lists."""

from __future__ import annotations

import base64
from typing import NamedTuple

import streamlit as st

from wgan_gp import imaging
from wgan_gp.errors import Damaged, LabError, UnknownRun
from wgan_gp.runs.arrays import decode
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.shelf.sample_files import filling_png, points_picture

SIZE, DOT = 96, 2  # pixels


class Thumbnail(NamedTuple):
    """A PNG of 96 pixels as a data URL, None while there is nothing to show; and why there is none where the run's file is to blame."""

    picture: str | None = None
    trouble: str = ""


def thumbnail(run_id: str) -> Thumbnail:
    """The picture of a run in lists. A damaged one is no reason to lose the list."""
    try:
        with RunReader(path_of(run_id)) as reader:
            latest, scene, config = reader.latest_moment(), reader.scene(), reader.config()
        if latest is None or scene is None:
            return Thumbnail()
        return Thumbnail(_draw(latest.blob, scene, config.constraint.kind))
    except UnknownRun:
        return Thumbnail()
    except LabError as error:
        return Thumbnail(None, str(error))


@st.cache_data(max_entries=500, show_spinner=False)
def _draw(moment: bytes, scene: bytes, method: str) -> str:
    arrays, still = decode(moment, "The newest moment"), decode(scene, "The scene")
    try:
        if "extent" in still:
            picture = points_picture(still["real"], arrays["samples"], method, float(still["extent"][1]), SIZE, DOT)
        else:
            picture = imaging.grid(arrays["samples"][:16], columns=4)
    except (LookupError, ValueError) as error:  # each is of its kind, and they do not fit together
        raise Damaged("The newest moment and the scene do not fit together.") from error
    return "data:image/png;base64," + base64.b64encode(filling_png(picture, SIZE)).decode()
