"""Every kind of run on an Apple GPU, emulated: nothing makes a float64 tensor there, nothing convolves what it gets wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from tests.training.emulated_mps import MPS, NO_FLOAT64, emulated_mps
from wgan_gp.config import Changes, RunConfig, override
from wgan_gp.presets import critic_preset, preset
from wgan_gp.training.events import Changed, Checkpoint, Controls, Ended, Event, Moment, Scalars, Started
from wgan_gp.training.loop import train

SMALL = ["critic.width=8", "generator.width=8", "batch_size=16", "n_critic=2", "steps=12", "threads=1", "checkpoint_seconds=0.1"]
IMAGES = ["critic.channels=2", "generator.channels=2", "batch_size=16", "n_critic=1", "steps=3", "threads=1"]
SHIFT = 'frozen={"kind": "shift", "x": 1.0, "y": 0.5}'
KINDS: dict[str, tuple[RunConfig, Sequence[str]]] = {
    "penalty": (preset("8gaussians", "gp"), SMALL),
    "clipping": (preset("25gaussians", "clip"), SMALL),
    "no constraint": (preset("swissroll", "none"), SMALL),
    "one-sided penalty at real points": (preset("moons", "gp"), [*SMALL, "constraint.sides=one", "constraint.points=real"]),
    "averaged weights": (preset("circles", "gp"), [*SMALL, "ema=0.9", "schedule=linear"]),
    "layer norm": (preset("8gaussians", "gp"), [*SMALL, "critic.norm=layer"]),
    "a smooth critic": (preset("8gaussians", "gp"), [*SMALL, "critic.activation=elu"]),
    "batch norm in the generator": (preset("8gaussians", "clip"), [*SMALL, "generator.norm=batch"]),
    "a deep critic": (preset("swissroll", "clip"), [*SMALL, "critic.depth=12", "generator.depth=12"]),
    "the critic alone": (critic_preset("8gaussians", "gp"), SMALL),
    "the critic alone until it settles": (critic_preset("8gaussians", "clip"), [*SMALL, "tolerance=0.99", "steps=400", "n_critic=1"]),
    "the critic alone, shifted data": (critic_preset("swissroll", "clip"), [*SMALL, SHIFT]),
    "images, penalty": (preset("digits", "gp"), IMAGES),
    "images, clipping": (preset("digits", "clip"), IMAGES),
    "images whose modes are known": (preset("shapes", "gp"), IMAGES),
    "images, layer norm": (preset("digits", "gp"), [*IMAGES, "critic.norm=layer"]),
    "images, perceptrons": (preset("digits", "gp"), ["critic={\"kind\": \"mlp\", \"width\": 8}", "steps=3", "batch_size=16", "threads=1"]),
}  # fmt: skip


def run(config: RunConfig, **more: object) -> list[Event]:
    return list(train(config, **more))  # type: ignore[arg-type]


def weights(events: list[Event]) -> str:
    return [event.weights_sha256 for event in events if isinstance(event, Checkpoint)][-1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    base, settings = KINDS[kind]
    with emulated_mps(monkeypatch) as device:
        events = run(override(base, [*settings, "device=auto"]))
    assert device.refused == []
    assert device.used > 100
    started, ended = events[0], events[-1]
    assert isinstance(started, Started)
    assert started.device.startswith("mps")
    assert "passed_over" not in started.facts
    assert isinstance(ended, Ended)
    assert ended.state == "finished"
    assert sum(isinstance(event, Moment) for event in events) >= 2


@pytest.mark.parametrize("kind", ["penalty", "clipping", "no constraint", "the critic alone"])
def test_it_gives_the_numbers_of_the_cpu(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    base, settings = KINDS[kind]
    expected = run(override(base, [*settings, "device=cpu"]))
    with emulated_mps(monkeypatch):
        found = run(override(base, [*settings, "device=mps"]))
    rows, rows_expected = (np.concatenate([event.rows for event in events if isinstance(event, Scalars)]) for events in (found, expected))
    np.testing.assert_allclose(rows[:, 2:], rows_expected[:, 2:], rtol=1e-3, atol=1e-5)  # optimisers are fused on the CPU alone


@pytest.mark.parametrize("kind", ["penalty", "averaged weights", "the critic alone until it settles", "images, penalty"])
def test_it_resumes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    base, settings = KINDS[kind]
    config = override(base, [*settings, "device=mps"])
    with emulated_mps(monkeypatch) as device:
        whole = run(config)
        controls, saved = Controls(until=2), b""
        for event in train(config, controls=controls):
            if isinstance(event, Checkpoint):
                saved = event.blob
            if getattr(event, "step", 0) >= 2:
                controls.stop = True
        rest = run(config, checkpoint=saved)
    assert device.refused == []
    assert weights(rest) == weights(whole)


def test_it_takes_the_generator_of_another_run_and_live_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    base, settings = KINDS["penalty"]
    with emulated_mps(monkeypatch) as device:
        donor = [event.blob for event in run(override(base, [*settings, "device=mps"])) if isinstance(event, Checkpoint)][-1]
        frozen = override(critic_preset("8gaussians", "gp"), [*SMALL, "device=mps", 'frozen={"kind": "snapshot", "run": "a-b"}'])
        frozen = frozen.model_copy(update={"generator": override(base, settings).generator, "latent_dim": base.latent_dim})
        controls = Controls(changes=[Changes(learning_rate=1e-4, penalty_weight=2.0, steps=20)])
        events = run(frozen, snapshot=donor, controls=controls)
    assert device.refused == []
    assert any(isinstance(event, Changed) for event in events)
    assert isinstance(events[-1], Ended)
    assert events[-1].step == 20


# --- the emulation itself ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: x.double(),
        lambda x: x.to(torch.float64),
        lambda x: x.to("cpu", torch.float64),
        lambda x: torch.zeros(2, dtype=torch.float64, device=MPS),
        lambda x: x * torch.ones((), dtype=torch.float64, device="cpu").expand(3),
        lambda x: torch.ones(3, dtype=torch.float64).to(MPS),
        lambda x: x.numpy(),
        lambda x: x + torch.ones(3),
        lambda x: torch.conv2d(x.view(1, 1, 1, 3).expand(2, 1, 3, 3), torch.ones(1, 1, 1, 1, device=MPS)),
    ],
)
def test_what_the_device_refuses(wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_mps(monkeypatch) as device:
        x = torch.ones(3, device=MPS)
        with pytest.raises((TypeError, RuntimeError, AssertionError)):
            wrong(x)  # type: ignore[operator]
    assert len(device.refused) == 1


def test_what_the_device_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_mps(monkeypatch) as device:
        x = torch.ones(3, device=MPS)
        assert x.device == MPS
        assert (x * 2).sum().item() == 6
        assert x.cpu().double().numpy().sum() == 3
        assert x.cpu().device == torch.device("cpu")
    assert device.refused == []
    assert "float64" in NO_FLOAT64
