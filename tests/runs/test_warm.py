"""Warm workers as processes: they wait without a trace of CPU, train as cold ones do, and end with whoever keeps them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.support import Lab
from tests.runs.support import small_config, wait_for, wait_for_state
from wgan_gp.errors import InvalidConfig, Refused
from wgan_gp.runs import launcher, names, record, starting, warm
from wgan_gp.training.device import device_names

ENDLESS = 1_000_000
ROOT = names.RECORDINGS.parents[1]
posix = pytest.mark.skipif(sys.platform == "win32", reason="these signals and `ps` are POSIX")


@pytest.fixture(autouse=True)
def _keeps_none(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test leaves warm workers behind, and none is warmed again while a test looks at what it handed over."""
    monkeypatch.delenv("WGAN_GP_WARM", raising=False)
    monkeypatch.setattr(warm, "REST_SECONDS", 300.0)
    yield
    warm.close()


def until(condition: Callable[[], object], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.02)


def kept(monkeypatch: pytest.MonkeyPatch, number: int) -> warm.Keeper:
    """The keeper of this process, with so many workers that are ready."""
    monkeypatch.setenv("WGAN_GP_WARM", str(number))
    warm.keep()
    keeper = warm._keeper
    assert keeper is not None
    until(lambda: len(keeper._ready) == number, "warm workers")
    return keeper


def was_warm(run_id: str) -> bool:
    """Whether the worker that this process started for a run had been waiting."""
    with record.RunReader(record.path_of(run_id)) as reader:
        pid = reader.status().pid
    return "--warm" in next(child.args for child in starting.children if child.pid == pid)


def ps(*columns: str) -> list[list[str]]:
    """A row for each process of this machine; the last column may hold spaces and is split."""
    wanted = [f"-o{column}=" for column in columns]
    said = subprocess.run(["ps", "-A", "-ww", *wanted], capture_output=True, text=True, check=True).stdout
    return [line.split() for line in said.splitlines()]


def lives(pid: int) -> bool:
    """Whether this process is there and not a zombie that nobody has asked about yet."""
    return any(int(number) == pid and not state.startswith("Z") for number, state in ps("pid", "stat"))


# --- what a warm worker does ----------------------------------------------------------------------------------------------------


def test_it_trains_to_the_weights_of_a_cold_one_and_its_traceback_is_in_the_log(monkeypatch: pytest.MonkeyPatch):
    kept(monkeypatch, 2)
    (first, broken) = launcher.start([small_config(), small_config(device="cuda:15")])
    (cold,) = launcher.start([small_config()])
    found, expected = wait_for_state(first, "finished"), wait_for_state(cold, "finished")
    assert (was_warm(first), was_warm(broken), was_warm(cold)) == (True, True, False)
    assert found.step == expected.step == 200
    assert found.weights_sha256 == expected.weights_sha256
    assert names.log_path(record.path_of(first)).read_bytes() == b""

    failed = wait_for(broken, lambda status: status.state == "failed")
    assert "'cuda:15' is not on this machine" in failed.message
    until(lambda: "Traceback" in names.log_path(record.path_of(broken)).read_text(), "the traceback")


def test_it_tells_which_devices_there_are(monkeypatch: pytest.MonkeyPatch):
    assert warm.devices() == []
    kept(monkeypatch, 1)
    assert warm.devices() == device_names()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux")
def test_it_takes_no_cpu_while_it_waits_and_holds_nothing(monkeypatch: pytest.MonkeyPatch):
    (waiting,) = kept(monkeypatch, 1)._ready
    stat = Path(f"/proc/{waiting.process.pid}/stat")

    def ticks() -> int:
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return int(user) + int(system)

    before = ticks()
    time.sleep(2)
    assert ticks() - before <= 1  # of about two hundred
    assert record.list_runs() == []
    assert launcher.locks.held_slots() == 0


# --- how it ends ----------------------------------------------------------------------------------------------------------------


@posix
def test_kill_9_of_the_keeper_ends_who_waits_and_not_who_trains(monkeypatch: pytest.MonkeyPatch):
    code = (
        "import os, signal, time; from tests.runs.support import small_config; from wgan_gp.runs import launcher, starting, warm\n"
        f"warm.keep()\nwhile len(warm._keeper._ready) < 2: time.sleep(0.02)\nrun = launcher.start([small_config(steps={ENDLESS})])[0]\n"
        "print(run, starting.children[0].pid, warm._keeper._ready[0].process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    run_id, training, waiting = done.stdout.split()
    until(lambda: not lives(int(waiting)), "the end of the one that waits")
    then = wait_for(run_id, lambda status: status.state == "running" and status.step > 0)
    assert then.pid == int(training)
    wait_for(run_id, lambda status: status.step > then.step)
    launcher.stop(run_id)
    wait_for_state(run_id, "stopped")


@posix
def test_a_process_that_ends_ends_who_waits_without_a_warning():
    code = (
        "import time; from wgan_gp.runs import warm\n"
        "warm.keep()\nwhile not (warm._keeper._ready and warm._keeper._warming): time.sleep(0.02)\n"
        "print(warm._keeper._ready[0].process.pid, warm._keeper._warming.pid)"
    )
    done = subprocess.run([sys.executable, "-X", "dev", "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert [lives(int(pid)) for pid in done.stdout.split()] == [False, False]


@posix
@pytest.mark.parametrize("how", ["end", "kill"])
def test_the_server_keeps_them_and_they_end_with_it(home: Path, monkeypatch: pytest.MonkeyPatch, how: str):
    monkeypatch.setenv("WGAN_GP_WARM", "1")
    lab = Lab(home)
    lab.start()
    parent = str(lab.process.pid)

    def waiting() -> list[int]:
        return [int(pid) for pid, above, *command in ps("pid", "ppid", "args") if above == parent and command[-1] == "--warm"]

    try:
        until(waiting, "a warm worker of the server")
    finally:
        pids = waiting()
        getattr(lab, how)()
    until(lambda: not any(lives(pid) for pid in pids), "its end")
    assert "Traceback" not in lab.log.read_text()


# --- when there is none ---------------------------------------------------------------------------------------------------------


@posix
def test_one_that_died_or_has_another_home_is_replaced_by_a_cold_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    keeper = kept(monkeypatch, 2)
    dead, stranger = [waiting.process for waiting in keeper._ready]
    os.kill(dead.pid, signal.SIGKILL)
    until(lambda: not lives(dead.pid), "its end")
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path / "another"))
    (run_id,) = launcher.start([small_config(steps=20)])
    assert wait_for_state(run_id, "finished").step == 20
    assert not was_warm(run_id)
    assert (dead.returncode, stranger.returncode) == (-signal.SIGKILL, -signal.SIGKILL)


def test_one_that_is_still_importing_is_ended_and_the_next_follows_after_a_rest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(warm, "REST_SECONDS", 0.1)
    warm.keep()
    keeper = warm._keeper
    assert keeper is not None
    until(lambda: keeper._warming, "the first")
    first = keeper._warming
    assert first is not None
    assert warm.hand_over(tmp_path / "no-run.sqlite") is None
    until(lambda: first.returncode is not None and keeper._warming, "the next")
    second = keeper._warming
    assert second is not None
    warm.close()
    assert second.returncode is not None
    assert not keeper._thread.is_alive()
    assert warm.hand_over(tmp_path / "no-run.sqlite") is None


def test_one_that_cannot_import_is_not_tried_again_until_a_run_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setattr(warm, "REST_SECONDS", 0.0)
    begun: list[object] = []
    spawn = warm.spawn
    monkeypatch.setattr(warm, "spawn", lambda *arguments: begun.append(arguments) or spawn(*arguments))
    warm.keep()
    keeper = warm._keeper
    assert keeper is not None
    for attempts in (1, 2):
        until(lambda: keeper._failed, "the failure")
        time.sleep(0.2)
        assert len(begun) == attempts
        assert warm.hand_over(tmp_path / "no-run.sqlite") is None


def test_an_edited_source_file_is_another_kind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    package = tmp_path / "wgan_gp"
    package.mkdir()
    (package / "one.py").write_text("")
    monkeypatch.setattr(warm, "_ROOT", tmp_path)
    before = warm._kind()
    assert before == warm._kind()
    os.utime(package / "one.py", ns=(1, 1))
    assert before != warm._kind()


# --- the switch -----------------------------------------------------------------------------------------------------------------


def test_switched_off_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WGAN_GP_WARM", "0")
    warm.keep()
    assert warm._keeper is None
    assert warm.hand_over(tmp_path / "no-run.sqlite") is None


def test_there_are_two_and_never_more_than_runs_may_train(monkeypatch: pytest.MonkeyPatch):
    assert warm.wanted() == 2
    monkeypatch.setenv("WGAN_GP_CAPACITY", "1")
    warm.keep()
    assert warm._keeper is not None
    assert warm._keeper._number == 1


def test_where_no_run_can_be_written_none_is_kept(home: Path):
    home.write_text("a file")
    with pytest.raises(Refused, match="Runs cannot be written to"):
        warm.keep()
    assert warm._keeper is None


@pytest.mark.parametrize("text", ["9", "-1", "two", "1e1", "٣", "9" * 30])
def test_a_number_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("WGAN_GP_WARM", text)
    with pytest.raises(InvalidConfig, match=r"WGAN_GP_WARM: .* is not allowed; write a whole number from 0 to 8"):
        warm.keep()
