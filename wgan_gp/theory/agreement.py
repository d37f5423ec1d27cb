"""How much two critics agree: directions of their gradients, and their values up to scale and offset."""

from __future__ import annotations

import torch
from torch import Tensor

from wgan_gp.theory.precision import float64


def mean_cosine(one: Tensor, other: Tensor) -> float:
    """Mean cosine of the angle between gradients [n, d] and [n, d]: 1 the same direction everywhere, 0 none in common; 0 counts as 0.

    In float64, and with nothing added to the norms: a clipped critic's gradients are tiny.
    """
    one, other = float64(one), float64(other)
    return float(torch.nan_to_num((one * other).sum(1) / (one.norm(dim=1) * other.norm(dim=1))).mean())


def correlation(one: Tensor, other: Tensor) -> float:
    """Pearson's correlation of values [n] and [n]; 0 where one of them is constant."""
    one, other = float64(one), float64(other)
    one, other = one - one.mean(), other - other.mean()
    return float(torch.nan_to_num((one * other).sum() / (one.norm() * other.norm())))
