import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi

from wgan_gp.theory.latent import (
    WAYS,
    latents_from_seeds,
    lerp,
    norm_band,
    plane_through,
    share_below,
    slerp,
    step_lengths,
    walk,
)

SEEDS = st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=6)


@settings(max_examples=50, deadline=None)
@given(seeds=SEEDS, dimension=st.integers(1, 40))
def test_a_latent_depends_on_its_seed_alone(seeds: list[int], dimension: int) -> None:
    together = latents_from_seeds(seeds, dimension)
    assert together.shape == (len(seeds), dimension)
    for row, seed in zip(together, seeds, strict=True):
        assert torch.equal(row, latents_from_seeds([seed], dimension)[0])


def test_latents_are_standard_normal() -> None:
    latents = latents_from_seeds(range(4000), 4)
    assert latents.mean(0).abs().max().item() < 0.07
    assert (latents.var(0) - 1).abs().max().item() < 0.1
    assert latents_from_seeds([], 4).shape == (0, 4)


def test_both_ways_begin_and_end_at_their_ends() -> None:
    start, end = latents_from_seeds([1, 2], 8)
    share = torch.tensor([0.0, 1.0])
    for way in (lerp, slerp):
        assert torch.allclose(way(start, end, share), torch.stack((start, end)), atol=1e-6)


def test_slerp_keeps_the_norm_where_lerp_loses_it() -> None:
    start, end = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    half = torch.tensor([0.5])
    assert slerp(start, end, half).norm().item() == pytest.approx(2.0)
    assert lerp(start, end, half).norm().item() == pytest.approx(math.sqrt(2))


@pytest.mark.parametrize("end", [torch.tensor([2.0, 4.0]), torch.tensor([-1.0, -2.0]), torch.zeros(2)])
def test_slerp_is_finite_where_there_is_no_great_circle(end: torch.Tensor) -> None:
    assert bool(slerp(torch.tensor([1.0, 2.0]), end, torch.linspace(0, 1, 5)).isfinite().all())


@settings(max_examples=50, deadline=None)
@given(seeds=st.lists(st.integers(0, 10**6), min_size=2, max_size=2, unique=True), dimension=st.integers(2, 80), frames=st.integers(2, 20))
def test_the_norm_of_slerp_goes_evenly_and_that_of_lerp_stays_below(seeds: list[int], dimension: int, frames: int) -> None:
    start, end = latents_from_seeds(seeds, dimension)
    share = torch.linspace(0, 1, frames)
    even = start.norm() + share * (end.norm() - start.norm())
    assert torch.allclose(slerp(start, end, share).norm(dim=1), even, rtol=1e-3, atol=1e-4)
    assert bool((lerp(start, end, share).norm(dim=1) <= even + 1e-4).all())


@pytest.mark.parametrize("dimension", [1, 2, 64])
def test_the_band_covers_nine_latents_of_ten(dimension: int) -> None:
    low, median, high = norm_band(dimension)
    norms = latents_from_seeds(range(4000), dimension).norm(dim=1)
    assert ((norms > low) & (norms < high)).float().mean().item() == pytest.approx(0.9, abs=0.015)
    assert (norms < median).float().mean().item() == pytest.approx(0.5, abs=0.025)
    assert (low, median, high) == pytest.approx(chi.ppf((0.05, 0.5, 0.95), dimension))
    assert share_below(0.7 * median, dimension) == pytest.approx(chi.cdf(0.7 * median, dimension))
    assert norm_band(dimension, 0.5)[0] > low


@settings(max_examples=40, deadline=None)
@given(
    seeds=st.lists(st.integers(0, 10**6), min_size=2, max_size=6, unique=True),
    dimension=st.integers(2, 40),
    leg=st.integers(1, 9),
    way=st.sampled_from(sorted(WAYS)),
)
def test_a_closed_walk_meets_every_stop_once_and_comes_home(seeds: list[int], dimension: int, leg: int, way: str) -> None:
    stops = latents_from_seeds(seeds, dimension)
    frames = walk(stops, leg, WAYS[way])
    assert frames.shape == (len(seeds) * leg, dimension)
    assert torch.allclose(frames[::leg], stops, atol=1e-5)
    last_leg = WAYS[way](stops[-1], stops[0], torch.arange(leg + 1) / leg)
    assert torch.allclose(frames[-leg:], last_leg[:-1], atol=1e-5)  # one more step would be the first frame
    opened = walk(stops, leg, WAYS[way], closed=False)
    assert opened.shape == ((len(seeds) - 1) * leg + 1, dimension)
    assert torch.allclose(opened[:-1], frames[:-leg], atol=1e-6)
    assert torch.equal(opened[-1], stops[-1])


@settings(max_examples=40, deadline=None)
@given(
    seeds=st.lists(st.integers(0, 10**6), min_size=3, max_size=4, unique=True),
    dimension=st.integers(2, 40),
    side=st.integers(2, 15),
    keep_norm=st.booleans(),
)
def test_the_corners_of_a_plane_are_those_given(seeds: list[int], dimension: int, side: int, keep_norm: bool) -> None:
    corners = latents_from_seeds(seeds, dimension)
    square = plane_through(corners, side, keep_norm).view(side, side, dimension)
    found = torch.stack((square[0, 0], square[0, -1], square[-1, 0], square[-1, -1]))
    assert torch.allclose(found[: len(seeds)], corners, rtol=1e-4, atol=1e-4)
    if len(seeds) == 3:
        fourth = corners[1] + corners[2] - corners[0]
        assert torch.cosine_similarity(found[3], fourth, dim=0).item() == pytest.approx(1, abs=1e-4)
        wanted = corners.norm(dim=1).mean() if keep_norm else fourth.norm()
        assert found[3].norm().item() == pytest.approx(wanted.item(), rel=1e-3)


def test_three_corners_span_a_flat_plane() -> None:
    corners = latents_from_seeds([1, 2, 3], 10)
    moved = plane_through(corners, 6, keep_norm=False) - corners[0]
    assert torch.linalg.matrix_rank(moved, rtol=1e-4).item() == 2


def test_the_norm_in_the_middle_of_a_plane_is_kept_or_halved() -> None:
    corners = latents_from_seeds([1, 2, 3, 4], 2000)
    flat, kept = (plane_through(corners, 3, keep)[4].norm().item() for keep in (False, True))
    assert flat == pytest.approx(math.sqrt(2000) / 2, rel=0.05)
    assert kept == pytest.approx(corners.norm(dim=1).mean().item(), rel=1e-4)


def test_a_step_is_measured_in_grey_levels_or_in_the_plane() -> None:
    images = np.zeros((3, 2, 2, 1), dtype=np.uint8)
    images[1] = 255
    images[2] = 255
    images[2, 0, 0, 0] = 55  # one of four pixels by 200
    assert step_lengths(images).tolist() == [255, 100]
    assert step_lengths(images.repeat(3, axis=1).repeat(2, axis=2)).tolist() == [255, 100]  # larger pictures compare
    assert step_lengths(np.array([[0, 0], [3, 4], [3, 4]], dtype=np.float32)).tolist() == [5, 0]
