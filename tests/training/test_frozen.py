"""A critic that is trained alone: against noisy or shifted copies of the data, or another run's generator."""

from typing import TypeVar

import numpy as np
import pytest
import torch
from safetensors.numpy import load
from torch import nn

from wgan_gp.config import (
    DATA_SHAPES,
    Constraint,
    GradientPenalty,
    MLPCritic,
    NoisyCopy,
    RunConfig,
    ShiftedCopy,
    Snapshot,
    WeightClipping,
    override,
    parse_config,
)
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.errors import InvalidConfig
from wgan_gp.generators import load_checkpoint_generator
from wgan_gp.measures.optimum import between_partners, way_to_partner
from wgan_gp.networks import build_critic
from wgan_gp.presets import critic_preset, preset
from wgan_gp.theory.transport import exact_w1, optimal_critic
from wgan_gp.training.checkpoint import checkpoint_extra
from wgan_gp.training.events import Checkpoint, Controls, Ended, Event, Moment, Scene
from wgan_gp.training.frozen import CALM_LOOKS, LOOK_EVERY, Settling, fake_sampler
from wgan_gp.training.loop import train
from wgan_gp.training.parts import build_trainer
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer

T = TypeVar("T")
TINY = ["critic.width=8", "generator.width=8", "batch_size=16", "device=cpu", "threads=1"]


def tiny(*settings: str, method: str = "gp", frozen: object = NoisyCopy()) -> RunConfig:
    return override(critic_preset("8gaussians", method, frozen), [*TINY, *settings])  # type: ignore[arg-type]


def events(config: RunConfig, **given: object) -> list[Event]:
    return list(train(config, **given))  # type: ignore[arg-type]


def one(kind: type[T], found: list[Event]) -> T:
    return [event for event in found if isinstance(event, kind)][-1]


def test_a_shifted_copy_lies_as_far_away_as_it_was_shifted() -> None:
    sampler = PLANE_SETS["swissroll"].sample
    fakes = fake_sampler(ShiftedCopy(x=3, y=-4), sampler, nn.Identity(), 2)
    real, fake = sampler(64, torch.Generator().manual_seed(3)), fakes(64, torch.Generator().manual_seed(3))
    torch.testing.assert_close(fake - real, torch.tensor([3.0, -4.0]).expand(64, 2))
    assert exact_w1(real, fake) == pytest.approx(5, abs=1e-5)


def test_a_noisy_copy_spreads_by_its_noise() -> None:
    fakes = fake_sampler(NoisyCopy(noise=0.5), lambda count, random: torch.zeros(count, 2), nn.Identity(), 2)
    drawn = fakes(20_000, torch.Generator().manual_seed(0))
    assert drawn.std(dim=0).tolist() == pytest.approx([0.5, 0.5], rel=0.03)
    assert drawn.mean(dim=0).tolist() == pytest.approx([0, 0], abs=0.02)


@pytest.mark.parametrize("method", ["gp", "clip"])
def test_only_the_critic_learns(method: str) -> None:
    config = tiny("n_critic=3", method=method)
    trainer = build_trainer(config, torch.device("cpu"), PLANE_SETS["8gaussians"].sample)
    before = [value.clone() for value in (*trainer.generator.state_dict().values(), *trainer.critic.state_dict().values())]
    scalars = trainer.step()
    after = [*trainer.generator.state_dict().values(), *trainer.critic.state_dict().values()]
    moved = [not torch.equal(old, new) for old, new in zip(before, after, strict=True)]
    nets = len(trainer.generator.state_dict())
    assert not any(moved[:nets])
    assert all(moved[nets:-1])  # the last bias moves no estimate
    assert trainer.critic_updates == 3
    assert float(scalars.generator_loss) == pytest.approx(-float(scalars.fake))


@pytest.mark.parametrize("constraint", [GradientPenalty(weight=2), WeightClipping(limit=0.05)], ids=["gp", "clip"])
def test_a_critic_alone_learns_as_in_the_reference(constraint: Constraint) -> None:
    """Written out: the same epsilon, double backward, and the critic's optimiser; the generator stays."""

    def real(count: int, random: torch.Generator) -> torch.Tensor:
        return torch.randn(count, 2, generator=random, dtype=torch.float64)

    trained = []
    for kind in (ReferenceTrainer, Trainer):
        critic = build_critic(MLPCritic(width=16), DATA_SHAPES["8gaussians"], torch.Generator().manual_seed(0)).double()
        trainer = kind(
            nn.Linear(2, 2).double(), critic, constraint, real, latent_dim=2, fakes=lambda n, random: real(n, random) + 1, seed=1
        )
        trained.append((critic, [trainer.step() for _ in range(5)]))
        assert (trainer.critic_updates, trainer.iteration) == (25, 5)
    (one, expected), (other, got) = trained
    for ours, theirs in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(torch.tensor(got), torch.tensor(expected))


def test_the_scene_holds_the_optimum_of_the_points_shown() -> None:
    found = events(tiny("steps=2"))
    scene, moment = load(one(Scene, found).blob), load(one(Moment, found).blob)
    optimum = optimal_critic(scene["real"], scene["fake"])
    w1, low, high = scene["exact"]
    assert w1 == pytest.approx(exact_w1(scene["real"], scene["fake"]), rel=1e-5)
    assert 0 < low <= high < w1
    np.testing.assert_array_equal(moment["samples"], scene["fake"])
    half = len(scene["values_kind"]) // 2
    assert scene["values_kind"].tolist() == [0] * half + [1] * half
    points = np.concatenate((scene["real"][:half], scene["fake"][:half]))
    np.testing.assert_allclose(scene["optimum_values"], optimum(points), atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(scene["optimum_arrows"], axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(scene["optimum_arrows"], optimum.gradient(scene["arrow_points"]), atol=1e-5)
    side, extent = len(scene["optimum_field"]), scene["extent"][1]
    corner = optimum(np.array([[-extent, -extent], [extent, -extent]]))
    field = scene["optimum_field"].astype(np.float32) * scene["optimum_field_scale"]
    np.testing.assert_allclose([field[0, 0], field[0, side - 1]], corner, atol=5e-3)


def test_a_moment_says_how_far_the_critic_agrees_with_the_optimum() -> None:
    found = events(tiny("steps=300", "critic.width=32", "batch_size=64"))
    scene = load(one(Scene, found).blob)
    moments = [load(event.blob) for event in found if isinstance(event, Moment)]
    first, last = moments[0]["agreement"], moments[-1]["agreement"]
    assert (np.abs(last[:3]) <= 1).all()
    assert last[2] > max(0.5, first[2])  # the correlation
    assert last[3] == pytest.approx(moments[-1]["estimates"][0])
    assert last[0] < scene["chance"][0] + 0.2
    fakes, ways, drawn = last[4:]
    assert fakes > max(0.3, first[4])
    assert ways > max(0.3, first[5])
    assert drawn == pytest.approx(np.corrcoef(moments[-1]["values"], scene["optimum_values"])[0, 1], abs=1e-4)
    np.testing.assert_allclose(np.sort(np.linalg.norm(moments[-1]["arrows"], axis=1)), moments[-1]["norms_plane"], rtol=1e-5)
    assert moments[-1]["values"].shape == scene["optimum_values"].shape
    assert moments[-1]["values"][: len(scene["values_kind"]) // 2].mean() == pytest.approx(0, abs=0.5)
    assert "path" not in moments[-1]


def test_where_mass_moves_every_optimum_rises_with_slope_1_to_the_partner() -> None:
    random = torch.Generator().manual_seed(0)
    real, fake = PLANE_SETS["8gaussians"].sample(200, random), torch.randn(200, 2, generator=random)
    best, partners = optimal_critic(real, fake), way_to_partner(real, fake)
    middles = between_partners(real, fake)
    slopes = best.gradient(middles)
    assert float((slopes * partners).sum(dim=1).mean()) > 0.999
    np.testing.assert_allclose((middles - fake).norm(dim=1).mean(), best.distance / 2, rtol=1e-5)


def test_a_snapshot_is_another_runs_generator() -> None:
    source = preset("moons", "gp")
    source = override(source, [*TINY, "steps=3", "generator.norm=batch"])
    checkpoint = one(Checkpoint, events(source)).blob
    config = tiny("steps=2", 'data="moons"', "generator.norm=batch", frozen=Snapshot(run="moons-gp-source"))
    found = events(config, snapshot=checkpoint)
    module = load_checkpoint_generator(checkpoint).module
    trainer = build_trainer(config, torch.device("cpu"), PLANE_SETS["moons"].sample)
    trainer.generator.load_state_dict(module.state_dict())
    assert trainer.fakes is not None
    drawn = trainer.fakes(512, torch.Generator().manual_seed(config.seed + 1))
    np.testing.assert_allclose(load(one(Moment, found).blob)["samples"], drawn, atol=1e-6)


def test_a_resumed_run_keeps_its_snapshot_without_the_source() -> None:
    source = one(Checkpoint, events(override(preset("moons", "gp"), [*TINY, "steps=3"]))).blob
    config = tiny("steps=6", 'data="moons"', frozen=Snapshot(run="moons-gp-source"))
    whole = one(Checkpoint, events(config, snapshot=source))
    controls = Controls(until=3)
    half: list[Event] = []
    for event in train(config, snapshot=source, controls=controls):
        half.append(event)
        if event.__class__.__name__ == "Halted":
            controls.stop = True
    resumed = one(Checkpoint, events(config, checkpoint=one(Checkpoint, half).blob))
    assert resumed.weights_sha256 == whole.weights_sha256


@pytest.mark.parametrize(
    ("settings", "given", "sentence"),
    [
        ([], None, "moons-gp-gone has no checkpoint"),
        (["generator.width=9"], "source", "does not fit this run's"),
    ],
)
def test_a_snapshot_that_cannot_be_is_refused(settings: list[str], given: str | None, sentence: str) -> None:
    source = one(Checkpoint, events(override(preset("moons", "gp"), [*TINY, "steps=1"]))).blob if given else None
    config = tiny('data="moons"', *settings, frozen=Snapshot(run="moons-gp-gone"))
    with pytest.raises(InvalidConfig, match=sentence):
        events(config, snapshot=source)


def test_a_run_that_settles_ends_early_and_says_so() -> None:
    found = events(tiny("steps=5000", "tolerance=0.99", "schedule=constant"))
    end = one(Ended, found)
    assert (end.state, end.step) == ("finished", CALM_LOOKS * LOOK_EVERY + LOOK_EVERY)
    assert "Nothing changes any more" in end.message
    assert int(checkpoint_extra(one(Checkpoint, found).blob)["calm"]) == CALM_LOOKS


def test_settling_counts_calm_looks_in_a_row_and_survives_a_checkpoint() -> None:
    critic, points = nn.Linear(2, 1), torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    settling = Settling(0.1, points)
    looks = iter(range(LOOK_EVERY, 100 * LOOK_EVERY, LOOK_EVERY))
    assert [settling.settled(critic, next(looks)) for _ in range(CALM_LOOKS)] == [False] * CALM_LOOKS
    again = Settling(0.1, points)
    again.state = settling.state
    assert not again.settled(critic, next(looks) + 1)  # between two looks
    assert again.settled(critic, next(looks))
    with torch.no_grad():
        critic.weight.mul_(2)
    assert not again.settled(critic, next(looks))
    assert not Settling(0.0, points).settled(critic, LOOK_EVERY)


def test_configs_that_cannot_be_are_refused_and_others_survive_json() -> None:
    with pytest.raises(InvalidConfig, match="a critic is trained alone on points in the plane only"):
        parse_config({"data": "mnist", "frozen": {"kind": "noise"}})
    with pytest.raises(InvalidConfig, match="cannot be learnt by a critic alone; there is: 8gaussians"):
        critic_preset("mnist")
    for frozen in (NoisyCopy(noise=0.3), ShiftedCopy(x=0.2, y=1), Snapshot(run="a-b-c")):
        config = tiny(frozen=frozen)
        assert parse_config(config.model_dump_json()) == config


def test_a_run_without_a_generator_of_its_own_gives_no_samples() -> None:
    blob = one(Checkpoint, events(tiny("steps=1"))).blob
    with pytest.raises(InvalidConfig, match="only the critic learnt"):
        load_checkpoint_generator(blob)
