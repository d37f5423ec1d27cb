"""Three views of the page Latent: a path, a plane, a walk. Every setting is part of the address."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from wgan_gp.errors import InvalidConfig
from wgan_gp.seeds import parse_seeds
from wgan_gp.shelf.sample_files import filling_png
from wgan_gp.ui.choice import Chosen, side_by_side
from wgan_gp.ui.latent import parts, plane, ways
from wgan_gp.ui.latent.charts import norm_chart, norm_words
from wgan_gp.ui.latent.parts import SEEDS_HELP, WHITE, downloads, length, length_help, slider, title
from wgan_gp.ui.latent.ways import Journey
from wgan_gp.ui.samples import make

PICKABLE = 16
PICK = "latent-pick"  # which end the next press sets
PICTURE = 60  # pixels: the side of a picture to pick
WIDEST_GRID = 420  # pixels: a square of that side nearly fits a projector; every picture can be opened in full
FRAMES = 13  # with a middle one
PAIR = (2, 5)  # one of those where the longest step of the line is longer than that of the circle, in both generators shown first
POINT_PAIR = (1, 14)  # for points: on opposite sides of the ring of 8 Gaussians


# --- path -------------------------------------------------------------------------------------------------------------------------


def path_view(chosen: Sequence[Chosen]) -> None:
    """From the latent of seed A to that of seed B: both ways under each other, lengths, an animation, files, and the norms."""
    images = [one for one in chosen if not one.is_plane]
    row = st.columns([2, 2, 3, 3, 3])
    first, last = PAIR if images else POINT_PAIR
    ends = (parts.seed_field(row[0], "Seed A", "a", first), parts.seed_field(row[1], "Seed B", "b", last))
    frames = slider(row[2], "Frames", "frames", ways.FRAMES, FRAMES, "Samples on the way, both ends included.")
    way, zoom = parts.way_field(row[3], "Animation and files" if images else "Way in files"), parts.zoom_field(row[4], chosen)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        with st.container(width="content"):
            title(
                f"From seed {ends[0]} to seed {ends[1]}",
                "slerp, the great circle between two directions: z(t) = r(t) (sin((1 − t)θ) ẑ_A + sin(tθ) ẑ_B) / sin θ, "
                f"with θ the angle between them and r(t) evenly from ‖z_A‖ to ‖z_B‖. lerp: z(t) = (1 − t) z_A + t z_B. "
                f"Latents of one number have no angle: both are lerp. {WHITE}",
                _look_on_path(chosen),
            )
        if images:
            _pick_ends(images, ends)
    reaches = plane.reaches(chosen)
    for one in side_by_side(chosen):
        journeys = {name: ways.path(one, ends, frames, name) for name in ways.WAYS}
        if one.is_plane:
            plane.path_in_plane(one, ends, journeys, reaches[one.data])
            words = [f"**{name}**: {length(one, journey)}" for name, journey in journeys.items()]
            st.caption(f"{'. '.join(words)}. {parts.comparison(**journeys)}", help=length_help(one))
        else:
            _rows(one, ends, journeys, way)
        downloads(one, journeys[way], way, zoom)
    _norms_of(chosen, ends)


def _look_on_path(chosen: Sequence[Chosen]) -> str:
    if not all(one.is_plane for one in chosen):
        return "Is there a picture on the way that is no data? Compare the middle of both rows."
    if plane.have_modes(chosen):
        return "Does the generator cross empty space between modes, or leap over it?"
    return "Does the way stay where data are, or does it leave them?"


def _rows(chosen: Chosen, ends: tuple[int, int], journeys: dict[str, Journey], way: str) -> None:
    """Both ways as rows of pictures, beside the animation of one."""
    left, right = st.columns([1, 4], gap="small")
    with left:
        parts.animation(journeys[way], f"{chosen.title}: animation from seed {ends[0]} to seed {ends[1]} by {way}")
    with right.container(gap="xxsmall"):
        for name, journey in journeys.items():
            st.caption(f"**{name}**, {ways.WAYS[name]}: {length(chosen, journey)}", help=length_help(chosen))
            parts.row_of(journey, f"{chosen.title}: samples from seed {ends[0]} to seed {ends[1]} by {name}")
    frames, shown = len(journeys[way].samples), parts.SHOWN
    rest = f" Of {frames} frames {shown} are shown; animation and files hold all." if frames > shown else ""
    st.caption(parts.comparison(**journeys) + rest)


def _norms_of(chosen: Sequence[Chosen], ends: tuple[int, int]) -> None:
    """The norms on both ways: one chart where the generators share their latents, else one for each size."""
    from wgan_gp.theory.latent import norm_band

    sizes = {one.latent_dim: one for one in chosen}
    for place, (size, one) in zip(st.columns(len(sizes), gap="medium"), sizes.items(), strict=True):
        slerp, lerp = (ways.fine_norms(one, ends, way) for way in ways.WAYS)
        half = len(lerp) // 2
        with place.container(gap="xsmall"):
            title(
                f"The norm of z on the way ({size} numbers)",
                "‖z‖ of z ~ N(0, I) follows the chi distribution with as many degrees of freedom as z has numbers: about the square root "
                "of that, with a spread of about 0.7. Shaded: from its 5 % to its 95 % quantile. Between two latents at a right angle the "
                f"line dips to 1/√2 = 0.71 of their norm. {WHITE}",
                norm_words(slerp, lerp, size),
            )
            data, spec = norm_chart(slerp, lerp, norm_band(size))
            alt = f"Norm of z from A to B: {slerp[half]:.1f} half way by slerp, {lerp[half]:.1f} by lerp"
            st.vega_lite_chart(data, spec, width="stretch", alt=alt, key=f"norms-{size}")
    if len(sizes) > 1:
        st.caption("The generators have latents of different sizes: the same seed is another latent in each.")


def _pick_ends(images: Sequence[Chosen], ends: tuple[int, int]) -> None:
    """Sixteen samples to choose A and B from, by mouse or finger."""
    with st.popover("Pick A and B", icon=":material/grid_view:", help="Choose A and B among the samples of the seeds 0 to 15."):
        st.segmented_control("The next press sets", ["A", "B"], default="A", required=True, key=PICK, help="After it, the other one.")
        with st.container(horizontal=True, gap="small"):
            for seed in range(PICKABLE):
                with st.container(width=PICTURE, gap="xxsmall"):
                    _pickable(images, seed, ends)


def _pickable(images: Sequence[Chosen], seed: int, ends: tuple[int, int]) -> None:
    for one in images:
        content = filling_png(make(one, range(PICKABLE))[0][seed], 2 * PICTURE)
        st.image(content, width=PICTURE, output_format="PNG", alt=f"{one.title}: sample of seed {seed}")
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


def plane_view(chosen: Sequence[Chosen]) -> None:
    """A grid of samples between those of three or four seeds; for points, what the generator makes of a grid of lines."""
    images = [one for one in chosen if not one.is_plane]
    row = st.columns([4, 3, 3, 3])
    side = slider(
        row[1 if images else 0], "Pictures on a side" if images else "Lines each way", "side", ways.SIDES, 9, "How fine the grid is."
    )
    zoom = parts.zoom_field(row[2], chosen)
    corners, keep = _corners(row[0], row[3]) if images else ([], True)
    _plane_title(chosen, corners)
    reaches = plane.reaches(chosen)
    for one in side_by_side(chosen):
        if one.is_plane:
            downloads(one, plane.plane_in_plane(one, side, reaches[one.data]), f"grid-{side}", zoom)
        else:
            _plane_of(one, corners, side, keep, zoom)


def _corners(place: st.delta_generator.DeltaGenerator, beside: st.delta_generator.DeltaGenerator) -> tuple[list[int], bool]:
    """The seeds at the corners, and whether points between them keep their norm. Raises InvalidConfig."""
    text = place.text_input(
        "Corners: three or four seeds", "1, 5, 13, 14", max_chars=100, key="corners", bind="query-params", persist_state="session",
        help=f"Top left, top right, bottom left, bottom right. With three the fourth is b + c − a. {SEEDS_HELP}",
    )  # fmt: skip
    keep = beside.toggle(
        "Keep the prior's norm", True, key="radius", bind="query-params", persist_state="session",
        help="On: every point gets a norm between those of the corners, as slerp does. Off: the flat plane, where the middle of four "
        f"latents has half their norm. {WHITE}",
    )  # fmt: skip
    corners = parse_seeds(text)
    if len(corners) not in (3, 4):
        raise InvalidConfig(f"corners: {len(corners)} seeds were given; a plane goes through three or four.")
    return corners, keep


def _plane_title(chosen: Sequence[Chosen], corners: Sequence[int]) -> None:
    mode = ": a mode" if plane.have_modes(chosen) else ""
    torn = "Where they are torn apart, the generator crosses a gap."
    if corners:
        title(
            f"The plane through {'three' if len(corners) == 3 else 'four'} seeds",
            "z(s, t) = (1 − s)(1 − t) a + s (1 − t) b + (1 − s) t c + s t d, s to the right, t downwards. Three corners span a plane, "
            f"and d = b + c − a; with four the grid is bilinear. {WHITE}",
            "Neighbours should look alike. Where does one kind of picture turn into another, and what lies on the border?",
        )
    elif {one.latent_dim for one in chosen} == {1}:
        title(
            "What the generator does to the line of latents",
            "A latent of these generators is one number, z₁: G(z₁) from −2.45 to 2.45, where 98.6 % of N(0, 1) lies.",
            f"Where dots crowd, many latents give nearly the same sample{mode}. {torn}",
        )
    else:
        title(
            "What the generator does to a grid of latents",
            "Lines of constant z₁ and of constant z₂ from −2.45 to 2.45 (a circle of that radius holds 95 % of N(0, I) in the plane), and "
            "G(z) along them. Latents with more than two numbers: the others are 0; with one number: a line.",
            f"Where lines crowd, many latents give nearly the same sample{mode}. {torn}",
        )


def _plane_of(chosen: Chosen, corners: Sequence[int], side: int, keep: bool, zoom: int) -> None:
    journey = ways.plane(chosen, corners, side, keep)
    names = [*(f"seed {seed}" for seed in corners), "b + c − a"][:4]
    alt = f"{chosen.title}: {side} x {side} samples between {', '.join(names)}"
    st.image(parts.picture(journey.samples, side), output_format="PNG", alt=alt, width=WIDEST_GRID)
    st.caption(f"Top, left to right: {names[0]} to {names[1]}. Bottom: {names[2]} to {names[3]}.")
    downloads(chosen, journey, f"plane-{side}" + ("" if keep else "-flat"), zoom, columns=side, film=False)


# --- walk -------------------------------------------------------------------------------------------------------------------------


def walk_view(chosen: Sequence[Chosen]) -> None:
    """A loop through several seeds, as an animation and as rows of pictures."""
    row = st.columns([4, 3, 3, 3])
    text = row[0].text_input(
        "Seeds on the way, two to twelve", "1, 5, 13, 14, 9, 4", max_chars=300, key="stops", bind="query-params", persist_state="session",
        help=SEEDS_HELP,
    )  # fmt: skip
    leg = slider(row[1], "Frames from seed to seed", "leg", ways.LEG, 8, "A leg begins with the sample of its seed.")
    way, zoom = parts.way_field(row[2], "From seed to seed by"), parts.zoom_field(row[3], chosen)
    stops = parse_seeds(text)
    title(
        f"A walk through {len(stops)} seeds and back to the first",
        f"From each latent to the next by slerp or lerp, and from the last to the first; no frame stands twice. {WHITE}",
        _look_on_walk(chosen),
    )
    reaches = plane.reaches(chosen)
    for one in side_by_side(chosen):
        journey = ways.walk(one, stops, leg, way)
        if one.is_plane:
            plane.walk_in_plane(one, journey, way, reaches[one.data])
        else:
            _walk_in_pictures(one, journey, leg, way)
        home = Journey(journey.seeds, journey.latents, np.concatenate((journey.samples, journey.samples[:1])))  # with the last step
        st.caption(f"{len(journey.samples)} frames; the loop is {length(one, home)}.", help=length_help(one))
        downloads(one, journey, f"walk-{way}", zoom, columns=leg)


def _look_on_walk(chosen: Sequence[Chosen]) -> str:
    if not all(one.is_plane for one in chosen):
        return "Does it glide, or does it jump from one kind of picture to another? Each row leaves from one seed."
    return f"Does it glide, or does it jump{' from mode to mode' if plane.have_modes(chosen) else ''}?"


def _walk_in_pictures(chosen: Chosen, journey: Journey, leg: int, way: str) -> None:
    """The animation, and a row of pictures for each leg."""
    shown = parts.shown_frames(leg)
    rows = np.concatenate([journey.samples[start : start + leg][shown] for start in range(0, len(journey.samples), leg)])
    seeds = ", ".join(map(str, journey.seeds))
    left, right = st.columns([1, 2], gap="small")
    with left:
        parts.animation(journey, f"{chosen.title}: animated walk through the seeds {seeds} by {way}")
    with right:
        alt = f"{chosen.title}: a row of samples from each of the seeds {seeds} towards the next"
        st.image(parts.picture(rows, len(shown)), output_format="PNG", alt=alt, width=min(WIDEST_GRID, 56 * len(shown)))
