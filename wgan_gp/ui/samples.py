"""Samples of a generator for a page: made in pieces that all visitors share, of which so many are kept and no more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from wgan_gp.errors import InvalidConfig
from wgan_gp.imaging import Array
from wgan_gp.ui.choice import Chosen

if TYPE_CHECKING:
    from wgan_gp.generators import Generator

PIECE = 640  # seeds made in one go: a fraction of a second, after which another visitor has a turn
FEW = 512  # up to so many are kept apart, so that thousands do not drive them out
MOST_IMAGES, MOST_POINTS = 256, 2000  # shown at once
REAL_POINTS = 1000
Order = Literal["seed", "critic, highest first", "critic, lowest first"]
BY_SEED: Order = "seed"
LOWEST: Order = "critic, lowest first"
ORDERS: tuple[Order, ...] = (BY_SEED, "critic, highest first", LOWEST)
Made = tuple[Array, Array | None]  # samples, and the critic's value of each where it is known
_turn = threading.Lock()  # torch uses all cores by itself: thirty students at once would only be in each other's way


@dataclass(frozen=True)
class Wanted:
    """Which samples: what the address says."""

    seeds: tuple[int, ...]
    scale: float = 1.0
    order: Order = BY_SEED


@dataclass(frozen=True)
class Shown:
    """What is on the page: the first of all that were made, in the order that was asked for."""

    seeds: tuple[int, ...]
    samples: Array  # uint8[n, H, W, C] or float32[n, 2]
    values: Array | None  # the critic's, float32[n]
    made: int

    @property
    def centred(self) -> Array | None:
        """The critic's values minus their mean over what is shown: D has no zero, only differences mean something."""
        return None if self.values is None else self.values - self.values.mean()


def make(chosen: Chosen, seeds: Sequence[int], scale: float = 1.0, told: Callable[[float], object] = lambda share: None) -> Made:
    """All samples of these seeds, and the values of the generator's own critic where it is known; `told` hears which share is done."""
    pieces = []
    for start in range(0, len(seeds), PIECE):
        latents = latents_of_seeds(chosen, seeds[start : start + PIECE], scale)
        pieces.append(_kept(chosen, latents, few=len(seeds) <= FEW))
        told(min(1.0, (start + PIECE) / len(seeds)))
    samples, values = (list(column) for column in zip(*pieces, strict=True))
    return np.concatenate(samples), None if values[0] is None else np.concatenate(values)


def decode(chosen: Chosen, latents: Array) -> Array:
    """What the generator makes of these latents, float32[n, latent_dim]; of at most some hundreds."""
    return _kept(chosen, latents, few=True)[0]


def latents_of_seeds(chosen: Chosen, seeds: Sequence[int], scale: float = 1.0) -> Array:
    """The latents of these seeds times `scale`: float32[n, latent_dim]. Raises InvalidConfig for seeds that are none."""
    from wgan_gp.generators import latents_of

    return np.asarray(latents_of(chosen.generator, seeds, scale).numpy())


def show(chosen: Chosen, wanted: Wanted, told: Callable[[float], object] = lambda share: None) -> Shown:
    """Make all that is wanted, and take what is shown of it. Raises InvalidConfig for an order that needs a critic where there is none."""
    samples, values = make(chosen, wanted.seeds, wanted.scale, told)
    most = MOST_POINTS if chosen.is_plane else MOST_IMAGES
    places = _places(len(samples), values, wanted.order)[:most]
    seeds = tuple(wanted.seeds[place] for place in places)
    return Shown(seeds, samples[places], None if values is None else values[places], len(samples))


def _places(count: int, values: Array | None, order: Order) -> NDArray[np.intp]:
    if order == BY_SEED:
        return np.arange(count)
    if values is None:
        raise InvalidConfig(f"order: {order!r} needs the generator's critic, and its file holds none; take {BY_SEED!r}.")
    return np.argsort(values if order == LOWEST else -values, kind="stable")


# Kept by what decides the result: the generator's key and version, and the latents. `_generator` is only what makes them.


def _kept(chosen: Chosen, latents: Array, few: bool) -> Made:
    return (_few if few else _many)(chosen.key, chosen.version, latents, chosen.generator)


@st.cache_data(max_entries=150, show_spinner=False)  # ways and grids through latent space are among them; 236 MB if all were the largest
def _few(key: str, version: str, latents: Array, _generator: Generator) -> Made:
    return _make(_generator, latents)


@st.cache_data(max_entries=64, show_spinner=False)  # 126 MB where pictures are the largest there are
def _many(key: str, version: str, latents: Array, _generator: Generator) -> Made:
    return _make(_generator, latents)


def _make(generator: Generator, latents: Array) -> Made:
    import torch

    from wgan_gp.generators import judged_latents

    with _turn:
        return judged_latents(generator, torch.from_numpy(np.ascontiguousarray(latents)))


# --- real data ----------------------------------------------------------------------------------------------------------------


@st.cache_data(max_entries=20, show_spinner=False)
def real_points(data: str) -> tuple[Array, float]:
    """Points of a plane set, float32[1000, 2], the same each time, and how far pictures of it reach from 0."""
    import torch

    from wgan_gp.data.plane import PLANE_SETS

    plane = PLANE_SETS[data]
    return np.asarray(plane.sample(REAL_POINTS, torch.Generator().manual_seed(0)).numpy()), plane.extent


@st.cache_data(max_entries=50, show_spinner="Looking for the nearest training images")
def nearest_images(data: str, samples: Array) -> tuple[Array, Array]:
    """The training image nearest to each sample, uint8[n, H, W, C], and how far it is: black is 0, white is 1. Raises DataMissing."""
    import torch

    from wgan_gp.theory.quality import nearest

    images = _training_images(data)
    with _turn:
        places, distances = nearest(torch.from_numpy(samples).movedim(-1, 1), images)
    return np.ascontiguousarray(images[places].movedim(1, -1).numpy()), np.asarray(distances.numpy()) / 255


@st.cache_resource(max_entries=3, show_spinner="Loading the training images")
def _training_images(data: str) -> Any:
    from wgan_gp.data import load
    from wgan_gp.data.images import ImageSet

    found = load(data)
    assert isinstance(found, ImageSet)
    return found.images
