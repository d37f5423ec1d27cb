"""What the page Latent shows: samples on paths, planes, walks and along coordinates, checked.

Nothing here draws or keeps: the views are in latent/views.py, samples are kept in ui/samples.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wgan_gp.errors import InvalidConfig
from wgan_gp.imaging import Array
from wgan_gp.ui.choice import Chosen
from wgan_gp.ui.samples import decode, latents_of_seeds

FRAMES = (3, 60)  # least and most pictures on a path
FINE = 61  # points of a path in charts
LEG = (2, 20)  # on one leg of a walk
STOPS = (2, 12)
SIDES = (5, 15)
REACH = 3.0  # a coordinate goes from -REACH to REACH
MOST_COORDINATES = 4
SWEEP = 13  # pictures while a coordinate goes from one end to the other: steps of 0.5
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
        return norms(self.latents)

    @property
    def steps(self) -> Array:
        """How far each sample is from the one before: grey levels (root mean square), or units of the plane. float64[n - 1]."""
        from wgan_gp.theory.latent import step_lengths

        return step_lengths(self.samples)


def norms(latents: Array) -> Array:
    """The norm of each latent: float32[n, latent_dim] to float32[n]."""
    return np.asarray(np.linalg.norm(latents, axis=1))


# --- ways through latent space ----------------------------------------------------------------------------------------------------


def path(chosen: Chosen, ends: Sequence[int], frames: int, way: str) -> Journey:
    """From the latent of one seed to that of another. Raises InvalidConfig."""
    check("frames", frames, FRAMES)
    return _journey(chosen, ends, _between(chosen, ends, frames, way))


def fine_path(chosen: Chosen, ends: Sequence[int], way: str) -> Array:
    """The samples of the same in 61 steps, for lines in charts."""
    return decode(chosen, _between(chosen, ends, FINE, way))


def fine_norms(chosen: Chosen, ends: Sequence[int], way: str) -> Array:
    """The norm of z on the way: float32[61]."""
    return norms(_between(chosen, ends, FINE, way))


def _between(chosen: Chosen, ends: Sequence[int], frames: int, way: str) -> Array:
    _check_way(way)
    import torch

    from wgan_gp.theory import latent

    first, last = torch.from_numpy(latents_of_seeds(chosen, ends))
    return np.asarray(latent.WAYS[way](first, last, torch.linspace(0, 1, frames)).numpy())


def walk(chosen: Chosen, stops: Sequence[int], leg: int, way: str) -> Journey:
    """A loop through the latents of several seeds, with `leg` frames from each to the next. Raises InvalidConfig."""
    check("seeds of a walk", len(stops), STOPS)
    check("frames per leg", leg, LEG)
    _check_way(way)
    import torch

    from wgan_gp.theory import latent

    points = torch.from_numpy(latents_of_seeds(chosen, stops))
    return _journey(chosen, stops, latent.walk(points, leg, latent.WAYS[way]).numpy())


def plane(chosen: Chosen, corners: Sequence[int], side: int, keep_norm: bool) -> Journey:
    """A grid of side * side samples between those of three or four seeds. Raises InvalidConfig."""
    check("seeds of a plane", len(corners), (3, 4))
    check_side(side)
    import torch

    from wgan_gp.theory.latent import plane_through

    points = torch.from_numpy(latents_of_seeds(chosen, corners))
    return _journey(chosen, corners, plane_through(points, side, keep_norm).numpy())


def _journey(chosen: Chosen, seeds: Sequence[int], latents: Array) -> Journey:
    return Journey(tuple(seeds), latents, decode(chosen, latents))


# --- single coordinates -----------------------------------------------------------------------------------------------------------


def moved(chosen: Chosen, seed: int, values: Mapping[int, float]) -> Journey:
    """The sample of a seed with some coordinates (counted from 1) set to other values. Raises InvalidConfig."""
    return _journey(chosen, (seed,), _latent(chosen, seed, values)[None])


def sweep(chosen: Chosen, seed: int, values: Mapping[int, float], coordinate: int) -> Journey:
    """What `moved` gives while one more coordinate goes from -3 to 3 in 13 steps. Raises InvalidConfig."""
    rows = np.repeat(_latent(chosen, seed, {**values, coordinate: 0.0})[None], SWEEP, axis=0)
    rows[:, coordinate - 1] = np.linspace(-REACH, REACH, SWEEP)
    return _journey(chosen, (seed,), rows)


def effects(chosen: Chosen, seed: int) -> Array:
    """How far the sample of this seed moves when a coordinate goes from -3 to 3, for each coordinate: float64[latent_dim].

    In grey levels (root mean square), or units of the plane; the other coordinates stay as the seed has them.
    """
    from wgan_gp.theory.latent import step_lengths

    latent = _latent(chosen, seed, {})
    rows = np.repeat(latent[None], 2 * len(latent), axis=0)  # two rows for each coordinate
    places = np.arange(len(latent))
    rows[2 * places, places], rows[2 * places + 1, places] = -REACH, REACH
    return step_lengths(decode(chosen, rows))[::2]


def _latent(chosen: Chosen, seed: int, values: Mapping[int, float]) -> Array:
    latent = np.array(latents_of_seeds(chosen, [seed])[0])
    if len(values) > MOST_COORDINATES:
        raise InvalidConfig(f"coordinates: {len(values)} were given; at most {MOST_COORDINATES} are allowed.")
    for coordinate, value in values.items():
        if not 1 <= coordinate <= len(latent):
            raise InvalidConfig(f"coordinate: z{coordinate} is not there; this generator has z1 to z{len(latent)}.")
        if not abs(value) <= REACH and value != latent[coordinate - 1]:
            raise InvalidConfig(f"z{coordinate}: {value:g} is not allowed; it must be from {-REACH:g} to {REACH:g}.")
        latent[coordinate - 1] = value
    return latent


# --- what is allowed --------------------------------------------------------------------------------------------------------------


def check(what: str, number: int, allowed: tuple[int, int]) -> None:
    """Raise InvalidConfig for a number outside of what is allowed."""
    if not allowed[0] <= number <= allowed[1]:
        raise InvalidConfig(f"{what}: {number} is not allowed; it must be from {allowed[0]} to {allowed[1]}.")


def check_side(side: int) -> None:
    """Raise InvalidConfig for a grid that is too small or too large."""
    check("side", side, SIDES)


def _check_way(way: str) -> None:
    if way not in WAYS:
        raise InvalidConfig(f"way: {way!r} is not known; there is {' and '.join(WAYS)}.")
