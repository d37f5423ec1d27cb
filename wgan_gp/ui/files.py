"""Files of samples that a page offers: each is made by the click that asks for it, in another thread, from what it was given here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from wgan_gp import imaging
from wgan_gp.imaging import Pixels
from wgan_gp.shelf import sample_files
from wgan_gp.shelf.sample_files import file_stem, way_stem
from wgan_gp.ui.choice import Chosen
from wgan_gp.ui.latent.ways import Journey, check
from wgan_gp.ui.samples import Shown, Wanted, make, real_points
from wgan_gp.ui.words import count

SCATTER_SIZE, SCATTER_DOT = 1920, 12  # pixels
ZOOM = (1, 16)  # how often pictures may be enlarged
MILLISECONDS = 100  # per frame of an animation
TYPES = {"png": "image/png", "gif": "image/gif", "csv": "text/csv", "zip": "application/zip"}


class File(NamedTuple):
    """One file: what its button says, what it is called, what makes it, and what it holds."""

    label: str
    name: str
    content: Callable[[], bytes]
    about: str = ""

    def button(self, icon: str | None = None) -> None:
        """A button that makes it and hands it over."""
        st.download_button(
            self.label, self.content, self.name, TYPES.get(self.name.rpartition(".")[2], "application/octet-stream"),
            key=f"file-{self.name}", help=self.about or f"{self.name}: made when you click", on_click="ignore", icon=icon,
            width="content" if icon else "stretch",
        )  # fmt: skip


# --- samples of seeds -------------------------------------------------------------------------------------------------------------


def of_samples(chosen: Chosen, wanted: Wanted, shown: Shown, seed: int | None, factor: int) -> list[File]:
    """What can be taken home of these samples, all that were made, in the order of the seeds; and the generator itself.

    seed: the one that is looked at; factor: how many times images are enlarged.
    """
    seeds, scale = wanted.seeds, wanted.scale
    stem = file_stem(chosen.key, seeds, scale)
    if chosen.is_plane:
        first = [
            File(f"{count(len(seeds), 'point')} (CSV)", f"{stem}.csv", partial(points_csv, chosen, seeds, scale)),
            File("Picture of them (PNG)", f"{stem}.png", partial(points_png, chosen, seeds, scale)),
        ]
    else:
        single = shown.seeds[0] if seed is None else seed
        grid_name = f"{file_stem(chosen.key, shown.seeds, scale)}-grid.png"
        single_name = f"{file_stem(chosen.key, [single], scale)}.png"
        first = [
            File(f"Seed {single} (PNG)", single_name, partial(single_png, chosen, single, scale, factor)),
            File(f"Grid of the {len(shown.seeds)} shown (PNG)", grid_name, partial(grid_png, chosen, shown.seeds, scale, factor)),
            File(f"{count(len(seeds), 'picture')} (ZIP)", f"{stem}.zip", partial(pictures_zip, chosen, seeds, scale, factor)),
        ]
    return [
        *first,
        File("Numbers (NPZ)", f"{stem}.npz", partial(numbers_npz, chosen, seeds, scale)),
        File("Generator (safetensors)", f"{file_stem(chosen.key)}.safetensors", partial(generator_file, chosen)),
    ]


def single_png(chosen: Chosen, seed: int, scale: float, factor: int) -> bytes:
    """One image."""
    return sample_files.single_png(make(chosen, [seed], scale)[0][0], factor)


def grid_png(chosen: Chosen, seeds: Sequence[int], scale: float, factor: int) -> bytes:
    """The images of these seeds row by row."""
    return sample_files.grid_png(make(chosen, seeds, scale)[0], factor)


def pictures_zip(chosen: Chosen, seeds: Sequence[int], scale: float, factor: int) -> bytes:
    """A PNG for each seed, named by generator and seed, and `seeds.csv` with the critic's values where it is known."""
    samples, values = make(chosen, seeds, scale)
    stems = [file_stem(chosen.key, [seed], scale) for seed in seeds]
    return sample_files.pictures_zip(stems, samples, factor, seeds, values)


def numbers_npz(chosen: Chosen, seeds: Sequence[int], scale: float) -> bytes:
    """`samples` (uint8[n, H, W, C] or float32[n, 2]), `seeds`, `scale`, and `critic` where it is known."""
    samples, values = make(chosen, seeds, scale)
    numbers = {"seeds": np.asarray(seeds, dtype=np.int64), "scale": np.asarray(scale, dtype=np.float64)}
    return imaging.npz(samples=samples, **numbers, **sample_files.critic_column(values))


def points_csv(chosen: Chosen, seeds: Sequence[int], scale: float) -> bytes:
    """The seed, the point and the critic's value, a line each."""
    points, values = make(chosen, seeds, scale)
    return sample_files.table("seed", seeds, sample_files.point_columns(points) | sample_files.critic_column(values))


def points_png(chosen: Chosen, seeds: Sequence[int], scale: float) -> bytes:
    """The points in the method's colour on real data in grey."""
    real, extent = real_points(chosen.data)
    points, _ = make(chosen, seeds, scale)
    return imaging.png(sample_files.points_picture(real, points, chosen.method, extent, SCATTER_SIZE, SCATTER_DOT))


def generator_file(chosen: Chosen) -> bytes:
    """The generator itself, as safetensors."""
    from wgan_gp.shelf.file import write_generator

    return write_generator(chosen.generator)


# --- ways through latent space ----------------------------------------------------------------------------------------------------


def of_journey(chosen: Chosen, journey: Journey, kind: str, zoom: int, columns: int = 0, *, film: bool = True) -> list[File]:
    """What can be taken home of a way through latent space.

    columns: pictures in a row of the PNG, by default all of them; film: whether its frames are an animation as well.
    """
    stem, samples = way_stem(chosen.key, kind, journey.seeds), journey.samples
    arrays = File("NPZ", f"{stem}.npz", partial(journey_npz, journey), "Download samples, latents, norms and seeds, for NumPy")
    if chosen.is_plane:
        return [File("CSV", f"{stem}.csv", partial(journey_csv, journey), "Download points and latents as a table"), arrays]
    length, larger = len(samples), f"enlarged {zoom} times"
    still = partial(journey_png, samples, columns or length, zoom)
    files = [File("PNG", f"{stem}.png", still, f"Download {length} pictures, {larger}"), arrays]
    if film:
        moving = partial(journey_gif, samples, zoom)
        files.insert(1, File("GIF", f"{stem}.gif", moving, f"Download {length} frames in a loop, {larger}"))
    return files


def journey_png(images: Pixels, columns: int, zoom: int) -> bytes:
    """A grid, every pixel repeated `zoom` times in both directions. Raises InvalidConfig."""
    check("enlargement", zoom, ZOOM)
    return sample_files.grid_png(images, zoom, columns)


def journey_gif(images: Pixels, zoom: int) -> bytes:
    """An animation. Raises InvalidConfig."""
    check("enlargement", zoom, ZOOM)
    return imaging.gif(images, MILLISECONDS, zoom)


def journey_npz(journey: Journey) -> bytes:
    """Samples, latents, norms and seeds."""
    seeds = np.array(journey.seeds, dtype=np.int64)
    return imaging.npz(samples=journey.samples, latents=journey.latents, norms=journey.norms, seeds=seeds)


def journey_csv(journey: Journey) -> bytes:
    """Points: their number, place, and latent."""
    columns = sample_files.point_columns(journey.samples) | sample_files.latent_columns(journey.latents)
    return sample_files.table("frame", range(len(journey.samples)), columns)
