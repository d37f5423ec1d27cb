"""What a generator makes, and the data beside it: points as they are, images as grey levels in a grid."""

from __future__ import annotations

import torch
from torch import Tensor

from wgan_gp.data.images import to_grey_levels
from wgan_gp.measures.look import PATH_SEEDS, Look

GRID_BYTES = 120_000  # largest picture grid in a moment


def points(look: Look) -> dict[str, Tensor]:
    """`samples` f32[n, 2]."""
    return {"samples": look.fake}


def path(look: Look) -> dict[str, Tensor]:
    """`path` f32[frames, 2]."""
    return {"path": look.on_paths}


def pictures(look: Look) -> dict[str, Tensor]:
    """`samples` u8[n, H, W, C], `strips` u8[paths, frames, H, W, C]."""
    strips = _grey_levels(look.on_paths)
    return {"samples": _grey_levels(_shown(look.fake)), "strips": strips.view(len(PATH_SEEDS), -1, *strips.shape[1:])}


def real_points(look: Look) -> dict[str, Tensor]:
    """`real` f32[n, 2], `extent` f32[4] = x0, x1, y0, y1."""
    half = look.points.extent
    return {"real": look.points.real, "extent": torch.tensor([-half, half, -half, half])}


def real_pictures(look: Look) -> dict[str, Tensor]:
    """`real` u8[n, H, W, C]."""
    return {"real": _grey_levels(_shown(look.points.real))}


def _shown(images: Tensor) -> Tensor:
    """Those in the grid: the largest square up to 64 that stays small on the wire."""
    side = min(8, int((GRID_BYTES // images[0].numel()) ** 0.5))
    return images[: max(1, side) ** 2]


def _grey_levels(images: Tensor) -> Tensor:
    return to_grey_levels(images).movedim(-3, -1)  # [n, H, W, C]
