"""Data by name: endless toy distributions in the plane, and image sets held whole as uint8 on the device."""

from __future__ import annotations

from wgan_gp.config import DATA_SHAPES
from wgan_gp.data.images import ImageSet, load_digits
from wgan_gp.data.nouns import load_nouns, parts_file
from wgan_gp.data.plane import PLANE_SETS, PlaneSet
from wgan_gp.data.quickdraw import drawings_file, load_drawings
from wgan_gp.data.shapes import load_shapes
from wgan_gp.data.vision import DOWNLOADS, is_complete, load_vision

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


def at_hand(name: str) -> bool:
    """Whether the set of this name can be loaded without a download."""
    if name in DOWNLOADS:
        return is_complete(name)
    if name == "nouns":
        return parts_file().is_file()
    return drawings_file(name).is_file() if name.startswith("quickdraw-") else True
