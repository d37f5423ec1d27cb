"""Samples as files: their names, pictures and tables. Pure functions of arrays, without torch: pages and commands make the same files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from wgan_gp import imaging
from wgan_gp.colours import COLOURS
from wgan_gp.imaging import Array, Pixels

LONGEST_NAME = 80  # of a generator, in a file's name


def file_stem(name: str, seeds: Sequence[int] = (), scale: float = 1.0) -> str:
    """`mnist-gp-seed-7`, `mnist-gp-seeds-0-63`, with the scale where it is not 1: small letters, digits, hyphens and dots only."""
    if len(seeds) <= 1:
        which = [f"seed-{seed}" for seed in seeds]
    elif list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        which = [f"seeds-{seeds[0]}-{seeds[-1]}"]
    else:
        which = [f"seeds-{seeds[0]}-and-{len(seeds) - 1}-more"]
    return "-".join([_safe(name), *which, *([] if scale == 1 else [f"scale-{scale:g}"])])


def way_stem(name: str, kind: str, seeds: Sequence[int]) -> str:
    """`mnist-gp-slerp-1-14`: a way through latent space, of which kind, and the seeds it goes by."""
    return "-".join([_safe(name), kind, *map(str, seeds)])[:150]


def _safe(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_NAME]


def single_png(image: Pixels, factor: int) -> bytes:
    """One image uint8[H, W, C], every pixel repeated `factor` times in both directions."""
    return imaging.png(imaging.enlarge(image, factor))


def grid_png(images: Pixels, factor: int, columns: int | None = None) -> bytes:
    """Images uint8[n, H, W, C] row by row, enlarged."""
    return single_png(imaging.grid(images, columns), factor)


def filling_png(image: Pixels, room: int) -> bytes:
    """One image, as often enlarged as its longer side fits into so many pixels."""
    return single_png(image, imaging.times_in(room, max(image.shape[:2])))


def pictures_zip(stems: Sequence[str], images: Pixels, factor: int, seeds: Sequence[int], values: Array | None) -> bytes:
    """A PNG for each image, and `seeds.csv` with the critic's values where it is known."""
    files = [(f"{stem}.png", single_png(image, factor)) for stem, image in zip(stems, images, strict=True)]
    return imaging.archive([("seeds.csv", table("seed", seeds, critic_column(values))), *files])


def points_picture(real: Array, points: Array, method: str, extent: float, size: int, dot: int) -> Pixels:
    """Points [n, 2] in the method's colour on real data in grey: uint8[size, size, 3], both axes from -extent to extent."""
    colours = COLOURS["light"]
    return imaging.scatter(((real, colours["real"]), (points, colours[method])), extent, size, dot)


def table(counted: str, numbers: Sequence[int], columns: Mapping[str, Array]) -> bytes:
    """A CSV: a number of what is counted (a seed, a frame) and its columns, a line each."""
    rows = np.empty((len(numbers), 1 + len(columns)), dtype=object)  # object: a seed may be larger than a float holds
    rows[:, 0] = numbers
    for place, values in enumerate(columns.values(), start=1):
        rows[:, place] = values
    return imaging.table((counted, *columns), rows)


def point_columns(points: Array) -> dict[str, Array]:
    """Points [n, 2] as columns of a table."""
    return {"x": points[:, 0], "y": points[:, 1]}


def latent_columns(latents: Array) -> dict[str, Array]:
    """Latents [n, latent_dim] as columns of a table: z1, z2, ..."""
    return {f"z{place}": column for place, column in enumerate(latents.T, start=1)}


def critic_column(values: Array | None) -> dict[str, Array]:
    """The critic's values as a column of a table, where they are known."""
    return {} if values is None else {"critic": values}
