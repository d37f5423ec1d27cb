"""What a run was at each of its iterations, in the words of a board: live changes relabel nothing that was before."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from wgan_gp.config import RunConfig
from wgan_gp.config.words import aspects, change_words
from wgan_gp.runs.record import RunReader
from wgan_gp.ui.theme import run_label


def history(reader: RunReader) -> list[dict[str, Any]]:
    """An entry for each config the run has had: the iteration after which it holds, its label, its set-up and what was changed."""
    return _told(tuple(reader.history()))


@lru_cache(maxsize=256)
def _told(configs: tuple[tuple[int, RunConfig], ...]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for place, (step, config) in enumerate(configs):
        change = change_words(configs[place - 1][1], config) if place else ""
        told.append({"after": step, "label": run_label(config), "setup": dict(aspects(config)), "change": change})
    return told
