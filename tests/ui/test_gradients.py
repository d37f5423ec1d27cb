"""The page Gradients, entered by its frame: what each control changes, and what a link brings. Real runs, real workers."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.runs.support import wait_for_state
from tests.ui.test_pages import SMALL, button, home, open_page, texts  # noqa: F401
from wgan_gp.config import MLPCritic, RunConfig, override
from wgan_gp.measures.table import number
from wgan_gp.presets import gradients_presets
from wgan_gp.runs import launcher, record
from wgan_gp.runs.arrays import decode
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.ui.recordings import GRADIENTS
from wgan_gp.ui.setup.gradients import in_words

PAGE = "gradients.py"


def started(lab: AppTest) -> list[RunConfig]:
    button(lab, "Train four critics").click()
    lab.run()
    assert not lab.exception
    assert not lab.error
    configs = []
    for run_id in lab.query_params["run"]:
        with record.RunReader(record.path_of(run_id)) as reader:
            configs.append(reader.config())
    return configs


def smallest(lab: AppTest) -> AppTest:
    lab.slider(key="depth").set_value(2)
    lab.slider(key="width").set_value(8)
    lab.number_input(key="steps").set_value(3)
    return lab


def test_the_page_says_what_is_chosen_here_and_what_the_papers_say() -> None:
    lab = open_page(PAGE)
    assert not lab.exception
    said = texts(lab)
    assert "12 hidden ReLU layers of 128, 500 iterations, batch size 128" in said
    assert "nothing of width, iterations and the moment of the measurement" in said
    assert "their Algorithms 1 have a batch size of 64" in said
    assert (lab.slider(key="depth").value, lab.slider(key="width").value) == (12, 128)


def test_the_device_is_auto_or_one_that_a_worker_has_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert smallest(open_page(PAGE)).selectbox(key="device").options == ["auto", "cpu"]
    monkeypatch.setattr("wgan_gp.runs.warm.devices", lambda: ["cuda:0", "cuda:1", "cpu"])
    lab = smallest(open_page(PAGE))
    assert lab.selectbox(key="device").options == ["auto", "cuda:0", "cuda:1", "cpu"]
    lab.selectbox(key="device").set_value("cpu")
    assert [config.device for config in started(lab)] == ["cpu"] * 4


def test_each_control_changes_what_it_says() -> None:
    lab = smallest(open_page(PAGE))
    lab.number_input(key="c1").set_value(0.2)
    lab.number_input(key="c2").set_value(0.02)
    lab.number_input(key="c3").set_value(0.002)
    lab.number_input(key="weight").set_value(7.0)
    lab.number_input(key="seed").set_value(11)
    lab.selectbox(key="data").set_value("moons")
    configs = started(lab)
    assert [config.constraint.model_dump().get("limit") for config in configs] == [0.2, 0.02, 0.002, None]
    assert configs[-1].constraint.model_dump()["weight"] == 7
    for config in configs:
        assert (config.data, config.seed, config.steps) == ("moons", 11, 3)
        for net in (config.critic, config.generator):
            assert (net.model_dump()["depth"], net.model_dump()["width"]) == (2, 8)


def test_the_fields_hold_what_the_runs_of_the_link_have() -> None:
    runs = launcher.start([override(c, ["threads=1"]) for c in gradients_presets("circles", depth=3, width=16, steps=2, seed=5)])
    for run in runs:
        wait_for_state(run, "finished")
    lab = open_page(PAGE, *runs)
    assert not lab.exception
    assert (lab.slider(key="depth").value, lab.slider(key="width").value) == (3, 16)
    assert [lab.number_input(key=key).value for key in ("c1", "c2", "c3", "weight", "steps", "seed")] == [0.1, 0.01, 0.001, 10, 2, 5]
    assert lab.selectbox(key="data").value == "circles"
    assert "3 hidden ReLU layers of 16, 2 iterations" in texts(lab)


def test_training_again_starts_from_the_fields() -> None:
    lab = smallest(open_page(PAGE))
    first = started(lab)
    lab.slider(key="depth").set_value(3)
    lab.run()
    second = started(lab)
    assert {config.critic.depth for config in first if isinstance(config.critic, MLPCritic)} == {2}
    assert {config.critic.depth for config in second if isinstance(config.critic, MLPCritic)} == {3}
    assert {config.critic.width for config in second if isinstance(config.critic, MLPCritic)} == {8}
    assert len(record.list_runs()) == 8


def test_other_runs_are_shown_with_their_numbers() -> None:
    (run,) = launcher.start([override(gradients_presets(depth=1, width=8, steps=2)[0], SMALL)])
    wait_for_state(run, "finished")
    lab = open_page(PAGE, run)
    assert not lab.exception
    assert (lab.number_input(key="c1").value, lab.number_input(key="c2").value) == (0.1, 0.01)
    assert "There is no run" in texts(open_page(PAGE, "swissroll-gp-aaaaaaaa"))


@pytest.mark.parametrize("runs", [[], gradients_presets(depth=4, width=32, steps=7)], ids=["preset", "runs"])
def test_the_words_follow_the_runs(runs: list[RunConfig]) -> None:
    chosen = "4 hidden ReLU layers of 32, 7 iterations" if runs else "12 hidden ReLU layers of 128, 500 iterations"
    assert chosen in in_words(runs)


def test_what_comes_later_is_what_the_recording_shows() -> None:
    assert "with nets this deep" in in_words([])
    assert "with nets this deep" not in in_words(gradients_presets(steps=3000))
    assert "with nets this deep" not in in_words(gradients_presets(depth=3))
    spread: dict[str, list[tuple[int, float, float]]] = {}
    for run in GRADIENTS:
        with RunReader(path_of(run)) as reader:
            found = [(moment.step, decode(moment.blob, "A moment")) for moment in reader.moments(0, 10**9)]
        spread[run] = [(step, float(arrays["samples"].std()), number(arrays, "truth.w1")) for step, arrays in found]
    clip, gp = (spread[run] for run in GRADIENTS)
    assert max(size for step, size, _ in gp if 100 < step < 500) < 0.15
    leaps = [size for step, size, _ in gp if 500 < step < 1000]
    assert min(leaps) < 0.3 < 1 < max(leaps)
    assert min(size for step, size, _ in gp if step > 1000) > 0.4
    assert gp[-1][0] == 3000
    assert gp[-1][2] < 0.4 < clip[-1][2]
    assert np.ptp([size for _, size, _ in clip]) < 1e-3
