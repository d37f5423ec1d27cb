"""What real data are measured at against themselves: two sets of them, their distance, and when a mode counts as covered."""

from __future__ import annotations

import torch
from torch import Tensor

from wgan_gp.theory.quality import frechet_distance

FLOOR_SPLITS = 8  # one alone may be half or twice their mean
WELL_COVERED = 0.2  # of a mode's fair share, as in VEEGAN and PacGAN


def real_halves(images: Tensor, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Two random sets of `count` images each that share none; `random` is a CPU generator."""
    order = torch.randperm(len(images), generator=random).to(images.device)
    return images[order[:count]], images[order[count : 2 * count]]


def frechet_floor(one: Tensor, other: Tensor, random: torch.Generator) -> float:
    """The mean distance between halves of real data, over several ways to part them: [n, d], [n, d] to a number."""
    both = torch.cat((one, other))
    orders = [torch.randperm(len(both), generator=random) for _ in range(FLOOR_SPLITS)]
    return sum(frechet_distance(both[order[: len(one)]], both[order[len(one) :]]) for order in orders) / FLOOR_SPLITS


def well_covered(counts: Tensor) -> float:
    """How many modes have at least 20 % of their fair share of the samples: int64[modes] to a number."""
    return float((counts >= WELL_COVERED * counts.sum() / len(counts)).sum())
