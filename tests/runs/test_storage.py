"""Storage that fails: damaged, newer, read-only and full. What is good stays good, and what is not is said."""

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.runs.support import checkpoint, moment, scalars, small_config, started, status, wait_for_state
from wgan_gp.errors import Damaged, LabError, Refused
from wgan_gp.runs import launcher, names, record, schema
from wgan_gp.training.events import Ended, Moment, Scene

ROOT = Path(__file__).parents[2]


def finished_run(**values: object) -> Path:
    """The file of a run with something of everything."""
    with record.RunWriter.create(small_config(steps=30, **values)) as writer:
        writer.begin_attempt(1)
        for event in (started(), Scene(b"scene"), scalars(1, 10), moment(10), checkpoint(10), scalars(11, 30), moment(30), checkpoint(30)):
            writer.write(event)
        writer.write(Ended("finished", 30))
        return writer.path


def change_file(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, values)


def cut_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip_a_bit(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


# --- damaged checkpoints ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", [cut_short, flip_a_bit, lambda data: b""])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(harm: Callable[[bytes], bytes]):
    path = finished_run()
    change_file(path, "UPDATE checkpoint SET data = ? WHERE step = 30", harm(checkpoint(30).blob))
    with record.RunReader(path) as reader:
        assert reader.checkpoint() == (10, checkpoint(10).blob)
    with record.RunWriter(path) as writer, record.RunReader(path) as reader:
        assert writer.begin_attempt(1) == checkpoint(10).blob
        found = reader.status()
        assert found.message == "The checkpoint of iteration 30 was damaged; went on from iteration 10."
        assert (found.step, found.checkpoint_step, found.weights_sha256) == (10, 10, checkpoint(10).weights_sha256)
        assert len(reader.scalars()) == 10


def test_without_a_whole_checkpoint_it_says_so_and_starts_again():
    path = finished_run()
    change_file(path, "UPDATE checkpoint SET data = x'00'")
    with record.RunReader(path) as reader, pytest.raises(Damaged, match=r"iteration 30, 10\) are damaged"):
        reader.checkpoint()
    with record.RunWriter(path) as writer, record.RunReader(path) as reader:
        assert writer.begin_attempt(1) is None
        assert reader.status().message == "The checkpoint of iteration 30 was damaged; started again from the beginning."


# --- damaged and foreign files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 5000, b"\0" * 100_000])
def test_a_file_that_is_no_run_is_listed_as_damaged(home: Path, content: bytes):
    finished_run()
    (home / "runs" / "a-b.sqlite").write_bytes(content)
    assert sorted(found.state for found in record.list_runs()) == ["damaged", "finished"]
    with pytest.raises(Damaged, match="a-b"):
        record.RunReader(record.path_of("a-b"))
    with pytest.raises(Damaged, match="a-b"):
        record.RunWriter(record.path_of("a-b"))
    with pytest.raises(Damaged):
        launcher.resume("a-b")
    assert record.latest() != "a-b"
    record.delete("a-b")
    assert [found.state for found in record.list_runs()] == ["finished"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 7)), min_size=1, max_size=40), keep=st.floats(0.05, 1))
def test_whatever_happens_to_the_bytes_only_lab_errors_come_out(whole: Path, home: Path, flips: list[tuple[int, int]], keep: float):
    data = bytearray(whole.read_bytes())
    del data[int(len(data) * keep) :]
    for place, bit in flips:
        data[place % len(data)] ^= 1 << bit
    path = home / "runs" / "a-b.sqlite"
    path.write_bytes(data)
    record._seen.clear()
    assert [found.id for found in record.list_runs()] == ["a-b"]
    for question in ("status", "config", "scalars", "last_scalars", "moments", "latest_moment", "scene", "checkpoint", "changes"):
        try:
            with record.RunReader(path) as reader:
                answer = getattr(reader, question)()
        except LabError:
            continue
        if question == "checkpoint":
            assert answer in ((30, checkpoint(30).blob), (10, checkpoint(10).blob)) or answer[1] in (
                checkpoint(30).blob,
                checkpoint(10).blob,
            )
    try:
        with record.RunWriter(path) as writer:
            assert writer.begin_attempt(1) in (checkpoint(30).blob, checkpoint(10).blob, None)
    except LabError:
        pass


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return finished_run().rename(tmp_path / "whole.sqlite")


# --- versions -----------------------------------------------------------------------------------------------------------------


def test_a_newer_file_is_refused_with_the_version_it_needs():
    path = finished_run()
    change_file(path, "PRAGMA user_version = 7")
    for kind in (record.RunReader, record.RunWriter):
        with pytest.raises(Damaged, match=r"newer version of the Lab: its format is 7, this one reads up to 1"):
            kind(path)
    assert [found.state for found in record.list_runs()] == ["damaged"]


def test_an_older_file_goes_through_the_scripts_it_lacks():
    path = finished_run()
    scripts = [*schema.SCRIPTS, "CREATE TABLE note (text TEXT)", "INSERT INTO note VALUES ('migrated')"]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema.migrate(connection, scripts)
        assert connection.execute("SELECT text FROM note").fetchall() == [("migrated",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (len(scripts),)
        schema.migrate(connection, scripts)
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (1,)


def test_a_script_that_fails_changes_nothing():
    path = finished_run()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            schema.migrate(connection, [*schema.SCRIPTS, "CREATE TABLE note (text TEXT); INSERT INTO missing VALUES (1)"])
        connection.rollback()
    assert status(path.stem).state == "finished"


# --- killed while writing -----------------------------------------------------------------------------------------------------

KILLED = """
import os, sys
from pathlib import Path
from tests.runs.support import *
from wgan_gp.training.events import Scene
writer = record.RunWriter(Path(sys.argv[1]))
writer.begin_attempt(os.getpid())
writer.write(started()), writer.write(Scene(b"scene")), writer.write(moment(0)), writer.write(checkpoint(10))
writer.write(scalars(1, 20)), writer.write(moment(20))
writer.write(scalars(21, 30))
os.kill(os.getpid(), 9)
"""


def killed_run() -> Path:
    """The file of a run whose worker was killed: it is left in WAL mode, with what was committed in its -wal."""
    with record.RunWriter.create(small_config()) as writer:
        path = writer.path
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=names.RECORDINGS.parents[1], check=False)
    assert done.returncode == -9
    assert path.with_name(path.name + "-wal").stat().st_size > 0
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_a_killed_run_keeps_all_that_was_committed():
    path = killed_run()
    with record.RunReader(path) as reader:
        assert reader.moment_count() == 2
        assert len(reader.scalars()) == 20
        assert reader.scene() == b"scene"
    with record.RunWriter(path) as writer:
        assert writer.begin_attempt(1) == checkpoint(10).blob
    assert not path.with_name(path.name + "-wal").exists()


HALF_WRITTEN = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE run SET state = 'nonsense'")
connection.execute("UPDATE moment SET blob = zeroblob(200000)")
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_what_was_half_written_when_its_writer_was_killed_is_taken_back_by_whoever_reads_next():
    """Outside of WAL mode SQLite leaves a journal then, and a read-only connection may not roll it back."""
    path = finished_run()
    with record.RunReader(path) as before:
        assert before.moment_count() == 2
        subprocess.run([sys.executable, "-c", HALF_WRITTEN, str(path)], check=False)
        assert path.with_name(path.name + "-journal").stat().st_size > 0
        record._seen.clear()
        assert [found.state for found in record.list_runs()] == ["finished"]
        assert [kept.blob for kept in before.moments()] == [moment(10).blob, moment(30).blob]
    assert not path.with_name(path.name + "-journal").exists()


# --- read-only ----------------------------------------------------------------------------------------------------------------


def test_a_read_only_home_can_be_watched_and_refuses_to_start(tmpfs: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch):
    disk = tmpfs("size=8m")
    monkeypatch.setenv("WGAN_GP_HOME", str(disk))
    ended, killed = finished_run().stem, killed_run().stem
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    wait_for_state(killed, "interrupted", seconds=5)
    assert {found.id: found.state for found in record.list_runs()} == {ended: "finished", killed: "interrupted"}
    with record.RunReader(record.path_of(ended)) as reader:
        assert (reader.moment_count(), len(reader.scalars())) == (2, 30)
    for refused in (
        lambda: launcher.start([small_config()]),
        lambda: launcher.resume(killed),
        lambda: record.delete(ended),
        lambda: record.RunWriter.create(small_config()),
    ):
        with pytest.raises(Refused, match="read-only"):
            refused()
    with pytest.raises(Refused):
        launcher.stop(ended)
    assert {found.id: found.state for found in record.list_runs()} == {ended: "finished", killed: "interrupted"}
    home = AppTest.from_file(str(ROOT / "pages" / "lab.py"), default_timeout=30).run()
    assert not home.exception
    assert "read-only" in home.warning[0].value.replace("\\", "")


# --- a full disk --------------------------------------------------------------------------------------------------------------


def test_a_full_disk_stores_nothing_of_a_flush_and_harms_nothing(tmpfs: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WGAN_GP_HOME", str(tmpfs("size=2m")))
    rng = np.random.default_rng(0)
    with record.RunWriter.create(small_config()) as writer, record.RunReader(writer.path) as reader:
        writer.begin_attempt(1)
        writer.write(started())
        last = 0

        def write_on() -> None:
            nonlocal last
            for step in range(1, 1000):
                writer.write(scalars(step, step))
                writer.write(Moment(step, step / 100, rng.bytes(20_000)))
                writer.write(checkpoint(step))
                last = step

        def send_on() -> None:
            for _ in range(2000):
                writer.send("pause")

        with pytest.raises(record.DiskFull, match="disk is full"):
            write_on()
        assert last > 10
        assert reader.checkpoint() == (last, checkpoint(last).blob)
        assert (reader.moment_count(), reader.scalars()[-1, 0]) in ((last, last), (last + 1, last + 1))
        fill(writer.path.parent)
        with pytest.raises(record.DiskFull):
            send_on()  # until the room that the failed flush had taken is used up too
        writer.set_state_on_full_disk("failed", "The disk is full.")
        assert reader.status().state == "failed"
        path = writer.path
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def fill(folder: Path) -> None:
    """Leave not one byte."""
    with contextlib.suppress(OSError), (folder / "ballast").open("wb", buffering=0) as ballast:
        while ballast.write(bytes(4096)):
            pass
