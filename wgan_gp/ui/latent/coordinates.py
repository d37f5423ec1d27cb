"""The view Coordinates of the page Latent: single numbers of a latent by slider, and what each of them does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from wgan_gp import imaging
from wgan_gp.ui.latent import files, ways
from wgan_gp.ui.latent.parts import PREVIEW, downloads, seed_field, side_by_side, title, zoom_field
from wgan_gp.ui.latent.plane import sweeps_in_plane
from wgan_gp.ui.latent.ways import Journey
from wgan_gp.ui.models import Model

USUAL = 3  # rows where no coordinate was chosen


def coordinates_view(models: Sequence[Model]) -> None:
    """Single coordinates of a latent by slider, and what the picture does as each goes from -3 to 3."""
    row = st.columns([2, 5, 3])
    seed = seed_field(row[0], "Seed", "origin", 1)
    chosen = _choose(row[1], models, seed)
    zoom = zoom_field(row[2])
    start = ways.moved(models[0], seed, {}).latents[0]
    places = st.columns(max(USUAL, len(chosen)))
    values = {
        number: _value(place, number, float(start[number - 1]), seed, len(start)) for place, number in zip(places, chosen, strict=False)
    }
    words = (
        "A generator is not told what a coordinate means: one number changes many things at once. Which change little?"
        if len({ways.latent_dim(model) for model in models}) == 1
        else "The generators have latents of different sizes: the same seed is another latent in each. The sliders set both."
    )
    title(
        f"Seed {seed}, one coordinate at a time",
        "Each row: G(z) with all numbers as the sliders (and the seed) have them, but for one that goes from −3 to 3 in steps of 0.5. "
        "99.7 % of the prior N(0, 1) lies between −3 and 3. The number beside it: the root mean square change between its two ends, with "
        "the other numbers as the seed has them.",
        words,
    )
    for model in side_by_side(models):
        _coordinates_of(model, seed, values, zoom)


def _choose(place: Any, models: Sequence[Model], seed: int) -> list[int]:
    """The coordinates that were chosen, or those with the most effect."""
    dimension = min(ways.latent_dim(model) for model in models)
    chosen = place.multiselect(
        "Coordinates, up to four", range(1, dimension + 1), format_func=_name, key="coordinate", max_selections=ways.MOST_COORDINATES,
        placeholder=f"The {min(USUAL, dimension)} that change the sample most", bind="query-params", persist_state="session",
        help="z has so many numbers, each drawn from N(0, 1). Where none is chosen: those with the most effect at this seed, measured with "
        "the first generator as the change of the sample while the number goes from −3 to 3.",
    )  # fmt: skip
    if chosen:
        return [number for number in chosen if 1 <= number <= dimension]
    effects = ways.effects(models[0], seed)[:dimension]
    return [int(place) + 1 for place in np.argsort(-effects, kind="stable")[:USUAL]]


def _value(place: Any, number: int, start: float, seed: int, dimension: int) -> float:
    """A slider that begins where the seed has it. Seed and size are part of its key: another seed brings its own values."""
    low, high = min(-ways.REACH, start), max(ways.REACH, start)
    value = place.slider(
        _name(number), low, high, start, 0.05, "%.2f", f"{_name(number)}-{seed}-{dimension}", bind="query-params",
        help=f"The seed has {start:.2f} here.",
    )  # fmt: skip
    return float(value)


def _coordinates_of(model: Model, seed: int, values: Mapping[int, float], zoom: int) -> None:
    now = ways.moved(model, seed, values)
    sweeps = {number: ways.sweep(model, seed, values, number) for number in values}
    if model.is_plane:
        sweeps_in_plane(model, now, sweeps)
    else:
        _rows(model, now, sweeps)
    latents = np.concatenate([row.latents for row in sweeps.values()])
    together = Journey((seed,), latents, np.concatenate([row.samples for row in sweeps.values()]))
    downloads(model, together, "-".join(map(_name, values)), zoom, columns=ways.SWEEP, film=False)


def _rows(model: Model, now: Journey, sweeps: Mapping[int, Journey]) -> None:
    """The picture as the sliders have it, and a row for each coordinate."""
    (seed,) = now.seeds
    effects = ways.effects(model, seed)
    left, right = st.columns([1, 4], gap="small")
    image = imaging.enlarge(now.samples[0], max(1, PREVIEW // now.samples.shape[1]))
    left.image(imaging.png(image), output_format="PNG", alt=f"{model.title}: seed {seed} as the sliders have it", width="content")
    with right.container(gap="xxsmall"):
        for number, journey in sweeps.items():
            st.caption(f"**{_name(number)}** from −3 to 3: changes by {effects[number - 1]:.0f} grey levels")
            alt = f"{model.title}: seed {seed} while {_name(number)} goes from -3 to 3"
            st.image(files.picture(journey.samples, ways.SWEEP), output_format="PNG", alt=alt, width="stretch")


def _name(number: int) -> str:
    return f"z{number}"
