"""Run files of somebody else on pages and routes: the others are shown, a damaged one is one row with its reason. No exception, no 500."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.runs import attacks
from tests.ui.support import open_page, texts
from tests.ui.test_routes import feed, get, of_kind
from wgan_gp.figures.panels import PANELS
from wgan_gp.runs import names, record
from wgan_gp.ui import downloads, routes
from wgan_gp.ui.thumbnails import thumbnail

LISTED = ("run.created inf", "run.created NULL", "run.created minus", "run.state nasty", "run.facts deep", "run.device long")
INSIDE = ("moment.step text", "moment.seconds inf", "moment.blob text", "moment huge header", "moment other dtype", "scene extent")
WITH_RUNS = ("duel.py", "critic_lab.py", "gradients.py")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A sound run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGAN_GP_HOME", str(tmp_path_factory.mktemp("made")))
        yield attacks.make_run()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    monkeypatch.setattr(downloads, "FRESH_SECONDS", 0.0)
    yield tmp_path
    for run in list(routes.readers._held):
        routes.readers.drop(run)


def harmed(whole: Path, *whats: str) -> dict[str, str]:
    """Runs with these harms, by what was done to them, beside the sound run `good-run`."""
    harms = dict(attacks.every(whole))
    attacks.copy_of(whole, "good-run", lambda path: None)
    runs = {what: f"a-{number}" for number, what in enumerate(whats)}
    for what, run in runs.items():
        attacks.copy_of(whole, run, harms[what])
    return runs


def well(lab: AppTest) -> AppTest:
    assert not lab.exception
    return lab


# --- pages ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whats", [LISTED, INSIDE], ids=["in the list", "inside"])
@pytest.mark.parametrize("name", ["home.py", "duel.py", "critic_lab.py", "gradients.py", "generate.py", "latent.py", "runs.py"])
def test_every_page_opens_and_shows_the_others(whole: Path, name: str, whats: tuple[str, ...]) -> None:
    harmed(whole, *whats)
    lab = well(open_page(name))
    if name == "runs.py":
        assert set(lab.dataframe[0].value["Run"]) == {"good-run", *(f"a-{number}" for number in range(len(whats)))}
    if name == "generate.py":
        assert {"choose-good-run"} <= {button.key for button in lab.button}
        assert whats == INSIDE or all(f"The file of a-{number}" in texts(lab) for number in range(len(whats)))
    if name == "home.py":
        assert "damaged" in texts(lab) or whats == INSIDE


def test_all_runs_there_can_be_stand_in_the_table_each_with_its_reason(whole: Path) -> None:
    for number, (_, harm) in enumerate(attacks.every(whole)):
        attacks.copy_of(whole, f"a-{number}", harm)
    table = well(open_page("runs.py")).dataframe[0].value
    assert len(table) == number + 1
    damaged = table[table["State"] == "damaged"]
    assert len(damaged) > 200
    assert all(len(note) > 20 for note in damaged["Note"])


@pytest.mark.parametrize("what", LISTED)
def test_a_list_of_recent_runs_says_why_one_is_damaged(whole: Path, what: str) -> None:
    harmed(whole, what)
    lab = well(open_page("home.py"))
    assert "The file of a-0" in texts(lab)
    assert "finished, iteration 12 of 12" in texts(lab)


@pytest.mark.parametrize("what", INSIDE)
def test_a_picture_that_cannot_be_drawn_says_why(whole: Path, what: str) -> None:
    run = harmed(whole, what)[what]
    picture, trouble = thumbnail(run)
    assert picture is None
    assert trouble
    assert trouble in texts(well(open_page("home.py")))
    table = well(open_page("runs.py")).dataframe[0].value
    assert table.set_index("Run")["Note"]["a-0"] == trouble


@pytest.mark.parametrize("name", WITH_RUNS)
@pytest.mark.parametrize("what", ["run.created inf", "run.config text", "an endless view for run", "two rows"])
def test_a_board_with_a_damaged_run_shows_the_other_one_and_the_reason(whole: Path, name: str, what: str) -> None:
    run = harmed(whole, what)[what]
    lab = well(open_page(name, run=["good-run", run]))
    assert [f"The file of {run}" in warning.value.replace("\\", "") for warning in lab.warning] == [True]
    assert not lab.error
    assert any(button.label == "Take control" for button in lab.button)


@pytest.mark.parametrize("name", ["generate.py", "latent.py"])
@pytest.mark.parametrize("what", ["checkpoint of text", "wrong checksum", "checkpoint.step inf", "checkpoint.data NULL"])
def test_a_generator_whose_checkpoint_is_damaged_says_why_and_the_other_is_shown(whole: Path, name: str, what: str) -> None:
    run = harmed(whole, what)[what]
    lab = well(open_page(name, model=["good-run", run]))
    assert [f"The run {run} has no checkpoint to read" in error.value.replace("\\", "") for error in lab.error] == [True]
    assert len(lab.get("vega_lite_chart")) > 0


def test_a_damaged_run_in_the_address_of_a_generator_says_why(whole: Path) -> None:
    run = harmed(whole, "run.created inf")["run.created inf"]
    for name in ("generate.py", "latent.py"):
        assert f"The file of {run} holds what no run can hold" in texts(well(open_page(name, model=["good-run", run])))


# --- routes -----------------------------------------------------------------------------------------------------------------------


def test_the_feed_gives_a_frame_with_the_reason_and_the_frames_of_the_others(port: int, whole: Path) -> None:
    attacks.copy_of(whole, "good-run", lambda path: None)
    for number, (what, harm) in enumerate(attacks.every(whole)):
        run = f"a-{number}"
        path = attacks.copy_of(whole, run, harm)
        for cursor in ("0:0:0", "1:1:1"):
            frames = feed(port, f"{run}:{cursor}", "good-run:0:0:0")
            (own,) = [frame.header for frame in frames if frame.header["run"] == run and frame.header["kind"] in ("status", "gone")]
            assert own["kind"] == "status" or own["message"], what
            assert [frame.header["state"] for frame in of_kind(frames, "status") if frame.header["run"] == "good-run"] == ["finished"], what
            assert of_kind(frames, "moment"), what
        assert run not in routes.readers._held or routes.readers._held[run].reader._connection is None, what
        routes.readers.drop(run)
        path.unlink(missing_ok=True)


def test_a_panel_of_a_damaged_run_is_refused_as_the_runs_fault(port: int, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "_files", downloads._Files(most_bytes=1))
    sound = np.geterr()
    harms = [
        *attacks.blobs(),
        *((what, harm) for what, harm in attacks.cells(whole) if what.split(".")[0] in ("moment", "scene", "scalars")),
    ]
    refused = 0
    for number, (what, harm) in enumerate(harms):
        run = f"a-{number}"
        path = attacks.copy_of(whole, run, harm)
        for panel in PANELS if number < 40 else ("samples", "losses"):
            query = urlencode({"panel": panel, "run": run, "format": "csv" if number % 2 else "svg"})
            answer = get(port, f"/lab/panel?{query}")
            assert answer.status in (200, 404, 422), (what, panel, answer.body[:300])
            if answer.status == 422:
                refused += 1
                assert run in answer.body.decode()
                assert b"\n" not in answer.body
        path.unlink()
    assert refused > 100
    assert np.geterr() == sound


def test_a_run_that_is_in_use_holds_up_nobody_for_long_and_is_shown_again(port: int, whole: Path) -> None:
    path = attacks.copy_of(whole, "a-b", lambda path: None)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert feed(port, "a-b:0:0:0") == []  # the board keeps what it has
        (found,) = record.list_runs()
        assert "in use by another program" in found.message
    finally:
        other.close()
    assert of_kind(feed(port, "a-b:0:0:0"), "status")
    assert [found.state for found in record.list_runs()] == ["finished"]


# --- what is held -----------------------------------------------------------------------------------------------------------------


def open_files(folder: Path) -> list[str]:
    """The files below this folder that this process holds open, those already deleted included."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue
    return [path for path in found if path.startswith(str(folder))]


linux = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="/proc is Linux")


@linux
def test_an_ended_runs_file_is_let_go_after_each_answer_and_a_deleted_one_is_gone(port: int, whole: Path) -> None:
    runs = [f"a-{number}" for number in range(80)]
    for run in runs:
        attacks.copy_of(whole, run, lambda path: None)
        assert of_kind(feed(port, f"{run}:0:0:0"), "moment")
        assert get(port, f"/lab/panel?panel=losses&run={run}&format=csv").status == 200
    assert open_files(names.runs_folder()) == []
    assert len(routes.readers._held) <= 64
    for run in runs:
        record.delete(run)
    assert open_files(names.runs_folder()) == []


@linux
def test_runs_that_go_on_are_held_bounded_by_number_and_age(whole: Path) -> None:
    cache = routes._Readers(most=3, seconds=0.5)
    writers = []
    for _ in range(5):
        path = attacks.copy_of(whole, f"a-{len(writers)}", attacks.plain_sql("UPDATE run SET state = 'running'"))
        writers.append(record.RunWriter(path))
        writers[-1].begin_attempt(os.getpid())
        cache.get(path.stem).latest_moment()
    assert list(cache._held) == ["a-2", "a-3", "a-4"]
    assert cache.get("a-2") is cache.get("a-2")
    for writer in writers:
        writer._connection.close()
    for _ in range(200):
        if not open_files(names.runs_folder()):
            break
        threading.Event().wait(0.05)
    assert open_files(names.runs_folder()) == []
    assert cache._held == {}
    assert not cache._sweeps  # nothing is left that lives on its own
    cache.get("a-0")
    assert cache._sweeps
    cache.drop("a-0")


@linux
@pytest.mark.parametrize("name", ["home.py", "duel.py", "generate.py", "runs.py", "critic_lab.py"])
def test_a_page_leaves_no_file_open(whole: Path, name: str) -> None:
    harmed(whole, *LISTED, *INSIDE)
    well(open_page(name, **({"run": ["good-run", "a-0"]} if name in WITH_RUNS else {})))
    assert open_files(names.runs_folder()) == []
    assert open_files(names.RECORDINGS) == []


def test_runs_that_are_gone_are_not_remembered(whole: Path) -> None:
    for number in range(5):
        attacks.copy_of(whole, f"a-{number}", lambda path: None)
    assert len(record.list_runs()) == 5
    assert len(record._seen) == 5
    for number in range(4):
        record.delete(f"a-{number}")
    assert [found.id for found in record.list_runs()] == ["a-4"]
    assert [path.stem for path in record._seen] == ["a-4"]
