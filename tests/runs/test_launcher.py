"""Workers as processes: started, queued, steered, killed, stopped in their tracks, and resumed to the same weights."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.runs.support import small_config, status, wait_for, wait_for_state
from wgan_gp.config import Changes, RunConfig
from wgan_gp.errors import InvalidConfig, Refused, UnknownRun
from wgan_gp.runs import launcher, locks, names, record, starting

ENDLESS = 1_000_000
posix = pytest.mark.skipif(sys.platform == "win32", reason="these signals are POSIX")


def worker_of(run_id: str) -> "subprocess.Popen[bytes]":
    """The process that this test started for a run."""
    return next(child for child in starting.children if str(record.path_of(run_id)) in child.args)


def kill(run_id: str, how: signal.Signals) -> None:
    pid = status(run_id).pid
    assert pid is not None
    os.kill(pid, how)


def begun(run_id: str) -> record.Status:
    return wait_for(run_id, lambda found: found.state not in ("queued", "starting") and found.step > 0)


def resume_twice_at_once(run_id: str) -> list[str]:
    """A double click: what each of two threads is told."""
    answers: list[str] = []

    def resume() -> None:
        try:
            launcher.resume(run_id)
            answers.append("resumed")
        except Refused as error:
            answers.append(str(error))

    threads = [threading.Thread(target=resume) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers, key=lambda answer: answer != "resumed")


# --- the queue ----------------------------------------------------------------------------------------------------------------


def test_what_does_not_fit_waits_and_who_ends_starts_the_next(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WGAN_GP_CAPACITY", "2")
    short = small_config(steps=50)
    began = time.monotonic()
    first, endless, stopped, deleted, last = launcher.start([short, small_config(steps=ENDLESS), short, short, short])
    assert time.monotonic() - began < 20
    assert locks.held_slots(0.05) == 2
    assert [launcher.queue_place(run_id) for run_id in (first, endless, stopped, deleted, last)] == [None, None, 1, 2, 3]
    launcher.stop(stopped)
    record.delete(deleted)
    assert (launcher.queue_place(stopped), launcher.queue_place(last)) == (None, 1)
    assert status(stopped).state == "stopped"
    with pytest.raises(UnknownRun):
        launcher.queue_place(deleted) or status(deleted)
    for run_id in (first, last):
        assert wait_for_state(run_id, "finished").step == 50
    assert status(endless).state == "running"
    assert status(stopped).step == 0
    assert (status(first).facts["threads"], status(endless).facts["threads"]) == (1, 1)
    launcher.stop(endless)
    assert wait_for_state(endless, "stopped").step > 0


def test_fifty_starts_run_what_fits_and_queue_the_rest_in_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WGAN_GP_CAPACITY", "1")
    ids = launcher.start([small_config(steps=ENDLESS)])
    ids += launcher.start([small_config(seed=seed) for seed in range(49)])
    assert [launcher.queue_place(run_id) for run_id in ids] == [None, *range(1, 50)]
    assert locks.held_slots(0.05) == 1
    launcher.start_next()
    assert [launcher.queue_place(run_id) for run_id in ids[:3]] == [None, 1, 2]


def test_a_stop_while_it_loads_stops_it_before_the_first_iteration():
    (run_id,) = launcher.start([small_config()])
    launcher.stop(run_id)
    found = wait_for_state(run_id, "stopped")
    assert (found.step, found.attempt) == (0, 1)


@pytest.mark.parametrize("text", ["0", "65", "-1", "two", "1e1", "٣", "9" * 30])
def test_a_capacity_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("WGAN_GP_CAPACITY", text)
    with pytest.raises(InvalidConfig, match=r"WGAN_GP_CAPACITY: .* is not allowed; write a whole number from 1 to 64"):
        locks.capacity()


def test_a_worker_that_cannot_begin_fails_with_the_reason(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    (run_id,) = launcher.start([small_config()])
    found = status(run_id)
    assert found.state == "failed"
    assert found.message.startswith("The worker ended before it began: ")
    assert launcher.queue_place(run_id) is None


def test_starting_takes_neither_torch_nor_matplotlib():
    code = "import sys, wgan_gp.runs.launcher, wgan_gp.runs.worker; print(sorted({'torch', 'matplotlib', 'streamlit'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=names.RECORDINGS.parents[1], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_process_that_started_workers_ends_without_them_and_without_a_warning(home: str):
    code = (
        "import gc, sys; from tests.runs.support import small_config; from wgan_gp.runs import launcher;"
        "print(launcher.start([small_config(steps=1000000)])[0])"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code],
        cwd=names.RECORDINGS.parents[1], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    run_id = done.stdout.strip()
    assert begun(run_id).state == "running"  # the worker outlives who started it
    launcher.stop(run_id)
    wait_for_state(run_id, "stopped")


def test_an_extended_run_waits_with_its_new_length_and_keeps_it_when_it_is_stopped_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WGAN_GP_CAPACITY", "1")
    (extended,) = launcher.start([small_config(steps=40)])
    wait_for_state(extended, "finished")
    (endless,) = launcher.start([small_config(steps=ENDLESS)])
    launcher.resume(extended, 90)
    assert (status(extended).state, status(extended).step, status(extended).steps) == ("queued", 40, 90)
    assert launcher.queue_place(extended, age=60) == 1
    launcher.stop(extended)
    assert (status(extended).state, status(extended).steps) == ("stopped", 90)
    assert launcher.queue_place(extended, age=60) == 1  # an old answer, for those who can do with one
    assert launcher.queue_place(extended) is None
    launcher.resume(extended)
    launcher.stop(endless)
    assert wait_for_state(extended, "finished").step == 90


# --- one worker ---------------------------------------------------------------------------------------------------------------


@posix
def test_commands_reach_a_worker_and_sigterm_saves_and_ends_it():
    (run_id,) = launcher.start([small_config(steps=ENDLESS, constraint={"kind": "clip", "limit": 0.1})])
    assert begun(run_id).pid == worker_of(run_id).pid
    with pytest.raises(Refused, match="is already running"):
        launcher.resume(run_id)
    second = subprocess.run(worker_of(run_id).args, cwd=names.RECORDINGS.parents[1], capture_output=True, text=True, check=False)
    assert (second.returncode, second.stderr) == (2, f"worker: The run {run_id} is already running.\n")
    assert status(run_id).pid == worker_of(run_id).pid

    launcher.pause(run_id)
    paused = wait_for_state(run_id, "paused")
    time.sleep(0.3)
    assert status(run_id).step == paused.step
    launcher.step(run_id, 10)
    wait_for(run_id, lambda found: found.state == "paused" and found.step == paused.step + 10)
    launcher.change(run_id, Changes(clip_limit=0.02, learning_rate=1e-3))
    with record.RunReader(record.path_of(run_id)) as reader:
        deadline = time.monotonic() + 10
        while not reader.changes():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert reader.checkpoint()[0] == paused.step + 10
        assert reader.config().constraint.model_dump() == {"kind": "clip", "limit": 0.02}
    with pytest.raises(InvalidConfig):
        launcher.change(run_id, Changes(penalty_weight=1))
    with pytest.raises(Refused, match="step: 0 is not allowed"):
        launcher.step(run_id, 0)
    assert wait_for_state(run_id, "paused").message == ""
    launcher.unpause(run_id)
    wait_for(run_id, lambda found: found.state == "running" and found.step > paused.step + 30)

    worker = worker_of(run_id)
    began = time.monotonic()
    kill(run_id, signal.SIGTERM)
    assert worker.wait(10) == 0
    assert time.monotonic() - began < 10
    found = status(run_id)
    assert (found.state, found.checkpoint_step) == ("stopped", found.step)
    for refused in (launcher.stop, launcher.pause, launcher.unpause, launcher.step):
        with pytest.raises(Refused, match="is not running; it is stopped"):
            refused(run_id)
    launcher.queue_place(run_id)
    assert starting.children == []  # no zombie is kept


@posix
def test_killed_it_is_interrupted_and_resumes_and_silent_it_can_still_be_stopped():
    (run_id,) = launcher.start([small_config(steps=ENDLESS)])
    wait_for(run_id, lambda found: (found.checkpoint_step or 0) > 0)
    kill(run_id, signal.SIGKILL)
    found = wait_for_state(run_id, "interrupted", seconds=5)
    with record.RunReader(record.path_of(run_id)) as reader:
        assert len(reader.scalars()) == found.step > 0
        assert reader.moment_count() > 0
    for refused in (launcher.pause, launcher.stop):
        with pytest.raises(Refused, match="is not running; it is interrupted"):
            refused(run_id)

    assert resume_twice_at_once(run_id) == ["resumed", f"The run {run_id} is already running."]
    assert wait_for(run_id, lambda again: again.state == "running" and again.step > found.step).attempt == 2
    kill(run_id, signal.SIGSTOP)
    silent = wait_for(run_id, lambda found: found.silent is not None, seconds=8)
    assert silent.state == "running"
    assert silent.silent is not None
    assert silent.silent > 5

    launcher.stop(run_id)
    stopped = status(run_id)
    assert stopped.state == "stopped"
    assert "did not respond" in stopped.message
    assert not locks.is_held(names.lock_path(record.path_of(run_id)))
    with record.RunReader(record.path_of(run_id)) as reader:
        assert reader.checkpoint()[0] == stopped.checkpoint_step


# --- exactly the same -----------------------------------------------------------------------------------------------------------


@posix
def test_extended_and_killed_on_the_way_it_has_the_weights_of_a_run_of_that_length():
    config = small_config(steps=50, checkpoint_seconds=0.1, seed=3)
    extended, straight = launcher.start([config, config.model_copy(update={"steps": 1000})])
    wait_for_state(extended, "finished")
    deadline = time.monotonic() + 30
    while locks.is_held(names.lock_path(record.path_of(extended))) and time.monotonic() < deadline:
        time.sleep(0.05)  # its worker is on its way out
    with pytest.raises(Refused, match="has reached its last iteration, 50; give a larger number of iterations to extend it"):
        launcher.resume(extended)
    with pytest.raises(InvalidConfig, match=r"steps: 50 is not allowed; .* so it must be from 51 to 10,000,000"):
        launcher.resume(extended, 50)
    launcher.resume(extended, 1000)
    assert wait_for(extended, lambda found: (found.checkpoint_step or 0) > 50).steps == 1000
    kill(extended, signal.SIGKILL)
    wait_for_state(extended, "interrupted", seconds=5)
    launcher.resume(extended)
    expected, found = wait_for_state(straight, "finished"), wait_for_state(extended, "finished")
    assert (found.attempt, found.step, found.steps) == (3, 1000, 1000)
    assert found.weights_sha256 == expected.weights_sha256
    with record.RunReader(record.path_of(extended)) as reader:
        assert reader.scalars()[:, 0].tolist() == list(range(1, 1001))
        assert [(change.step, change.changes) for change in reader.changes()] == [(50, Changes(steps=1000))]


@posix
def test_killed_at_random_moments_and_resumed_it_has_the_weights_of_an_uninterrupted_run():
    config = RunConfig(**small_config(steps=1500, checkpoint_seconds=0.1, seed=3).model_dump() | {"ema": 0.9, "schedule": "linear"})
    moments = random.Random(os.getpid())
    calm, killed = launcher.start([config, config])
    for _ in range(5):
        target = status(killed).step + moments.randint(1, 250)
        found = wait_for(killed, lambda now, target=target: now.step >= target)  # type: ignore[misc]
        if found.state == "finished":
            break
        kill(killed, signal.SIGKILL)
        wait_for_state(killed, "interrupted", seconds=5)
        launcher.resume(killed)
    expected, found = wait_for_state(calm, "finished"), wait_for_state(killed, "finished")
    assert found.attempt >= 2
    assert found.weights_sha256 == expected.weights_sha256
    with record.RunReader(record.path_of(calm)) as one, record.RunReader(record.path_of(killed)) as other:
        columns = [0, *range(2, 9)]  # all but the seconds
        assert one.scalars()[:, columns].tolist() == other.scalars()[:, columns].tolist()
        steps = [kept.step for kept in other.moments(0, 10**9)]
    assert steps == sorted(set(steps))
