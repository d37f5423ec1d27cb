"""What of a run a panel is drawn from: read from its file, decoded, frozen. Without torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wgan_gp.config import RunConfig
from wgan_gp.figures.parts import finite
from wgan_gp.imaging import Array
from wgan_gp.measures.table import COLUMNS as COLUMNS_OF
from wgan_gp.measures.table import number as measured
from wgan_gp.panels.charts import DERIVED, POINTS
from wgan_gp.runs.arrays import decode
from wgan_gp.runs.record import RunReader, StoredMoment
from wgan_gp.training.events import COLUMNS

_KEPT = (*COLUMNS_OF, "layers")  # small enough to be held for all moments
_BYTES = 4_000_000  # of moments read at a time
_NO_CURVE = np.zeros((0, len(COLUMNS)), np.float32)


@dataclass(frozen=True)
class Moment:
    """The arrays of one moment by name. In `Recording.moments` the small ones only, and of `norms_<kind>` the `quantiles_<kind>`."""

    step: int
    seconds: float
    arrays: Mapping[str, Array]


@dataclass(frozen=True)
class Recording:
    """One run as a figure needs it. `shade` tells runs of one method apart: 0, 1, 2, ..."""

    id: str
    label: str
    config: RunConfig
    shade: int = 0
    scene: Mapping[str, Array] = field(default_factory=dict)  # what stands still
    moment: Moment | None = None  # the one that is shown
    moments: tuple[Moment, ...] = ()  # all, for panels over time
    curve: NDArray[np.float32] = field(default_factory=lambda: _NO_CURVE)  # [n, len(COLUMNS)]

    @property
    def method(self) -> str:
        """What decides the colour: gp, clip or none."""
        return self.config.constraint.kind

    def column(self, name: str) -> Array:
        """One column of the curve, see `wgan_gp.training.events.COLUMNS`."""
        return self.curve[:, COLUMNS.index(name)]

    def updates_at(self, step: int) -> int:
        """Critic updates at an iteration; n_critic may have changed on the way, so the curve knows best."""
        row = int(np.searchsorted(self.column("step"), step, side="right")) - 1
        if row < 0:
            return step * self.config.n_critic
        return int(self.column("critic_updates")[row]) + (step - int(self.column("step")[row])) * self.config.n_critic


def number(arrays: Mapping[str, Array], name: str) -> float:
    """A number by its name, as in measures/table.py, or derived from a moment, `quantiles_line.median`; NaN where it is not known."""
    measure, _, column = name.partition(".")
    if measure not in DERIVED:
        return measured(arrays, name)
    return float(arrays[measure][DERIVED[measure].index(column)]) if measure in arrays else math.nan


def read(reader: RunReader, label: str, shade: int = 0, step: int | None = None, *, over_time: bool = True) -> Recording:
    """The recording of a run with its moment at or before `step` (the first where all are later), or the newest one.

    Without `over_time` neither its other moments nor its curve. Raises UnknownRun where it was deleted, Damaged where it cannot be read.
    """
    run = reader.path.stem
    found = reader.latest_moment() if step is None else reader.moment_at(step)
    blob = reader.scene()
    return Recording(
        id=run,
        label=label,
        config=reader.config(),
        shade=shade,
        scene=decode(blob, f"The scene of the run {run}") if blob else {},
        moment=_moment(found, run) if found else None,
        moments=tuple(small(_moment(stored, run)) for stored in _all(reader)) if over_time else (),
        curve=reader.scalars() if over_time else _NO_CURVE,
    )


def _all(reader: RunReader) -> Iterator[StoredMoment]:
    after = 0
    while part := reader.moments(after, _BYTES):
        yield from part
        after = part[-1].seq


def _moment(stored: StoredMoment, run: str) -> Moment:
    return Moment(stored.step, stored.seconds, decode(stored.blob, f"The moment of iteration {stored.step} of the run {run}"))


def small(moment: Moment) -> Moment:
    """The moment with its small arrays, and quantiles in place of norms."""
    kept = {name: moment.arrays[name] for name in _KEPT if name in moment.arrays}
    for kind in POINTS:
        values = finite(moment.arrays.get(f"norms_{kind}", np.zeros(0)))
        if len(values):
            kept[f"quantiles_{kind}"] = np.quantile(values, (0.1, 0.5, 0.9))
    return Moment(moment.step, moment.seconds, kept)
