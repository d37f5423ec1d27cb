"""What real data are measured at against themselves: two sets of them, their distance, and when a mode counts as covered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from wgan_gp.theory.quality import frechet_distance
from wgan_gp.theory.transport import exact_w1

Floor = tuple[float, float, float]  # 5 %, median and 95 % of many draws
W1_FLOORS: Mapping[str, Floor] = {
    "8gaussians": (0.0433, 0.0725, 0.1158),
    "25gaussians": (0.0717, 0.0975, 0.1320),
    "swissroll": (0.0720, 0.0950, 0.1325),
    "moons": (0.0540, 0.0707, 0.1103),
    "circles": (0.0529, 0.0644, 0.0822),
}
"""Exact W1 of 512 real points to 512 that are spread evenly over the distribution: 300 draws of each, seed 0 (`w1_floor`)."""
PAIR_FLOORS: Mapping[str, Floor] = {
    "8gaussians": (0.0606, 0.1030, 0.1638),
    "25gaussians": (0.0958, 0.1293, 0.1906),
    "swissroll": (0.0945, 0.1249, 0.1738),
    "moons": (0.0654, 0.0898, 0.1361),
    "circles": (0.0645, 0.0813, 0.1127),
}
"""The same between 512 real points and 512 others, both drawn at random."""
FLOOR_SPLITS = 8  # one alone may be half or twice their mean
WELL_COVERED = 0.2  # of a mode's fair share, as in VEEGAN and PacGAN


def w1_floor(one: Callable[[], Tensor], other: Callable[[], Tensor], draws: int) -> Floor:
    """5 %, median and 95 % of exact W1 between what two draws of points [n, 2] give."""
    found = torch.tensor([exact_w1(one(), other()) for _ in range(draws)])
    low, median, high = found.quantile(torch.tensor([0.05, 0.5, 0.95])).tolist()
    return low, median, high


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
