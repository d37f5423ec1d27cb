"""Known answers, other solvers (POT's own dual, scipy), and what must hold of any two samples."""

import math
from itertools import permutations

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm, wasserstein_distance
from torch import Tensor

from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.errors import InvalidConfig
from wgan_gp.theory.lipschitz import gradient_norms
from wgan_gp.theory.transport import (
    exact_w1,
    exact_w2,
    fixed_directions,
    gaussian_w1_on_line,
    gaussian_w2_on_line,
    noise_floor,
    optimal_critic,
    sliced_distance,
    transport_plan,
    w1_on_line,
)


def cloud(count: int, dimension: int = 2, seed: int = 0) -> Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def grid(side: int, extent: float = 3.0) -> Tensor:
    axis = torch.linspace(-extent, extent, side, dtype=torch.float64)
    return torch.cartesian_prod(axis, axis)


numbers = st.floats(-100, 100, allow_subnormal=False)
places = st.tuples(st.integers(-3, 3), st.integers(-3, 3)) | st.tuples(numbers, numbers)  # a lattice: ties, duplicates, many duals


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Two samples of equal size in the plane."""
    count = draw(st.integers(1, 12))
    x, y = (draw(st.lists(places, min_size=count, max_size=count)) for _ in range(2))
    return torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)


@pytest.mark.parametrize("dimension", [1, 2, 84])
def test_a_shifted_cloud_is_as_far_as_its_shift(dimension: int) -> None:
    x, shift = cloud(100, dimension), cloud(1, dimension, seed=1)
    length = float(shift.norm())
    assert exact_w1(x, x + shift) == pytest.approx(length, rel=1e-12)
    assert exact_w2(x, x + shift) == pytest.approx(length, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-30, 1e-9, 1.0, 1e9, 1e100])
def test_the_distances_are_pots_in_any_unit(scale: float) -> None:
    x, y = scale * cloud(64), scale * (cloud(64, seed=1) + 0.3)
    cost = torch.cdist(x, y).numpy()
    for power, ours in ((1, exact_w1(x, y)), (2, exact_w2(x, y) ** 2)):
        expected = ot.emd2([], [], (cost / scale) ** power)
        assert ours == pytest.approx(expected * scale**power, rel=1e-7)


@settings(max_examples=60, deadline=None)
@given(pairs())
def test_the_plan_is_a_matching_and_none_is_cheaper(pair: tuple[Tensor, Tensor]) -> None:
    x, y = (points[:6] for points in pair)
    cost = torch.cdist(x, y).numpy()
    for power in (1, 2):
        plan = transport_plan(x, y, power)  # type: ignore[arg-type]
        assert plan.dtype == torch.int64
        assert sorted(plan.tolist()) == list(range(len(x)))
        best = min((cost**power)[range(len(x)), order].sum() for order in permutations(range(len(x))))
        assert float(((x - y[plan]).norm(dim=1) ** power).sum()) == pytest.approx(best, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(pairs(), places)
def test_distances_are_symmetric_and_know_no_origin(pair: tuple[Tensor, Tensor], shift: tuple[float, float]) -> None:
    x, y = pair
    w1 = exact_w1(x, y)
    assert exact_w1(y, x) == pytest.approx(w1, rel=1e-9, abs=1e-9)
    assert exact_w1(x + torch.tensor(shift), y + torch.tensor(shift)) == pytest.approx(w1, rel=1e-6, abs=1e-6)
    assert w1 <= exact_w2(x, y) * (1 + 1e-9) + 1e-9
    assert sliced_distance(x, y, fixed_directions(16, 2, seed=0)) <= w1 * (1 + 1e-9) + 1e-9


def test_a_set_is_no_distance_from_itself_in_another_order() -> None:
    x = cloud(50)
    order = torch.randperm(50, generator=torch.Generator().manual_seed(0))
    assert exact_w1(x, x[order]) == 0
    assert torch.equal(order[transport_plan(x, x[order])], torch.arange(50))


def test_arrays_are_taken_too_and_read_only_ones() -> None:
    x, y = cloud(20).float(), cloud(20, seed=1).float()
    locked = x.numpy().copy()
    locked.flags.writeable = False
    assert exact_w1(locked, y.numpy()) == exact_w1(x, y)
    assert torch.equal(optimal_critic(locked, y.numpy())(locked), optimal_critic(x, y)(x))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (cloud(3), cloud(4)),
        (cloud(3), cloud(3, 3)),
        (cloud(0), cloud(0)),
        (cloud(3, 0), cloud(3, 0)),
        (cloud(3)[0], cloud(3)[0]),
        (cloud(3) * math.nan, cloud(3)),
        (cloud(3), cloud(3) + math.inf),
        (cloud(3), cloud(3) * 1e300),
    ],
)
def test_what_cannot_be_matched_is_refused_in_a_sentence(x: Tensor, y: Tensor) -> None:
    for measure in (exact_w1, exact_w2, transport_plan, optimal_critic):
        with pytest.raises(InvalidConfig, match=r"^samples: .* given; allowed are .*\.$"):
            measure(x * 1e10, y)


# The notes' floors, medians of a few pairs: the spread of single pairs is as large as the floor itself.
@pytest.mark.parametrize(
    ("name", "count", "expected"), [("8gaussians", 256, 0.138), ("8gaussians", 512, 0.107), ("25gaussians", 256, 0.198)]
)
def test_real_against_real_is_never_nothing(name: str, count: int, expected: float) -> None:
    random = torch.Generator().manual_seed(0)
    low, median, high = noise_floor(lambda size: PLANE_SETS[name].sample(size, random), count, repeats=9)
    assert 0 < low < median < high
    assert median == pytest.approx(expected, rel=0.35)


def test_a_floor_of_no_pairs_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="repeats: 0 was given"):
        noise_floor(cloud, 4, repeats=0)


# The optimal critic


@pytest.mark.parametrize("name", ["8gaussians", "25gaussians", "swissroll"])
def test_the_optimal_critic_attains_w1_and_is_nowhere_steeper_than_1(name: str) -> None:
    random = torch.Generator().manual_seed(0)
    real = PLANE_SETS[name].sample(256, random)
    fake = PLANE_SETS[name].sample(256, random) + torch.randn(256, 2, generator=random)  # the value surfaces' generator
    critic = optimal_critic(real, fake)
    w1 = exact_w1(real, fake)
    assert critic.distance == w1
    assert float(critic(real).mean() - critic(fake).mean()) == pytest.approx(w1, rel=1e-4)
    assert float(critic(real).mean()) == pytest.approx(0, abs=1e-12)

    points = torch.cat((grid(48), real, fake))
    rise = (critic(points)[:, None] - critic(points)[None, :]).abs()
    assert float((rise / torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist").clamp(min=1e-9)).max()) <= 1 + 1e-6


@settings(max_examples=150, deadline=None)
@given(pairs())
def test_the_dual_is_the_primal_even_with_ties_and_duplicates(pair: tuple[Tensor, Tensor]) -> None:
    real, fake = pair
    critic = optimal_critic(real, fake)
    assert float(critic(real).mean() - critic(fake).mean()) == pytest.approx(exact_w1(real, fake), rel=1e-9, abs=1e-9)
    assert float(critic(real).mean()) == pytest.approx(0, abs=1e-9)
    rise = critic(real)[:, None] - critic(fake)[None, :]
    assert bool((rise.abs() <= torch.cdist(real, fake) + 1e-6).all())


def test_along_each_matched_pair_the_value_falls_one_for_one_from_real_to_fake() -> None:
    """[G], proposition 1: the optimal critic has slope 1 along the lines of the coupling."""
    real, fake = cloud(64), cloud(64, seed=1) + 1.0
    critic, partner = optimal_critic(real, fake), fake[transport_plan(real, fake)]
    for share in (0.0, 0.3, 1.0):
        between = real + share * (partner - real)
        assert torch.allclose(critic(real) - critic(between), share * (real - partner).norm(dim=1), atol=1e-9)


def test_a_single_pair_is_a_cone_around_the_fake_point() -> None:
    critic = optimal_critic(torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 0.0]]))
    assert critic.distance == 5.0
    assert critic(torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 7.0]])).tolist() == pytest.approx([-5, 0, 2])
    assert critic.gradient(torch.tensor([[3.0, 4.0], [0.0, -2.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, -1.0], [0.0, 0.0]]


def test_the_gradient_is_that_of_finite_differences_and_of_autograd() -> None:
    critic = optimal_critic(cloud(64), cloud(64, seed=1) + 0.5)
    points, width = cloud(500, seed=2) * 2, 1e-6
    ways = torch.eye(2, dtype=torch.float64) * width
    slopes = torch.stack([(critic(points + way) - critic(points - way)) / (2 * width) for way in ways], dim=1)
    ours = critic.gradient(points)
    same_cone = (slopes.norm(dim=1) - 1).abs() < 1e-5  # away from creases, where the two sides have different gradients
    assert float(same_cone.double().mean()) > 0.99
    assert torch.allclose(ours[same_cone], slopes[same_cone], atol=1e-5)
    assert torch.allclose(ours.norm(dim=1), torch.ones(500, dtype=torch.float64))
    assert torch.allclose(gradient_norms(critic, points.float()), torch.ones(500))


def test_many_points_have_the_values_of_few() -> None:
    critic, points = optimal_critic(cloud(16), cloud(16, seed=1)), cloud(5000, seed=2)
    assert torch.equal(critic(points)[4990:], critic(points[4990:]))
    assert torch.equal(critic.gradient(points)[4990:], critic.gradient(points[4990:]))
    assert critic(points[:0]).shape == (0,)
    assert critic.gradient(points[:0]).shape == (0, 2)


def test_a_critic_of_the_plane_takes_no_other_points() -> None:
    critic = optimal_critic(cloud(4), cloud(4, seed=1))
    for ask in (critic, critic.gradient):
        with pytest.raises(InvalidConfig, match=r"\[5, 3\] was given; this critic takes \[k, 2\]"):
            ask(cloud(5, 3))


# On the line, and sliced


@settings(max_examples=100, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=30), st.lists(numbers, min_size=1, max_size=30))
def test_on_the_line_sorting_gives_scipys_answer_for_any_sizes(x: list[float], y: list[float]) -> None:
    assert w1_on_line(np.array(x), np.array(y)) == pytest.approx(wasserstein_distance(x, y), rel=1e-9, abs=1e-9)


def test_on_the_line_sorting_and_matching_agree() -> None:
    x, y = cloud(200, 1), cloud(200, 1, seed=1) * 2
    assert w1_on_line(x[:, 0], y[:, 0]) == pytest.approx(exact_w1(x, y), rel=1e-12)


def test_sliced_distance_is_the_mean_of_the_projections() -> None:
    x, y, directions = cloud(40, 3), cloud(70, 3, seed=1) + 1, fixed_directions(8, 3, seed=5)
    each = [wasserstein_distance((x @ way).numpy(), (y @ way).numpy()) for way in directions]
    assert sliced_distance(x, y, directions) == pytest.approx(np.mean(each), rel=1e-12)


def test_the_sliced_distance_of_a_shift_in_the_plane_is_two_over_pi_of_it() -> None:
    x = cloud(50)
    shift = torch.tensor([0.6, 0.8])
    assert sliced_distance(x, x + shift, fixed_directions(20_000, 2, seed=0)) == pytest.approx(2 / math.pi, abs=0.01)


def test_directions_are_fixed_by_their_seed_and_unit_long() -> None:
    directions = fixed_directions(100, 5, seed=3)
    assert torch.equal(directions, fixed_directions(100, 5, seed=3))
    assert not torch.equal(directions, fixed_directions(100, 5, seed=4))
    assert torch.allclose(directions.norm(dim=1), torch.ones(100, dtype=torch.float64))


def test_what_has_no_order_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="finite"):
        w1_on_line(torch.tensor([1.0, math.nan]), torch.ones(2))
    with pytest.raises(InvalidConfig, match="at least one"):
        w1_on_line(torch.ones(0), torch.ones(2))
    with pytest.raises(InvalidConfig, match="numbers on a line"):
        w1_on_line(torch.ones(2, 2), torch.ones(2))
    with pytest.raises(InvalidConfig, match="finite"):
        sliced_distance(cloud(3) * math.inf, cloud(3), fixed_directions(4, 2, seed=0))
    with pytest.raises(InvalidConfig, match=r"\[n, d\], \[m, d\] and \[k, d\]"):
        sliced_distance(cloud(3), cloud(3), fixed_directions(4, 3, seed=0))


@pytest.mark.parametrize(("mean_a", "sigma_a", "mean_b", "sigma_b"), [(0, 1, 2.5, 1), (1, 2, -1, 0.5), (0, 1, 0, 3), (0, 0, 3, 0)])
def test_gaussians_on_the_line_are_the_integral_over_their_quantiles(mean_a: float, sigma_a: float, mean_b: float, sigma_b: float) -> None:
    def gap(z: float) -> float:
        return abs(mean_a - mean_b + (sigma_a - sigma_b) * z)

    crossing = 0.0 if sigma_a == sigma_b else (mean_b - mean_a) / (sigma_a - sigma_b)
    for power, ours in (
        (1, gaussian_w1_on_line(mean_a, sigma_a, mean_b, sigma_b)),
        (2, gaussian_w2_on_line(mean_a, sigma_a, mean_b, sigma_b) ** 2),
    ):
        expected, _ = quad(lambda z, power=power: gap(z) ** power * norm.pdf(z), -12, 12, points=[crossing])
        assert ours == pytest.approx(expected, rel=1e-8)


def test_samples_of_gaussians_come_near_the_closed_form() -> None:
    x, y = cloud(20_000, 1)[:, 0], 1.5 + 2 * cloud(20_000, 1, seed=1)[:, 0]
    assert w1_on_line(x, y) == pytest.approx(gaussian_w1_on_line(0, 1, 1.5, 2), abs=0.03)
