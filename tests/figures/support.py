"""Recorded runs for the tests of figures: small, real, and one whose every number is not finite."""

from __future__ import annotations

from typing import Any

import numpy as np

from wgan_gp.config import RunConfig, override
from wgan_gp.figures import panels, recording
from wgan_gp.figures.recording import Moment, Recording
from wgan_gp.presets import critic_preset, preset
from wgan_gp.runs.record import RunReader, RunWriter, path_of
from wgan_gp.training.events import Ended
from wgan_gp.training.loop import train

RECORDINGS = ("8gaussians-clip-recorded", "8gaussians-gp-recorded")
NET = ["critic.width=8", "generator.width=8", "batch_size=16", "n_critic=1", "device=cpu", "threads=1"]
CRITIC_PANELS = ("scatter", "agreement", "distance")


def plane(method: Any) -> RunConfig:
    return override(preset("8gaussians", method), [*NET, "steps=12"])


def digits(method: Any) -> RunConfig:
    return override(
        preset("digits", method), ["critic.channels=2", "generator.channels=2", "batch_size=8", "steps=3", "device=cpu", "threads=1"]
    )


def critic(method: Any) -> RunConfig:
    return override(critic_preset("8gaussians", method), [*NET, "steps=12"])


def record(config: RunConfig) -> str:
    """Train it here and now, with a moment at least at the start and at the end; the id of its file."""
    with RunWriter.create(config) as writer:
        writer.begin_attempt(1)
        for event in train(config):
            writer.write(event)
    assert isinstance(event, Ended)
    return writer.path.stem


def read(run: str, *, shade: int = 0, step: int | None = None, label: str = "a run", panel: str = "estimate") -> Recording:
    with RunReader(path_of(run)) as reader:
        return recording.read(reader, lambda _: label, shade, step, over_time=panels.PANELS[panel].over_time)


def broken(of: Recording) -> Recording:
    """The same run with NaN and infinity for all numbers: what a run that diverged may leave."""

    def spoil(moment: Moment) -> Moment:
        found = {name: np.full_like(held, np.inf if name == "estimates" else np.nan) if held.dtype.kind == "f" else held
                 for name, held in moment.arrays.items()}  # fmt: skip
        return Moment(moment.step, moment.seconds, found)

    curve = of.curve.copy()
    curve[:, 3:] = np.nan
    shown = spoil(of.moment) if of.moment else None
    return Recording(**vars(of) | {"moment": shown, "moments": tuple(map(spoil, of.moments)), "curve": curve})
