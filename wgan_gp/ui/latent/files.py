"""Pictures and files of the page Latent: pure functions of arrays, called on click in another thread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wgan_gp import imaging
from wgan_gp.imaging import Pixels
from wgan_gp.ui import sample_files
from wgan_gp.ui.latent.ways import Journey, check
from wgan_gp.ui.models import Model

ZOOM = (1, 16)
SHOWN = 12  # most pictures in a row on the page: more are too small on a phone
PICTURE_WIDTH = 1400  # pixels: composed pictures are enlarged to about this, so that a browser need not blur them
MILLISECONDS = 100  # per frame of an animation


def shown_frames(count: int, most: int = SHOWN) -> list[int]:
    """Which frames a row on the page holds: all, or `most` of them, evenly spread with both ends."""
    return [round(place) for place in np.linspace(0, count - 1, min(count, most))]


def picture(images: Pixels, columns: int) -> bytes:
    """A PNG for the page: a grid, enlarged to about the width of a page."""
    canvas = imaging.grid(images, columns)
    return imaging.png(imaging.enlarge(canvas, max(1, PICTURE_WIDTH // canvas.shape[1])))


def grid_file(images: Pixels, columns: int, zoom: int) -> bytes:
    """A PNG to download: a grid, every pixel repeated `zoom` times in both directions. Raises InvalidConfig."""
    check("enlargement", zoom, ZOOM)
    return imaging.png(imaging.enlarge(imaging.grid(images, columns), zoom))


def gif_file(images: Pixels, zoom: int) -> bytes:
    """An animated GIF to download. Raises InvalidConfig."""
    check("enlargement", zoom, ZOOM)
    return imaging.gif(images, MILLISECONDS, zoom)


def npz_file(journey: Journey) -> bytes:
    """An NPZ with samples, latents, norms and seeds."""
    seeds = np.array(journey.seeds, dtype=np.int64)
    return imaging.npz(samples=journey.samples, latents=journey.latents, norms=journey.norms, seeds=seeds)


def csv_file(journey: Journey) -> bytes:
    """A CSV of points: their number, place, and latent."""
    numbers = np.arange(len(journey.samples))[:, None]
    names = [f"z{i + 1}" for i in range(journey.latents.shape[1])]
    return imaging.table(("frame", "x", "y", *names), np.hstack((numbers, journey.samples, journey.latents)))


def file_stem(model: Model, kind: str, seeds: Sequence[int], *more: str) -> str:
    """The name of a download, without its ending: generator, seeds and way."""
    return "-".join([sample_files.file_stem(model), kind, *map(str, seeds), *more])[:150]
