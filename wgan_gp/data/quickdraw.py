"""Drawings of one thing from Google's Quick, Draw! data set (CC BY 4.0), from the file that Google offers for it."""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from wgan_gp.data.images import ImageSet
from wgan_gp.datafiles import drawings_address, drawings_file
from wgan_gp.errors import DataMissing

SIDE = 28


def load_drawings(name: str, root: Path | None = None) -> ImageSet:
    """All drawings in the file, 28 x 28, bright lines on black; every eighth is held out.

    The file is uint8[n, 784] (or [n, 28, 28]) and is read without executing anything in it. It is not downloaded: Google publishes no
    checksum to hold it against. Raises DataMissing with the address where it is not here, or not such a file.
    """
    file = drawings_file(name, root)
    asked = f"Put {drawings_address(file)} there, as {file}, and start again."
    if not file.is_file():
        raise DataMissing(f"The data set {name} is not on this machine. {asked}")
    drawings = _read(file)
    if drawings is None:
        raise DataMissing(f"The data set {name} cannot be read: {file.name} is no array as numpy saves it, or it is cut off. {asked}")
    if drawings.dtype != np.uint8 or drawings.ndim < 2 or len(drawings) < 16 or drawings[0].size != SIDE * SIDE:
        raise DataMissing(
            f"The data set {name} holds {drawings.dtype}{list(drawings.shape)}; uint8[n, {SIDE * SIDE}] with n from 16 is needed. {asked}"
        )
    images = torch.from_numpy(np.array(drawings).reshape(-1, 1, SIDE, SIDE))
    held_out = torch.arange(len(images)) % 8 == 7
    return ImageSet(name, images[~held_out].contiguous(), images[held_out].contiguous())


def _read(file: Path) -> NDArray[Any] | None:
    """The array in the file, not yet in memory: a header that promises too much costs nothing. None where there is none."""
    try:
        array = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, OverflowError, MemoryError, SyntaxError, TokenError):
        return None
    return array if isinstance(array, np.ndarray) else None
