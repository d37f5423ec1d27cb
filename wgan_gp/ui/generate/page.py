"""The parts of the page Generate: the samples of one generator, one of them looked at closely, and files."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np
import streamlit as st

from wgan_gp import imaging
from wgan_gp.errors import LabError
from wgan_gp.imaging import Array
from wgan_gp.shelf import cards as shelf
from wgan_gp.shelf.sample_files import filling_png
from wgan_gp.ui import files
from wgan_gp.ui.choice import Chosen, Entry
from wgan_gp.ui.generate.gallery import model_card
from wgan_gp.ui.plane_chart import draw_plane, scene
from wgan_gp.ui.runs_table import page_of
from wgan_gp.ui.samples import BY_SEED, Shown, Wanted, latents_of_seeds, nearest_images, show
from wgan_gp.ui.words import capital, count, literal, signed

ROOM = (1220, 590)  # pixels a picture may be wide: alone, and beside another one, on a projector of 1280
HEIGHT = 450  # and high, before it may have to be scrolled
LABEL_ROOM = 18
SMALLEST = (48, 24)  # pixels of one image at least: of some, and of many
MANY = 100
ONE = 280  # pixels of the one that is looked at
SLOW = 1000  # from so many samples on there is a progress bar
FACTORS = [1, 2, 4, 8, 16]


# --- the samples of one generator ---------------------------------------------------------------------------------------------


def make_samples(chosen: Chosen, wanted: Wanted) -> Shown:
    """The samples, with a progress bar where there are many. Raises LabError."""
    if len(wanted.seeds) < SLOW:
        return show(chosen, wanted)
    bar = st.progress(0.0, f"Making {len(wanted.seeds):,} samples")
    shown = show(chosen, wanted, lambda share: bar.progress(share))
    bar.empty()
    return shown


def side(chosen: Chosen, shown: Shown, wanted: Wanted, search: bool, sides: int, reach: float) -> None:
    """One generator's samples, with what is shown and how they are ordered; reach: how far a chart of points reaches from 0."""
    if chosen.is_plane:
        _points(chosen, shown, reach)
        look = "Grey: real data. Look for gaps, and for points where there is no data."
    else:
        _images(chosen, shown, search, sides)
        look = "Could each be real? Are they all different?"
    own = " Each by its own critic: the places of the two do not match." if sides > 1 and wanted.order != BY_SEED else ""
    st.caption(f"{_what(shown, wanted)}{own} {look}")
    if search and not chosen.is_plane:
        st.caption("Left the sample, right its nearest training image; below: seed · pixel distance ‖x − y‖ with black 0 and white 1.")


def _images(chosen: Chosen, shown: Shown, search: bool, sides: int) -> None:
    pictures, labels = shown.samples, [str(seed) for seed in shown.seeds]
    if search:
        with contextlib.suppress(LabError):  # taken away since the switch was drawn
            found, distances = nearest_images(chosen.data, shown.samples)
            pictures = imaging.pairs(shown.samples, found)
            labels = [f"{label} · {distance:.1f}" for label, distance in zip(labels, distances, strict=True)]
    picture = _sheet(pictures, labels, ROOM[sides > 1])
    st.image(picture, output_format="PNG", alt=f"{len(shown.seeds)} samples of {chosen.title}: {_what(shown)}")


@st.cache_data(max_entries=100, show_spinner=False)
def _sheet(images: Array, labels: Sequence[str], room: int) -> bytes:
    columns, factor = _layout(len(images), images.shape[1], images.shape[2], room)
    return imaging.png(imaging.sheet(images, labels, columns, factor))


def _layout(number: int, height: int, width: int, room: int) -> tuple[int, int]:
    """How many columns and how many times enlarged: as large as fits, and where nothing does, large enough to be looked at, and long."""
    least = max(1, min(-(-SMALLEST[number > MANY] // height), room // width))
    for factor in range(16, least - 1, -1):
        columns = max(1, min(number, (room + 3) // (width * factor + 3)))
        high = -(-number // columns) * (height * factor + LABEL_ROOM)
        if width * factor <= room and high <= HEIGHT:
            break
    return columns, factor


def _points(chosen: Chosen, shown: Shown, reach: float) -> None:
    alt = f"{len(shown.seeds)} points of {chosen.title} on real data in grey"
    marks = scene(chosen, shown.samples, shown.seeds, size=26, opacity=0.85)
    draw_plane(marks, reach, alt, chosen.key)


def _what(shown: Shown, wanted: Wanted | None = None) -> str:
    """Which samples these are, in words."""
    first, last = shown.seeds[0], shown.seeds[-1]
    run = len(shown.seeds) > 1 and list(shown.seeds) == list(range(first, last + 1))
    words = f"seeds {first} to {last}" if run else count(len(shown.seeds), "sample")
    if len(shown.seeds) == 1:
        words = f"seed {first}"
    if wanted is not None and wanted.order != BY_SEED and shown.centred is not None:
        words += f", ordered by {wanted.order}: D(x) minus its mean from {signed(shown.centred[0])} to {signed(shown.centred[-1])}"
    if shown.made > len(shown.seeds):
        words += f", the first {len(shown.seeds):,} of {shown.made:,}; downloads hold all"
    return f"{capital(words)}."


# --- one of them --------------------------------------------------------------------------------------------------------------


def pick_one(sides: Sequence[Shown]) -> int | None:
    """A field for one of the seeds shown; None for none."""
    seeds = list(dict.fromkeys(str(seed) for shown in sides for seed in shown.seeds))
    chosen = st.selectbox(
        "Look at one", seeds, index=None, placeholder="Choose a seed", key="one", bind="query-params", width=220,
        help="One of the samples above, with its critic's value and the norm of its latent.",
    )  # fmt: skip
    return None if chosen is None else int(chosen)


def one(chosen: Chosen, seed: int, beside: Shown, wanted: Wanted, search: bool) -> None:
    """This seed's sample, large, with its latent's norm, and its critic's value among those of the samples `beside` it."""
    shown = show(chosen, Wanted((seed,), wanted.scale))
    sample, dimension = shown.samples[0], chosen.latent_dim
    picture, facts = (None, st.container(horizontal=True, gap="large")) if chosen.is_plane else st.columns([3, 2])
    if picture is None:
        facts.metric(f"Seed {seed}", f"({sample[0]:.2f}, {sample[1]:.2f})", help="Its place in the plane.", width="content")
    else:
        picture.image(filling_png(sample, ONE), output_format="PNG", alt=f"Seed {seed} of {chosen.title}, enlarged")
    if shown.values is not None and beside.values is not None:
        facts.metric(
            "D(x) minus its mean", signed(shown.values[0] - beside.values.mean()), width="content",
            help="The value of this generator's own critic, minus its mean over the samples shown: D has no zero, only differences mean "
            "something.",
        )  # fmt: skip
    norm = float(np.linalg.norm(latents_of_seeds(chosen, [seed], wanted.scale)))
    facts.metric("Latent's norm ‖z‖", f"{norm:.2f}", help=f"About √{dimension} = {dimension**0.5:.2f} under the prior.", width="content")
    if search and picture is not None:
        with contextlib.suppress(LabError):
            found, distances = nearest_images(chosen.data, shown.samples)
            words = f"Nearest training image, distance {distances[0]:.2f}"
            facts.image(filling_png(found[0], ONE // 2), words, output_format="PNG", alt=f"Training image nearest to seed {seed}")


# --- files --------------------------------------------------------------------------------------------------------------------


def enlargement(chosen: Sequence[Chosen]) -> int:
    """How many times images in files are enlarged; there is no such field for points alone."""
    if all(one.is_plane for one in chosen):
        return 1
    factor = st.select_slider(
        "Enlargement of pictures in files", FACTORS, 4, key="enlarge", bind="query-params", width=260,
        help="Every pixel is repeated so often in both directions: small images stay crisp.",
    )  # fmt: skip
    return int(factor)


def downloads(chosen: Chosen, wanted: Wanted, shown: Shown, seed: int | None, factor: int) -> None:
    """A menu of files."""
    with st.popover("Download", icon=":material/download:", help="Samples as files, and the generator itself"):
        for file in files.of_samples(chosen, wanted, shown, seed, factor):
            file.button()


def origin(entry: Entry) -> None:
    """Where it comes from: its model card, with the credit and licence of its data, or the page of its run."""
    if entry.origin == "pretrained":
        card = shelf.card(entry.key)
        model_card(card)
        st.caption(f"Data: {literal(card.credit)}; {literal(card.licence)}.")
    elif entry.origin == "run":
        st.page_link(page_of(entry.key), label="Watch its training", icon=":material/visibility:", query_params={"run": entry.key})
