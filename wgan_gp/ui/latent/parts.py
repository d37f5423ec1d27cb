"""What the views of the page Latent share: fields that are part of the address, headings, pictures, buttons for files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from wgan_gp import imaging
from wgan_gp.imaging import Pixels
from wgan_gp.shelf.sample_files import filling_png
from wgan_gp.ui import files
from wgan_gp.ui.choice import Chosen
from wgan_gp.ui.latent import ways
from wgan_gp.ui.latent.ways import Journey

LARGEST = 2**53 - 1  # the largest whole number a browser counts exactly
PREVIEW = 168  # pixels: the side of an animation on the page
SHOWN = 7  # most pictures in a row on the page, ends and middle among them: more are too small to compare
PICTURE_WIDTH = 1400  # pixels: composed pictures are enlarged to about this, so that a browser need not blur them
WHITE = "White 2016, Sampling Generative Networks, arXiv 1609.04468."
SEEDS_HELP = "Write 1, 5, 9, or 0:6 (6 not included), or both: 0:3, 9."
IMAGE_LENGTH = (
    "How far the picture changes from one frame to the next: the root mean square over its pixels, in grey levels (0 to 255). The length "
    "is the sum of these steps; more frames see a little more of the way."
)
POINT_LENGTH = "How far the point moves from one frame to the next, in units of the plane. The length is the sum of these steps."


# --- fields -----------------------------------------------------------------------------------------------------------------------


def seed_field(place: Any, label: str, key: str, default: int) -> int:
    """A field for one seed."""
    text = "A sample's name is its seed: the latent z is drawn from it, the same every time."
    value = place.number_input(label, 0, LARGEST, default, key=key, bind="query-params", persist_state="session", help=text)
    return default if value is None else int(value)


def slider(place: Any, label: str, key: str, allowed: tuple[int, int], default: int, text: str) -> int:
    """A slider over whole numbers."""
    return int(place.slider(label, *allowed, default, key=key, bind="query-params", persist_state="session", help=text))


def zoom_field(place: Any, chosen: Sequence[Chosen]) -> int:
    """How much larger pictures are in files; there is no such field for points alone."""
    if all(one.is_plane for one in chosen):
        return 1
    return slider(
        place, "Enlargement in files", "zoom", files.ZOOM, 4, "So many pixels of the file, each way, stand for one of the picture."
    )


def way_field(place: Any, label: str) -> str:
    """Which of the two ways what the label names takes."""
    chosen = place.segmented_control(
        label, list(ways.WAYS), default="slerp", required=True, key="way", bind="query-params", persist_state="session",
        help="slerp: along the great circle. lerp: on the straight line.",
    )  # fmt: skip
    return str(chosen or "slerp")


# --- on the page ------------------------------------------------------------------------------------------------------------------


def title(words: str, formula: str, look: str) -> None:
    """What is shown, with the formula behind the (?), and what to look for."""
    with st.container(gap=None):
        st.markdown(f"##### {words}", help=formula)
        st.caption(look)


def length(chosen: Chosen, journey: Journey) -> str:
    """The length of a way in words, with its unit."""
    unit, digits = ("units", 2) if chosen.is_plane else ("grey levels", 1)
    steps = journey.steps
    return f"{steps.sum():,.{digits}f} {unit} long, longest step {steps.max():,.{digits}f}"


def length_help(chosen: Chosen) -> str:
    """What that number means."""
    return POINT_LENGTH if chosen.is_plane else IMAGE_LENGTH


def comparison(slerp: Journey, lerp: Journey) -> str:
    """Which way is shorter, and which changes less at once, as the numbers of these two say."""
    if np.array_equal(slerp.samples, lerp.samples):
        return "Both ways are the same."
    shorter, calmer = ("slerp" if better(slerp.steps) < better(lerp.steps) else "lerp" for better in (np.sum, np.max))
    return f"{shorter} is the shorter way{' and' if shorter == calmer else f'; {calmer}'} changes less at once."


def shown_frames(count: int, most: int = SHOWN) -> list[int]:
    """Which frames a row on the page holds: all, or `most` of them, evenly spread with both ends."""
    return [round(place) for place in np.linspace(0, count - 1, min(count, most))]


def picture(images: Pixels, columns: int) -> bytes:
    """A PNG for the page: a grid, enlarged to about the width of a page."""
    return filling_png(imaging.grid(images, columns), PICTURE_WIDTH)


def row_of(journey: Journey, alt: str) -> None:
    """A row of a few frames."""
    shown = shown_frames(len(journey.samples))
    st.image(picture(journey.samples[shown], len(shown)), output_format="PNG", alt=alt, width="stretch")


def animation(journey: Journey, alt: str) -> None:
    """The frames as a film in a loop."""
    zoom = min(imaging.times_in(PREVIEW, journey.samples.shape[1]), files.ZOOM[1])
    st.image(files.journey_gif(journey.samples, zoom), alt=alt, width="content")


def downloads(chosen: Chosen, journey: Journey, kind: str, zoom: int, columns: int = 0, film: bool = True) -> None:
    """Buttons for the files of one generator; columns: pictures in a row of the PNG, by default all of them."""
    with st.container(horizontal=True, gap="small"):
        for file in files.of_journey(chosen, journey, kind, zoom, columns, film=film):
            file.button(icon=":material/download:")
