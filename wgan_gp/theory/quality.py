"""How good samples in the plane are: modes covered and share of good samples, as VEEGAN and PacGAN count them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from wgan_gp.errors import InvalidConfig

PERFECT_SHARE_2D = 0.98889  # 1 - exp(-4.5): the share of a 2-D Gaussian within 3 sigma
PERFECT_SIGMA_RATIO_2D = 0.97440  # sqrt(1 - 4.5 exp(-4.5) / (1 - exp(-4.5))): the spread of what is left of it within 3 sigma


@dataclass(frozen=True)
class ModeReport:
    """Counts over a set of samples from a mixture of equal Gaussians."""

    modes: int
    covered: int  # modes with at least one good sample
    well_covered: int  # modes with at least 20 % of their fair share
    good_share: float  # share of samples within 3 sigma of a mode; perfect data in the plane scores 0.9889
    sigma_ratio: float  # spread of the good samples around their modes in units of sigma; perfect data in the plane scores 0.974
    kl: float  # KL(shares of good samples || uniform) in nats; perfect data scores about (modes - 1) / (2 * samples)


def mode_report(samples: Tensor, centres: Tensor, sigma: float) -> ModeReport:
    """Count modes as in VEEGAN (arXiv 1705.07761) and PacGAN (arXiv 1712.04086): a sample is good within 3 sigma of its nearest mode.

    sigma_ratio is the root mean square, over the good samples and both axes, of the way from the nearest centre to the sample, divided
    by sigma. Samples around a point beside the centre therefore count as spread, and since those beyond 3 sigma are left out, perfect
    data scores 0.974, not 1. kl compares how the good samples are shared among the modes with equal shares; 2,500 perfect samples of
    25 modes score 0.0048 on average. Both are NaN where no sample is good.

    samples: [n, 2], the protocol takes n = 2,500; centres: [modes, 2]; sigma: standard deviation of a mode on each axis. Raises
    InvalidConfig for an empty set.
    """
    if len(samples) == 0:
        raise InvalidConfig("samples: none were given; at least one is needed to count modes.")
    distance, nearest = torch.cdist(samples, centres).min(dim=1)  # [n], [n]
    good = distance <= 3 * sigma
    counts = torch.bincount(nearest[good], minlength=len(centres))  # [modes]
    fair = len(samples) / len(centres)
    return ModeReport(
        modes=len(centres),
        covered=int((counts > 0).sum()),
        well_covered=int((counts >= 0.2 * fair).sum()),
        good_share=float(good.double().mean()),
        sigma_ratio=float((samples - centres[nearest])[good].double().square().mean().sqrt()) / sigma,
        kl=_kl_from_uniform(counts),
    )


def _kl_from_uniform(counts: Tensor) -> float:
    """KL(counts / total || uniform) in nats, NaN for a total of 0: [modes] to a number."""
    if not bool(counts.any()):
        return math.nan
    shares = counts.double() / counts.sum()
    return float(torch.special.xlogy(shares, shares * len(counts)).sum())
