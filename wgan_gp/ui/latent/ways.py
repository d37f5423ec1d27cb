"""What the page Latent shows: samples on paths, planes, walks and along coordinates, checked and cached.

Nothing here draws: the views are in latent/views.py, the files in latent/files.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from wgan_gp.errors import InvalidConfig
from wgan_gp.imaging import Array
from wgan_gp.ui import samples as samples_of_data
from wgan_gp.ui.models import Model, generator_of

FRAMES = (3, 60)  # least and most pictures on a path
LEG = (2, 20)  # on one leg of a walk
STOPS = (2, 12)
SIDES = (5, 15)
REACH = 3.0  # a coordinate goes from -REACH to REACH
MOST_COORDINATES = 4
SWEEP = 13  # pictures while a coordinate goes from one end to the other: steps of 0.5
REAL = 400  # points of the data behind others
WAYS = {"slerp": "great circle", "lerp": "straight line"}


@dataclass(frozen=True)
class Journey:
    """Samples, the latents they are made from, and the seeds of the latents one started from."""

    seeds: tuple[int, ...]
    latents: Array  # float32[n, latent_dim]
    samples: Array  # uint8[n, H, W, C], or float32[n, 2]

    @property
    def norms(self) -> Array:
        """The norm of each latent: float32[n]."""
        return np.asarray(np.linalg.norm(self.latents, axis=1))

    @property
    def steps(self) -> Array:
        """How far each sample is from the one before: grey levels (root mean square), or units of the plane. float64[n - 1]."""
        from wgan_gp.theory.latent import step_lengths

        return step_lengths(self.samples)


# --- ways through latent space ----------------------------------------------------------------------------------------------------


def path(model: Model, ends: Sequence[int], frames: int, way: str) -> Journey:
    """From the latent of one seed to that of another. Raises InvalidConfig."""
    check("frames", frames, FRAMES)
    _check_way(way)
    return _path(model.key, model.version, model, (ends[0], ends[1]), frames, way)


def fine_path(model: Model, ends: Sequence[int], way: str) -> Journey:
    """The same in 61 steps, for lines in charts."""
    _check_way(way)
    return _path(model.key, model.version, model, (ends[0], ends[1]), 61, way)


def walk(model: Model, stops: Sequence[int], leg: int, way: str) -> Journey:
    """A loop through the latents of several seeds, with `leg` frames from each to the next. Raises InvalidConfig."""
    check("seeds of a walk", len(stops), STOPS)
    check("frames per leg", leg, LEG)
    _check_way(way)
    return _walk(model.key, model.version, model, tuple(stops), leg, way)


def plane(model: Model, corners: Sequence[int], side: int, keep_norm: bool) -> Journey:
    """A grid of side * side samples between those of three or four seeds. Raises InvalidConfig."""
    check("seeds of a plane", len(corners), (3, 4))
    check_side(side)
    return _plane(model.key, model.version, model, tuple(corners), side, keep_norm)


def check_side(side: int) -> None:
    """Raise InvalidConfig for a grid that is too small or too large."""
    check("side", side, SIDES)


def moved(model: Model, seed: int, values: Mapping[int, float]) -> Journey:
    """The sample of a seed with some coordinates (counted from 1) set to other values. Raises InvalidConfig."""
    latent = _latent(model, seed, values)
    return Journey((seed,), latent[None], _decode(model, latent[None]))


def sweep(model: Model, seed: int, values: Mapping[int, float], coordinate: int) -> Journey:
    """What `moved` gives while one more coordinate goes from -3 to 3 in 13 steps. Raises InvalidConfig."""
    latent = _latent(model, seed, {**values, coordinate: 0.0})
    rows = np.repeat(latent[None], SWEEP, axis=0)
    rows[:, coordinate - 1] = np.linspace(-REACH, REACH, SWEEP)
    return Journey((seed,), rows, _decode(model, rows))


def effects(model: Model, seed: int) -> Array:
    """How far the sample of this seed moves when a coordinate goes from -3 to 3, for each coordinate: float64[latent_dim].

    In grey levels (root mean square), or units of the plane; the other coordinates stay as the seed has them.
    """
    return _effects(model.key, model.version, model, seed)


def samples(model: Model, seeds: Sequence[int]) -> Array:
    """The samples of these seeds."""
    return _samples(model.key, model.version, model, tuple(seeds))


def latent_dim(model: Model) -> int:
    """Numbers in a latent of this generator."""
    return generator_of(model).config.latent_dim


def decode(model: Model, latents: Array) -> Array:
    """What the generator makes of these latents: float32[n, latent_dim]."""
    return _decode(model, latents)


def real_points(model: Model) -> tuple[Array, float]:
    """Points of the data that a generator of points learnt, float32[400, 2], and how far pictures of them reach."""
    points, extent = samples_of_data.real_points(model.data)
    return points[:REAL], extent


# Cached by what decides the result: the generator's key and version, and the parameters. `_model` only leads to the generator.


@st.cache_data(max_entries=200, show_spinner=False)
def _path(key: str, version: str, _model: Model, ends: tuple[int, int], frames: int, way: str) -> Journey:
    import torch

    from wgan_gp.generators import latents_of
    from wgan_gp.theory.latent import WAYS

    first, last = latents_of(generator_of(_model), ends)
    return _journey(_model, ends, WAYS[way](first, last, torch.linspace(0, 1, frames)).numpy())


@st.cache_data(max_entries=60, show_spinner=False)
def _walk(key: str, version: str, _model: Model, stops: tuple[int, ...], leg: int, way: str) -> Journey:
    from wgan_gp.generators import latents_of
    from wgan_gp.theory import latent

    return _journey(_model, stops, latent.walk(latents_of(generator_of(_model), stops), leg, latent.WAYS[way]).numpy())


@st.cache_data(max_entries=60, show_spinner=False)
def _plane(key: str, version: str, _model: Model, corners: tuple[int, ...], side: int, keep_norm: bool) -> Journey:
    from wgan_gp.generators import latents_of
    from wgan_gp.theory.latent import plane_through

    return _journey(_model, corners, plane_through(latents_of(generator_of(_model), corners), side, keep_norm).numpy())


@st.cache_data(max_entries=100, show_spinner=False)
def _effects(key: str, version: str, _model: Model, seed: int) -> Array:
    from wgan_gp.theory.latent import step_lengths

    latent = _latent(_model, seed, {})
    rows = np.repeat(latent[None], 2 * len(latent), axis=0)  # two rows for each coordinate
    places = np.arange(len(latent))
    rows[2 * places, places], rows[2 * places + 1, places] = -REACH, REACH
    return step_lengths(_decode(_model, rows))[::2]


@st.cache_data(max_entries=60, show_spinner=False)
def _samples(key: str, version: str, _model: Model, seeds: tuple[int, ...]) -> Array:
    from wgan_gp.generators import generate

    return generate(generator_of(_model), seeds)


def _journey(model: Model, seeds: tuple[int, ...], latents: Array) -> Journey:
    return Journey(seeds, latents, _decode(model, latents))


def _decode(model: Model, latents: Array) -> Array:
    import torch

    from wgan_gp.generators import decode

    return decode(generator_of(model), torch.from_numpy(np.ascontiguousarray(latents)))


def _latent(model: Model, seed: int, values: Mapping[int, float]) -> Array:
    from wgan_gp.generators import latents_of

    latent = latents_of(generator_of(model), [seed])[0].numpy().copy()
    if len(values) > MOST_COORDINATES:
        raise InvalidConfig(f"coordinates: {len(values)} were given; at most {MOST_COORDINATES} are allowed.")
    for coordinate, value in values.items():
        if not 1 <= coordinate <= len(latent):
            raise InvalidConfig(f"coordinate: z{coordinate} is not there; this generator has z1 to z{len(latent)}.")
        if not abs(value) <= REACH and value != latent[coordinate - 1]:
            raise InvalidConfig(f"z{coordinate}: {value:g} is not allowed; it must be from {-REACH:g} to {REACH:g}.")
        latent[coordinate - 1] = value
    return latent


def check(what: str, number: int, allowed: tuple[int, int]) -> None:
    """Raise InvalidConfig for a number outside of what is allowed."""
    if not allowed[0] <= number <= allowed[1]:
        raise InvalidConfig(f"{what}: {number} is not allowed; it must be from {allowed[0]} to {allowed[1]}.")


def _check_way(way: str) -> None:
    if way not in WAYS:
        raise InvalidConfig(f"way: {way!r} is not known; there is {' and '.join(WAYS)}.")
