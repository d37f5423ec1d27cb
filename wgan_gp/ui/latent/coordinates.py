"""The view Coordinates of the page Latent: single numbers of a latent by slider, and what each of them does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from wgan_gp.shelf.sample_files import filling_png
from wgan_gp.ui.choice import Chosen, side_by_side
from wgan_gp.ui.latent import ways
from wgan_gp.ui.latent.parts import PREVIEW, downloads, row_of, seed_field, title, zoom_field
from wgan_gp.ui.latent.plane import reaches, sweeps_in_plane
from wgan_gp.ui.latent.ways import Journey

USUAL = 3  # rows where no coordinate was chosen


def coordinates_view(chosen: Sequence[Chosen]) -> None:
    """Single coordinates of a latent by slider, and what the picture does as each goes from -3 to 3."""
    row = st.columns([2, 5, 3])
    seed = seed_field(row[0], "Seed", "origin", 1)
    numbers = _choose(row[1], chosen, seed)
    zoom = zoom_field(row[2], chosen)
    start = ways.moved(chosen[0], seed, {}).latents[0]
    places = st.columns(max(USUAL, len(numbers)))
    values = {
        number: _value(place, number, float(start[number - 1]), seed, len(start)) for place, number in zip(places, numbers, strict=False)
    }
    words = (
        "A generator is not told what a coordinate means: one number changes many things at once. Which change little?"
        if len({one.latent_dim for one in chosen}) == 1
        else "The generators have latents of different sizes: the same seed is another latent in each. The sliders set both."
    )
    title(
        f"Seed {seed}, one coordinate at a time",
        "Each row: G(z) with all numbers as the sliders (and the seed) have them, but for one that goes from −3 to 3: in steps of 1 here, "
        "of 0.5 in files. 99.7 % of the prior N(0, 1) lies between −3 and 3. The number beside it: the root mean square change between its "
        "two ends, with the other numbers as the seed has them.",
        words,
    )
    far = reaches(chosen)
    for one in side_by_side(chosen):
        _coordinates_of(one, seed, values, zoom, far.get(one.data, 0.0))


def _choose(place: Any, chosen: Sequence[Chosen], seed: int) -> list[int]:
    """The coordinates that were chosen, or those with the most effect."""
    dimension = min(one.latent_dim for one in chosen)
    numbers = place.multiselect(
        "Coordinates, up to four", range(1, dimension + 1), format_func=_name, key="coordinate", max_selections=ways.MOST_COORDINATES,
        placeholder=f"The {min(USUAL, dimension)} that change the sample most", bind="query-params", persist_state="session",
        help="z has so many numbers, each drawn from N(0, 1). Where none is chosen: those with the most effect at this seed, measured with "
        "the first generator as the change of the sample while the number goes from −3 to 3.",
    )  # fmt: skip
    if numbers:
        return [number for number in numbers if 1 <= number <= dimension]
    effects = ways.effects(chosen[0], seed)[:dimension]
    return [int(place) + 1 for place in np.argsort(-effects, kind="stable")[:USUAL]]


def _value(place: Any, number: int, start: float, seed: int, dimension: int) -> float:
    """A slider that begins where the seed has it. Seed and size are part of its key: another seed brings its own values."""
    low, high = min(-ways.REACH, start), max(ways.REACH, start)
    value = place.slider(
        _name(number), low, high, start, 0.05, "%.2f", f"{_name(number)}-{seed}-{dimension}", bind="query-params",
        help=f"The seed has {start:.2f} here.",
    )  # fmt: skip
    return float(value)


def _coordinates_of(chosen: Chosen, seed: int, values: Mapping[int, float], zoom: int, reach: float) -> None:
    now = ways.moved(chosen, seed, values)
    sweeps = {number: ways.sweep(chosen, seed, values, number) for number in values}
    if chosen.is_plane:
        sweeps_in_plane(chosen, now, sweeps, reach)
    else:
        _rows(chosen, now, sweeps)
    latents = np.concatenate([row.latents for row in sweeps.values()])
    together = Journey((seed,), latents, np.concatenate([row.samples for row in sweeps.values()]))
    downloads(chosen, together, "-".join(map(_name, values)), zoom, columns=ways.SWEEP, film=False)


def _rows(chosen: Chosen, now: Journey, sweeps: Mapping[int, Journey]) -> None:
    """The picture as the sliders have it, and a row for each coordinate."""
    (seed,) = now.seeds
    effects = ways.effects(chosen, seed)
    left, right = st.columns([1, 4], gap="small")
    alt = f"{chosen.title}: seed {seed} as the sliders have it"
    left.image(filling_png(now.samples[0], PREVIEW), output_format="PNG", alt=alt, width="content")
    with right.container(gap="xxsmall"):
        for number, journey in sweeps.items():
            st.caption(f"**{_name(number)}** from −3 to 3: changes by {effects[number - 1]:.0f} grey levels")
            alt = f"{chosen.title}: seed {seed} while {_name(number)} goes from -3 to 3"
            row_of(journey, alt)


def _name(number: int) -> str:
    return f"z{number}"
