"""About how long runs will take: as the last ones of their kind took on this machine, else as presets take on two CPU cores."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from wgan_gp.config import RunConfig
from wgan_gp.errors import LabError
from wgan_gp.presets import Variant
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader, list_runs

LOOKED_AT = 30  # of the latest runs
LEAST_SECONDS = 3.0  # of training, to tell a rate by
TAKES: dict[tuple[Variant, bool], str] = {
    ("fast", True): "about a minute",
    ("fast", False): "five to ten minutes",
    ("best", True): "a few minutes",
    ("best", False): "an hour or two",
    ("paper", True): "a few hours",
    ("paper", False): "a day or more",
}
"""What a preset takes on two CPU cores, in the plane and on images."""


def expected(configs: Sequence[RunConfig], variant: Variant) -> str:
    """One sentence for a set-up: about how long it will take on this machine, or on two CPU cores where nothing like it ran here."""
    rates = [rate for config in configs if (rate := _rate(config)) is not None]
    if configs and len(rates) == len(configs):
        seconds = max(config.steps / rate for config, rate in zip(configs, rates, strict=True))
        return f"Takes about {_in_words(seconds)} on this machine, as the last runs of this kind."
    return f"The preset takes {TAKES[variant, configs[0].shape.is_plane]} on two CPU cores, less on a GPU." if configs else ""


def _rate(config: RunConfig) -> float | None:
    """Iterations a second of the latest run here that is as much work in each iteration."""
    for run in list_runs()[:LOOKED_AT]:
        if run.seconds < LEAST_SECONDS or not run.step:
            continue
        with contextlib.suppress(LabError), RunReader(path_of(run.id)) as reader:
            if _work(reader.config()) == _work(config):
                return run.step / run.seconds
    return None


def _work(config: RunConfig) -> tuple[object, ...]:
    return (
        config.shape, config.constraint.kind, config.generator, config.critic, config.frozen is None, config.batch_size, config.n_critic,
        config.device,
    )  # fmt: skip


def _in_words(seconds: float) -> str:
    """`40 s`, `3 min`, `2.5 h`: no more digits than a guess has."""
    if seconds < 90:
        return f"{max(10, round(seconds, -1)):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
