"""The table of measures and what runs write agree: every array of every kind of run is in it, with the shape it says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from wgan_gp.config import RunConfig, override
from wgan_gp.measures.table import COLUMNS, MEASURES, number, numbers
from wgan_gp.networks.layers import Crop, Squeeze
from wgan_gp.panels.charts import DERIVED
from wgan_gp.panels.table import OVER_TIME
from wgan_gp.presets import critic_preset, preset
from wgan_gp.theory.bracket import lipschitz_bracket
from wgan_gp.theory.lipschitz import gradient_norms
from wgan_gp.training.checkpoint import load_checkpoint
from wgan_gp.training.events import COLUMNS as CURVE
from wgan_gp.training.events import Checkpoint, Moment, Scene
from wgan_gp.training.loop import train
from wgan_gp.training.parts import build_trainer

SMALL = ['device="cpu"', "threads=1", "steps=2", "batch_size=16"]
RUNS: Mapping[str, RunConfig] = {
    "clip": override(preset("8gaussians", "clip"), [*SMALL, "critic.width=16", "generator.width=16"]),
    "gp": override(preset("8gaussians", "gp"), [*SMALL, "critic.width=16", "generator.width=16"]),
    "layer norm": override(preset("8gaussians", "gp"), [*SMALL, "critic.width=16", "generator.width=16", 'critic.norm="layer"']),
    "digits": override(preset("digits", "clip"), [*SMALL, "critic.channels=4", "generator.channels=4"]),
    "critic alone": override(critic_preset("8gaussians", "gp"), [*SMALL, "critic.width=16"]),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(RUNS))
def run(request: pytest.FixtureRequest) -> tuple[str, RunConfig, list[dict[str, np.ndarray]], bytes]:
    """Its name, its config, the arrays of its scene and of its moments, and its last checkpoint."""
    config = RUNS[request.param]
    events = list(train(config))
    arrays = [load(event.blob) for event in events if isinstance(event, Scene | Moment)]
    return request.param, config, arrays, [event.blob for event in events if isinstance(event, Checkpoint)][-1]


Run = tuple[str, RunConfig, list[dict[str, np.ndarray]], bytes]


def test_what_a_run_writes_is_in_the_table(run: Run) -> None:
    _, _, (scene, *moments), _ = run
    for arrays in (scene, *moments):
        for name, array in arrays.items():
            assert MEASURES[name].fits(array), name
            assert (MEASURES[name].when == "scene") == (arrays is scene), name
    seldom = {name for name, measure in MEASURES.items() if measure.when == "seldom"}
    assert not seldom & set(moments[0])
    assert seldom & set(moments[-1])


def test_the_bracket_is_the_theorys_around_the_norms_of_the_histogram(run: Run) -> None:
    name, config, (*_, last), checkpoint = run
    if name == "digits":
        assert "bracket" not in last
        return
    low, high = (number(last, f"bracket.{column}") for column in ("low", "high"))
    seen = max(float(last[f"norms_{kind}"].max()) for kind in ("line", "real", "fake"))
    assert low == pytest.approx(seen, rel=1e-5)
    assert math.isinf(high) == (name == "layer norm")
    assert high >= low
    trainer = build_trainer(config, torch.device("cpu"), lambda count, random: torch.randn(count, 2, generator=random))
    load_checkpoint(checkpoint, trainer)
    points = torch.randn(4000, 2, generator=torch.Generator().manual_seed(0))
    assert float(gradient_norms(trainer.critic, points).max()) <= high * (1 + 1e-5)
    assert lipschitz_bracket(trainer.critic, points, (2,), (Squeeze, Crop)).high == pytest.approx(high, rel=1e-5)


def test_a_number_has_a_name_and_an_unknown_one_is_refused() -> None:
    truth = np.array(numbers("truth", w1=1, low=2, high=3, modes=4, well=5, good=6, samples=7), dtype=np.float32)
    assert [number({"truth": truth}, f"truth.{column}") for column in COLUMNS["truth"]] == [1, 2, 3, 4, 5, 6, 7]
    assert math.isnan(number({}, "truth.w1"))
    for wrong in ({"w1": 1.0}, dict.fromkeys((*COLUMNS["truth"], "more"), 1.0)):
        with pytest.raises(TypeError, match="its columns are w1, low, high"):
            numbers("truth", **wrong)


def test_panels_name_numbers_there_are() -> None:
    columns = {**COLUMNS, **DERIVED, "curve": CURVE}
    known = {f"{measure}.{column}" for measure, names in columns.items() for column in names}
    for panel in (each for row in OVER_TIME.values() for each in row.each_kind().values()):
        named = [panel.known, panel.once, *(name for _, name in panel.csv)]
        for box in panel.boxes:
            ends = (*(box.band or ()), *(box.around or ()), box.line, box.most, box.needs, box.dots)
            named += [*box.value.split(" / "), *(end for end in ends if isinstance(end, str))]
        lines = (box.line_text for box in panel.boxes)
        texts = (*panel.legend, *panel.spoken, panel.note, panel.each, panel.group_title, *panel.caption, *lines)
        named += [re.split("[:*|]", part.split("}")[0])[0] for text in texts for part in text.replace("{kind}", "line").split("{")[1:]]
        assert set(filter(None, named)) - {"each", "names", "runs", "smoothing", "log", "points"} <= known, panel.title
        assert panel.measure in {*MEASURES, *columns}
