"""Pixel characters of the Nouns project (CC0), put together from its parts: a background, a body, an accessory, a head and glasses.

The project's file `image-data.json` holds a palette and every part as runs of one colour: behind a byte that counts for nothing stand the
box (top, right, bottom, left) and then pairs of a length and a colour, row after row within the box; colour 0 lets through what is behind.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from wgan_gp.data.images import ImageSet
from wgan_gp.datafiles import CHARACTERS as ADDRESS
from wgan_gp.datafiles import parts_file
from wgan_gp.errors import DataMissing

SIDE = 32
LAYERS = ("bodies", "accessories", "heads", "glasses")  # from back to front
CHARACTERS = 16_000  # of some fifty million that there are
MOST_BYTES = 5_000_000
MOST_PARTS = 4096  # of one layer

Array = NDArray[Any]


@dataclass(frozen=True)
class Characters:
    """Characters, and which background, body, accessory, head and glasses each is put together from, counted from 0."""

    images: torch.Tensor  # uint8[n, 3, 32, 32]
    parts: torch.Tensor  # int64[n, 5]


def load_nouns(root: Path | None = None) -> ImageSet:
    """16,000 characters, 32 x 32 in colour; every eighth is held out. Raises DataMissing as `characters` does."""
    images = characters(root).images
    held_out = torch.arange(len(images)) % 8 == 7
    return ImageSet("nouns", images[~held_out].contiguous(), images[held_out].contiguous())


def characters(root: Path | None = None, count: int = CHARACTERS) -> Characters:
    """Characters of parts drawn with a fixed seed, each as likely as any other: the same file gives the same ones.

    Raises DataMissing with the address where the file is not here, or not such a file. Nothing in it is executed.
    """
    file = parts_file(root)
    asked = f"Put {ADDRESS} there, as {file}, and start again; the characters are put together from the parts in it."
    if not file.is_file():
        raise DataMissing(f"The data set nouns is not on this machine. {asked}")
    try:
        colours, backgrounds, layers = _read(file)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise DataMissing(f"The data set nouns cannot be read: {file.name} is not the project's file, or it is cut off. {asked}") from error
    random = torch.Generator().manual_seed(0)
    counts = [len(backgrounds), *map(len, layers)]
    parts = torch.stack([torch.randint(most, (count,), generator=random) for most in counts], dim=1)  # [n, 5]
    return Characters(_put_together(colours, backgrounds, layers, parts), parts)


def _put_together(colours: Array, backgrounds: Array, layers: list[Array], parts: torch.Tensor) -> torch.Tensor:
    background, *others = parts.numpy().T
    images = np.broadcast_to(backgrounds[background][:, None, None], (len(parts), SIDE, SIDE, 3)).copy()
    for layer, which in zip(layers, others, strict=True):
        chosen = layer[which]  # [n, 32, 32]
        drawn = chosen > 0
        images[drawn] = colours[chosen[drawn]]
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()


# --- the file -----------------------------------------------------------------------------------------------------------------


def _read(file: Path) -> tuple[Array, Array, list[Array]]:
    """The palette uint8[colours, 3], the backgrounds' colours uint8[n, 3], and a layer's parts as colours uint8[n, 32, 32] each.

    Raises ValueError, TypeError, LookupError or AttributeError for a file of another form.
    """
    if file.stat().st_size > MOST_BYTES:
        raise ValueError("too long")
    found = json.loads(file.read_bytes())
    colours = np.stack([_colour(text or "000000") for text in found["palette"]])  # the first is named "": it lets through
    backgrounds = np.stack([_colour(text) for text in found["bgcolors"]])
    layers = []
    for name in LAYERS:
        parts = [entry["data"] for entry in found["images"][name][:MOST_PARTS]]
        layers.append(np.stack([_part(bytes.fromhex(data.removeprefix("0x")), len(colours)) for data in parts]))
    return colours, backgrounds, layers


def _colour(text: str) -> Array:
    """`d5d7e1` to uint8[3]."""
    red, green, blue = bytes.fromhex(text)
    return np.array([red, green, blue], dtype=np.uint8)


def _part(data: bytes, colours: int) -> Array:
    """A part's colours, 0 where it lets through: uint8[32, 32]. Raises ValueError for runs that do not fill rows of the box."""
    _, top, right, bottom, left = data[:5]
    runs = np.frombuffer(data[5:], dtype=np.uint8).reshape(-1, 2)
    inside = np.repeat(runs[:, 1], runs[:, 0]).reshape(-1, max(1, right - left))  # a box may be empty
    if len(inside) > bottom - top + 1 or bottom >= SIDE or right > SIDE or inside.max(initial=0) >= colours:
        raise ValueError("a part does not fit")
    part = np.zeros((SIDE, SIDE), dtype=np.uint8)
    part[top : top + len(inside), left:right] = inside
    return part
