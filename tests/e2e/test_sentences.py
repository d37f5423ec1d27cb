"""Sentences under conditions, as the board says them: by the facts and numbers that Python knows, and at the shown moment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.support import Lab, Visitors, duel_address, wait_for_moments
from tests.e2e.test_modules import Call, js, page, text_of  # noqa: F401
from tests.figures.support import RECORDINGS, critic, digits, plane, record
from wgan_gp.config import override
from wgan_gp.figures import recording
from wgan_gp.figures.facts import shown
from wgan_gp.figures.series import drawn_rows
from wgan_gp.measures.table import COLUMNS
from wgan_gp.panels.facts import facts
from wgan_gp.panels.looks import ALONE, LOOKS
from wgan_gp.panels.sentences import Condition, Sentence, both, either, every, fact, no, said, some
from wgan_gp.presets import gradients_presets, preset
from wgan_gp.runs.record import RunReader, path_of
from wgan_gp.training.events import COLUMNS as CURVE

pytestmark = pytest.mark.browser


KNOWN = """
    return (async () => {
        const modules = ["store.js", "words.js", "sentences.js"].map((name) => import(`/lab/web/${name}`));
        const [{RunStore}, {value}, {said}] = await Promise.all(modules);
        const [runs, columns, curveColumns, unit, names, sentences] = values;
        const known = runs.map(({facts, scene, moments, curve, rows}) => {
            const store = new RunStore("a-b", columns);
            if (scene) store.take({header: {kind: "scene"}, payload: bytes(scene)});
            store.take({header: {kind: "curve", columns: curveColumns, rows}, payload: bytes(curve)});
            moments.forEach(([step, seconds, blob], i) => {
                store.take({header: {kind: "moment", seq: i + 1, step, seconds}, payload: bytes(blob)});
            });
            const moment = store.moments.at(-1);
            return js.knownOf({run: {facts}, store, frame: {moment}, at: moment.step}, "step", 1);
        });
        return [known.map(({numbers}) => names.map((name) => value(numbers, name))), sentences.map((one) => said([one], known).join(" "))];
    })();
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Runs of every kind, with the shipped ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGAN_GP_HOME", str(tmp_path_factory.mktemp("home")))
        deep = override(gradients_presets(depth=4, width=8, steps=3)[0], ["threads=1", "device=cpu"])
        yield [*(record(config) for config in (plane("gp"), plane("clip"), digits("gp"), critic("clip"), deep)), *RECORDINGS]


def test_the_board_knows_the_numbers_that_figures_know_and_says_the_same(js: Call, recorded: list[str]) -> None:  # noqa: F811
    for ids in (recorded[:2], recorded[2:3], recorded[3:4], recorded[4:5], recorded[5:]):
        readers = [RunReader(path_of(run)) for run in ids]
        with contextlib.ExitStack() as stack:
            [stack.enter_context(reader) for reader in readers]
            found = shown([recording.read(reader, lambda _: "a run") for reader in readers], 1)
            runs = [as_the_board_gets_it(reader, facts(reader.config())) for reader in readers]
        names = sorted({name for run in found for name in run if "." in name})
        claims = [Sentence(name, name, condition) for name in names for condition in about(name, found)] + list(conditions())
        numbers, words = js("view.js", KNOWN, runs, COLUMNS, CURVE, "step", names, [asdict(claim) for claim in claims])
        for ours, theirs in zip(found, numbers, strict=True):
            np.testing.assert_allclose([float(number) for number in theirs], [ours.get(name, np.nan) for name in names], rtol=1e-5)
        assert words == [said([claim], found) for claim in claims]
        assert {"", *(claim.text for claim in claims)} >= set(words)
        assert len(set(words)) > 10  # some are true, some are not


def as_the_board_gets_it(reader: RunReader, known: dict[str, Any]) -> dict[str, Any]:
    scene, curve = reader.scene(), drawn_rows(recording.read(reader, lambda _: "a run"))
    moments = [[moment.step, moment.seconds, text_of(moment.blob)] for moment in reader.moments(0, 10**9)]
    return {
        "facts": known,
        "scene": text_of(scene) if scene else None,
        "moments": moments,
        "rows": len(curve),
        "curve": text_of(curve.tobytes()),
    }


def about(name: str, runs: Sequence[Mapping[str, Any]]) -> Iterator[Condition]:
    """Conditions on a number: not at its value, where the last digit decides, but well on either side."""
    known = [run[name] for run in runs if np.isfinite(run.get(name, np.nan))] or [1.0]
    for bound in (min(known) - 1, max(known) + 1, 0.0):
        if all(abs(bound - value) > 1e-6 for value in known):
            yield from (some(fact(name, "<", bound)), every(fact(name, ">=", bound)), no(some(fact(name, ">", bound))))


def conditions() -> Iterator[Sentence]:
    """Conditions on facts of the config, of one run and of all, and every sentence of the panels."""
    for name, value in facts(preset("8gaussians", "gp")).items():
        yield Sentence(name, f"some {name}", some(fact(name, "==", value)))
        yield Sentence(name, f"every {name}", every(fact(name, "==", value)))
    yield Sentence("both", "both", some(both(fact("constraint", "==", "clip"), either(fact("modes", ">=", 8), fact("images", "==", True)))))
    yield Sentence("two", "two", fact("runs", ">=", 2))
    for looks in (*LOOKS.values(), *ALONE.values()):
        yield from looks


# --- on the board -------------------------------------------------------------------------------------------------------------------

NEGATIVE = next(sentence for sentence in LOOKS["estimate"] if sentence.key == "estimate.negative")


OVERTAKES = ["critic.width=16", "generator.width=16", "batch_size=32", "n_critic=2", "steps=300", "device=cpu", "threads=1"]


def estimate_at(run: str, step: int) -> float:
    with RunReader(path_of(run)) as reader:
        return float(shown([recording.read(reader, lambda _: "a run", step=step)])[0].get("curve.estimate", np.nan))


def test_a_sentence_comes_and_goes_with_the_shown_moment(lab: Lab, visit: Visitors) -> None:
    run = record(override(preset("8gaussians", "gp"), OVERTAKES))
    with RunReader(path_of(run)) as reader:
        steps = [moment.step for moment in recording.read(reader, lambda _: "a run").moments]
    below = next(step for step in steps[::-1] if estimate_at(run, step) < -0.01)
    above = next(step for step in steps if estimate_at(run, step) > 0.01)
    tab = visit(lab, duel_address(lab, [run]))
    wait_for_moments(tab)
    look = tab.locator("[data-panel-name='estimate'] .look")
    always = said([sentence for sentence in LOOKS["estimate"] if sentence is not NEGATIVE], [])
    for step, expected in ((below, f"{always} {NEGATIVE.text}"), (above, always), (below, f"{always} {NEGATIVE.text}")):
        tab.locator("[data-action=scrub]").fill(str(step))
        expect(look).to_have_text(expected)
    assert look.evaluate("(element) => element.closest('[aria-live], [role=status], [role=alert]')") is None
