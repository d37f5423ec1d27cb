"""Latents from seeds, and ways between two of them."""

from __future__ import annotations

from collections.abc import Iterable

import torch
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
