"""Workers that are killed on their way to their run: it is interrupted, not failed, and goes on to the same weights."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.runs.support import small_config, status, wait_for, wait_for_state
from wgan_gp.runs import launcher, locks, names, record, starting, warm, writer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")

OUTSIDE = "The worker was ended from outside while it was starting."


@contextmanager
def meanwhile(start: Callable[[], object]) -> Iterator[None]:
    """Start workers in a thread, as a server does, while the test has its way with them."""
    thread = threading.Thread(target=start)
    thread.start()
    yield
    thread.join(60)
    assert not thread.is_alive()


def next_worker(known: set[int]) -> int:
    """The process id of a worker that was not there before."""
    deadline = time.monotonic() + 30
    while not (new := {child.pid for child in starting.children} - known):
        assert time.monotonic() < deadline, "waited in vain for a worker"
        time.sleep(0.001)
    known |= new
    return new.pop()


def test_killed_at_every_moment_of_its_start_it_is_interrupted_and_ends_with_the_weights_of_a_calm_run():
    config = small_config(steps=300, checkpoint_seconds=0.1, seed=5)
    (calm,) = launcher.start([config])
    with writer.RunWriter.create(config) as made:  # queued, and nobody has started it
        killed = made.path.stem
    known = {child.pid for child in starting.children}
    states = []
    for round_ in range(20):
        with meanwhile(launcher.start_next if round_ == 0 else lambda: launcher.resume(killed)):
            pid = next_worker(known)
            time.sleep(0.05 * round_)
            os.kill(pid, signal.SIGKILL)
        found = wait_for_state(killed, "interrupted", "finished", seconds=5)
        states.append((found.state, found.attempt > 0, found.message))
        if found.state == "finished":
            break
        launcher.check_resumable(killed)
    assert states[0] == ("interrupted", False, OUTSIDE)
    launcher.resume(killed)
    expected, found = wait_for_state(calm, "finished"), wait_for_state(killed, "finished")
    assert (found.step, found.message) == (300, "")
    assert found.weights_sha256 == expected.weights_sha256


def test_a_warm_worker_killed_in_the_instant_of_the_hand_over_leaves_an_interrupted_run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WGAN_GP_WARM", "1")
    monkeypatch.setattr(warm, "REST_SECONDS", 300.0)
    warm.keep()
    try:
        keeper = warm._keeper
        assert keeper is not None
        deadline = time.monotonic() + 90
        while not keeper._ready:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        pid = keeper._ready[0].process.pid
        os.kill(pid, signal.SIGSTOP)  # it never reads which run it is to train
        with meanwhile(lambda: launcher.start([small_config(steps=20)])):
            assert next_worker(set()) == pid
            os.kill(pid, signal.SIGKILL)
    finally:
        warm.close()
    (found,) = record.list_runs()
    assert (found.state, found.message) == ("interrupted", OUTSIDE)
    launcher.resume(found.id)
    assert wait_for_state(found.id, "finished").step == 20


def test_the_queue_goes_on_with_the_next(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WGAN_GP_CAPACITY", "1")
    with meanwhile(lambda: launcher.start([small_config(steps=20, name="killed"), small_config(steps=20, name="next")])):
        os.kill(next_worker(set()), signal.SIGKILL)
    runs = {found.name: found.id for found in record.list_runs()}
    assert wait_for_state(runs["next"], "finished").step == 20
    assert status(runs["killed"]).state == "interrupted"


def test_killed_together_with_who_waits_for_it_the_run_is_started_by_whoever_comes_next():
    code = (
        "import os, threading, time; from tests.runs.support import small_config; from wgan_gp.runs import launcher, starting\n"
        "def end():\n"
        "    while not starting.children: time.sleep(0.001)\n"
        "    os.kill(starting.children[0].pid, 9); os.kill(os.getpid(), 9)\n"
        "threading.Thread(target=end).start()\n"
        "launcher.start([small_config(steps=20)])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=names.RECORDINGS.parents[1], check=False)
    assert done.returncode == -signal.SIGKILL
    (found,) = record.list_runs()
    assert (found.state, launcher.queue_place(found.id)) == ("queued", 1)
    assert not locks.queue_lock().is_locked
    launcher.start_next()
    assert wait_for_state(found.id, "finished").step == 20


def test_what_an_earlier_worker_said_is_not_taken_for_the_reason(monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as broken:
        broken.setenv("PYTHONHOME", "/nowhere")
        (run_id,) = launcher.start([small_config(steps=20)])
    assert status(run_id).state == "failed"
    known = {child.pid for child in starting.children}
    with meanwhile(lambda: launcher.resume(run_id)):
        os.kill(next_worker(known), signal.SIGKILL)
    assert (status(run_id).state, status(run_id).message) == ("interrupted", OUTSIDE)
    launcher.resume(run_id)
    wait_for_state(run_id, "finished")


def test_one_that_crashes_by_itself_has_failed_and_the_signal_is_named():
    with meanwhile(lambda: launcher.start([small_config(steps=20)])):
        os.kill(next_worker(set()), signal.SIGSEGV)
    (found,) = record.list_runs()
    assert found.state == "failed"
    assert found.message == "The worker ended before it began: it crashed (SIGSEGV)."


def test_a_queued_run_that_no_worker_can_open_fails_once_and_does_not_hold_up_the_others():
    with writer.RunWriter.create(small_config(steps=20)) as bad:
        bad._connection.execute("INSERT INTO moment (seq, step, seconds, blob) VALUES (1, 'text', 0, x'00')")
    with writer.RunWriter.create(small_config(steps=20)) as good:
        pass
    launcher.start_next()
    failed = wait_for(bad.path.stem, lambda found: found.state != "queued")
    assert failed.state == "failed"
    assert "step: 'text' is not allowed; it must be a whole number" in failed.message
    assert wait_for_state(good.path.stem, "finished").step == 20
