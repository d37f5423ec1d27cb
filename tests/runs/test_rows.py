"""Run files of somebody else, with one thing in them that no run holds: each is one row with its reason, and every question is answered."""

from __future__ import annotations

import operator
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runs import attacks
from tests.runs.support import scalars, small_config, status, wait_for_state
from wgan_gp.cli import main
from wgan_gp.errors import Damaged, LabError
from wgan_gp.runs import launcher, names, record
from wgan_gp.runs.rows import RunRow, columns
from wgan_gp.runs.tables import SMALL_BLOCKS
from wgan_gp.shelf import publish
from wgan_gp.shelf.recipes import recipe
from wgan_gp.training.events import Ended

NAMES = (
    "status", "config", "queued_since", "changes", "scalars", "last_scalars", "scene", "moments", "latest_moment", "last_seq",
    "moment_count", "checkpoint",
)  # fmt: skip
QUESTIONS: dict[str, Callable[[record.RunReader], object]] = {
    **{name: operator.methodcaller(name) for name in NAMES},
    "moment_at": lambda reader: reader.moment_at(5),
    "scalars_after": lambda reader: reader.scalars(6),
    "all_moments": lambda reader: reader.moments(0, 10**12),
}


@pytest.fixture
def whole(home: Path, tmp_path: Path) -> Path:
    return attacks.make_run().rename(tmp_path / "whole.sqlite")


def answers(path: Path) -> list[str]:
    """What each question is told that is refused; anything but a LabError is an error of ours."""
    refusals = []
    for question in QUESTIONS.values():
        try:
            with record.RunReader(path) as reader:
                question(reader)
        except LabError as error:
            refusals.append(str(error))
    return refusals


def test_every_cell_with_every_wrong_value_is_at_most_one_row_with_its_reason(whole: Path):
    refused = set()
    for number, (what, harm) in enumerate(attacks.every(whole)):
        path = attacks.copy_of(whole, f"a-{number}", harm)
        (found,) = record.list_runs()
        said = answers(path)
        assert all(text.isprintable() and len(text) < 600 and ": :" not in text for text in said), (what, said)
        if found.state == "damaged":
            assert found.message in said, what
            assert 0 <= found.created < 1e10, what
        if said:
            refused.add(what)
        for file in names.runs_folder().iterdir():
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    numbers = ("run.created", "run.step", "moment.step", "moment.seconds", "scalars.last", "checkpoint.step")
    assert {f"{column} {kind}" for column in numbers for kind in ("NULL", "text", "blob", "inf", "minus", "huge", "too large")} <= refused
    assert {
        f"{column} {kind}" for column in ("run.state", "run.config", "run.facts") for kind in ("NULL", "text", "blob", "inf", "long")
    } <= refused
    assert {f"{table}.blob {kind}" for table in ("moment", "scene") for kind in ("NULL", "text", "half", "inf", "too large")} <= refused
    assert {what for what, _ in attacks.tables()} <= refused


def test_a_damaged_run_is_in_nobodys_way(whole: Path, capsys: pytest.CaptureFixture[str]):
    """The list, the newest, the command line, a recipe that looks for its run, the queue and what it starts."""
    harms = dict(attacks.every(whole))
    chosen = ["run.created inf", "run.created NULL", "run.state nasty", "run.facts deep", "moment.step text", "an endless view for run",
              "an endless view for moment", "a trigger", "two rows", "without command", "run.queued text", "of the far future"]  # fmt: skip
    for number, what in enumerate(chosen):
        attacks.copy_of(whole, f"a-{number}", harms[what])
    with record.RunWriter.create(small_config(steps=5)) as writer:
        good = writer.path.stem
    assert len(record.list_runs()) == len(chosen) + 1
    assert launcher.queue_place(good) == 1
    launcher.start_next()
    assert wait_for_state(good, "finished").step == 5
    assert record.latest() in {good, "a-4", "a-6"}
    assert publish.find_run(recipe("8gaussians-gp")) is None
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert good in listed
    assert "The file of a-0 holds what no run can hold: run.created: inf is not allowed" in listed
    assert main(["show", "a-0"]) == 1
    assert capsys.readouterr().err.startswith("wgan_gp: The file of a-0 holds what no run can hold: run.created: inf is not allowed")
    for number in range(len(chosen)):
        record.delete(f"a-{number}")
    assert [found.id for found in record.list_runs()] == [good]


@pytest.mark.parametrize(("what", "make"), list(attacks.no_files()), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_no_file_is_no_run_and_nobody_waits_for_it(home: Path, what: str, make: Callable[[Path], object]):
    path = names.writable_runs_folder() / "a-b.sqlite"
    make(path)
    said: list[object] = []

    def look() -> None:
        said.append(record.list_runs())
        for opened in (lambda: record.path_of("a-b"), lambda: record.RunReader(path), lambda: record.RunWriter(path)):
            with pytest.raises(LabError):
                opened()

    thread = threading.Thread(target=look, daemon=True)  # to open a pipe would wait for ever
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    assert said == [[]]


@pytest.mark.parametrize(
    ("table", "question"),
    [("command", "status"), ("moment", "moment_count"), ("moment", "moment_at"), ("moment", "all_moments"), ("scalars", "scalars")],
)
def test_a_tree_that_leads_in_circles_ends_in_a_sentence(whole: Path, table: str, question: str):
    path = attacks.copy_of(whole, "a-b", attacks.plain_sql("UPDATE run SET state = 'stopped'"))
    attacks.circles(table)(path)
    with record.RunReader(path) as reader:
        with pytest.raises(Damaged, match=r"it leads whoever reads it in circles|are not what they say|do not follow each other"):
            QUESTIONS[question](reader)
        assert reader.config().steps == 12  # the rest can still be read


def test_commands_and_states_can_be_written_where_the_moments_are_damaged(whole: Path):
    path = attacks.copy_of(whole, "a-b", attacks.sql("UPDATE moment SET step = 'text'"))
    with record.RunWriter(path) as writer:
        writer.send("pause")
        writer.set_state("stopped")
        with pytest.raises(Damaged, match=r"moment\.step: 'text' is not allowed; it must be a whole number"):
            writer.begin_attempt(1)
    assert status("a-b").state == "stopped"


@pytest.mark.parametrize("column", ["last", "count", "rows"])
@pytest.mark.parametrize("kind", list(attacks.VALUES))
def test_a_worker_that_goes_on_over_a_damaged_curve_stops_with_its_reason_or_leaves_it(whole: Path, column: str, kind: str):
    path = attacks.copy_of(whole, "a-b", attacks.sql(f"UPDATE scalars SET {column} = {attacks.VALUES[kind]}"))
    before = answers(path)
    with record.RunWriter(path) as writer:
        for step in range(13, 13 + 2 * SMALL_BLOCKS):  # some flushes merge small blocks, as does the end
            writer.write(scalars(step, step))
            writer.flush()
        writer.write(Ended("finished", 12 + 2 * SMALL_BLOCKS))
    assert status("a-b").state == "finished"
    assert set(before) <= set(answers(path))
    with suppress(Damaged), record.RunWriter(path) as writer:
        writer.begin_attempt(1)


def test_a_damaged_run_is_not_copied(whole: Path, tmp_path: Path):
    attacks.copy_of(whole, "a-b", attacks.sql("UPDATE run SET seconds = 9e999"))
    attacks.copy_of(whole, "a-c", attacks.sql("UPDATE moment SET step = 'text'"))
    for run in ("a-b", "a-c"):
        with pytest.raises(Damaged):
            record.export_clean(run, tmp_path / "copy-x.sqlite", moments=2)
        assert not (tmp_path / "copy-x.sqlite").exists()


def test_the_recordings_open_as_before():
    for run, moments in (("8gaussians-clip-recorded", 49), ("8gaussians-gp-recorded", 50)):
        assert answers(record.path_of(run)) == [f"The run {run} has no checkpoint to read: it has not saved one yet."]
        with record.RunReader(record.path_of(run)) as reader:
            assert (reader.status().state, reader.moment_count(), len(reader.scalars()), reader.moments()[-1].step) == (
                "finished",
                moments,
                1500,
                1500,
            )


CELL = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=50), st.binary(max_size=50), st.sampled_from([
    "queued", "running", "paused", "{}", '{"torch": 2}', "null",
]))  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=st.sampled_from(columns(RunRow).split(", ")), value=CELL)
def test_whatever_a_cell_holds_only_lab_errors_come_out(whole: Path, home: Path, column: str, value: object):
    path = attacks.copy_of(whole, "a-b", attacks.sql())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        try:
            connection.execute(f"UPDATE run SET {column} = ?", (value,))
        except (sqlite3.IntegrityError, UnicodeEncodeError):
            return
    assert len(record.list_runs()) == 1
    answers(path)
    os.unlink(path)
