"""The page Latent for generators of points: paths, walks, grids and coordinates in the plane of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from wgan_gp.imaging import Array
from wgan_gp.ui import plane_chart
from wgan_gp.ui.choice import Chosen
from wgan_gp.ui.latent import ways
from wgan_gp.ui.latent.charts import lattice
from wgan_gp.ui.latent.ways import Journey
from wgan_gp.ui.plane_chart import Marks, draw_plane, real_marks, scene
from wgan_gp.ui.samples import decode, make
from wgan_gp.ui.theme import colours, ink

GENERATED = 400  # points that stand for all that a generator makes
FINE = 161  # points on a line of the grid: generators of points turn sharply
PRIOR_REACH = 2.45  # the circle of this radius holds 95 % of N(0, I) in the plane
LATENT_AXES = ("z₁", "z₂")
DASHES = ((1, 0), (6, 4), (2, 3), (8, 3, 2, 3))


def reaches(chosen: Sequence[Chosen]) -> dict[str, float]:
    """For each data set of points how far charts reach from 0."""
    return plane_chart.reaches(chosen, [_generated(one) for one in chosen])


def have_modes(chosen: Sequence[Chosen]) -> bool:
    """Whether there are points among these whose data have modes."""
    from wgan_gp.data.plane import PLANE_SETS

    return any(PLANE_SETS[one.data].centres for one in chosen if one.is_plane)


def _generated(chosen: Chosen) -> Array:
    return make(chosen, range(GENERATED))[0] if chosen.is_plane else np.zeros((0, 2))


def path_in_plane(chosen: Chosen, ends: tuple[int, int], journeys: Mapping[str, Journey], reach: float) -> None:
    """Both ways from A to B where the data lie, over real and generated points."""
    fine = {way: ways.fine_path(chosen, ends, way) for way in journeys}
    marks = [
        Marks("lerp", fine["lerp"], ink(), is_line=True, size=2, dash=(5, 4)),
        Marks("slerp", fine["slerp"], ink(), is_line=True, size=2.5),
        Marks("frames", journeys["slerp"].samples, ink(), size=32),
        Marks("ends", journeys["slerp"].samples[[0, -1]], ink(), labels=("A", "B")),
    ]
    alt = f"{chosen.title}: the way of the generated point from seed {ends[0]} to seed {ends[1]} in the plane of the data"
    _draw(chosen, marks, reach, alt, "Solid with dots: slerp. Dashed: lerp.")


def walk_in_plane(chosen: Chosen, journey: Journey, way: str, reach: float) -> None:
    """A closed walk in the plane of the data."""
    leg = len(journey.samples) // len(journey.seeds)
    closed = np.concatenate((journey.samples, journey.samples[:1]))
    marks = [
        Marks("walk", closed, ink(), is_line=True, size=2),
        Marks("frames", journey.samples, ink(), size=24),
        Marks("stops", journey.samples[::leg], ink(), labels=[str(seed) for seed in journey.seeds]),
    ]
    alt = f"{chosen.title}: a closed walk through the seeds {', '.join(map(str, journey.seeds))} by {way}"
    _draw(chosen, marks, reach, alt, "Numbers: seeds. Long stretches without dots are jumps of the generator.")


def plane_in_plane(chosen: Chosen, side: int, reach: float) -> Journey:
    """A grid of lines in the latent plane, and what the generator makes of it. Returns the crossings of the lines, for files."""
    ways.check_side(side)
    axis = np.linspace(-PRIOR_REACH, PRIOR_REACH, side, dtype=np.float32)
    if chosen.latent_dim == 1:
        return _line_in_plane(chosen, axis[:, None], reach)
    before, after = st.columns(2)
    points, lines, vertical = lattice(side, PRIOR_REACH, 2)
    with before:
        alt = f"{chosen.title}: a grid of latents"
        draw_plane(_grid_lines(points, lines, vertical), 1.05 * PRIOR_REACH, alt, f"{chosen.key}-latents", LATENT_AXES)
    points, lines, vertical = lattice(side, PRIOR_REACH, FINE)
    with after:
        folded = _grid_lines(decode(chosen, _padded(points, chosen.latent_dim)), lines, vertical)
        draw_plane([real_marks(chosen), *folded], reach, f"{chosen.title}: what the generator makes of the grid", chosen.key)
    st.caption("Left: latents. Right: what the generator makes of them. Orange: lines of one z₁; purple: lines of one z₂; grey: real data.")
    crossings = _padded(np.stack((np.tile(axis, side), np.repeat(axis[::-1], side)), axis=1), chosen.latent_dim)  # in reading order
    return Journey((), crossings, decode(chosen, crossings))


def _line_in_plane(chosen: Chosen, latents: Array, reach: float) -> Journey:
    """What the generator makes of latents of one number: a line, with a dot at each of these [n, 1]."""
    fine = np.linspace(-PRIOR_REACH, PRIOR_REACH, FINE, dtype=np.float32)[:, None]
    journey = Journey((), latents, decode(chosen, latents))
    marks = [Marks("line", decode(chosen, fine), ink(), is_line=True, size=2), Marks("crossings", journey.samples, ink(), size=24)]
    words = f"Line: z₁, the only number of a latent, goes from −{PRIOR_REACH} to {PRIOR_REACH}; dots: equal steps of it."
    _draw(chosen, marks, reach, f"{chosen.title}: what the generator makes of a line of latents", words)
    return journey


def sweeps_in_plane(chosen: Chosen, now: Journey, sweeps: Mapping[int, Journey], reach: float) -> None:
    """The line that the generated point follows as each coordinate goes from -3 to 3, and where it is now."""
    marks = []
    for dash, (coordinate, journey) in zip(DASHES, sweeps.items(), strict=False):
        name = f"z{coordinate}"
        marks.append(Marks(name, journey.samples, ink(), is_line=True, size=2, dash=dash))
        marks.append(Marks(f"ends-{name}", journey.samples[[0, -1]], ink(), labels=(f"{name} = −3", f"{name} = 3")))
    marks.append(Marks("now", now.samples, ink(), size=90))
    alt = f"{chosen.title}: the way of the point of seed {now.seeds[0]} as single coordinates go from -3 to 3"
    _draw(chosen, marks, reach, alt, "Each line: one coordinate goes from −3 to 3. Large dot: the sliders.")


def _draw(chosen: Chosen, marks: Sequence[Marks], reach: float, alt: str, words: str) -> None:
    """Marks over real and generated points."""
    draw_plane([*scene(chosen, _generated(chosen)), *marks], reach, alt, chosen.key)
    st.caption(f"Grey: real data. Coloured: generated. {words}")


def _grid_lines(points: Array, lines: Array, vertical: Array) -> list[Marks]:
    families = (("vertical", vertical, "high"), ("level", ~vertical, "low"))
    return [Marks(name, points[kind], colours()[colour], lines[kind], is_line=True, size=1.2) for name, kind, colour in families]


def _padded(points: Array, dimension: int) -> Array:
    """The first two numbers of a latent; the others are 0."""
    return np.pad(points, ((0, 0), (0, dimension - 2))) if dimension > 2 else points[:, :dimension]
