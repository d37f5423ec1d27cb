"""The toy sets against scikit-learn and against the numbers of the papers' code."""

import math

import numpy as np
import pytest
import torch
from sklearn import datasets

from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.theory.transport import exact_w1


def draw(name: str, count: int = 20_000, seed: int = 0) -> torch.Tensor:
    return PLANE_SETS[name].sample(count, torch.Generator().manual_seed(seed))


def test_eight_gaussians_are_those_of_the_paper() -> None:
    points, centres = draw("8gaussians"), torch.tensor(PLANE_SETS["8gaussians"].centres)
    assert torch.allclose(centres.norm(dim=1), torch.full((8,), 2 / 1.414), atol=1e-6)
    mode = torch.cdist(points, centres).argmin(dim=1)
    assert (points - centres[mode]).std().item() == pytest.approx(0.02 / 1.414, rel=0.03)
    assert torch.bincount(mode, minlength=8).min().item() > 20_000 / 8 * 0.9


def test_twenty_five_gaussians_are_those_of_the_paper() -> None:
    points, centres = draw("25gaussians"), torch.tensor(PLANE_SETS["25gaussians"].centres)
    assert sorted({round(x, 4) for x, _ in centres.tolist()}) == [-1.4144, -0.7072, 0.0, 0.7072, 1.4144]
    mode = torch.cdist(points, centres).argmin(dim=1)
    assert (points - centres[mode]).std().item() == pytest.approx(0.05 / 2.828, rel=0.03)
    assert len(mode.unique()) == 25


def assert_same_distribution(ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> None:
    """Equal means, covariances and quantiles of both coordinates."""
    assert np.abs(ours.mean(0) - theirs.mean(0)).max() < tolerance
    assert np.abs(np.cov(ours.T) - np.cov(theirs.T)).max() < tolerance
    shares = np.linspace(0.02, 0.98, 25)
    assert np.abs(np.quantile(ours, shares, axis=0) - np.quantile(theirs, shares, axis=0)).max() < 2 * tolerance


def test_the_swiss_roll_is_scikit_learns() -> None:
    theirs = datasets.make_swiss_roll(20_000, noise=0.25, random_state=0)[0][:, [0, 2]] / 7.5
    assert_same_distribution(draw("swissroll").numpy(), theirs, 0.04)


def test_moons_and_circles_are_scikit_learns() -> None:
    moons = datasets.make_moons(20_000, noise=0.05, random_state=0)[0] - [0.5, 0.25]
    circles = datasets.make_circles(20_000, noise=0.03, factor=0.5, random_state=0)[0]
    assert_same_distribution(draw("moons").numpy(), moons, 0.04)
    assert_same_distribution(draw("circles").numpy(), circles, 0.04)


@pytest.mark.parametrize("name", list(PLANE_SETS))
def test_a_set_is_drawn_from_its_random_source_and_lies_in_its_extent(name: str) -> None:
    points = draw(name, 500, seed=3)
    assert points.shape == (500, 2)
    assert points.dtype == torch.float32
    assert torch.equal(points, draw(name, 500, seed=3))
    assert not torch.equal(points, draw(name, 500, seed=4))
    assert points.abs().max().item() < PLANE_SETS[name].extent
    assert math.isfinite(points.sum().item())


@pytest.mark.parametrize("name", PLANE_SETS)
def test_even_samples_follow_the_same_distribution_and_vary_less(name: str) -> None:
    data, random = PLANE_SETS[name], torch.Generator().manual_seed(0)
    even = [data.sample_evenly(480, random) for _ in range(20)]
    plain = [data.sample(480, random) for _ in range(20)]
    means = [torch.stack([points.mean(dim=0) for points in kind]) for kind in (even, plain)]
    assert means[0].std(dim=0).norm() < 0.7 * means[1].std(dim=0).norm()
    assert torch.cat(even).std(dim=0).allclose(torch.cat(plain).std(dim=0), rtol=0.05)
    assert exact_w1(torch.cat(even)[:960], torch.cat(plain)[-960:]) < 1.5 * exact_w1(torch.cat(plain)[:960], torch.cat(plain)[-960:])


@pytest.mark.parametrize("name", ["8gaussians", "25gaussians"])
def test_each_mode_has_its_fair_share_of_even_samples(name: str) -> None:
    data = PLANE_SETS[name]
    modes = len(data.centres)
    points = data.sample_evenly(40 * modes, torch.Generator().manual_seed(0))
    nearest = torch.cdist(points, torch.tensor(data.centres)).argmin(dim=1)
    assert nearest.bincount(minlength=modes).tolist() == [40] * modes
