"""The numbers of every panel, a row each: the run and its iteration come first. What a row has none of is None, an empty cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from wgan_gp.errors import Refused
from wgan_gp.figures.recording import Moment, Recording
from wgan_gp.figures.states import arrays, field_of, optima
from wgan_gp.imaging import Array
from wgan_gp.panels.charts import POINTS

Row = tuple[Any, ...]
Table = tuple[list[str], list[Row]]
_KINDS = ("real", "fake")


def write(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """A CSV file in UTF-8 with a header. float32 is written with as many digits as bring it back exactly."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def samples(recordings: Sequence[Recording]) -> Table:
    """Points, the critic's value over the plane and its gradient; or pictures, a row each."""
    if _pictured(recordings, "samples", 4):
        return _pixels(recordings, lambda held: held["samples"], ["picture"])
    columns = ["run", "iteration", "kind", "x1", "x2", "value", "gradient_x1", "gradient_x2"]
    rows = [row for recording in recordings for row in _plane_rows(recording, _of(recording))]
    for best in optima(recordings):
        rows += _field_rows(best, (best.id, None), "optimum", field_of(best, optimum=True), best.scene.get("optimum_arrows"))
    return columns, rows


def _plane_rows(recording: Recording, begin: Row) -> Iterator[Row]:
    for kind, points in (("real", recording.scene.get("real", ())), ("generated", arrays(recording).get("samples", ()))):
        yield from ((*begin, kind, x, y, None, None, None) for x, y in points)
    yield from _field_rows(recording, begin, "critic", field_of(recording), arrays(recording).get("arrows"))


def _field_rows(recording: Recording, begin: Row, kind: str, values: Array | None, slopes: Array | None) -> Iterator[Row]:
    if values is not None:
        x0, x1, y0, y1 = recording.scene.get("extent", np.array([-3.0, 3.0, -3.0, 3.0], np.float32))
        side = len(values)
        for y, line in zip(np.linspace(y0, y1, side), values, strict=True):
            yield from ((*begin, kind, x, y, value, None, None) for x, value in zip(np.linspace(x0, x1, side), line, strict=True))
    if slopes is not None:
        points = recording.scene["arrow_points"]
        yield from ((*begin, kind, x, y, None, a, b) for (x, y), (a, b) in zip(points, slopes, strict=True))


def _pictured(recordings: Sequence[Recording], name: str, dimensions: int) -> bool:
    """Whether these are pictures. Raises Refused where some are points, or of another size: one table cannot hold both."""
    shapes = {held.shape[2:] if name == "strips" else held.shape[1:] for r in recordings if (held := arrays(r).get(name)) is not None}
    plane = any("path" in arrays(r) or (name == "samples" and arrays(r).get(name, np.zeros(0)).ndim == 2) for r in recordings)
    if len(shapes) + (plane and name == "strips") > 1:
        raise Refused("These runs' samples differ in kind or size and do not fit into one table; choose runs of the same data.")
    return any(arrays(r).get(name, np.zeros(0)).ndim == dimensions for r in recordings)


def _pixels(recordings: Sequence[Recording], take: Any, index: list[str]) -> Table:
    rows: list[Row] = []
    count = 0
    for recording in (r for r in recordings if r.moment):
        pictures = take(arrays(recording))  # [*index, H, W, C]
        flat = pictures.reshape(*pictures.shape[: len(index)], -1)
        count = flat.shape[-1]
        rows += [(*_of(recording), *at, *flat[at].tolist()) for at in np.ndindex(flat.shape[:-1])]
    return ["run", "iteration", *index, *(f"pixel_{place}" for place in range(count))], rows


def interpolation(recordings: Sequence[Recording]) -> Table:
    """The points of the path, or the pictures of the strips (row by row, channels last), with the share of the way."""
    if _pictured(recordings, "strips", 5):
        return _pixels(recordings, lambda held: held["strips"], ["strip", "frame"])
    rows: list[Row] = []
    for recording in recordings:
        path = arrays(recording).get("path", np.zeros((0, 2)))
        rows += [(*_of(recording), t, x, y) for t, (x, y) in zip(np.linspace(0, 1, len(path)).tolist(), path, strict=True)]
    return ["run", "iteration", "share_of_the_way", "x1", "x2"], rows


def norms(recordings: Sequence[Recording]) -> Table:
    """Every gradient norm, with the kind of points it was taken at."""
    rows: list[Row] = []
    for recording in recordings:
        rows += [(*_of(recording), "critic", at, norm) for at in POINTS for norm in arrays(recording).get(f"norms_{at}", ())]
    for best in optima(recordings):
        rows += [(best.id, None, "optimum", at, norm) for at in POINTS for norm in best.scene.get(f"optimum_norms_{at}", ())]
    return ["run", "iteration", "of", "at", "gradient_norm"], rows


def weights(recordings: Sequence[Recording]) -> Table:
    """Evenly spaced quantiles of the critic's weights."""
    rows: list[Row] = []
    for recording in recordings:
        found = arrays(recording).get("weights_critic", np.zeros(0))
        rows += [(*_of(recording), q, value) for q, value in zip(np.linspace(0, 1, len(found)).tolist(), found, strict=True)]
    return ["run", "iteration", "quantile", "weight"], rows


def layers(recordings: Sequence[Recording]) -> Table:
    """log10 of the norm at each layer now, layer 1 first."""
    rows = [(*_of(r), number, value) for r in recordings for number, value in enumerate(arrays(r).get("layers", ()), 1)]
    return ["run", "iteration", "layer", "log10_norm"], rows


def layers_over_time(recordings: Sequence[Recording]) -> Table:
    """log10 of the norm at each layer and moment."""
    columns = ["run", "iteration", "critic_updates", "seconds", "layer", "log10_norm"]
    rows = [(*at, number, value) for at, m in _times(recordings, "layers") for number, value in enumerate(m.arrays["layers"], 1)]
    return columns, rows


def scatter(recordings: Sequence[Recording]) -> Table:
    """Optimal and learnt value at the same points."""
    rows: list[Row] = []
    for recording in (r for r in recordings if "values" in arrays(r) and "optimum_values" in r.scene):
        triples = zip(recording.scene["values_kind"], recording.scene["optimum_values"], arrays(recording)["values"], strict=True)
        rows += [(*_of(recording), _KINDS[int(kind)], best, learnt) for kind, best, learnt in triples]
    return ["run", "iteration", "point", "optimal_value", "learnt_value"], rows


def _of(recording: Recording) -> Row:
    return recording.id, recording.moment.step if recording.moment else None


def _times(recordings: Sequence[Recording], name: str) -> Iterator[tuple[Row, Moment]]:
    """The moments that hold this array, each with the row's beginning: run, iteration, critic updates, seconds."""
    for recording in recordings:
        for moment in recording.moments:
            if name in moment.arrays:
                yield (recording.id, moment.step, recording.updates_at(moment.step), moment.seconds), moment
