"""The page Latent for generators of points: paths, walks, grids and coordinates in the plane of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from wgan_gp.imaging import Array
from wgan_gp.ui.latent import ways
from wgan_gp.ui.latent.charts import Marks, lattice, plane_chart, text_colour
from wgan_gp.ui.latent.ways import Journey
from wgan_gp.ui.models import Model
from wgan_gp.ui.theme import colours

GENERATED = 400  # points that stand for all that a generator makes
FINE = 161  # points on a line of the grid: generators of points turn sharply
PRIOR_REACH = 2.45  # the circle of this radius holds 95 % of N(0, I) in the plane
DATA_AXES = ("x₁", "x₂")
LATENT_AXES = ("z₁", "z₂")


def path_in_plane(model: Model, ends: tuple[int, int], journeys: Mapping[str, Journey]) -> None:
    """Both ways from A to B where the data lie, over real and generated points."""
    ink = text_colour()
    fine = {way: ways.fine_path(model, ends, way).samples for way in journeys}
    marks = [
        *_scene(model),
        Marks("lerp", fine["lerp"], ink, is_line=True, size=2, dash=(5, 4)),
        Marks("slerp", fine["slerp"], ink, is_line=True, size=2.5),
        Marks("frames", journeys["slerp"].samples, ink, size=32),
        Marks("ends", journeys["slerp"].samples[[0, -1]], ink, labels=("A", "B")),
    ]
    alt = f"{model.title}: the way of the generated point from seed {ends[0]} to seed {ends[1]} in the plane of the data"
    _draw(model, marks, alt, "path", "Solid with dots: slerp. Dashed: lerp. Does the way cross empty space between modes?")


def walk_in_plane(model: Model, journey: Journey, way: str) -> None:
    """A closed walk in the plane of the data."""
    ink = text_colour()
    leg = len(journey.samples) // len(journey.seeds)
    closed = np.concatenate((journey.samples, journey.samples[:1]))
    marks = [
        *_scene(model),
        Marks("walk", closed, ink, is_line=True, size=2),
        Marks("frames", journey.samples, ink, size=24),
        Marks("stops", journey.samples[::leg], ink, labels=[str(seed) for seed in journey.seeds]),
    ]
    alt = f"{model.title}: a closed walk through the seeds {', '.join(map(str, journey.seeds))} by {way}"
    _draw(model, marks, alt, "walk", "Numbers: seeds. Long stretches without dots are jumps of the generator.")


def plane_in_plane(model: Model, side: int) -> Journey:
    """A grid of lines in the latent plane, and what the generator makes of it. Returns the crossings of the lines, for files."""
    ways.check_side(side)
    dimension = ways.latent_dim(model)
    axis = np.linspace(-PRIOR_REACH, PRIOR_REACH, side, dtype=np.float32)
    if dimension == 1:
        return _line_in_plane(model, axis[:, None])
    crossings = _padded(np.stack((np.tile(axis, side), np.repeat(axis[::-1], side)), axis=1), dimension)  # in reading order
    before, after = st.columns(2)
    with before:
        points, lines, vertical = lattice(side, PRIOR_REACH, 2)
        _plot(
            _grid_lines(points, lines, vertical),
            1.05 * PRIOR_REACH,
            LATENT_AXES,
            f"{model.title}: a grid of latents",
            f"{model.key}-before",
        )
    with after:
        points, lines, vertical = lattice(side, PRIOR_REACH, FINE)
        real, extent = ways.real_points(model)
        folded = _grid_lines(ways.decode(model, _padded(points, dimension)), lines, vertical)
        marks = [Marks("real", real, colours()["real"], size=10, opacity=0.5), *folded]
        _plot(marks, extent, DATA_AXES, f"{model.title}: what the generator makes of the grid", f"{model.key}-after")
    st.caption("Left: latents. Right: what the generator makes of them. Orange: lines of one z₁; purple: lines of one z₂; grey: real data.")
    return Journey((), crossings, ways.decode(model, crossings))


def _line_in_plane(model: Model, latents: Array) -> Journey:
    """What the generator makes of latents of one number: a line, with a dot at each of these [n, 1]."""
    ink = text_colour()
    fine = np.linspace(-PRIOR_REACH, PRIOR_REACH, FINE, dtype=np.float32)[:, None]
    journey = Journey((), latents, ways.decode(model, latents))
    line = Marks("line", ways.decode(model, fine), ink, is_line=True, size=2)
    marks = [*_scene(model), line, Marks("crossings", journey.samples, ink, size=24)]
    alt = f"{model.title}: what the generator makes of a line of latents"
    _draw(
        model,
        marks,
        alt,
        "line",
        f"Line: z₁, the only number of a latent, goes from −{PRIOR_REACH} to {PRIOR_REACH}; dots: equal steps of it.",
    )
    return journey


def sweeps_in_plane(model: Model, now: Journey, sweeps: Mapping[int, Journey]) -> None:
    """The line that the generated point follows as each coordinate goes from -3 to 3, and where it is now."""
    ink, dashes = text_colour(), ((1, 0), (6, 4), (2, 3), (8, 3, 2, 3))
    marks = _scene(model)
    for dash, (coordinate, journey) in zip(dashes, sweeps.items(), strict=False):
        name = f"z{coordinate}"
        marks.append(Marks(name, journey.samples, ink, is_line=True, size=2, dash=dash))
        marks.append(Marks(f"ends-{name}", journey.samples[[0, -1]], ink, labels=(f"{name} = −3", f"{name} = 3")))
    marks.append(Marks("now", now.samples, ink, size=90))
    alt = f"{model.title}: the way of the point of seed {now.seeds[0]} as single coordinates go from -3 to 3"
    _draw(model, marks, alt, "sweeps", "Each line: one coordinate goes from −3 to 3. Large dot: the sliders.")


def _scene(model: Model) -> list[Marks]:
    """Real points grey, generated points in the method's colour."""
    real, _ = ways.real_points(model)
    generated = ways.samples(model, range(GENERATED))
    return [
        Marks("real", real, colours()["real"], size=12, opacity=0.55),
        Marks("generated", generated, colours()[model.method], size=12, opacity=0.6),
    ]


def _grid_lines(points: Array, lines: Array, vertical: Array) -> list[Marks]:
    families = (("vertical", vertical, "high"), ("level", ~vertical, "low"))
    return [Marks(name, points[kind], colours()[colour], lines[kind], is_line=True, size=1.2) for name, kind, colour in families]


def _draw(model: Model, marks: Sequence[Marks], alt: str, key: str, words: str) -> None:
    _, extent = ways.real_points(model)
    _plot(marks, extent, DATA_AXES, alt, f"{model.key}-{key}")
    st.caption(f"Grey: real data. Coloured: generated. {words}")


def _plot(marks: Sequence[Marks], extent: float, titles: tuple[str, str], alt: str, key: str) -> None:
    data, spec = plane_chart(marks, extent, titles)
    st.vega_lite_chart(data, spec, width="stretch", alt=alt, key=f"latent-{key}")


def _padded(points: Array, dimension: int) -> Array:
    """The first two numbers of a latent; the others are 0."""
    return np.pad(points, ((0, 0), (0, dimension - 2))) if dimension > 2 else points[:, :dimension]
