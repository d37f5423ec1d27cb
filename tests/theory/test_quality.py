import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.errors import InvalidConfig
from wgan_gp.theory import quality
from wgan_gp.theory.quality import (
    PERFECT_SHARE_2D,
    PERFECT_SIGMA_RATIO_2D,
    density_and_coverage,
    expected_coverage,
    frechet_distance,
    kernel_distance,
    mode_report,
    nearest,
)


@pytest.mark.parametrize("name", ["8gaussians", "25gaussians"])
def test_perfect_data_scores_what_the_arithmetic_says(name: str) -> None:
    data = PLANE_SETS[name]
    report = mode_report(data.sample(20_000, torch.Generator().manual_seed(0)), torch.tensor(data.centres), data.sigma)
    assert report.covered == report.well_covered == report.modes == len(data.centres)
    assert report.good_share == pytest.approx(PERFECT_SHARE_2D, abs=0.003)


def test_one_mode_is_one_mode() -> None:
    centres = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    samples = torch.cat((torch.zeros(99, 2), torch.tensor([[1.0, 0.0]])))
    report = mode_report(samples, centres, sigma=0.01)
    assert (report.covered, report.well_covered, report.good_share) == (2, 1, 1.0)
    assert mode_report(samples + 0.5, centres, sigma=0.01).good_share == 0.0


def test_no_samples_are_refused() -> None:
    with pytest.raises(InvalidConfig, match="at least one"):
        mode_report(torch.empty(0, 2), torch.zeros(1, 2), 1.0)


@pytest.mark.parametrize("name", ["8gaussians", "25gaussians"])
def test_perfect_data_is_as_wide_and_as_evenly_spread_as_the_arithmetic_says(name: str) -> None:
    data, random = PLANE_SETS[name], torch.Generator().manual_seed(0)
    reports = [mode_report(data.sample(2500, random), torch.tensor(data.centres), data.sigma) for _ in range(30)]
    ratio, kl = (sum(getattr(report, field) for report in reports) / 30 for field in ("sigma_ratio", "kl"))
    assert abs(PERFECT_SIGMA_RATIO_2D - math.sqrt(1 - 4.5 * math.exp(-4.5) / (1 - math.exp(-4.5)))) < 1e-5
    assert ratio == pytest.approx(PERFECT_SIGMA_RATIO_2D, abs=0.005)
    assert kl == pytest.approx((len(data.centres) - 1) / (2 * 2500), rel=0.3)  # 0.0048 for 25 modes


def test_the_spread_is_measured_from_the_centres() -> None:
    centres = torch.tensor([[0.0, 0.0], [10.0, 0.0]])
    samples = torch.tensor([[1.0, 0.0], [0.0, -1.0], [10.0, 2.0], [5.0, 0.0]])  # squares 1, 1, 4; the last one is not good
    assert mode_report(samples, centres, sigma=1.0).sigma_ratio == pytest.approx(math.sqrt((1 + 1 + 4) / (3 * 2)))
    assert mode_report(samples, centres, sigma=2.0).sigma_ratio == pytest.approx(math.sqrt(31 / (4 * 2)) / 2)  # now it is
    assert mode_report(centres, centres, sigma=1.0).sigma_ratio == 0


def test_uneven_shares_are_told_in_nats() -> None:
    centres = torch.tensor([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0], [30.0, 0.0]])
    assert mode_report(centres, centres, sigma=1.0).kl == pytest.approx(0, abs=1e-12)
    assert mode_report(centres[:1], centres, sigma=1.0).kl == pytest.approx(math.log(4))
    counts = torch.tensor([6, 3, 1, 0])
    assert mode_report(centres.repeat_interleave(counts, dim=0), centres, sigma=1.0).kl == pytest.approx(entropy([6, 3, 1, 0], [1] * 4))


def test_without_a_good_sample_there_is_nothing_to_tell() -> None:
    report = mode_report(torch.full((3, 2), 9.0), torch.zeros(1, 2), sigma=1.0)
    assert report.good_share == 0
    assert math.isnan(report.sigma_ratio)
    assert math.isnan(report.kl)


# --- features ----------------------------------------------------------------------------------------------------------------------


def gaussian(count: int, mean: torch.Tensor, covariance: torch.Tensor, seed: int) -> torch.Tensor:
    """A set with exactly this mean and this unbiased covariance: float64[count, d]."""
    draws = torch.randn(count, len(mean), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    draws = draws - draws.mean(dim=0)
    white = torch.linalg.solve_triangular(torch.linalg.cholesky(draws.T.cov()), draws.T, upper=False).T
    return mean + white @ torch.linalg.cholesky(covariance).T


class Identity(torch.nn.Module):
    """Feature vectors as they are: what torchmetrics calls a feature extractor."""

    num_features = 12

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        return vectors.double()


def two_sets(count: int = 300, other: int = 300) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(5)
    mix = torch.randn(12, 12, generator=random, dtype=torch.float64)
    x = torch.randn(count, 12, generator=random, dtype=torch.float64) @ mix
    y = torch.randn(other, 12, generator=random, dtype=torch.float64).abs() @ mix.T + 0.3
    return x, y


@pytest.mark.parametrize(("n", "m"), [(300, 300), (400, 150), (9, 7)])
def test_the_frechet_distance_is_torchmetrics(n: int, m: int) -> None:
    from torchmetrics.image.fid import FrechetInceptionDistance

    x, y = two_sets(n, m)
    metric = FrechetInceptionDistance(feature=Identity(), normalize=True).set_dtype(torch.float64)
    metric.update(x, real=True)
    metric.update(y, real=False)
    assert frechet_distance(x, y) == pytest.approx(float(metric.compute()), rel=1e-6)


def test_the_frechet_distance_of_known_gaussians() -> None:
    mean = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    one, other = torch.diag(torch.tensor([1.0, 4.0, 9.0])).double(), torch.diag(torch.tensor([4.0, 1.0, 0.25])).double()
    x, y = gaussian(500, 0 * mean, one, 0), gaussian(200, mean, other, 1)
    assert frechet_distance(x, y) == pytest.approx(5.25 + (1 - 2) ** 2 + (2 - 1) ** 2 + (3 - 0.5) ** 2, rel=1e-9)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)).Q
    assert frechet_distance(x @ turn, y @ turn) == pytest.approx(frechet_distance(x, y), rel=1e-9)


def test_the_frechet_distance_of_a_set_to_itself_is_nothing_and_to_a_shifted_copy_the_square_of_the_shift() -> None:
    x, _ = two_sets()
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-10)
    assert frechet_distance(x.float(), x.float() + 0.5) == pytest.approx(12 * 0.25, rel=1e-5)


@pytest.mark.parametrize(("n", "m"), [(300, 300), (400, 150)])
def test_the_kernel_distance_is_torchmetrics(n: int, m: int) -> None:
    from torchmetrics.image.kid import KernelInceptionDistance

    x, y = two_sets(n, m)
    size = min(n, m)
    with pytest.warns(UserWarning, match="large memory footprint"):
        metric = KernelInceptionDistance(feature=Identity(), subsets=1, subset_size=size, normalize=True, compute_with_cache=False)
    metric = metric.set_dtype(torch.float64)
    metric.update(x, real=True)
    metric.update(y, real=False)
    ours, random = [], torch.Generator().manual_seed(0)
    if n == m:  # both whole: there is no choice
        assert kernel_distance(x, y, random) == pytest.approx(float(metric.compute()[0]), rel=1e-9)
        return
    for _ in range(30):
        ours.append(kernel_distance(x, y, random, subsets=1, size=size))
    theirs = torch.stack([metric.compute()[0] for _ in range(30)])
    assert sum(ours) / 30 == pytest.approx(float(theirs.mean()), abs=4 * float(theirs.std()) / 30**0.5)


def test_the_kernel_distance_is_unbiased() -> None:
    """On one axis E[(xy + 1)^3] needs only the first three moments: with a shift s of N(0, 1) MMD^2 has a closed form."""
    random, shift = torch.Generator().manual_seed(0), 0.7
    draws = torch.randn(2, 200_000, 1, generator=random, dtype=torch.float64)
    second, third = 1 + shift**2, shift**3 + 3 * shift
    exact = 3 * shift**2 + 3 * (1 - second) ** 2 + third**2  # sum over powers of (3 choose p) * (difference of the moments)^2
    assert kernel_distance(draws[0], draws[1] + shift, random, subsets=400, size=200) == pytest.approx(exact, rel=0.05)
    same = kernel_distance(draws[0], draws[1], random, subsets=400, size=200)
    assert abs(same) < 0.02
    x, y = two_sets()
    assert kernel_distance(x, y, random) > 10 * abs(kernel_distance(x[:150], x[150:], random))


def naive_density_and_coverage(real: torch.Tensor, fake: torch.Tensor, k: int) -> tuple[float, float]:
    """Word by word as in the paper."""
    radii = [sorted(float((x - other).norm()) for j, other in enumerate(real) if j != i)[k - 1] for i, x in enumerate(real)]
    inside = [[float((x - f).norm()) < radius for f in fake] for x, radius in zip(real, radii, strict=True)]
    density = sum(map(sum, inside)) / (k * len(fake))
    return density, sum(map(any, inside)) / len(real)


def test_density_and_coverage_are_the_papers() -> None:
    x, y = two_sets(40, 30)
    for k in (1, 5):
        assert density_and_coverage(x, y, k) == pytest.approx(naive_density_and_coverage(x, y, k))


def test_real_halves_have_density_1_and_the_coverage_of_arithmetic() -> None:
    assert expected_coverage(2000) == pytest.approx(0.969, abs=5e-4)
    random = torch.Generator().manual_seed(0)
    found = torch.tensor([density_and_coverage(*torch.randn(2, 500, 3, generator=random)) for _ in range(60)])
    assert found[:, 0].mean() == pytest.approx(1, abs=0.02)
    assert found[:, 1].mean() == pytest.approx(expected_coverage(500), abs=0.003)


def test_fakes_far_away_cover_nothing_and_one_fake_covers_little() -> None:
    x, _ = two_sets()
    assert density_and_coverage(x, x + 1e3) == (0, 0)
    assert density_and_coverage(x, x)[1] == 1
    density, coverage = density_and_coverage(x, x.mean(dim=0).expand(300, 12))
    assert density > 1  # where data are dense: collapse is seen by coverage, not by density
    assert coverage < 0.6


@pytest.mark.parametrize("measure", [frechet_distance, density_and_coverage, lambda x, y: kernel_distance(x, y, torch.Generator())])
def test_too_few_samples_and_other_shapes_are_refused(measure: Callable[[torch.Tensor, torch.Tensor], object]) -> None:
    x, y = two_sets(20, 20)
    for real, fake in ((x[:0], y), (x, y[:0]), (x[:1], y), (x, y[:, :3]), (x[0], y[0])):
        with pytest.raises(InvalidConfig, match="samples: "):
            measure(real, fake)
    with pytest.raises(InvalidConfig, match="finite"):
        measure(x, y * math.nan)
    with pytest.raises(InvalidConfig, match="more than k = 5"):
        density_and_coverage(x[:5], y)


# --- neighbours --------------------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 2**31), st.sampled_from([7, 60, 10**6]))
def test_the_nearest_is_the_nearest_in_whatever_chunks(count: int, others: int, seed: int, chunk: int) -> None:
    random = torch.Generator().manual_seed(seed)
    samples, references = (torch.randint(256, (n, 1, 3, 3), generator=random, dtype=torch.uint8) for n in (count, others))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "_CHUNK", chunk)
        where, distance = nearest(samples, references)
    table = (samples.double().flatten(1)[:, None] - references.double().flatten(1)[None]).norm(dim=2)
    assert torch.allclose(distance.double(), table.min(dim=1).values)
    assert torch.allclose(table[torch.arange(count), where], table.min(dim=1).values)


def test_a_copy_is_found_at_distance_0() -> None:
    references = torch.randint(256, (5000, 1, 28, 28), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    where, distance = nearest(references[4000:4100], references)
    assert where.tolist() == list(range(4000, 4100))
    assert distance.max() == 0


def test_neighbours_of_another_shape_or_of_nothing_are_refused() -> None:
    for samples, references in (
        (torch.zeros(2, 3), torch.zeros(2, 4)),
        (torch.zeros(0, 3), torch.zeros(2, 3)),
        (torch.zeros(2, 3), torch.zeros(0, 3)),
    ):
        with pytest.raises(InvalidConfig, match="not empty"):
            nearest(samples, references)
