"""Numbers that stand in other texts: on the form of the page Gradients, in the words of the Lab, and in what compares two runs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from tests.panels.slope_claims import aligned
from tests.panels.support import METHODS, deep, duel, home, small, trained, whole_moments  # noqa: F401
from wgan_gp.benchmark.flops import count_flops
from wgan_gp.config import override
from wgan_gp.config.words import difference
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.measures.floors import W1_FLOORS
from wgan_gp.panels.glossary import GLOSSARY
from wgan_gp.presets import preset
from wgan_gp.theory.latent import slerp
from wgan_gp.theory.quality import mode_report
from wgan_gp.training.parts import parts_of

HERE = ["device=cpu", "threads=1"]


# --- the width on the page Gradients ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "limit"), [(32, 0.01), (128, 0.01), (128, 0.001)])
def test_right_after_the_first_clip_a_layer_multiplies_gradients_by_about_c_root_of_half_the_width(width: int, limit: float) -> None:
    recording = deep(limit, "steps=1", "n_critic=1", f"critic.width={width}")
    logs = whole_moments(recording)[-1]["layers"].astype(np.float64)
    assert 10 ** ((logs[0] - logs[-2]) / (len(logs) - 2)) == pytest.approx(limit * math.sqrt(width / 2), rel=0.25)


def test_once_signs_align_a_layer_multiplies_by_up_to_c_times_the_width() -> None:
    norms = aligned(64, 0.1, hidden=6)
    assert (norms[:-2] / norms[1:-1]).tolist() == pytest.approx([0.1 * 64] * 5, rel=1e-6)


# --- the words of the Lab -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_fifty_critic_updates_cost_nearly_ten_times_as_much_as_five(method: str) -> None:
    """In operations of matrix products; with one update an iteration is cheaper than with five."""
    costs = []
    for updates in (1, 5, 50):
        config = override(preset("8gaussians", method), [*HERE, f"n_critic={updates}", "batch_size=16"])  # type: ignore[arg-type]
        trainer = parts_of(config).trainer
        trainer.step()
        costs.append(count_flops(trainer.step))
    assert costs[0] < costs[1]
    assert 8 < costs[2] / costs[1] < 10
    assert "nearly ten times" in GLOSSARY["n_critic"]


def test_even_perfect_samples_have_a_distance_above_0() -> None:
    assert all(low > 0 for low, _, _ in W1_FLOORS.values())


def test_a_mode_is_well_covered_by_a_fifth_of_its_fair_share() -> None:
    """512 samples, 64 each: 13 suffice, 12 do not; within 3 sigma they are good."""
    data = PLANE_SETS["8gaussians"]
    centres = torch.tensor(data.centres)
    for first, well in ((13, 8), (12, 7)):
        places = torch.cat((torch.zeros(first), torch.ones(512 - first - 6 * 64), torch.arange(2, 8).repeat_interleave(64))).long()
        assert mode_report(centres[places], centres, data.sigma).well_covered == well
    for away, good in ((2.99, 1.0), (3.01, 0.0)):
        assert mode_report(centres + torch.tensor([away * data.sigma, 0.0]), centres, data.sigma).good_share == good


def test_without_a_limit_on_the_slope_scaling_makes_the_estimate_as_large_as_one_likes() -> None:
    trainer = trained(duel("gp"))
    real, fake = torch.randn(2, 64, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = trainer.critic(real).mean() - trainer.critic(fake).mean()
        last = [part for part in trainer.critic.modules() if isinstance(part, nn.Linear)][-1]
        for weights in last.parameters():
            weights.mul_(1000)
        after = trainer.critic(real).mean() - trainer.critic(fake).mean()
    assert float(after) == pytest.approx(1000 * float(before), rel=1e-3)


def test_a_great_circle_keeps_the_length_that_many_dimensional_latents_have() -> None:
    one, other = torch.randn(2, 1000, generator=torch.Generator().manual_seed(0))
    usual = math.sqrt(1000)
    assert float(slerp(one, other, torch.tensor([0.5])).norm()) == pytest.approx(usual, rel=0.05)
    assert float((one + other).norm() / 2) == pytest.approx(usual / math.sqrt(2), rel=0.05)


def test_with_batch_norm_a_value_depends_on_the_batch_and_with_layer_norm_it_does_not() -> None:
    points = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    for norm, alone in ((nn.BatchNorm1d(4), False), (nn.LayerNorm(4), True)):
        critic = nn.Sequential(nn.Linear(2, 4), norm, nn.ReLU(), nn.Linear(4, 1))
        nn.init.constant_(critic[0].weight, 0.5)
        in_two_batches = torch.cat((critic(points[:4]), critic(points[4:])))
        assert torch.allclose(critic(points), in_two_batches, atol=1e-6) == alone


# --- what a comparison shows --------------------------------------------------------------------------------------------------------


def test_where_only_the_constraint_differs_two_runs_begin_alike_and_part_by_it() -> None:
    """At iteration 0 everything measured is the same; the same constraint twice gives the same numbers to the end."""
    fair = [preset("8gaussians", method, optimizer="rmsprop") for method in ("clip", "gp")]
    assert difference(fair) == "Only the constraint differs: every difference you see comes from it."
    clip, gp = (whole_moments(small(config, "steps=10")) for config in fair)
    for name in ("samples", "field", "field_scale", "norms_line", "norms_fake", "estimates", "layers", "path", "weights_critic"):
        assert np.array_equal(clip[0][name], gp[0][name]), name
    assert not np.array_equal(clip[-1]["samples"], gp[-1]["samples"])
    again = whole_moments(small(fair[1], "steps=10", "name=again"))
    assert all(np.array_equal(gp[-1][name], array) for name, array in again[-1].items())
