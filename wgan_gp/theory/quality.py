"""How good samples are: modes covered in the plane; between sets of features Frechet and kernel distance, density and coverage.

Feature vectors are tensors [n, d] on any device; what is measured between them is computed in float64 on the CPU.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from wgan_gp.errors import InvalidConfig
from wgan_gp.theory.precision import float64, share_of

DENSITY_NEIGHBOURS = 5  # k of density and coverage
_CHUNK = 1_000_000  # numbers of a table of distances held at once

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
        good_share=share_of(good),
        sigma_ratio=float(float64((samples - centres[nearest])[good]).square().mean().sqrt()) / sigma,
        kl=kl_from_uniform(counts),
    )


def kl_from_uniform(counts: Tensor) -> float:
    """KL(counts / total || uniform) in nats, NaN for a total of 0: [modes] to a number."""
    if not bool(counts.any()):
        return math.nan
    shares = float64(counts) / int(counts.sum())
    return float(torch.special.xlogy(shares, shares * len(counts)).sum())


# --- features ----------------------------------------------------------------------------------------------------------------------


def frechet_distance(x: Tensor, y: Tensor) -> float:
    """The squared W2 between Gaussians with the sets' means and covariances (Dowson and Landau 1982; Heusel et al. 2017, arXiv 1706.08500).

    |mean_x - mean_y|^2 + tr(C_x + C_y - 2 (C_x C_y)^(1/2)), with the unbiased covariances. With C = R^T R from a QR decomposition of the
    centred set the last trace is the sum of the singular values of R_x R_y^T: no root of a matrix is needed. It grows as sets get
    smaller: compare only distances of equally many samples.

    x: [n, d]; y: [m, d]. Raises InvalidConfig for fewer than 2 samples, another d, or values that are not finite.
    """
    x, y = _features(x, y, least=2)
    (mean_x, root_x), (mean_y, root_y) = (_moments(features) for features in (x, y))
    cross = torch.linalg.svdvals(root_x @ root_y.T).sum()
    return max(0.0, float((mean_x - mean_y).square().sum() + root_x.square().sum() + root_y.square().sum() - 2 * cross))


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [d] and a root R [min(n, d), d] of the unbiased covariance R^T R."""
    mean = features.mean(dim=0)
    root: Tensor = torch.linalg.qr((features - mean) / math.sqrt(len(features) - 1), mode="r").R
    return mean, root


def kernel_distance(x: Tensor, y: Tensor, random: torch.Generator, *, subsets: int = 100, size: int = 1000) -> float:
    """The mean unbiased estimate of MMD^2 with the kernel (x.y / d + 1)^3 over random subsets (Binkowski et al. 2018, arXiv 1801.01401).

    Around 0 for sets of one distribution, and as often below. Each subset is `size` samples of either set without replacement, or the
    smaller set's number where that is less; where this takes both sets whole, once is enough.

    x: [n, d]; y: [m, d]; random: a CPU generator. Raises InvalidConfig for fewer than 2 samples, another d, or values that are not finite.
    """
    x, y = _features(x, y, least=2)
    size = min(size, len(x), len(y))
    subsets = 1 if len(x) == len(y) == size else subsets
    return sum(_mmd2(*(_subset(features, size, random) for features in (x, y))) for _ in range(subsets)) / subsets


def _subset(features: Tensor, size: int, random: torch.Generator) -> Tensor:
    return features if len(features) == size else features[torch.randperm(len(features), generator=random)[:size]]


def _mmd2(x: Tensor, y: Tensor) -> float:
    """The unbiased estimate: no sample is compared with itself. [n, d], [n, d] to a number."""
    n = len(x)
    within = sum(float(kernel.sum() - kernel.diagonal().sum()) for kernel in (_cubic_kernel(x, x), _cubic_kernel(y, y)))
    return within / (n * (n - 1)) - 2 * float(_cubic_kernel(x, y).mean())


def _cubic_kernel(x: Tensor, y: Tensor) -> Tensor:
    base = (x @ y.T).div_(x.shape[1]).add_(1)
    return base * base * base  # several times faster than a power


def density_and_coverage(real: Tensor, fake: Tensor, k: int = DENSITY_NEIGHBOURS) -> tuple[float, float]:
    """Density and coverage (Naeem et al. 2020, arXiv 2002.09797, equations 3 and 4): how typical the fakes are, and how much they reach.

    Round each real sample lies a ball up to its k-th nearest real neighbour. Density: in how many balls a fake lies, over k; 1 for sets
    of one distribution, more where fakes keep to where data are dense. Coverage: the share of balls with a fake in them; for two sets of
    n samples of one distribution 1 - (n - 1 choose k) / (2n - 1 choose k), 0.969 for k = 5.

    real: [n, d] with n above k; fake: [m, d]. Raises InvalidConfig for fewer, another d, or values that are not finite.
    """
    real, fake = _features(real, fake, least=1)
    if len(real) <= k:
        raise InvalidConfig(f"samples: {len(real)} real ones were given; more than k = {k} are needed, since each needs {k} neighbours.")
    radii = torch.cdist(real, real).fill_diagonal_(-1).kthvalue(k + 1, dim=1).values  # [n]; the sample itself comes first
    inside = torch.cdist(real, fake) < radii.unsqueeze(1)  # [n, m]
    return float(inside.sum()) / (k * len(fake)), share_of(inside.any(dim=1))


def expected_coverage(count: int, k: int = DENSITY_NEIGHBOURS) -> float:
    """What coverage is on average for two sets of `count` samples of one distribution (Naeem et al. 2020, section 3.2)."""
    return 1 - math.prod((count - 1 - i) / (2 * count - 1 - i) for i in range(k))


@torch.no_grad()
def nearest(samples: Tensor, references: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest reference of each sample: its index int64[n] and the Euclidean distance float32[n] over all numbers of a sample.

    samples: [n, ...]; references: [m, ...] of the same shape, any kind of number on the same device; 10,000 against 60,000 pictures need
    some 20 MB beside them. Raises InvalidConfig for empty sets or other shapes.
    """
    if samples.shape[1:] != references.shape[1:] or not samples.numel() or not references.numel():
        given = f"{list(samples.shape)} and {list(references.shape)}"
        raise InvalidConfig(f"samples: {given} were given; allowed are two sets of samples of one shape, not empty.")
    flat = samples.flatten(1)
    best = torch.full((len(flat),), math.inf, device=flat.device)
    where = torch.zeros(len(flat), dtype=torch.long, device=flat.device)
    width = max(1, min(10_000, 4 * _CHUNK // flat.shape[1]))
    for first in range(0, len(references), width):
        part = references[first : first + width].flatten(1).float()  # [r, d]
        lengths = part.square().sum(dim=1)
        for rows in torch.split(torch.arange(len(flat), device=flat.device), max(1, _CHUNK // len(part))):
            found = torch.addmm(lengths, flat[rows].float(), part.T, alpha=-2).min(dim=1)  # squared, but for the sample's own length
            nearer = found.values < best[rows]
            best[rows[nearer]], where[rows[nearer]] = found.values[nearer], first + found.indices[nearer]
    return where, _distances_between(flat, references, where)


def _distances_between(flat: Tensor, references: Tensor, where: Tensor) -> Tensor:
    """By differences: products lose the digits of near ones. [n, d], [m, ...], int64[n] to float32[n]."""
    parts = zip(torch.split(flat, 1000), torch.split(where, 1000), strict=True)
    return torch.cat([(part.float() - references[places].flatten(1).float()).norm(dim=1) for part, places in parts])


def _features(x: Tensor, y: Tensor, least: int) -> tuple[Tensor, Tensor]:
    """Both sets in float64 on the CPU."""
    x, y = (float64(features.detach()) for features in (x, y))
    if x.dim() != 2 or y.dim() != 2 or x.shape[1] != y.shape[1] or min(len(x), len(y)) < least or not x.shape[1]:
        given = f"{list(x.shape)} and {list(y.shape)}"
        raise InvalidConfig(f"samples: {given} were given; allowed are [n, d] and [m, d] with n and m at least {least}.")
    if not bool(x.isfinite().all() and y.isfinite().all()):
        raise InvalidConfig("samples: NaN or infinity was given; allowed are finite values.")
    return x, y
