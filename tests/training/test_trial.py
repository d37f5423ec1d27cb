"""A device is trusted after one critic update that gives the CPU's numbers; else `auto` takes the next, and the run says why."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from tests.training.emulated_mps import emulated_mps
from wgan_gp.config import RunConfig, override
from wgan_gp.errors import DeviceMissing
from wgan_gp.presets import preset
from wgan_gp.training.device import device_names
from wgan_gp.training.events import Ended, Started
from wgan_gp.training.loop import train
from wgan_gp.training.trial import choose_device

IMAGES = ["critic.channels=2", "generator.channels=2", "batch_size=16", "n_critic=1", "steps=2", "threads=1"]
PLANE = ["critic.width=8", "generator.width=8", "batch_size=16", "n_critic=1", "steps=2", "threads=1"]
CPU = torch.device("cpu")


def digits(*settings: str) -> RunConfig:
    return override(preset("digits"), [*IMAGES, *settings])


def plane(*settings: str) -> RunConfig:
    return override(preset("8gaussians"), [*PLANE, *settings])


def wrong_convolutions(function: Any, result: Any) -> Any:
    """Silently wrong: every second value is lost."""
    if function is torch.conv2d or function is F.conv2d:
        result.view(-1)[::2].zero_()
    return result


def no_kernel(function: Any, result: Any) -> Any:
    if function is torch.randn or function is F.linear:
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be ...")
    return result


def not_finite(function: Any, result: Any) -> Any:
    return result.mul_(torch.inf) if function is F.linear else result


def test_a_sound_device_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_mps(monkeypatch):
        for config in (plane(), digits("critic.norm=layer"), plane("device=mps")):
            assert choose_device(config) == (torch.device("mps"), [])


def test_auto_passes_over_a_device_whose_numbers_are_wrong_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_mps(monkeypatch, wrong_convolutions):
        events = list(train(digits()))
    assert isinstance(events[0], Started)
    assert events[0].device.startswith("cpu")
    (said,) = events[0].facts["passed_over"]  # type: ignore[misc]
    assert said.startswith("mps was passed over: a critic update there differs from the CPU's by ")
    assert said.endswith("%, allowed is 1%.")
    assert isinstance(events[-1], Ended)
    assert events[-1].state == "finished"


def test_it_is_tried_with_the_nets_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that convolves wrongly may well train points in the plane."""
    with emulated_mps(monkeypatch, wrong_convolutions):
        assert choose_device(plane()).device == torch.device("mps")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (no_kernel, "a critic update failed there (CUDA error: no kernel image is available for execution on the device)"),
        (not_finite, "a critic update there gives numbers that are not finite"),
    ],
)
def test_auto_passes_over_a_device_that_cannot_compute(fault: Any, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_mps(monkeypatch, fault):
        assert choose_device(plane()) == (CPU, [f"mps was passed over: {reason}."])


def test_a_device_asked_for_by_name_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_mps(monkeypatch, no_kernel), pytest.raises(DeviceMissing, match="device: 'mps' is on this machine, but a critic update"):
        next(iter(train(plane("device=mps"))))


def test_numbers_that_are_finite_nowhere_are_no_fault_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulated_mps(monkeypatch):
        assert choose_device(plane("constraint.weight=1e30")).device == torch.device("mps")


def test_the_cpu_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wgan_gp.training.trial.build_nets", lambda config: pytest.fail("the CPU is the measure"))
    assert choose_device(plane("device=cpu")) == (CPU, [])


def test_what_a_run_may_be_told_to_take(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, emulated_mps(patch):
        assert device_names()[-2:] == ["mps", "cpu"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert device_names() == ["cuda", "cpu"]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    assert device_names() == ["cuda:0", "cuda:1", "cuda:2", "cpu"]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("config", [plane(), digits(), override(preset("8gaussians", "clip"), PLANE)], ids=["plane", "images", "clip"])
def test_cuda_is_trusted(config: RunConfig) -> None:
    assert choose_device(config) == (torch.device("cuda"), [])
