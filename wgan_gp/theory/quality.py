"""How good samples in the plane are: modes covered and share of good samples, as VEEGAN and PacGAN count them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from wgan_gp.errors import InvalidConfig

PERFECT_SHARE_2D = 0.98889  # 1 - exp(-4.5): the share of a 2-D Gaussian within 3 sigma


@dataclass(frozen=True)
class ModeReport:
    """Counts over a set of samples from a mixture of equal Gaussians."""

    modes: int
    covered: int  # modes with at least one good sample
    well_covered: int  # modes with at least 20 % of their fair share
    good_share: float  # share of samples within 3 sigma of a mode; perfect data in the plane scores 0.9889


def mode_report(samples: Tensor, centres: Tensor, sigma: float) -> ModeReport:
    """Count modes as in VEEGAN (arXiv 1705.07761) and PacGAN (arXiv 1712.04086): a sample is good within 3 sigma of its nearest mode.

    samples: [n, 2], the protocol takes n = 2,500; centres: [modes, 2]; sigma: standard deviation of a mode. Raises InvalidConfig for
    an empty set.
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
    )
