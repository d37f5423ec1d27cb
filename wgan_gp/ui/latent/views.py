"""Three views of the page Latent: a path, a plane, a walk. Every setting is part of the address."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from wgan_gp import imaging
from wgan_gp.errors import InvalidConfig
from wgan_gp.seeds import parse_seeds
from wgan_gp.ui.latent import files, ways
from wgan_gp.ui.latent.charts import norm_chart
from wgan_gp.ui.latent.parts import (
    SEEDS_HELP,
    SOURCE,
    animation,
    downloads,
    draw,
    length,
    length_help,
    row_of,
    seed_field,
    side_by_side,
    slider,
    title,
    way_field,
    zoom_field,
)
from wgan_gp.ui.latent.plane import path_in_plane, plane_in_plane, walk_in_plane
from wgan_gp.ui.latent.ways import Journey
from wgan_gp.ui.models import Model

PICKABLE = 16
PICK = "latent-pick"  # which end the next press sets
PICTURE = 60  # pixels: the side of a picture to pick
WIDEST_GRID = 420  # pixels: a square of that side nearly fits a projector; every picture can be opened in full

# --- path -------------------------------------------------------------------------------------------------------------------------


def path_view(models: Sequence[Model]) -> None:
    """From the latent of seed A to that of seed B: both ways under each other, lengths, an animation, files, and the norms."""
    row = st.columns([2, 2, 3, 3, 3])
    ends = (seed_field(row[0], "Seed A", "a", 1), seed_field(row[1], "Seed B", "b", 14))
    frames = slider(row[2], "Frames", "frames", ways.FRAMES, 12, "Samples on the way, both ends included.")
    way, zoom = way_field(row[3]), zoom_field(row[4])
    images = [model for model in models if not model.is_plane]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(width="content"):
            title(
                f"From seed {ends[0]} to seed {ends[1]}",
                "slerp, the great circle between two directions: z(t) = r(t) (sin((1 − t)θ) ẑ_A + sin(tθ) ẑ_B) / sin θ, "
                f"with θ the angle between them and r(t) evenly from ‖z_A‖ to ‖z_B‖. lerp: z(t) = (1 − t) z_A + t z_B. "
                f"Latents of one number have no angle: both are lerp. {SOURCE}",
                "Is there a picture on the way that is no data? Compare the middle of both rows."
                if images
                else "Does the generator cross empty space between modes, or leap over it?",
            )
        _pick_ends(images, ends)
    for model in side_by_side(models):
        _path_of(model, ends, frames, way, zoom)
    _norms_of(models, ends)


def _path_of(model: Model, ends: tuple[int, int], frames: int, way: str, zoom: int) -> None:
    journeys = {name: ways.path(model, ends, frames, name) for name in ways.WAYS}
    if model.is_plane:
        path_in_plane(model, ends, journeys)
        words = (f"**{name}**: {length(model, journey)}" for name, journey in journeys.items())
        st.caption(". ".join(words), help=length_help(model))
    else:
        left, right = st.columns([1, 4], gap="small")
        with left:
            animation(journeys[way], f"{model.title}: animation from seed {ends[0]} to seed {ends[1]} by {way}")
        with right.container(gap="xxsmall"):
            for name, journey in journeys.items():
                st.caption(f"**{name}**, {ways.WAYS[name]}: {length(model, journey)}", help=length_help(model))
                row_of(journey, f"{model.title}: samples from seed {ends[0]} to seed {ends[1]} by {name}")
        if frames > files.SHOWN:
            st.caption(f"Of {frames} frames {files.SHOWN} are shown here; animation and files hold all.")
    downloads(model, journeys[way], way, zoom)


def _norms_of(models: Sequence[Model], ends: tuple[int, int]) -> None:
    """The norms on both ways: one chart where the generators share their latents, else one for each size."""
    from wgan_gp.theory.latent import norm_band, share_below

    sizes = {ways.latent_dim(model): model for model in models}
    for model in side_by_side(list(sizes.values()), heading=False):
        size = ways.latent_dim(model)
        slerp, lerp = (ways.fine_path(model, ends, way).norms for way in ways.WAYS)
        half, short = len(lerp) // 2, float(lerp.min())
        share = share_below(short, size)
        title(
            f"The norm of z on the way ({size} numbers)",
            "‖z‖ of z ~ N(0, I) follows the chi distribution with as many degrees of freedom as z has numbers: about the square root of "
            "that, with a spread of about 0.7. Shaded: from its 5 % to its 95 % quantile. Between two latents at a right angle the line "
            f"dips to 1/√2 = 0.71 of their norm. {SOURCE}",
            f"Half way the line has {lerp[half] / max(float(slerp[half]), 1e-9):.2f} of the circle's norm. {_percent(share)} of all "
            f"latents are as short as its shortest ({short:.2g}){': the generator has hardly met any.' if share < 0.01 else '.'}",
        )
        alt = f"Norm of z from A to B: {slerp[half]:.1f} half way by slerp, {lerp[half]:.1f} by lerp"
        draw(norm_chart(slerp, lerp, norm_band(size)), alt, f"norms-{size}")
    if len(sizes) > 1:
        st.caption("The generators have latents of different sizes: the same seed is another latent in each.")


def _percent(share: float) -> str:
    return "Fewer than 0.01 %" if share < 0.0001 else f"{100 * share:.2g} %"


def _pick_ends(models: Sequence[Model], ends: tuple[int, int]) -> None:
    """Sixteen samples to choose A and B from, by mouse or finger."""
    text = "Choose A and B among the samples of the seeds 0 to 15." if models else "There are no pictures to choose from: these are points."
    with st.popover("Pick A and B", icon=":material/grid_view:", disabled=not models, help=text):
        st.segmented_control("The next press sets", ["A", "B"], default="A", required=True, key=PICK, help="After it, the other one.")
        with st.container(horizontal=True, gap="small"):
            for seed in range(PICKABLE):
                with st.container(width=PICTURE, gap="xxsmall"):
                    _pickable(models, seed, ends)


def _pickable(models: Sequence[Model], seed: int, ends: tuple[int, int]) -> None:
    for model in models:
        image = ways.samples(model, range(PICKABLE))[seed]
        content = imaging.png(imaging.enlarge(image, max(1, 2 * PICTURE // image.shape[0])))
        st.image(content, width=PICTURE, output_format="PNG", alt=f"{model.title}: sample of seed {seed}")
    names = "".join(name for name, end in zip("AB", ends, strict=True) if end == seed)
    label = f"{names} {seed}".strip()
    st.button(
        label, key=f"{PICK}-{seed}", help=f"Take seed {seed}", on_click=_picked, args=(seed,), type="primary" if names else "secondary",
        width="stretch",
    )  # fmt: skip


def _picked(seed: int) -> None:
    which = st.session_state.get(PICK) or "A"
    st.session_state[which.lower()] = seed
    st.session_state[PICK] = "B" if which == "A" else "A"


# --- plane ------------------------------------------------------------------------------------------------------------------------


def plane_view(models: Sequence[Model]) -> None:
    """A grid of samples between those of three or four seeds; for points, what the generator makes of a grid of lines."""
    row = st.columns([4, 3, 3, 3])
    images = [model for model in models if not model.is_plane]
    text = row[0].text_input(
        "Corners: three or four seeds", "1, 5, 13, 14", max_chars=100, key="corners", bind="query-params", persist_state="session",
        disabled=not images, help=f"Top left, top right, bottom left, bottom right. With three the fourth is b + c − a. {SEEDS_HELP}",
    )  # fmt: skip
    side = slider(row[1], "Pictures on a side" if images else "Lines each way", "side", ways.SIDES, 9, "How fine the grid is.")
    zoom = zoom_field(row[2])
    keep = row[3].toggle(
        "Keep the prior's norm", True, key="radius", bind="query-params", persist_state="session", disabled=not images,
        help="On: every point gets a norm between those of the corners, as slerp does. Off: the flat plane, where the middle of four "
        f"latents has half their norm. {SOURCE}",
    )  # fmt: skip
    corners = parse_seeds(text) if images else []
    if images:
        if len(corners) not in (3, 4):
            raise InvalidConfig(f"corners: {len(corners)} seeds were given; a plane goes through three or four.")
        title(
            f"The plane through {'three' if len(corners) == 3 else 'four'} seeds",
            "z(s, t) = (1 − s)(1 − t) a + s (1 − t) b + (1 − s) t c + s t d, s to the right, t downwards. Three corners span a plane, "
            f"and d = b + c − a; with four the grid is bilinear. {SOURCE}",
            "Neighbours should look alike. Where does one kind of picture turn into another, and what lies on the border?",
        )
    elif {ways.latent_dim(model) for model in models} == {1}:
        title(
            "What the generator does to the line of latents",
            "A latent of these generators is one number, z₁: G(z₁) from −2.45 to 2.45, where 98.6 % of N(0, 1) lies.",
            "Where dots crowd, many latents give nearly the same sample: a mode. Where they are torn apart, the generator crosses a gap.",
        )
    else:
        title(
            "What the generator does to a grid of latents",
            "Lines of constant z₁ and of constant z₂ from −2.45 to 2.45 (a circle of that radius holds 95 % of N(0, I) in the plane), and "
            "G(z) along them. Latents with more than two numbers: the others are 0; with one number: a line.",
            "Where lines crowd, many latents give nearly the same sample: a mode. Where they are torn apart, the generator crosses a gap.",
        )
    for model in side_by_side(models):
        if model.is_plane:
            downloads(model, plane_in_plane(model, side), f"grid-{side}", zoom)
        else:
            _plane_of(model, corners, side, keep, zoom)


def _plane_of(model: Model, corners: Sequence[int], side: int, keep: bool, zoom: int) -> None:
    journey = ways.plane(model, corners, side, keep)
    names = [*(f"seed {seed}" for seed in corners), "b + c − a"][:4]
    alt = f"{model.title}: {side} x {side} samples between {', '.join(names)}"
    st.image(files.picture(journey.samples, side), output_format="PNG", alt=alt, width=WIDEST_GRID)
    st.caption(f"Top, left to right: {names[0]} to {names[1]}. Bottom: {names[2]} to {names[3]}.")
    downloads(model, journey, f"plane-{side}" + ("" if keep else "-flat"), zoom, columns=side, film=False)


# --- walk -------------------------------------------------------------------------------------------------------------------------


def walk_view(models: Sequence[Model]) -> None:
    """A loop through several seeds, as an animation and as rows of pictures."""
    row = st.columns([4, 3, 3, 3])
    text = row[0].text_input(
        "Seeds on the way, two to twelve", "1, 5, 13, 14, 9, 4", max_chars=300, key="stops", bind="query-params", persist_state="session",
        help=SEEDS_HELP,
    )  # fmt: skip
    leg = slider(row[1], "Frames from seed to seed", "leg", ways.LEG, 8, "A leg begins with the sample of its seed.")
    way, zoom = way_field(row[2]), zoom_field(row[3])
    stops = parse_seeds(text)
    title(
        f"A walk through {len(stops)} seeds and back to the first",
        f"From each latent to the next by slerp or lerp, and from the last to the first; no frame stands twice. {SOURCE}",
        "Does it glide, or does it jump from one kind of picture to another? Each row leaves from one seed."
        if not all(model.is_plane for model in models)
        else "Does it glide, or does it jump from mode to mode?",
    )
    for model in side_by_side(models):
        _walk_of(model, stops, leg, way, zoom)


def _walk_of(model: Model, stops: Sequence[int], leg: int, way: str, zoom: int) -> None:
    journey = ways.walk(model, stops, leg, way)
    if model.is_plane:
        walk_in_plane(model, journey, way)
    else:
        shown = files.shown_frames(leg)
        rows = np.concatenate([journey.samples[start : start + leg][shown] for start in range(0, len(journey.samples), leg)])
        seeds = ", ".join(map(str, stops))
        left, right = st.columns([1, 2], gap="small")
        with left:
            animation(journey, f"{model.title}: animated walk through the seeds {seeds} by {way}")
        with right:
            alt = f"{model.title}: a row of samples from each of the seeds {seeds} towards the next"
            st.image(files.picture(rows, len(shown)), output_format="PNG", alt=alt, width=min(WIDEST_GRID, 48 * len(shown)))
    home = Journey(journey.seeds, journey.latents, np.concatenate((journey.samples, journey.samples[:1])))  # with the last step
    st.caption(f"{len(journey.samples)} frames; the loop is {length(model, home)}.", help=length_help(model))
    downloads(model, journey, f"walk-{way}", zoom)
