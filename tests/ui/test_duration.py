"""How long a set-up is said to take: as the last runs of its kind took, else as its preset takes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.figures.support import record
from wgan_gp.config import changed, override
from wgan_gp.presets import VARIANTS, preset
from wgan_gp.runs.names import path_of
from wgan_gp.ui.setup import duration
from wgan_gp.ui.setup.duration import TAKES, expected

SMALL = override(
    preset("8gaussians", "gp"), ["critic.width=8", "generator.width=8", "batch_size=16", "n_critic=1", "device=cpu", "steps=4"]
)


def test_without_runs_of_its_kind_a_preset_speaks_for_itself() -> None:
    assert expected([preset("8gaussians", "gp")], "fast") == "The preset takes about a minute on two CPU cores, less on a GPU."
    assert "a day or more" in expected([preset("mnist", "gp", "paper")], "paper")
    assert set(TAKES) == {(variant, plane) for variant in VARIANTS for plane in (True, False)}


def test_the_last_run_of_its_kind_gives_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(path_of(record(SMALL)))) as file, file:
        file.execute("UPDATE run SET step = 100, seconds = 10")
    again = changed(SMALL, {"steps": 6000, "seed": 9})
    assert expected([again], "fast") == "Takes about 10 min on this machine, as the last runs of this kind."
    assert "two CPU cores" in expected([again, changed(again, {"batch_size": 77})], "fast")
    monkeypatch.setattr(duration, "LEAST_SECONDS", 11)
    assert "two CPU cores" in expected([again], "fast")


@pytest.mark.parametrize(("seconds", "words"), [(3, "10 s"), (44, "40 s"), (100, "2 min"), (9000, "2.5 h")])
def test_a_guess_has_few_digits(seconds: float, words: str) -> None:
    assert duration._in_words(seconds) == words
