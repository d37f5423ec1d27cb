"""What a moment says of the critic's inside, read back from moments of short trainings."""

from __future__ import annotations

import numpy as np
import pytest
import safetensors.numpy
import torch

from tests.measures.support import look
from wgan_gp.config import RunConfig, override
from wgan_gp.measures.critic import LAYER_POINTS, layers, norms, share_clipped
from wgan_gp.presets import gradients_presets, preset
from wgan_gp.theory import lipschitz
from wgan_gp.theory.layers import layer_norms
from wgan_gp.training.events import Moment
from wgan_gp.training.loop import train

TINY = ["batch_size=16", "n_critic=1", "device=cpu", "threads=1"]


def moments(config: RunConfig) -> list[dict[str, np.ndarray]]:
    return [safetensors.numpy.load(event.blob) for event in train(config) if isinstance(event, Moment)]


@pytest.mark.parametrize("config", gradients_presets(depth=3, width=8, steps=3), ids=["0.1", "0.01", "0.001", "gp"])
def test_every_moment_holds_the_norms_of_all_layers(config: RunConfig) -> None:
    found = moments(override(config, TINY))
    assert len(found) >= 2
    for moment in found:
        assert moment["layers"].shape == (4,)
        assert moment["layers"].dtype == np.float32
        assert moment["layers"][-1] == pytest.approx(np.log10(np.sqrt(2 / LAYER_POINTS)), rel=1e-5)
        assert ("weights_share" in moment) == (config.constraint.kind == "clip")


def test_the_share_counts_all_weights_within_one_percent_of_the_limit() -> None:
    config = override(gradients_presets(depth=3, width=8, steps=2)[1], TINY)
    first, *_, last = moments(config)
    assert first["weights_share"][0] < 0.1  # before the first clip
    assert last["weights_share"][0] > 0.5
    critic = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1))
    with torch.no_grad():
        for parameter, values in zip(
            critic.parameters(), ([[0.01, -0.01], [0.0099, 0.005]], [0, 0], [[0.0102, -0.0098]], [0]), strict=True
        ):
            parameter.copy_(torch.tensor(values))
    found = share_clipped(look(critic, torch.zeros(4, 2), torch.ones(4, 2), config.constraint))
    assert found["weights_share"].tolist() == pytest.approx([3 / 9])


def test_the_norms_are_those_of_the_theory() -> None:
    critic = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    real, fake = torch.randn(2, 100, 2, generator=torch.Generator().manual_seed(0))
    found = look(critic, real, fake)
    assert share_clipped(found) == {}
    expected = layer_norms(critic, real[:LAYER_POINTS], fake[:LAYER_POINTS]).log10()
    torch.testing.assert_close(layers(found)["layers"].double(), expected, rtol=1e-6, atol=1e-6)


def test_a_convolutional_critic_has_no_such_norms() -> None:
    (moment, *_) = moments(override(preset("digits", "clip"), [*TINY, "steps=1", "critic.channels=4", "generator.channels=4"]))
    assert "layers" not in moment
    assert 0 <= moment["weights_share"][0] <= 1


def deep(scale: float) -> torch.nn.Sequential:
    """A critic of 12 linear layers whose slope is `scale` to the power of 12 everywhere."""
    layers = [torch.nn.Linear(2, 2, bias=False) for _ in range(12)]
    with torch.no_grad():
        for layer in layers:
            layer.weight.copy_(scale * torch.eye(2))
    last = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.constant_(last.weight, 2**-0.5)
    return torch.nn.Sequential(*layers, last)


@pytest.mark.parametrize("scale", [1.0, 0.1, 1e-3, 1e-8, 1e-20])
def test_slopes_are_true_however_small_they_are(scale: float) -> None:
    real, fake = torch.randn(2, 100, 2, generator=torch.Generator().manual_seed(0))
    module = deep(scale)
    expected = float(np.float32(scale)) ** 12
    for found in norms(look(module, real, fake)).values():
        assert found.dtype == torch.float64
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)
    assert next(module.parameters()).dtype == torch.float32


def test_a_slope_of_zero_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = torch.randn(2, 100, 2, generator=torch.Generator().manual_seed(0))
    asked: list[torch.device] = []
    place = lipschitz.device_with_float64
    monkeypatch.setattr(lipschitz, "device_with_float64", lambda device: asked.append(device) or place(device))
    for found in norms(look(deep(0.0), real, fake)).values():
        assert (found == 0).all()
    assert asked, "where the device has no float64, the pass is made elsewhere"
