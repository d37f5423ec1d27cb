"""Every array that stands in a moment or in a scene: its kind, its shape, and the names of its numbers. Without torch.

A number is known by its name, `truth.w1`, never by its place: whoever writes an array says `numbers("truth", w1=...)`, and whoever reads
one asks `number(arrays, "truth.w1")`. The browser gets `COLUMNS` as JSON and names the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Shape = tuple[int | None, ...]  # None: any length
When = Literal["each", "seldom", "scene"]  # in each moment, in moments that take what is costly, or once


@dataclass(frozen=True)
class Row:
    """What one array is."""

    says: str
    shapes: tuple[Shape, ...]  # one of these
    columns: tuple[str, ...] = ()  # the names of its numbers, where each means something else
    kind: Literal["floats", "bytes", "points or pictures"] = "floats"  # pictures are bytes with one channel or three at the end
    when: When = "each"

    def fits(self, array: Array) -> bool:
        """Whether an array is one of these."""
        return self._is_of_its_kind(array) and any(
            len(array.shape) == len(shape) and all(side in (None, found) for side, found in zip(shape, array.shape, strict=True))
            for shape in self.shapes
        )

    def _is_of_its_kind(self, array: Array) -> bool:
        if self.kind == "points or pictures" and array.ndim > 2:
            return array.dtype == np.uint8 and array.shape[-1] in (1, 3)
        return bool(array.dtype == np.uint8 if self.kind == "bytes" else array.dtype.kind == "f")


def _numbers(says: str, *columns: str, when: When = "each", later: tuple[str, ...] = ()) -> Row:
    """`later`: further columns, which older runs have not."""
    shapes = tuple({(len(columns),), (len(columns) + len(later),)})
    return Row(says, shapes, columns + later, when=when)


_NORMS = "sorted norms of the critic's gradient"
_LENGTH, _POINTS, _SQUARE = (None,), (None, 2), (None, None)

MEASURES: Mapping[str, Row] = {
    "samples": Row("what the generator makes of fixed latents", (_POINTS, (None,) * 4), kind="points or pictures"),
    "path": Row("points on the way between two latents", (_POINTS,)),
    "strips": Row("pictures on the ways between two latents", ((None,) * 5,), kind="points or pictures"),
    "norms_line": Row(f"{_NORMS} on lines between real and fake samples", (_LENGTH,)),
    "norms_real": Row(f"{_NORMS} at real samples", (_LENGTH,)),
    "norms_fake": Row(f"{_NORMS} at fake samples", (_LENGTH,)),
    "norms_plane": Row(f"{_NORMS} over the plane", (_LENGTH,)),
    "estimates": _numbers("E[D(real)] - E[D(fake)] on data of training, and on held-out data", "train", "held_out"),
    "field": Row("D over the plane minus its mean over real data, divided by field_scale; the lowest y first", (_SQUARE,)),
    "field_scale": _numbers("the largest size in the field", "scale"),
    "layers": Row("log10 of the norm of the loss's gradient by a layer's activations, layer 1 first", (_LENGTH,)),
    "weights_critic": Row("evenly spaced quantiles of the critic's weights", (_LENGTH,)),
    "weights_generator": Row("evenly spaced quantiles of the generator's weights", (_LENGTH,)),
    "weights_share": _numbers("the share of the critic's weights within 1 % of +-c", "share"),
    "truth": _numbers(
        "exact W1 with 5 and 95 % of its noise floor; modes, well covered modes and the share of good samples, NaN without modes; the "
        "number of samples that all this is of",
        "w1", "low", "high", "modes", "well", "good", when="seldom", later=("samples",),
    ),
    "quality": _numbers(
        "what features say of images: Frechet distance with its floor, density, coverage; modes, NaN where not known; samples on each "
        "side, and the iteration it is of: later moments keep it",
        "distance", "floor", "density", "coverage", "modes", "well", "samples", "iteration", when="seldom",
    ),
    "bracket": _numbers(
        "bounds of the critic's Lipschitz constant: the largest gradient norm seen, and the product of its layers' operator norms, "
        "infinite where it is not known",
        "low", "high", when="seldom",
    ),
    "arrows": Row("the critic's gradient at the scene's arrow_points", (_POINTS,)),
    "values": Row("D at the scene's points, minus its mean over real ones", (_LENGTH,)),
    "agreement": _numbers(
        "mean cosine of the critic's and the optimum's gradients on lines and over the plane, correlation of their values over the plane, "
        "and the estimate on the points that exact W1 is of; where the optimum is unique, the mean cosine of the critic's gradient and the "
        "way to the partner in the exact matching, at fake points and on these ways; correlation of the values at the points drawn",
        "lines", "plane", "values", "estimate", later=("fakes", "ways", "drawn"),
    ),
    "real": Row("real samples", (_POINTS, (None,) * 4), kind="points or pictures", when="scene"),
    "fake": Row("the fake points of a generator that stands still", (_POINTS,), when="scene"),
    "extent": _numbers("the part of the plane that is shown", "x0", "x1", "y0", "y1", when="scene"),
    "arrow_points": Row("where arrows begin", (_POINTS,), when="scene"),
    "values_kind": Row("0 for a real point, 1 for a fake one", (_LENGTH,), kind="bytes", when="scene"),
    "exact": _numbers("exact W1 of the scene's points, and its noise floor", "w1", "low", "high", when="scene"),
    "chance": _numbers(
        "the mean cosines that the optimum of other samples reaches: on lines, at fake points, on the ways to their partners",
        "lines", when="scene", later=("fakes", "ways"),
    ),
    "optimum_field": Row("the exact optimum over the plane, as field", (_SQUARE,), when="scene"),
    "optimum_field_scale": _numbers("the largest size in optimum_field", "scale", when="scene"),
    "optimum_arrows": Row("the optimum's gradient at arrow_points", (_POINTS,), when="scene"),
    "optimum_norms_line": Row("the optimum's gradient norms on lines", (_LENGTH,), when="scene"),
    "optimum_norms_plane": Row("the optimum's gradient norms over the plane", (_LENGTH,), when="scene"),
    "optimum_values": Row("the optimum at the scene's points", (_LENGTH,), when="scene"),
}  # fmt: skip

COLUMNS: Mapping[str, tuple[str, ...]] = {name: row.columns for name, row in MEASURES.items() if row.columns}
"""The names of the numbers of each array that has some."""


def numbers(name: str, **values: float) -> list[float]:
    """The numbers of an array in their order. Raises TypeError where one is missing or is none of its columns."""
    columns = COLUMNS[name]
    if set(values) != set(columns):
        raise TypeError(f"{name}: {', '.join(values)} were given; its columns are {', '.join(columns)}")
    return [float(values[column]) for column in columns]


def number(arrays: Mapping[str, Array], name: str) -> float:
    """A number by its name, such as `truth.w1`; NaN where its array is not there."""
    measure, _, column = name.partition(".")
    array = arrays.get(measure)
    place = COLUMNS[measure].index(column)
    return math.nan if array is None or place >= len(array) else float(array[place])
