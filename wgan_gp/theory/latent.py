"""Latents from seeds, ways between two or more of them, and what the prior N(0, I) says of the norm on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def latents_from_seeds(seeds: Iterable[int], dimension: int) -> Tensor:
    """One z ~ N(0, I) per seed: row i depends on seed i alone, so a picture's name is its seed.

    seeds: integers from 0 to 2**63 - 1. Returns float32[len(seeds), dimension] on the CPU.
    """
    generator = torch.Generator()
    rows = [torch.randn(dimension, generator=generator.manual_seed(seed)) for seed in seeds]
    return torch.stack(rows) if rows else torch.empty(0, dimension)


def lerp(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """The straight line: start + share * (end - start).

    start, end: [dimension]; share: [frames] in [0, 1]. Returns [frames, dimension]. Half way, a line between two Gaussian latents
    has a norm that is sqrt(2) too small: rare under the prior.
    """
    return start + share.unsqueeze(-1) * (end - start)


def slerp(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Along the great circle between the two directions, the norm going evenly from one to the other (White 2016, arXiv 1609.04468).

    start, end: [dimension]; share: [frames] in [0, 1]. Returns [frames, dimension]. Parallel or zero end points fall back to `lerp`.
    """
    start_norm, end_norm = start.norm(), end.norm()
    cosine = (start @ end / (start_norm * end_norm).clamp(min=1e-12)).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if angle.sin() < 1e-4 or min(start_norm, end_norm) == 0:
        return lerp(start, end, share)
    share = share.unsqueeze(-1)  # [frames, 1]
    away, towards = torch.sin((1 - share) * angle), torch.sin(share * angle)
    norm = start_norm + share * (end_norm - start_norm)  # [frames, 1]
    path: Tensor = norm * (away * start / start_norm + towards * end / end_norm) / angle.sin()
    return path


Way = Callable[[Tensor, Tensor, Tensor], Tensor]
WAYS: Mapping[str, Way] = {"slerp": slerp, "lerp": lerp}


def norm_band(dimension: int, share: float = 0.9) -> tuple[float, float, float]:
    """Between which norms the middle `share` of the prior N(0, I) lies, and the median: (low, median, high).

    ||z|| follows the chi distribution with `dimension` degrees of freedom: close to sqrt(dimension), with a spread of about 0.7 in any
    dimension. Its quantile at p is sqrt(2 P^-1(dimension / 2, p)), with P the regularised lower incomplete gamma function.
    """
    from scipy.special import gammaincinv  # scipy.stats has it by name, and takes a second to load

    low, median, high = (math.sqrt(2 * gammaincinv(dimension / 2, p)) for p in ((1 - share) / 2, 0.5, (1 + share) / 2))
    return low, median, high


def share_below(norm: float, dimension: int) -> float:
    """The share of latents z ~ N(0, I) whose norm is smaller than this: P(dimension / 2, norm^2 / 2)."""
    from scipy.special import gammainc

    return float(gammainc(dimension / 2, norm**2 / 2))


def walk(points: Tensor, frames_per_leg: int, way: Way = slerp, closed: bool = True) -> Tensor:
    """From each point to the next; `closed`: and from the last back to the first. No frame stands twice where two legs meet.

    points: [stops, dimension]. A leg holds its start and not its end, so that a closed walk is a loop without a pause. Returns
    [stops * frames_per_leg, dimension], or, where it is not closed, [(stops - 1) * frames_per_leg + 1, dimension].
    """
    share = torch.arange(frames_per_leg) / frames_per_leg  # [frames_per_leg]
    ends = points.roll(-1, 0)
    legs = len(points) if closed else len(points) - 1
    frames = [way(points[leg], ends[leg], share) for leg in range(legs)]
    return torch.cat(frames if closed else [*frames, points[-1:]])


def plane_through(corners: Tensor, side: int, keep_norm: bool = True) -> Tensor:
    """A grid of latents with `corners` in its corners, in reading order: top left, top right, bottom left, bottom right.

    corners: [3 or 4, dimension]. Between four corners the grid is bilinear. Three span a plane, and the fourth corner is b + c - a.
    keep_norm: the middle of four independent latents has half a latent's norm, and there the prior has no mass; so every point gets
    the norm that lies bilinearly between those of the corners, as `slerp` does on a path (the fourth of three corners: their mean).
    Returns [side * side, dimension].
    """
    share = torch.linspace(0, 1, side)
    right, down = share.repeat(side), share.repeat_interleave(side)  # [side * side]
    weights = torch.stack(((1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down), dim=1)  # [side * side, 4]
    norms = corners.norm(dim=1)
    if len(corners) == 3:
        corners = torch.cat((corners, corners[1:2] + corners[2:] - corners[:1]))
        norms = torch.cat((norms, norms.mean().view(1)))
    points = weights @ corners
    if not keep_norm:
        return points
    corrected: Tensor = points * (weights @ norms / points.norm(dim=1).clamp(min=1e-6)).unsqueeze(1)
    return corrected


def step_lengths(samples: NDArray[Any]) -> NDArray[np.float64]:
    """How far each sample is from the one before it: float64[n - 1]. Their sum is the length of the path in the space of samples.

    samples: images uint8[n, H, W, C], with the root mean square over the pixels as distance, in grey levels (0 to 255), so that sizes of
    pictures compare; or points [n, 2], with the Euclidean distance.
    """
    change = np.diff(samples.astype(np.float64), axis=0).reshape(len(samples) - 1, -1)
    squares = np.square(change)
    return np.asarray(np.sqrt(squares.sum(axis=1) if samples.ndim == 2 else squares.mean(axis=1)))
