"""Which measures a run has: each when the table says, one more is a function in a list, and a moment makes few passes through the nets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
import safetensors.numpy
import torch
from torch import Tensor, nn

from tests.measures.support import Pair
from wgan_gp.config import RunConfig, override
from wgan_gp.data import load
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.measures.look import Look
from wgan_gp.measures.run import Measures, measures_of
from wgan_gp.measures.table import MEASURES
from wgan_gp.networks import build_nets
from wgan_gp.presets import critic_preset, preset
from wgan_gp.training.frozen import noisy

RUNS: Mapping[str, RunConfig] = {
    "points": preset("8gaussians", "clip"),
    "images": override(preset("digits", "clip"), ["critic.channels=4", "generator.channels=4"]),
    "critic alone": critic_preset("8gaussians", "clip"),
}


class Counted(nn.Module):
    """A net, and how often it was called."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net, self.calls = net, 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        made: Tensor = self.net(x)
        return made


def measured(config: RunConfig) -> tuple[Pair, Measures]:
    generator, critic = map(Counted, build_nets(config))
    pair = Pair(critic, generator, config.constraint, config.latent_dim)
    if config.frozen:
        pair.fakes = noisy(PLANE_SETS[config.data].sample, 0.5)
    measures = measures_of(config, pair, load(config.data))
    return pair, measures


@pytest.mark.parametrize("name", list(RUNS))
def test_each_measure_is_taken_when_the_table_says(name: str) -> None:
    pair, measures = measured(RUNS[name])
    look = Look(pair, measures.points)
    for when, group in (("scene", measures.once), ("each", measures.each), ("seldom", measures.seldom)):
        found = [array for measure in group for array in measure(look)]
        assert found
        assert {MEASURES[array].when for array in found} == {when}
        assert len(found) == len(set(found))  # no measure takes another's place


def test_one_more_measure_is_a_function_in_the_list() -> None:
    def steepest(look: Look) -> dict[str, Tensor]:
        return {"steepest": look.slopes["line"].norm(dim=1).max().view(1)}

    pair, measures = measured(RUNS["points"])
    more = replace(measures, each=[*measures.each, steepest])
    before, after = (safetensors.numpy.load(found.moment(pair)[0]) for found in (measures, more))
    assert set(after) - set(before) == {"steepest"}
    assert after["steepest"][0] == pytest.approx(after["norms_line"][-1], rel=1e-5)


@pytest.mark.parametrize("name", list(RUNS))
def test_measures_share_their_passes(name: str) -> None:
    """One pass of the generator, one for the critic's gradients, one for its values."""
    pair, measures = measured(RUNS[name])
    assert isinstance(pair.critic, Counted)
    assert isinstance(pair.generator, Counted)
    pair.critic.calls = pair.generator.calls = 0
    measures.moment(pair)
    assert pair.critic.calls == 2
    assert pair.generator.calls == (0 if name == "critic alone" else 1)


@pytest.mark.parametrize("name", list(RUNS))
def test_the_seed_decides_all_points(name: str) -> None:
    first, second, other = (measured(override(RUNS[name], [f"seed={seed}"]))[1].points for seed in (1, 1, 2))
    for part in ("real", "held_out", "epsilon"):
        assert torch.equal(getattr(first, part), getattr(second, part))
        assert not torch.equal(getattr(first, part), getattr(other, part))
