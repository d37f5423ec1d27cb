"""The exact truth that a critic is measured against: W1 and W2 between samples, the optimal critic, sliced distance, closed forms.

Sets of points are tensors on any device or NumPy arrays; everything is computed in float64 on the CPU. Units are those of the points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from wgan_gp.errors import InvalidConfig
from wgan_gp.theory.precision import float64

Points = Tensor | npt.NDArray[Any]

_MOST_PIVOTS = 10**7  # of the network simplex; 2,048 points take about 10**5
_CHUNK = 2048  # points of a picture at once: their distances to 256 anchors stay in the cache


def exact_w1(x: Points, y: Points) -> float:
    """W1 between two samples of equal size: the least mean distance over all matchings.

    x, y: [n, d]. Raises InvalidConfig for unequal or empty sets and values that are not finite. Tens of milliseconds at n = 512, growing
    with the cube of n.
    """
    cost = _costs(x, y, power=1)
    return _mean_cost(cost, _match(cost))


def exact_w2(x: Points, y: Points) -> float:
    """W2 between two samples of equal size: the root of the least mean squared distance over all matchings. As `exact_w1`."""
    cost = _costs(x, y, power=2)
    return math.sqrt(_mean_cost(cost, _match(cost)))


def transport_plan(x: Points, y: Points, power: Literal[1, 2] = 1) -> Tensor:
    """The cheapest matching for W1 (power 1) or W2 (power 2): x[i] goes to y[plan[i]].

    x, y: [n, d]. Returns int64[n], a permutation. Raises InvalidConfig as `exact_w1`.
    """
    return _match(_costs(x, y, power))


class NoiseFloor(NamedTuple):
    """W1 between two samples of the same distribution: lowest, median and highest of several draws."""

    low: float
    median: float
    high: float


def noise_floor(draw: Callable[[int], Points], count: int, repeats: int) -> NoiseFloor:
    """Exact W1 of real against real: a generator cannot be told from the data once it is this near.

    draw(count): a fresh sample [count, d] with each call; repeats: pairs drawn. Raises InvalidConfig for repeats below 1 and as
    `exact_w1`.
    """
    if repeats < 1:
        raise InvalidConfig(f"repeats: {repeats} was given; at least 1 pair of samples is needed for a noise floor.")
    distances = [exact_w1(draw(count), draw(count)) for _ in range(repeats)]
    return NoiseFloor(min(distances), float(np.median(distances)), max(distances))


@dataclass(frozen=True)
class OptimalCritic:
    """The best 1-Lipschitz critic between two samples, f(x) = min_j(||x - anchor_j|| - offset_j), high on real: `optimal_critic`."""

    anchors: Tensor  # float64[n, d], the fake points
    offsets: Tensor  # float64[n]
    distance: float  # W1 between the two samples = E[f(real)] - E[f(fake)]

    def __call__(self, points: Points) -> Tensor:
        """Values at points [k, d]: float64[k] on the CPU, with mean 0 over the real sample. Autograd passes through.

        Raises InvalidConfig for another d.
        """
        return torch.cat([self._nearest(part)[0] for part in self._parts(points)])

    @torch.no_grad()
    def gradient(self, points: Points) -> Tensor:
        """The gradient at points [k, d]: float64[k, d], unit vectors away from the anchor that is the minimum, zero on an anchor itself.

        Raises InvalidConfig for another d.
        """
        return torch.cat([self._away(part, self.anchors[self._nearest(part)[1]]) for part in self._parts(points)])

    def _parts(self, points: Points) -> tuple[Tensor, ...]:
        points = _float64(points)
        if points.dim() != 2 or points.shape[1] != self.anchors.shape[1]:
            raise InvalidConfig(f"points: {list(points.shape)} was given; this critic takes [k, {self.anchors.shape[1]}].")
        parts: tuple[Tensor, ...] = torch.split(points, _CHUNK)
        return parts

    def _nearest(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """The minimum over the anchors and where it is taken: float64[k], int64[k]."""
        values, places = (_distances(points, self.anchors) - self.offsets).min(dim=1)
        return values, places

    @staticmethod
    def _away(points: Tensor, anchors: Tensor) -> Tensor:
        way = points - anchors  # [k, d]
        unit: Tensor = way / way.norm(dim=1, keepdim=True).clamp(min=torch.finfo(way.dtype).tiny)
        return unit


def optimal_critic(real: Points, fake: Points) -> OptimalCritic:
    """The critic that attains W1 between two samples, from the dual of the assignment, by McShane's extension (1934).

    The dual is max E[u] + E[v] over u_i + v_j <= ||real_i - fake_j|| (Peyre and Cuturi 2019, arXiv 1803.00567, section 2.5). The minimum of
    cones over the fake points, min_j(||x - fake_j|| - v_j), is 1-Lipschitz whatever v is, at least u_i on real_i and at most -v_j on
    fake_j: so E[f(real)] - E[f(fake)] = W1. Where the dual has several solutions this is one of them. Between the samples and away from
    them f is not unique either; among the extensions of -v it is the highest.

    real, fake: [n, d]. Raises InvalidConfig as `exact_w1`.
    """
    cost = _costs(real, fake, power=1)
    matching, offsets = _solve(cost)
    level = float((cost - offsets).amin(dim=1).mean())  # E[f(real)] before it is made 0
    return OptimalCritic(_float64(fake).detach().clone(), offsets + level, _mean_cost(cost, matching))


def fixed_directions(count: int, dimension: int, seed: int) -> Tensor:
    """Unit vectors, evenly spread over the sphere at random: float64[count, dimension], the same for the same seed."""
    directions = torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.nn.functional.normalize(directions, dim=1)


def sliced_distance(x: Points, y: Points, directions: Tensor) -> float:
    """Sliced W1: the mean over directions of W1 between the projections (Bonneel et al. 2015); never more than W1.

    x: [n, d]; y: [m, d], any sizes; directions: [k, d], unit vectors (`fixed_directions`). Raises InvalidConfig for empty or mismatched
    sets and values that are not finite.
    """
    x, y, directions = _float64(x).detach(), _float64(y).detach(), _float64(directions)
    if not (x.dim() == y.dim() == directions.dim() == 2 and x.shape[1] == y.shape[1] == directions.shape[1] and len(directions)):
        given = f"{list(x.shape)}, {list(y.shape)} and {list(directions.shape)}"
        raise InvalidConfig(f"samples and directions: {given} were given; allowed are [n, d], [m, d] and [k, d] with k at least 1.")
    return float(_w1_of_columns(x @ directions.T, y @ directions.T).mean())


def w1_on_line(x: Points, y: Points) -> float:
    """W1 between two samples on the line by sorting: the area between their quantile functions.

    x: [n]; y: [m], any sizes. Raises InvalidConfig for empty sets, other shapes and values that are not finite.
    """
    x, y = _float64(x).detach(), _float64(y).detach()
    if not x.dim() == y.dim() == 1:
        raise InvalidConfig(f"samples: {list(x.shape)} and {list(y.shape)} were given; allowed are [n] and [m], numbers on a line.")
    return float(_w1_of_columns(x.unsqueeze(1), y.unsqueeze(1)))


def gaussian_w1_on_line(mean_a: float, sigma_a: float, mean_b: float, sigma_b: float) -> float:
    """W1 between N(mean_a, sigma_a^2) and N(mean_b, sigma_b^2) on the line; |mean_a - mean_b| for equal sigmas.

    Quantile functions differ by shift + stretch * N(0, 1), whose mean absolute value is that of a folded normal.
    """
    shift, stretch = abs(mean_a - mean_b), abs(sigma_a - sigma_b)
    if stretch == 0:
        return shift
    ratio = shift / (stretch * math.sqrt(2))
    return stretch * math.sqrt(2 / math.pi) * math.exp(-(ratio**2)) + shift * math.erf(ratio)


def gaussian_w2_on_line(mean_a: float, sigma_a: float, mean_b: float, sigma_b: float) -> float:
    """W2 between two Gaussians on the line: sqrt((mean_a - mean_b)^2 + (sigma_a - sigma_b)^2) (Peyre and Cuturi 2019, section 2.6)."""
    return math.hypot(mean_a - mean_b, sigma_a - sigma_b)


def _float64(points: Points) -> Tensor:
    if isinstance(points, np.ndarray):
        points = torch.from_numpy(np.array(points, dtype=np.float64))  # a copy: torch warns of arrays that are read-only
    return float64(points)


def _distances(x: Tensor, y: Tensor) -> Tensor:
    """||x_i - y_j||: [n, d], [m, d] to [n, m]. By differences: the faster way by products loses half of the digits of near points."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


@torch.no_grad()
def _costs(x: Points, y: Points, power: Literal[1, 2]) -> Tensor:
    """||x_i - y_j||^power: float64[n, n]."""
    x, y = _float64(x), _float64(y)
    if x.dim() != 2 or x.shape != y.shape or not x.numel():
        raise InvalidConfig(f"samples: {list(x.shape)} and {list(y.shape)} were given; allowed are two of the same size [n, d], not empty.")
    cost: Tensor = _distances(x, y) ** power
    if not bool(cost.isfinite().all()):
        raise InvalidConfig("samples: NaN, infinity or values too large for a distance were given; allowed are finite values.")
    return cost


def _match(cost: Tensor) -> Tensor:
    """The cheapest matching, int64[n], of a cost [n, n]. Exact as POT's is, and faster to solve and to import."""
    from scipy.optimize import linear_sum_assignment  # nearly half a second: only who needs the exact answer waits for it

    return torch.from_numpy(linear_sum_assignment(cost.numpy())[1])


def _solve(cost: Tensor) -> tuple[Tensor, Tensor]:
    """The cheapest matching, int64[n], and the dual potential of the columns, float64[n], of a cost [n, n].

    Weights are 1, not 1/n: then each flow is exactly 0 or 1. POT's tolerances are absolute, made for costs about 1: hence the scale.
    """
    import ot  # with scikit-learn, which it imports, over a second and 160 MB: only who needs the exact answer waits for it

    scale = float(cost.max()) or 1.0
    ones = np.ones(len(cost))
    plan, log = ot.emd(ones, ones, (cost / scale).numpy(), numItermax=_MOST_PIVOTS, log=True)
    assert log["warning"] is None, log["warning"]
    return torch.from_numpy(plan.argmax(axis=1)), torch.from_numpy(log["v"]) * scale


def _mean_cost(cost: Tensor, matching: Tensor) -> float:
    return float(cost.gather(1, matching.unsqueeze(1)).mean())


def _w1_of_columns(x: Tensor, y: Tensor) -> Tensor:
    """W1 of each column: [n, k], [m, k] to [k]. Between two steps of either quantile function both are constant."""
    if not (x.numel() and y.numel() and bool(x.isfinite().all()) and bool(y.isfinite().all())):
        raise InvalidConfig(
            f"samples: {len(x)} and {len(y)} values were given, or NaN or infinity; allowed are finite values, at least one."
        )
    n, m = len(x), len(y)
    steps = torch.cat((torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n)).sort().values  # in units of 1 / (n * m): no rounding
    widths = steps.diff(prepend=steps.new_zeros(1)).double() / (n * m)
    gaps = x.sort(dim=0).values[(steps - 1) // m] - y.sort(dim=0).values[(steps - 1) // n]  # [steps, k]
    areas: Tensor = widths @ gaps.abs()
    return areas
