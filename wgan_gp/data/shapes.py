"""Our own colour images: one shape, one colour and one place a picture, so that the modes are known and can be counted."""

from __future__ import annotations

from functools import cache
from itertools import product

import torch
from torch import Tensor

from wgan_gp.data.images import ImageSet

SIZE = 32
SHAPES = ("circle", "square", "triangle")
COLOURS = {"orange": (230, 159, 0), "blue": (86, 180, 233), "green": (0, 158, 115), "pink": (204, 121, 167)}
PLACES = {"upper left": (9, 9), "upper right": (22, 9), "lower left": (9, 22), "lower right": (22, 22)}  # x, y
BACKGROUND = (24, 26, 32)
RADIUS = 6.0
JITTER = (-1.5, -0.5, 0.5, 1.5)

MODES = tuple(product(SHAPES, COLOURS, PLACES))
"""The 48 modes: (shape, colour, place)."""


def draw(shape: str, colour: str, centre: tuple[float, float]) -> Tensor:
    """One picture: uint8[3, 32, 32]. `centre` is x, y in pixels from the upper left corner; edges are smoothed over one pixel."""
    axis = torch.arange(SIZE) + 0.5
    x, y = axis[None, :] - centre[0], axis[:, None] - centre[1]
    cover = (0.5 - _distance(shape, x, y)).clamp(0, 1)  # [32, 32], 1 inside
    ink = torch.tensor(COLOURS[colour]).view(3, 1, 1)
    paper = torch.tensor(BACKGROUND).view(3, 1, 1)
    return (paper + cover * (ink - paper)).round().to(torch.uint8)


def _distance(shape: str, x: Tensor, y: Tensor) -> Tensor:
    """Signed distance in pixels to the edge of a shape around the origin, negative inside."""
    if shape == "circle":
        return (x.square() + y.square()).sqrt() - RADIUS
    if shape == "square":
        return torch.maximum(x.abs().expand(SIZE, SIZE), y.abs().expand(SIZE, SIZE)) - 0.85 * RADIUS
    sides = x.abs() * 0.866 - y * 0.5  # the two slanted sides of an upright equilateral triangle
    return torch.maximum(sides, y.expand(SIZE, SIZE)) - 0.55 * RADIUS


def load_shapes() -> ImageSet:
    """All 48 modes in 16 places each, a pixel apart: 768 pictures; every eighth, two of each mode, is held out."""
    images = pictures()
    held_out = torch.arange(len(images)) % 8 == 5
    return ImageSet("shapes", images[~held_out], images[held_out])


@cache
def pictures() -> Tensor:
    """Every picture there is, 16 of each mode in the order of MODES: uint8[768, 3, 32, 32]."""
    places = [(shape, colour, *PLACES[place], dx, dy) for shape, colour, place in MODES for dx, dy in product(JITTER, JITTER)]
    return torch.stack([draw(shape, colour, (x + dx, y + dy)) for shape, colour, x, y, dx, dy in places])


def nearest_modes(images: Tensor) -> Tensor:
    """The index in MODES of the picture nearest to each image: uint8[n, 3, 32, 32] to int64[n]."""
    known = pictures().flatten(1).float()  # [768, 3072]
    return torch.cdist(images.flatten(1).float(), known).argmin(1) // len(JITTER) ** 2
