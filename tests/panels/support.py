"""Small runs, and the shipped ones, on which sentences are held against numbers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load as arrays_of

from tests.figures.support import NET, record
from wgan_gp.config import RunConfig, override
from wgan_gp.data import load
from wgan_gp.figures import facts as figure_facts
from wgan_gp.figures.recording import Recording, number, read
from wgan_gp.panels.facts import facts
from wgan_gp.panels.sentences import Facts
from wgan_gp.presets import critic_preset, gradients_presets, preset
from wgan_gp.runs.record import RunReader, path_of
from wgan_gp.training.checkpoint import load_checkpoint
from wgan_gp.training.parts import build_trainer
from wgan_gp.training.trainer import Trainer

Floats = NDArray[np.float64]
METHODS = ("clip", "gp")
HERE = ("threads=1", "device=cpu")


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder of runs for a module's tests; what was trained for another is not there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGAN_GP_HOME", str(tmp_path_factory.mktemp("home")))
        yield
    run_of.cache_clear()


def read_at(run: str, step: int | None = None) -> Recording:
    with RunReader(path_of(run)) as reader:
        return read(reader, lambda _: "a run", step=step)


@functools.cache
def run_of(config: RunConfig) -> Recording:
    return read_at(record(config))


def small(config: RunConfig, *settings: str) -> Recording:
    return run_of(override(config, [*NET, "critic.width=32", "batch_size=32", *settings]))


def duel(method: Any, *settings: str) -> Recording:
    return small(preset("8gaussians", method), "steps=150", "n_critic=3", *settings)


def alone(method: Any, *settings: str) -> Recording:
    return small(critic_preset("8gaussians", method), "steps=200", *settings)


def deep(limit: float, *settings: str) -> Recording:
    """The clipped critic of the page Gradients with this limit c, narrower."""
    return run_of(override(gradients_presets(depth=12, width=32, steps=5, clip_limits=(limit,))[0], [*HERE, *settings]))


@functools.cache
def digits(method: Any, *settings: str) -> Recording:
    net = ("critic.channels=8", "generator.channels=4", "critic.hidden=64", "generator.hidden=32", "batch_size=32", "steps=60")
    return run_of(override(preset("digits", method), [*net, *HERE, *settings]))


@functools.cache
def shipped(method: str) -> Recording:
    return read_at(f"8gaussians-{method}-recorded")


def whole_moments(recording: Recording) -> list[dict[str, NDArray[Any]]]:
    """All arrays of all moments."""
    with RunReader(path_of(recording.id)) as reader:
        return [arrays_of(moment.blob) for moment in reader.moments(0, 10**9)]


def trained(recording: Recording, *, at_start: bool = False) -> Trainer:
    """Its nets, as they were drawn or as the run left them."""
    trainer = build_trainer(recording.config, torch.device("cpu"), load(recording.config.data).sample)
    if not at_start:
        with RunReader(path_of(recording.id)) as reader:
            load_checkpoint(reader.checkpoint()[1], trainer)
    return trainer


def last(recording: Recording, name: str) -> float:
    return number(recording.moments[-1].arrays, name)


# --- what conditions are asked of ---------------------------------------------------------------------------------------------------


def start(recording: Recording) -> Facts:
    """Facts and numbers at its first moment."""
    return end(read_at(recording.id, 0))


def end(recording: Recording) -> Facts:
    """At its newest."""
    return figure_facts.shown([recording])[0]


def of(config: RunConfig, **numbers: float) -> Facts:
    """Facts of a config with numbers, their dots written as two underscores."""
    return {**facts(config), **{name.replace("__", "."): value for name, value in numbers.items()}}


def with_numbers(known: Facts, numbers: Mapping[str, float]) -> Facts:
    return {**known, **numbers}
