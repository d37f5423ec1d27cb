"""Every page, entered by its frame as a browser does, in the states none, running, finished and failed. Real runs, real workers."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.runs.support import wait_for_state
from tests.ui.support import open_page as visit
from tests.ui.support import texts
from wgan_gp.config import RunConfig, override
from wgan_gp.config.words import aspects
from wgan_gp.presets import VARIANTS, critic_preset, gradients_presets, is_of_gradients, preset
from wgan_gp.runs import launcher, record
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.runs.writer import RunWriter
from wgan_gp.ui.runs_table import page_of, started_with

ROOT = Path(__file__).parents[2]
PAGES = ("home.py", "duel.py", "critic_lab.py", "gradients.py", "generate.py", "latent.py", "runs.py")
SMALL = ["critic.width=8", "generator.width=8", "batch_size=16", "n_critic=1", "device=cpu", "threads=1"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    yield tmp_path
    for run in record.list_runs():
        if run.state in ("running", "paused", "starting", "queued"):
            launcher.stop(run.id)
    for run in record.list_runs():
        wait_for_state(run.id, "stopped", "finished", "failed", "diverged", "interrupted")


def small(*settings: str, method: str = "gp") -> RunConfig:
    return override(preset("8gaussians", method), [*SMALL, *settings])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of runs that ended, by what they are: a duel of two that finished, and one that failed."""
    configs = {
        "clip": small("steps=20", method="clip"), "gp": small("steps=20"), "failed": small("steps=20", "device=cuda:77"),
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGAN_GP_HOME", str(tmp_path_factory.mktemp("trained")))
        ids = launcher.start(list(configs.values()))
        for run_id, state in zip(ids, ("finished", "finished", "failed"), strict=True):
            wait_for_state(run_id, state)
        return {what: record.path_of(run_id) for what, run_id in zip(configs, ids, strict=True)}


@pytest.fixture
def ended(home: Path, trained: dict[str, Path]) -> Callable[..., list[str]]:
    """Puts copies of ended runs into the home of this test, since a worker takes seconds to start; gives their ids."""

    def bring(*whats: str) -> list[str]:
        record.runs_folder().mkdir(parents=True, exist_ok=True)
        return [Path(shutil.copy(trained[what], record.runs_folder())).stem for what in whats]

    return bring


def made(config: RunConfig) -> str:
    """A run that nobody has started yet."""
    with RunWriter.create(config, state="stopped") as writer:
        return writer.path.stem


def open_page(page: str, *run_ids: str) -> AppTest:
    """The page inside the frame, as the first thing after a start."""
    lab = AppTest.from_file(str(ROOT / "pages" / "lab.py"), default_timeout=60)
    lab.switch_page(page)
    if run_ids:
        lab.query_params["run"] = list(run_ids)
    return lab.run()


def button(lab: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(button for button in lab.button if button.label == label)


def labels(lab: AppTest) -> set[str]:
    return {button.label for button in lab.button}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_where_there_is_no_run(name: str) -> None:
    lab = open_page(name)
    assert not lab.exception
    assert not lab.error


def test_home_starts_a_duel_with_one_click_and_shows_it() -> None:
    lab = open_page("home.py")
    button(lab, "Start a duel").click()
    lab.run()
    assert not lab.exception
    runs = record.list_runs()
    assert {run.id.split("-")[1] for run in runs} == {"clip", "gp"}
    assert set(lab.query_params["run"]) == {run.id for run in runs}
    assert "Pause" in labels(lab)


def test_the_form_starts_what_was_set_by_hand() -> None:
    lab = open_page("duel.py")
    lab.number_input(key="runs").set_value(3).run()
    lab.number_input(key="seed").set_value(11)
    lab.number_input(key="steps").set_value(40)
    lab.number_input(key="c1").set_value(0.05)
    lab.selectbox(key="device").set_value("cpu")
    button(lab, "Start").click()
    lab.run()
    assert not lab.exception
    configs = [record.RunReader(record.path_of(run_id)).config() for run_id in lab.query_params["run"]]
    assert [config.constraint.kind for config in configs] == ["clip", "gp", "none"]
    assert {(config.seed, config.steps, config.device) for config in configs} == {(11, 40, "cpu")}
    assert configs[0].constraint.model_dump()["limit"] == 0.05


def set_up(lab: AppTest) -> dict[str, object]:
    """What stands in the fields of a set-up."""
    return {element.key: element.value for element in (*lab.number_input, *lab.selectbox, *lab.text_input, *lab.checkbox)}


def test_a_link_brings_the_set_up_of_a_duel() -> None:
    address = {"data": "Two moons", "optimizers": "RMSProp for all", "seed": "11", "c1": "0.05", "weight2": "3.0", "width2": "64"}
    lab = visit("duel.py", **address, rate1="0.001", name2="mine & yours", method2="WGAN-GP")
    assert not lab.exception
    found = set_up(lab)
    assert [found[key] for key in ("data", "seed", "c1", "weight2", "width2", "rate1", "rate2", "name2")] == [
        "moons", 11, 0.05, 3.0, 64, 0.001, 5e-4, "mine & yours",
    ]  # fmt: skip


def test_an_address_may_name_things_as_the_command_line_does() -> None:
    lab = visit("duel.py", data="swissroll", optimizers="adam", method1="gp")
    assert [set_up(lab)[key] for key in ("data", "optimizers", "method1", "optimizer1")] == ["swissroll", "adam", "gp", "adam"]
    lab = visit("critic_lab.py", data="swissroll", fake="shift")
    assert [set_up(lab)[key] for key in ("data", "fake")] == ["swissroll", "shift"]


def test_another_preset_fills_the_fields_anew() -> None:
    lab = open_page("duel.py")
    lab.number_input(key="c1").set_value(0.3).run()
    lab.selectbox(key="preset").set_value("paper").run()
    assert [set_up(lab)[key] for key in ("c1", "weight2", "rate1", "rate2", "steps")] == [0.01, 0.1, 5e-5, 1e-4, 100_000]
    lab.selectbox(key="optimizer2").set_value("rmsprop").run()
    assert [set_up(lab)[key] for key in ("rate1", "rate2")] == [5e-5, 5e-5]
    lab.selectbox(key="data").set_value("digits").run()
    assert "width1" not in set_up(lab)
    assert set_up(lab)["channels1"] == 64


def test_the_set_up_says_in_what_its_runs_differ() -> None:
    lab = open_page("duel.py")
    assert "Besides the constraint, these differ too: optimiser and learning rate." in texts(lab)
    lab.selectbox(key="optimizers").set_value("rmsprop").run()
    assert "Only the constraint differs: every difference you see comes from it." in texts(lab)
    lab.number_input(key="batch2").set_value(64).run()
    assert "Besides the constraint, these differ too: batch size m." in texts(lab)


@pytest.mark.parametrize(
    ("data", "words"), [("mnist", "the first start fetches them (12 MB)"), ("quickdraw-cat", "Fetch it from the address below")]
)
def test_what_a_set_up_lacks_is_said_before_the_start(data: str, words: str) -> None:
    lab = visit("duel.py", data=data)
    assert words in texts(lab)
    assert [code.value for code in lab.code] == (
        [] if data == "mnist" else ["https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap/cat.npy"]
    )
    assert "not on this machine" not in texts(visit("duel.py", data="digits"))


def test_a_running_duel_is_paused_stepped_and_stopped_by_its_owner() -> None:
    lab = open_page("home.py")
    lab.session_state["controlled-runs"] = set()
    (run_id,) = launcher.start([small("steps=10000000")])
    wait_for_state(run_id, "running")
    lab = open_page("duel.py", run_id)
    assert "You are watching" in texts(lab)
    button(lab, "Take control").click()
    lab.run()
    assert button(lab, "Resume").disabled
    button(lab, "Pause").click()
    lab.run()
    wait_for_state(run_id, "paused")
    before = record.RunReader(record.path_of(run_id)).status().step
    lab.run()
    button(lab, "+10").click()
    lab.run()
    deadline = time.monotonic() + 10
    while record.RunReader(record.path_of(run_id)).status().step < before + 10 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert record.RunReader(record.path_of(run_id)).status().step == before + 10
    button(lab, "Stop").click()
    lab.run()
    wait_for_state(run_id, "stopped")
    assert not lab.exception
    assert button(lab.run(), "Pause").disabled


def test_live_settings_reach_the_run_and_bad_ones_are_one_sentence() -> None:
    (run_id,) = launcher.start([small("steps=10000000")])
    wait_for_state(run_id, "running")
    lab = open_page("duel.py", run_id)
    button(lab, "Take control").click()
    lab.run()
    rate = next(field for field in lab.text_input if field.label.startswith("Learning rate"))
    rate.set_value("-1")
    button(lab, "Apply").click()
    lab.run()
    assert "learning_rate: '-1' is not allowed; it must be above 0 and at most 10000" in texts(lab)
    next(field for field in lab.text_input if field.label.startswith("Learning rate")).set_value("0.125")
    button(lab, "Apply").click()
    lab.run()
    deadline = time.monotonic() + 10
    reader = record.RunReader(record.path_of(run_id))
    while reader.config().critic_optimizer.learning_rate != 0.125 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert reader.config().critic_optimizer.learning_rate == 0.125
    reader.close()


def test_the_length_of_a_run_is_a_live_setting() -> None:
    (run_id,) = launcher.start([small("steps=10000000")])
    wait_for_state(run_id, "running")
    deadline = time.monotonic() + 30
    while not record.RunReader(record.path_of(run_id)).status().step and time.monotonic() < deadline:
        time.sleep(0.05)
    launcher.pause(run_id)
    step = wait_for_state(run_id, "paused").step
    lab = open_page("duel.py", run_id)
    button(lab, "Take control").click()
    lab.run()
    length = next(field for field in lab.text_input if field.label == "Iterations")
    assert length.placeholder == "now 10000000"
    length.set_value(str(step))
    button(lab, "Apply").click()
    lab.run()
    assert f"steps: {step:,} is not allowed; {run_id} has done {step:,} iterations" in texts(lab)
    next(field for field in lab.text_input if field.label == "Iterations").set_value(str(step + 5))
    button(lab, "Apply").click()
    lab.run()
    button(lab, "Resume").click()
    lab.run()
    assert not lab.exception
    assert not lab.error
    found = wait_for_state(run_id, "finished")
    assert (found.step, found.steps) == (step + 5, step + 5)


@pytest.mark.parametrize("name", ["duel.py", "runs.py"])
def test_a_finished_run_is_extended(name: str, ended: Callable[..., list[str]]) -> None:
    (run_id,) = ended("gp")
    lab = open_page(name, *([run_id] if name == "duel.py" else []))
    if name == "duel.py":
        button(lab, "Take control").click()
    else:
        lab.session_state["runs"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    lab.run()
    length = next(field for field in lab.number_input if field.label == "Iterations")
    assert (length.min, length.value) == (21, 40)
    length.set_value(50)
    button(lab, "Go on").click()
    lab.run()
    assert not lab.exception
    assert not lab.error
    found = wait_for_state(run_id, "finished")
    assert (found.attempt, found.step, found.steps) == (2, 50, 50)


def test_a_recording_is_not_offered_to_be_extended() -> None:
    lab = open_page("duel.py", "8gaussians-gp-recorded")
    button(lab, "Take control").click()
    lab.run()
    assert "Go on" not in labels(lab)
    assert "Restart" in labels(lab)


@pytest.mark.parametrize("name", ["home.py", "runs.py"])
def test_a_page_shows_a_run_that_is_going_on(name: str) -> None:
    (run_id,) = launcher.start([small("steps=10000000")])
    wait_for_state(run_id, "running")
    lab = open_page(name)
    assert not lab.exception
    if name == "runs.py":
        assert list(lab.dataframe[0].value["State"]) == ["running"]
    else:
        assert any(caption.value.startswith("running, iteration") for caption in lab.caption)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_runs_that_finished_and_failed(name: str, ended: Callable[..., list[str]]) -> None:
    done, failed = ended("gp", "failed")
    lab = open_page(name, *([done, failed] if name == "duel.py" else []))
    assert not lab.exception
    assert not lab.error
    if name == "runs.py":
        table = lab.dataframe[0].value
        assert set(table["State"]) == {"finished", "failed"}
        assert any("cuda:77" in str(note) for note in table["Note"])
        for run, row in zip(table["Run"], table.to_dict("records"), strict=True):  # what tells runs of one name apart
            with RunReader(path_of(run)) as reader:
                told = aspects(reader.config())
            assert [row[name] for name in ("Data", "Held by", "Optimiser", "Seed")] == [
                told[name] for name in ("data", "constraint", "optimiser", "seed")
            ]


def test_the_projector_is_switched_in_the_frame_where_a_page_has_no_controls() -> None:
    lab = open_page("home.py")
    assert [switch.label for switch in lab.sidebar.toggle] == ["Projector"]
    assert "font-size: 20px" not in styles(lab)
    lab.sidebar.toggle[0].set_value(True).run()
    assert "font-size: 20px" in styles(lab)
    lab.switch_page("runs.py").run()
    assert lab.sidebar.toggle[0].value
    assert "font-size: 20px" in styles(lab)


def styles(lab: AppTest) -> str:
    return " ".join(str(element.proto.body) for element in lab.get("html"))


@pytest.mark.parametrize("text", ["../../etc/passwd", "%2e%2e", "a\x00b", "\\\\host\\share", "x" * 300, "a\u2215b", "<b>x</b>", "$x$"])
def test_a_link_to_no_run_is_a_sentence(text: str) -> None:
    lab = open_page("duel.py", text)
    assert not lab.exception
    assert "There is no run" in texts(lab)


def test_a_deleted_run_is_a_sentence(ended: Callable[..., list[str]]) -> None:
    (run_id,) = ended("gp")
    record.delete(run_id)
    assert "There is no run" in texts(open_page("duel.py", run_id))


def test_a_name_with_markup_is_shown_literally() -> None:
    name = "<b>$x$</b> **a** :red[b]"
    (run_id,) = launcher.start([small("steps=5", f'name="{name}"')])
    wait_for_state(run_id, "finished")
    shown = [str(element.value) for element in open_page("home.py").markdown]
    assert any("\\<b\\>\\$x\\$" in text for text in shown)


def test_the_fields_of_critic_lab_follow_the_runs_shown() -> None:
    limits = (0.02, 0.04)
    configs = [override(critic_preset("8gaussians", "clip"), [*SMALL, "steps=2", f"constraint.limit={limit}"]) for limit in limits]
    runs = launcher.start(configs)
    for run in runs:
        wait_for_state(run, "finished")
    lab = open_page("critic_lab.py", runs[0])
    assert lab.number_input(key="c").value == limits[0]
    lab.number_input(key="c").set_value(0.03).run()
    assert lab.number_input(key="c").value == 0.03  # a rerun takes nothing back
    lab.query_params["run"] = [runs[1]]
    lab.run()
    assert lab.number_input(key="c").value == limits[1]
    assert lab.number_input(key="updates").value == 2
    assert not lab.exception


def test_home_and_runs_open_a_critic_that_learns_alone_where_it_belongs() -> None:
    assert [page_of(made(config)) for config in (small(), override(critic_preset("moons", "gp"), SMALL))] == ["duel.py", "critic_lab.py"]
    assert page_of("no-such-run") == "duel.py"


def test_a_run_opens_where_it_belongs() -> None:
    ids = [made(config) for config in (*gradients_presets(depth=2, width=8), *(preset("swissroll", method) for method in ("clip", "gp")))]
    assert [page_of(run_id) for run_id in ids] == ["gradients.py"] * 4 + ["duel.py"] * 2
    for variant in VARIANTS:
        for data in ("8gaussians", "swissroll", "moons", "digits"):
            assert not any(is_of_gradients(preset(data, method, variant)) for method in ("gp", "clip", "none"))  # type: ignore[arg-type]


def test_home_opens_all_runs_that_were_started_together(ended: Callable[..., list[str]]) -> None:
    ids = ended("clip", "gp")
    runs = record.list_runs()
    for run in runs:
        assert sorted(started_with(run, runs)) == sorted(ids)
    alone = [dataclasses.replace(run, created=run.created + 100 * place) for place, run in enumerate(runs)]
    assert [started_with(run, alone) for run in alone] == [[run.id] for run in alone]


def test_the_navigation_brings_back_the_runs_that_were_watched(ended: Callable[..., list[str]]) -> None:
    ids = ended("clip", "gp")
    lab = open_page("duel.py", *ids)
    lab.switch_page("home.py")
    lab.query_params.clear()
    lab.run()
    lab.switch_page("duel.py")
    lab.query_params.clear()
    lab.run()
    assert lab.query_params["run"] == ids
    button(lab, "New duel").click()
    lab.run()
    assert "run" not in lab.query_params
    assert "Start" in labels(lab)
