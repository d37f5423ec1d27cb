import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wgan_gp.theory.latent import latents_from_seeds, lerp, slerp

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
