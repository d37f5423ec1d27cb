"""The arrays of a moment and of a scene, decoded, each held against its kind and shape. Without torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from wgan_gp.errors import Damaged

Array = NDArray[Any]
MOST_SIDE = 10_000  # the longest side of ours has 512


def _floats(*shape: int | None) -> Callable[[Array], bool]:
    """Floating-point numbers of this shape; None is any length."""

    def fits(array: Array) -> bool:
        sides = len(array.shape) == len(shape) and all(side in (None, found) for side, found in zip(shape, array.shape, strict=True))
        return array.dtype.kind == "f" and sides

    return fits


def _pictures(array: Array) -> bool:
    return array.dtype == np.uint8 and array.ndim in (4, 5) and array.shape[-1] in (1, 3)


def _points_or_pictures(array: Array) -> bool:
    return _floats(None, 2)(array) or (_pictures(array) and array.ndim == 4)


def _extent(array: Array) -> bool:
    return _floats(4)(array) and bool(np.isfinite(array).all()) and bool(array[0] < array[1]) and bool(array[2] < array[3])


def _field(array: Array) -> bool:
    return _floats(None, None)(array) and array.shape[0] == array.shape[1] > 1


KNOWN: Mapping[str, Callable[[Array], bool]] = {
    "real": _points_or_pictures,
    "samples": _points_or_pictures,
    "strips": lambda array: _pictures(array) and array.ndim == 5,
    "extent": _extent,
    "values_kind": lambda array: array.dtype == np.uint8 and array.ndim == 1,
    "estimates": _floats(2),
    "exact": _floats(3),
    "agreement": _floats(4),
    "truth": _floats(6),
    "quality": _floats(8),
    **dict.fromkeys(("field", "optimum_field"), _field),
    **dict.fromkeys(("field_scale", "optimum_field_scale", "weights_share", "chance"), _floats(1)),
    **dict.fromkeys(("fake", "path", "arrows", "arrow_points", "optimum_arrows"), _floats(None, 2)),
    **dict.fromkeys(("norms_line", "norms_real", "norms_fake", "norms_plane", "optimum_norms_line", "optimum_norms_plane"), _floats(None)),
    **dict.fromkeys(("layers", "values", "optimum_values", "weights_critic", "weights_generator"), _floats(None)),
}
"""What each array is, see `training.probes`."""


def decode(blob: bytes, what: str) -> dict[str, Array]:
    """The arrays of one safetensors blob by name. Raises Damaged, with `what` it was to be, where it is none or one is not of its kind."""
    try:
        found = load(blob)
    except (SafetensorError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise Damaged(f"{what} cannot be read: {error}.") from error
    for name, fits in KNOWN.items():
        array = found.get(name)
        if array is not None and (not array.size or max(array.shape, default=0) > MOST_SIDE or not fits(array)):
            raise Damaged(f"{what} cannot be read: '{name}' in it is {array.dtype}{list(array.shape[:8])}, which it never is.")
    return dict(found)
