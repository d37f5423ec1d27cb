"""Data by name: endless toy distributions in the plane, and image sets held whole as uint8 on the device."""

from __future__ import annotations

from wgan_gp.config import DATA_SHAPES
from wgan_gp.data.images import ImageSet, load_digits
from wgan_gp.data.nouns import load_nouns
from wgan_gp.data.plane import PLANE_SETS, PlaneSet
from wgan_gp.data.quickdraw import load_drawings
from wgan_gp.data.shapes import load_shapes
from wgan_gp.data.vision import load_vision
from wgan_gp.datafiles import DOWNLOADS

DataSet = PlaneSet | ImageSet
_ALWAYS_HERE = {"digits": load_digits, "shapes": load_shapes}


def load(name: str) -> DataSet:
    """The data set of this name, on the CPU. Raises DataMissing where files are needed that are not here and cannot be fetched."""
    if DATA_SHAPES[name].is_plane:
        return PLANE_SETS[name]
    if name in _ALWAYS_HERE:
        return _ALWAYS_HERE[name]()
    if name == "nouns":
        return load_nouns()
    return load_vision(name) if name in DOWNLOADS else load_drawings(name)
