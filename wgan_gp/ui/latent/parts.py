"""What the views of the page Latent share: fields that are part of the address, headings, pictures, buttons for files."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import streamlit as st

from wgan_gp.ui.latent import files, ways
from wgan_gp.ui.latent.charts import Chart
from wgan_gp.ui.latent.ways import Journey
from wgan_gp.ui.models import Model
from wgan_gp.ui.theme import colours

LARGEST = 2**53 - 1  # the largest whole number a browser counts exactly
PREVIEW = 168  # pixels: the side of an animation on the page
SOURCE = "Source: White 2016, Sampling Generative Networks, arXiv 1609.04468."
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


def zoom_field(place: Any) -> int:
    """How much larger pictures are in files."""
    return slider(
        place, "Enlargement in files", "zoom", files.ZOOM, 4, "So many pixels of the file, each way, stand for one of the picture."
    )


def way_field(place: Any) -> str:
    """Which way the animation and the files take."""
    chosen = place.segmented_control(
        "Animation and files", list(ways.WAYS), default="slerp", required=True, key="way", bind="query-params", persist_state="session",
        help="slerp: along the great circle. lerp: on the straight line.",
    )  # fmt: skip
    return str(chosen or "slerp")


# --- on the page ------------------------------------------------------------------------------------------------------------------


def title(words: str, formula: str, look: str) -> None:
    """What is shown, with the formula behind the (?), and what to look for."""
    with st.container(gap=None):
        st.markdown(f"##### {words}", help=formula)
        st.caption(look)


def side_by_side(models: Sequence[Model], heading: bool = True) -> Iterator[Model]:
    """Each generator in a column of its own, under its name in its method's colour."""
    for place, model in zip(st.columns(len(models), gap="medium"), models, strict=True):
        with place.container(gap="xsmall"):
            if heading:
                st.html(f'<b style="color:{colours()[model.method]}">{html.escape(model.title)}</b>')
            yield model


def length(model: Model, journey: Journey) -> str:
    """The length of a way in words, with its unit."""
    unit, digits = ("units", 2) if model.is_plane else ("grey levels", 1)
    steps = journey.steps
    return f"{steps.sum():,.{digits}f} {unit} long, longest step {steps.max():,.{digits}f}"


def length_help(model: Model) -> str:
    """What that number means."""
    return POINT_LENGTH if model.is_plane else IMAGE_LENGTH


def row_of(journey: Journey, alt: str) -> None:
    """A row of at most twelve frames."""
    shown = files.shown_frames(len(journey.samples))
    st.image(files.picture(journey.samples[shown], len(shown)), output_format="PNG", alt=alt, width="stretch")


def animation(journey: Journey, alt: str) -> None:
    """The frames as a film in a loop."""
    zoom = max(1, PREVIEW // journey.samples.shape[1])
    st.image(files.gif_file(journey.samples, min(zoom, files.ZOOM[1])), alt=alt, width="content")


def draw(chart: Chart, alt: str, key: str) -> None:
    """A chart as wide as there is room."""
    data, spec = chart
    st.vega_lite_chart(data, spec, width="stretch", alt=alt, key=f"latent-{key}")


def downloads(model: Model, journey: Journey, kind: str, zoom: int, columns: int = 0, film: bool = True) -> None:
    """Buttons for the files of one generator. What they call is pure: it runs on click, in another thread.

    columns: pictures in a row of the PNG; by default all of them.
    """
    stem, samples = files.file_stem(model, kind, journey.seeds), journey.samples
    array = ("NPZ", partial(files.npz_file, journey), "samples, latents, norms and seeds, for NumPy")
    if model.is_plane:
        kinds = [("CSV", partial(files.csv_file, journey), "points and latents as a table"), array]
    else:
        still = ("PNG", partial(files.grid_file, samples, columns or len(samples), zoom), f"{len(samples)} pictures, enlarged {zoom} times")
        moving = ("GIF", partial(files.gif_file, samples, zoom), f"{len(samples)} frames in a loop, enlarged {zoom} times")
        kinds = [still, moving, array] if film else [still, array]
    with st.container(horizontal=True, gap="small"):
        for label, make, text in kinds:
            st.download_button(
                label, make, f"{stem}.{label.lower()}", key=f"latent-{model.key}-{label}", help=f"Download {text}", on_click="ignore",
                icon=":material/download:",
            )  # fmt: skip
