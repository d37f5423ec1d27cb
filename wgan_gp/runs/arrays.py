"""The arrays of a moment and of a scene, decoded, each held against the table of measures. Without torch."""

from __future__ import annotations

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from wgan_gp.errors import Damaged
from wgan_gp.measures.table import MEASURES, Array

MOST_SIDE = 10_000  # the longest side of ours has 512


def decode(blob: bytes, what: str) -> dict[str, Array]:
    """The arrays of one safetensors blob by name. Raises Damaged, with `what` it was to be, where it is none or one is not of its kind."""
    try:
        found = load(blob)
    except (SafetensorError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise Damaged(f"{what} cannot be read: {error}.") from error
    for name, row in MEASURES.items():
        array = found.get(name)
        if array is not None and not (
            array.size and max(array.shape, default=0) <= MOST_SIDE and row.fits(array) and _makes_sense(name, array)
        ):
            raise Damaged(f"{what} cannot be read: '{name}' in it is {array.dtype}{list(array.shape[:8])}, which it never is.")
    return dict(found)


def _makes_sense(name: str, array: Array) -> bool:
    """What no shape tells: a field is as high as wide, and an extent goes from less to more."""
    if name.endswith("field"):
        return bool(array.shape[0] == array.shape[1] > 1)
    if name == "extent":
        return bool(np.isfinite(array).all()) and bool(array[0] < array[1]) and bool(array[2] < array[3])
    return True
