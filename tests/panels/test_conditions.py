"""The conditions under which sentences are said, and the facts that they ask for."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest

from wgan_gp.config import override
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.data.shapes import MODES as SHAPES_MODES
from wgan_gp.measures.table import COLUMNS as MEASURED
from wgan_gp.panels import facts as panel_facts
from wgan_gp.panels.charts import DERIVED
from wgan_gp.panels.looks import ALONE, LOOKS
from wgan_gp.panels.sentences import ALWAYS, Condition, Facts, Sentence, both, either, every, fact, holds, no, said, some
from wgan_gp.presets import critic_preset, preset
from wgan_gp.training.events import COLUMNS

# --- conditions ---------------------------------------------------------------------------------------------------------------------

CLIP: Facts = {"constraint": "clip", "modes": 8, "curve.estimate": -0.5, "truth.w1": math.nan}
GP: Facts = {"constraint": "gp", "modes": 0, "curve.estimate": 2.0}


@pytest.mark.parametrize(
    ("condition", "runs", "expected"),
    [
        (ALWAYS, [], True),
        (either(), [CLIP], False),
        (some(fact("constraint", "==", "gp")), [CLIP, GP], True),
        (every(fact("constraint", "==", "gp")), [CLIP, GP], False),
        (every(fact("constraint", "==", "gp")), [], False),
        (some(both(fact("constraint", "==", "gp"), fact("modes", ">=", 8))), [CLIP, GP], False),  # of one and the same run
        (both(some(fact("constraint", "==", "gp")), some(fact("modes", ">=", 8))), [CLIP, GP], True),
        (some(either(fact("modes", ">", 8), fact("curve.estimate", "<=", -0.5))), [CLIP], True),
        (some(fact("truth.w1", "<", 1)), [CLIP, GP], False),  # not a number, and not known
        (no(some(fact("truth.w1", ">", 1))), [CLIP, GP], True),
        (fact("runs", ">=", 2), [CLIP, GP], True),
        (fact("runs", ">=", 2), [CLIP], False),
        (fact("constraint", "==", "clip"), [CLIP], False),  # of no run
    ],
)
def test_a_condition_is_true_of_some_or_of_all_runs(condition: Condition, runs: list[Facts], expected: bool) -> None:
    assert holds(condition, runs) == expected
    assert holds(json.loads(json.dumps(condition)), runs) == expected  # as the board gets it


def test_what_is_said_is_what_is_true() -> None:
    looks = (Sentence("a", "A."), Sentence("b", "B.", some(fact("constraint", "==", "gp"))), Sentence("c", "C."))
    assert said(looks, [CLIP]) == "A. C."
    assert said(looks, [CLIP, GP]) == "A. B. C."


# --- facts --------------------------------------------------------------------------------------------------------------------------


def asked(condition: Condition) -> Iterator[str]:
    word, *rest = condition
    if word == "fact":
        yield rest[0]
    else:
        for inner in rest:
            yield from asked(inner)


def test_conditions_ask_what_can_be_known() -> None:
    numbers = {f"{name}.{column}" for name, columns in {**MEASURED, **DERIVED, "curve": COLUMNS}.items() for column in columns}
    known = {"runs", "step", *panel_facts.facts(preset("8gaussians")), *numbers}
    assert {name for looks in (*LOOKS.values(), *ALONE.values()) for sentence in looks for name in asked(sentence.when)} <= known


def test_the_numbers_of_modes_are_those_of_the_data() -> None:
    plane = {name: len(data.centres) for name, data in PLANE_SETS.items() if data.centres}
    assert plane | {"shapes": len(SHAPES_MODES)} == panel_facts.MODES


def test_facts_are_those_of_the_config() -> None:
    found = panel_facts.facts(preset("digits", "clip"))
    assert found | {"constraint": "clip", "plane": False, "images": True, "modes": 0, "critic_alone": False} == found
    found = panel_facts.facts(critic_preset("8gaussians", "gp"))
    assert found | {"constraint": "gp", "plane": True, "modes": 8, "critic_alone": True, "optimizer": "adam", "limit": 0.0} == found
    assert found | {"weight": 3.0, "target": 1.0, "sides": "two", "points": "line", "first_weights": "normal"} == found
    found = panel_facts.facts(override(preset("8gaussians", "clip"), ["first_weights=inside"]))
    assert found | {"limit": 0.01, "weight": 0.0, "target": 0.0, "sides": "", "points": "", "first_weights": "inside"} == found
