"""A run's file: what is written is what is read, and resuming forgets what came after the checkpoint."""

import math
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.runs.support import checkpoint, moment, rows, scalars, small_config, started, status
from wgan_gp.config import Changes, apply_changes
from wgan_gp.errors import Damaged, Refused, UnknownRun
from wgan_gp.runs import locks, names, record
from wgan_gp.runs.tables import DENSE, MOST_MOMENTS
from wgan_gp.training.events import COLUMNS, Changed, Ended, Halted, Noted, Scalars, Scene


@pytest.fixture
def writer():
    with record.RunWriter.create(small_config(steps=1000, name="Mine <b>")) as writer:
        writer.begin_attempt(4711)
        yield writer


@pytest.fixture
def reader(writer: record.RunWriter):
    with record.RunReader(writer.path) as reader:
        yield reader


def test_a_new_run_is_queued():
    config = small_config()
    with record.RunWriter.create(config) as writer, record.RunReader(writer.path) as reader:
        found = reader.status()
        assert (found.id, found.state, found.attempt, found.step, found.steps) == (writer.path.stem, "queued", 0, 0, config.steps)
        assert abs(found.created - time.time()) < 60
        assert reader.config() == config
        assert reader.scene() is None
        assert reader.last_scalars() == {}
        assert reader.scalars().shape == (0, len(COLUMNS))
        assert reader.moments() == []
        assert reader.latest_moment() is None
        assert (reader.moment_count(), reader.last_seq()) == (0, 0)
        with pytest.raises(Damaged, match="has not saved one yet"):
            reader.checkpoint()


@pytest.mark.parametrize(("asked", "found"), [(0, 10), (10, 10), (29, 20), (30, 30), (10**12, 30)])
def test_the_moment_at_an_iteration_is_the_newest_up_to_it(writer: record.RunWriter, reader: record.RunReader, asked: int, found: int):
    assert reader.moment_at(asked) is None
    for step in (10, 20, 30):
        writer.write(moment(step))
    shown = reader.moment_at(asked)
    assert shown is not None
    assert (shown.step, shown.blob) == (found, moment(found).blob)


def test_every_event_is_read_as_it_was_written(writer: record.RunWriter, reader: record.RunReader):
    config = apply_changes(writer.config(), Changes(learning_rate=0.5, penalty_weight=3))
    for event in (
        started(), Scene(b"scene"), moment(0), checkpoint(0), scalars(1, 40), moment(40), scalars(41, 50),
        Changed(50, Changes(learning_rate=0.5, penalty_weight=3), config), checkpoint(50),
    ):  # fmt: skip
        writer.write(event)
    found = reader.status()
    assert (found.state, found.step, found.device, found.name, found.pid) == ("running", 50, "cpu (test)", "Mine <b>", 4711)
    assert found.seconds == pytest.approx(0.5)
    assert found.facts == {"torch": "0", "clipped": ["a", "b"]}
    assert (found.checkpoint_step, found.weights_sha256) == (50, checkpoint(50).weights_sha256)
    assert reader.scene() == b"scene"
    kept = [(moment.seq, moment.step, moment.seconds, moment.blob) for moment in reader.moments()]
    assert kept == [(1, 0, 0.0, b"moment 0"), (2, 40, 0.4, b"moment 40")]
    assert reader.latest_moment() == reader.moments()[-1]
    np.testing.assert_array_equal(reader.scalars(), np.concatenate([rows(1, 40), rows(41, 50)]).astype(np.float32))
    assert reader.last_scalars() == pytest.approx(dict(zip(COLUMNS, rows(41, 50)[-1].tolist(), strict=True)), rel=1e-6)
    assert reader.checkpoint() == (50, checkpoint(50).blob)
    assert reader.config() == config
    assert reader.changes() == [Changed(50, Changes(learning_rate=0.5, penalty_weight=3), config)]


def test_rows_and_changes_wait_for_the_next_transaction(writer: record.RunWriter, reader: record.RunReader):
    writer.write(started())
    writer.write(scalars(1, 10))
    assert len(reader.scalars()) == 0
    writer.heartbeat()
    assert len(reader.scalars()) == 10
    writer.write(Changed(10, Changes(n_critic=2), apply_changes(writer.config(), Changes(n_critic=2))))
    writer.heartbeat()
    assert reader.changes() == []
    writer.write(checkpoint(10))
    assert reader.config().n_critic == 2


def test_facts_learnt_later_join_those_of_the_start(writer: record.RunWriter, reader: record.RunReader):
    writer.write(started())
    writer.write(Noted({"resident_mb": 1.5, "torch": "1"}))
    assert reader.status().facts == {"torch": "0", "clipped": ["a", "b"]}
    writer.write(checkpoint(1))
    writer.write(Noted({"resident_mb": 2.5, "list": ["c"]}))
    writer.heartbeat()
    assert reader.status().facts == {"torch": "1", "clipped": ["a", "b"], "resident_mb": 2.5, "list": ["c"]}
    writer.write(started())
    assert reader.status().facts == {"torch": "0", "clipped": ["a", "b"]}


def test_a_length_counts_as_soon_as_it_was_asked_for(writer: record.RunWriter, reader: record.RunReader):
    for argument in ('{"steps": 400}', '{"steps": 300}', '{"n_critic": 2}', "nonsense"):
        writer.send("change", argument)
    assert (reader.status().steps, reader.config().steps) == (300, 1000)
    writer.begin_attempt(1)
    assert reader.status().steps == 300
    writer.write(Ended("finished", 200))
    assert reader.status().steps == 1000  # it came too late


def test_rate_and_time_left(writer: record.RunWriter, reader: record.RunReader):
    writer.write(started())
    for first in range(1, 1001, 100):
        writer.write(scalars(first, first + 99))
        writer.flush()
    found = reader.status()
    assert found.rate == pytest.approx(100, rel=1e-3)
    assert found.left == pytest.approx(0)
    writer.write(Halted(1000))
    found = reader.status()
    assert (found.state, found.rate, found.left) == ("paused", None, None)


@pytest.mark.parametrize(("state", "message"), [("finished", ""), ("stopped", ""), ("diverged", "Training diverged at iteration 7.")])
def test_an_ended_run_is_one_file(writer: record.RunWriter, state: str, message: str):
    writer.write(started())
    writer.write(scalars(1, 7))
    writer.write(Ended(state, 7, message))  # type: ignore[arg-type]
    writer.close()
    assert [path.name for path in writer.path.parent.iterdir()] == [writer.path.name]
    found = status(writer.path.stem)
    assert (found.state, found.message, found.step, found.rate) == (state, message, 7, None)


def test_watching_readers_let_go_at_the_end(writer: record.RunWriter, reader: record.RunReader):
    """A cached reader that is asked now and then does not keep the run in WAL mode."""
    writer.write(started())
    assert reader.status().state == "running"
    writer.write(Ended("finished", 0))
    closing = threading.Thread(target=writer.close)
    closing.start()
    while closing.is_alive():
        assert reader.status().state == "finished"
        time.sleep(0.05)
    closing.join()
    assert [path.name for path in writer.path.parent.iterdir()] == [writer.path.name]
    assert reader.status().state == "finished"


def test_rows_after_a_step_across_merged_blocks(writer: record.RunWriter, reader: record.RunReader):
    first = 1
    for count in [1, 2, 3] * 50 + [5000] + [3] * 200 + [9000, 2, 2]:
        writer.write(scalars(first, first + count - 1))
        writer.flush()
        first += count
    last = first - 1
    for after in (0, 1, 2, 149, 150, 299, 300, 301, 5299, 5300, 5901, last - 1, last, last + 1):
        steps = reader.scalars(after)[:, 0]
        np.testing.assert_array_equal(steps, np.arange(after + 1, last + 1))
    assert len(reader.scalars(0, 500)) <= 500
    writer.write(Ended("finished", last))
    np.testing.assert_array_equal(reader.scalars()[:, 0], np.arange(1, last + 1))


def test_numbers_that_are_not_finite_are_none_by_name(writer: record.RunWriter, reader: record.RunReader):
    table = rows(1, 1)
    table[0, 6:9] = math.nan, math.inf, -math.inf
    writer.write(Scalars(table))
    writer.flush()
    last = reader.last_scalars()
    assert [last[name] for name in COLUMNS[6:9]] == [None, None, None]
    assert last["step"] == 1
    assert np.isnan(reader.scalars()[0, 6])


def test_moments_are_thinned_while_it_runs_and_at_the_end(writer: record.RunWriter, reader: record.RunReader):
    most = MOST_MOMENTS["plane"]
    for step in range(0, 3 * most, 2):
        writer.write(moment(step))
    steps = [kept.step for kept in reader.moments(0, 10**9)]
    last = 3 * most - 2
    assert len(steps) == most
    assert (steps[0], steps[-1]) == (0, last)
    assert steps[-DENSE:] == list(range(last - 2 * (DENSE - 1), last + 1, 2))
    writer.write(Ended("finished", last))
    steps = [kept.step for kept in reader.moments(0, 10**9)]
    assert len(steps) <= most
    assert (steps[0], steps[-1]) == (0, last)
    assert np.diff(steps).max() <= 2 * np.diff(steps)[1:-1].min()


def test_moments_come_in_portions(writer: record.RunWriter, reader: record.RunReader):
    for step in range(10):
        writer.write(moment(step))
    size = len(moment(0).blob)
    assert [kept.step for kept in reader.moments(0, 3 * size)] == [0, 1, 2]
    assert [kept.step for kept in reader.moments(3, 3 * size)] == [3, 4, 5]
    assert [kept.step for kept in reader.moments(8, 1)] == [8]
    assert reader.moments(10) == []


def test_a_moment_of_the_same_step_takes_a_new_number(writer: record.RunWriter, reader: record.RunReader):
    writer.write(moment(5))
    writer.write(moment(5))
    assert [(kept.seq, kept.step) for kept in reader.moments()] == [(2, 5)]


def test_resuming_forgets_what_came_after_the_checkpoint(writer: record.RunWriter, reader: record.RunReader):
    config = writer.config()
    later = apply_changes(config, Changes(n_critic=3))
    for event in (started(), scalars(1, 10), moment(10), checkpoint(10), scalars(11, 25), moment(25), checkpoint(25), scalars(26, 40)):
        writer.write(event)
    writer.write(moment(40))
    writer.write(Changed(40, Changes(n_critic=3), later))
    writer.flush()  # as if killed between the change and its checkpoint
    assert reader.config() == later
    assert writer.begin_attempt(1) == checkpoint(25).blob
    assert reader.scalars()[:, 0].tolist() == list(range(1, 26))
    assert [kept.step for kept in reader.moments()] == [10, 25]
    assert reader.changes() == []
    assert reader.config() == config
    found = reader.status()
    assert (found.attempt, found.step, found.state, found.checkpoint_step, found.message) == (2, 25, "starting", 25, "")
    writer.write(scalars(26, 30))
    writer.write(moment(30))
    assert reader.scalars()[:, 0].tolist() == list(range(1, 31))


def test_resuming_cuts_a_block_that_spans_the_checkpoint(writer: record.RunWriter, reader: record.RunReader):
    writer.write(checkpoint(10))
    writer.write(scalars(1, 30))
    writer.flush()
    assert writer.begin_attempt(1) == checkpoint(10).blob
    assert reader.scalars()[:, 0].tolist() == list(range(1, 11))


def test_without_a_checkpoint_it_starts_from_the_beginning(writer: record.RunWriter, reader: record.RunReader):
    for event in (started(), moment(0), scalars(1, 10), moment(10)):
        writer.write(event)
    assert writer.begin_attempt(1) is None
    assert len(reader.scalars()) == 0
    assert reader.moments() == []
    assert (reader.status().step, reader.status().checkpoint_step) == (0, None)


def test_two_checkpoints_are_kept_and_a_later_one_of_the_same_step_counts(writer: record.RunWriter, reader: record.RunReader):
    config = apply_changes(writer.config(), Changes(n_critic=9))
    for step in (10, 20, 30):
        writer.write(checkpoint(step))
    writer.write(Changed(30, Changes(n_critic=9), config))
    writer.write(checkpoint(30))
    assert writer._connection.execute("SELECT step FROM checkpoint").fetchall() == [(20,), (30,)]
    writer.begin_attempt(1)
    assert reader.config() == config


def test_commands_wait_until_they_are_done(writer: record.RunWriter):
    with record.RunWriter(writer.path) as other:
        other.send("change", '{"n_critic":2}')
        other.send("pause")
    change, pause = writer.pending_commands()
    assert (change.verb, change.argument, pause.verb) == ("change", '{"n_critic":2}', "pause")
    writer.done(pause)
    assert writer.pending_commands() == [change]
    writer.begin_attempt(1)  # killed before the flush: a pause was for that life, a change is for the run
    assert writer.pending_commands() == [change]
    writer.done(change)
    writer.write(checkpoint(1))
    with record.RunWriter(writer.path) as other:
        assert other.pending_commands() == []


def test_states_that_need_a_worker_are_interrupted_without_one(writer: record.RunWriter, reader: record.RunReader):
    writer.write(started())
    assert reader.status().state == "running"
    writer._connection.execute("UPDATE run SET heartbeat = heartbeat - 3")
    assert reader.status().state == "interrupted"
    assert reader.status().silent is None
    lock = locks.hold(names.lock_path(writer.path))
    assert lock is not None
    assert (reader.status().state, reader.status().silent) == ("running", None)
    writer._connection.execute("UPDATE run SET heartbeat = heartbeat - 3")
    assert reader.status().silent == pytest.approx(6, abs=1)
    lock.release()
    assert reader.status().state == "interrupted"


def test_a_heartbeat_from_before_a_restart_of_the_machine_is_no_sign_of_life(writer: record.RunWriter, reader: record.RunReader):
    writer.write(started())
    writer._connection.execute("UPDATE run SET heartbeat = heartbeat + 1000000")
    assert reader.status().state == "interrupted"


def test_listing_is_newest_first_and_latest():
    with pytest.raises(UnknownRun, match="no run yet"):
        record.latest()
    ids = []
    for _ in range(3):
        with record.RunWriter.create(small_config()) as writer:
            ids.append(writer.path.stem)
    assert [found.id for found in record.list_runs()] == ids[::-1]
    assert record.latest() == ids[-1]
    with record.RunWriter(record.path_of(ids[0])) as writer:
        writer.set_state("stopped")
    assert [found.state for found in record.list_runs()] == ["queued", "queued", "stopped"]
    with record.RunWriter(record.path_of(ids[0])) as writer:
        writer.set_state("failed", "why")
    assert record.list_runs()[-1].message == "why"  # what was remembered of an ended run gives way to what is there


def test_listing_two_hundred_runs_is_quick():
    with record.RunWriter.create(small_config()) as writer:
        writer.set_state("stopped")
    for number in range(199):
        shutil.copy(writer.path, writer.path.with_stem(f"copy-{number}"))
    record._seen.clear()
    began = time.perf_counter()
    assert len(record.list_runs()) == 200
    assert time.perf_counter() - began < 1.0  # 0.07 s alone on the machine; the contract is 0.3 s


def test_deleting_removes_every_file(home: Path):
    with record.RunWriter.create(small_config()) as writer:
        writer.begin_attempt(1)
        writer.write(started())
        names.log_path(writer.path).write_text("log")
        names.lock_path(writer.path).touch()
        lock = locks.hold(names.lock_path(writer.path))
        assert lock is not None
        with pytest.raises(Refused, match="is running; stop it first"):
            record.delete(writer.path.stem)
        lock.release()
        record.delete(writer.path.stem)
        assert list((home / "runs").iterdir()) == []
        with pytest.raises(UnknownRun, match="was deleted while it was running"):
            writer.heartbeat()
    with pytest.raises(UnknownRun):
        record.delete(writer.path.stem)


def test_an_open_reader_says_that_its_run_was_deleted(writer: record.RunWriter, reader: record.RunReader):
    writer.write(moment(1))
    assert reader.moment_count() == 1
    record.delete(writer.path.stem)
    for question in (reader.status, reader.moments, reader.scalars, reader.config, reader.scene, reader.latest_moment):
        with pytest.raises(UnknownRun, match="was deleted"):
            question()


def test_a_clean_copy_is_one_file_without_commands(writer: record.RunWriter, reader: record.RunReader, tmp_path: Path):
    for event in (started(), Scene(b"scene"), scalars(1, 10), moment(10), checkpoint(10)):
        writer.write(event)
    writer.send("pause")
    record.export_clean(writer.path.stem, tmp_path / "copy-whole.sqlite")
    record.export_clean(writer.path.stem, tmp_path / "copy-light.sqlite", checkpoints=False)
    assert sorted(path.name for path in tmp_path.glob("*.sqlite*")) == ["copy-light.sqlite", "copy-whole.sqlite"]
    with record.RunReader(tmp_path / "copy-whole.sqlite") as whole, record.RunReader(tmp_path / "copy-light.sqlite") as light:
        assert whole.status().state == light.status().state == "stopped"
        assert whole.status().pid is None
        assert whole.moments() == light.moments() == reader.moments()
        assert whole.checkpoint() == reader.checkpoint()
        with pytest.raises(Damaged):
            light.checkpoint()
    with pytest.raises(Refused, match="exists already"):
        record.export_clean(writer.path.stem, tmp_path / "copy-whole.sqlite")
    with pytest.raises(Refused, match="cannot be written"):
        record.export_clean(writer.path.stem, tmp_path / "missing" / "x.sqlite")


def test_a_copy_with_fewer_moments_keeps_the_first_and_the_last(writer: record.RunWriter, tmp_path: Path):
    writer.write(started())
    for step in range(0, 1000, 10):
        writer.write(moment(step))
    record.export_clean(writer.path.stem, tmp_path / "short.sqlite", moments=10)
    with record.RunReader(tmp_path / "short.sqlite") as short:
        kept = [found.step for found in short.moments()]
    assert kept == list(range(0, 1000, 110))


def test_threads_may_share_a_reader(writer: record.RunWriter, reader: record.RunReader):
    writer.write(started())
    for step in range(1, 40):
        writer.write(scalars(step, step))
        writer.write(moment(step))
    found: list[tuple[int, int]] = []

    def look() -> None:
        for _ in range(50):
            found.append((len(reader.scalars()), len(reader.moments())))
            reader.status()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(39, 39)] * 200
