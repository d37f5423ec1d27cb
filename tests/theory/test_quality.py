import math

import pytest
import torch
from scipy.stats import entropy

from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.errors import InvalidConfig
from wgan_gp.theory.quality import PERFECT_SHARE_2D, PERFECT_SIGMA_RATIO_2D, mode_report


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
