"""Samples as files. Every function is pure, so that a file is made by the click that asks for it, in any thread."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from wgan_gp import imaging
from wgan_gp.colours import COLOURS
from wgan_gp.imaging import Array
from wgan_gp.ui.models import Model
from wgan_gp.ui.samples import Source, make, real_points

SCATTER_SIZE = 480  # pixels, times the enlargement up to 4


def file_stem(model: Model, seeds: Sequence[int] = (), scale: float = 1.0) -> str:
    """`mnist-gp-seed-7`, `mnist-gp-seeds-0-63`, with the scale where it is not 1: small letters, digits, hyphens and dots only."""
    if len(seeds) <= 1:
        which = [f"seed-{seed}" for seed in seeds]
    elif list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        which = [f"seeds-{seeds[0]}-{seeds[-1]}"]
    else:
        which = [f"seeds-{seeds[0]}-and-{len(seeds) - 1}-more"]
    words = [re.sub("[^a-z0-9]+", "-", model.key.lower()).strip("-")[:80], *which, *([] if scale == 1 else [f"scale-{scale:g}"])]
    return "-".join(words)


def single_png(source: Source, seed: int, scale: float, factor: int) -> bytes:
    """One image."""
    samples, _ = make(source, [seed], scale)
    return imaging.png(imaging.enlarge(samples[0], factor))


def grid_png(source: Source, seeds: Sequence[int], scale: float, factor: int) -> bytes:
    """The images of these seeds row by row."""
    samples, _ = make(source, seeds, scale)
    return imaging.png(imaging.enlarge(imaging.grid(samples), factor))


def pictures_zip(source: Source, seeds: Sequence[int], scale: float, factor: int) -> bytes:
    """A PNG for each seed, named by model and seed, and `seeds.csv` with the critic's values where it is known."""
    samples, values = make(source, seeds, scale)
    files = (
        (f"{file_stem(source.model, [seed], scale)}.png", imaging.png(imaging.enlarge(sample, factor)))
        for seed, sample in zip(seeds, samples, strict=True)
    )
    return imaging.archive([("seeds.csv", _table(seeds, values)), *files])


def numbers(source: Source, seeds: Sequence[int], scale: float) -> bytes:
    """An NPZ file: `samples` (uint8[n, H, W, C] or float32[n, 2]), `seeds`, `scale`, and `critic` where it is known."""
    samples, values = make(source, seeds, scale)
    judged = {} if values is None else {"critic": values}
    return imaging.npz(samples=samples, seeds=np.asarray(seeds, dtype=np.int64), scale=np.float64(scale), **judged)  # type: ignore[arg-type]


def points_csv(source: Source, seeds: Sequence[int], scale: float) -> bytes:
    """The seed, the point and the critic's value, a line each."""
    points, values = make(source, seeds, scale)
    return _table(seeds, values, ("x", "y"), points)


def points_png(source: Source, seeds: Sequence[int], scale: float, factor: int) -> bytes:
    """The points in the method's colour on real data in grey."""
    points, _ = make(source, seeds, scale)
    real, extent = real_points(source.model.data)
    factor = min(factor, 4)
    colours = COLOURS["light"]
    layers = ((real, colours["real"]), (points, colours[source.model.method]))
    return imaging.png(imaging.scatter(layers, extent, SCATTER_SIZE * factor, 3 * factor))


def generator_file(source: Source) -> bytes:
    """The generator itself, as safetensors."""
    from wgan_gp.shelf.file import write_generator

    return write_generator(source.generator)


def _table(seeds: Sequence[int], values: Array | None, names: Sequence[str] = (), columns: Array | None = None) -> bytes:
    rows = np.empty((len(seeds), 1 + len(names) + (values is not None)), dtype=object)  # object: a seed may be larger than a float holds
    rows[:, 0] = seeds
    if columns is not None:
        rows[:, 1 : 1 + len(names)] = columns
    if values is not None:
        rows[:, -1] = values
    return imaging.table(("seed", *names, *([] if values is None else ["critic"])), rows)
