import pytest
import torch

from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.errors import InvalidConfig
from wgan_gp.theory.quality import PERFECT_SHARE_2D, mode_report


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
