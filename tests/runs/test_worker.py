"""The worker in this process: it records, listens through the file, and ends well or says why not."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import safetensors.torch
import torch

from tests.runs.support import small_config, status
from wgan_gp.config import Changes, RunConfig
from wgan_gp.errors import InvalidConfig, Refused
from wgan_gp.runs import launcher, locks, names, record, worker
from wgan_gp.training.events import Changed, Checkpoint, Ended, Event, Halted, Moment, Scalars, Scene, Started


@pytest.fixture(autouse=True)
def _same_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def trained(config: RunConfig, on_event: Callable[[str, Event], None] = lambda *_: None, run_id: str | None = None) -> tuple[str, int]:
    """Train in the foreground; `on_event` is told the id with each event. Returns the id and the exit code."""
    run_id = run_id or launcher.create(config)
    return run_id, worker.run(record.path_of(run_id), on_event=lambda event: on_event(run_id, event), foreground=True)


def weights(config: RunConfig) -> str:
    found = status(trained(config)[0])
    assert found.state == "finished"
    assert found.weights_sha256 is not None
    return found.weights_sha256


def test_a_run_is_recorded_from_start_to_end():
    events: list[Event] = []
    config = small_config(steps=100)
    run_id, code = trained(config, lambda _, event: events.append(event))
    assert code == 0
    found = status(run_id)
    assert (found.state, found.step, found.checkpoint_step, found.attempt, found.message) == ("finished", 100, 100, 1, "")
    assert found.device.startswith("cpu")
    assert found.pid == os.getpid()
    assert {Started, Scene, Moment, Checkpoint, Scalars, Ended} <= {type(event) for event in events}
    saved = [event for event in events if isinstance(event, Checkpoint)]
    with record.RunReader(record.path_of(run_id)) as reader:
        assert reader.scalars()[:, 0].tolist() == list(range(1, 101))
        assert [kept.step for kept in reader.moments()] == [event.step for event in events if isinstance(event, Moment)]
        assert reader.checkpoint() == (100, saved[-1].blob)
        assert found.weights_sha256 == saved[-1].weights_sha256
    assert {path.suffix for path in record.runs_folder().glob(f"{run_id}*")} == {".sqlite", ".lock"}
    assert not locks.is_held(names.lock_path(record.path_of(run_id)))
    assert locks.held_slots() == 0


def test_the_run_is_locked_while_it_trains():
    refusals: list[str] = []

    def try_again(run_id: str, event: Event) -> None:
        if isinstance(event, Started):
            assert locks.held_slots() == 1
            for attempt in (lambda: worker.run(record.path_of(run_id)), lambda: launcher.resume(run_id), lambda: record.delete(run_id)):
                with pytest.raises(Refused) as caught:
                    attempt()
                refusals.append(str(caught.value))

    run_id, code = trained(small_config(steps=20), try_again)
    assert code == 0
    assert refusals[:2] == [f"The run {run_id} is already running."] * 2
    assert "stop it first" in refusals[2]


def test_pause_step_and_resume_through_the_file():
    halts: list[int] = []

    def steer(run_id: str, event: Event) -> None:
        if isinstance(event, Started):
            launcher.pause(run_id)
        if isinstance(event, Halted):
            assert status(run_id).state == "paused"
            halts.append(event.step)
            if len(halts) < 4:
                launcher.step(run_id, 7)
            else:
                launcher.unpause(run_id)
        if isinstance(event, Scalars) and len(halts) == 4 and event.rows[-1, 0] > halts[-1]:
            assert status(run_id).state == "running"
            launcher.stop(run_id)

    run_id, code = trained(small_config(steps=100_000), steer)
    assert (code, status(run_id).state) == (0, "stopped")
    assert [step - halts[0] for step in halts] == [0, 7, 14, 21]


def test_pausing_changes_no_weight():
    def steer(run_id: str, event: Event) -> None:
        if isinstance(event, Scalars) and event.rows[-1, 0] < 30:
            launcher.pause(run_id)
        if isinstance(event, Halted):
            launcher.unpause(run_id)

    config = small_config(steps=60)
    assert status(trained(config, steer)[0]).weights_sha256 == weights(config)


def test_stop_through_the_file_and_resume_to_the_same_weights():
    def stop(run_id: str, event: Event) -> None:
        if isinstance(event, Scalars):
            launcher.stop(run_id)

    config = small_config(steps=400)
    run_id, code = trained(config, stop)
    found = status(run_id)
    assert (code, found.state) == (0, "stopped")
    assert 0 < found.step == found.checkpoint_step < 400
    trained(config, run_id=run_id)
    again = status(run_id)
    assert (again.state, again.attempt, again.step) == ("finished", 2, 400)
    assert again.weights_sha256 == weights(config)
    with record.RunReader(record.path_of(run_id)) as reader:
        assert reader.scalars()[:, 0].tolist() == list(range(1, 401))
    with pytest.raises(Refused, match="has reached its last iteration"):
        launcher.resume(run_id)


def test_a_change_through_the_file_takes_effect_and_is_kept_with_its_checkpoint():
    def steer(run_id: str, event: Event) -> None:
        if isinstance(event, Started):
            launcher.pause(run_id)
        if isinstance(event, Halted) and event.step == status(run_id).step:
            with record.RunReader(record.path_of(run_id)) as reader:
                if not reader.changes():
                    launcher.change(run_id, Changes(n_critic=3, learning_rate=0.01))
                else:
                    assert reader.config().n_critic == 3
                    assert reader.checkpoint()[0] == event.step
                    launcher.stop(run_id)

    run_id, _ = trained(small_config(steps=100_000), steer)
    with record.RunReader(record.path_of(run_id)) as reader:
        (change,) = reader.changes()
        assert isinstance(change, Changed)
        assert reader.status().state == "stopped"
    with record.RunWriter(record.path_of(run_id)) as writer:
        assert writer.pending_commands() == []
    trained(small_config(), lambda run, event: launcher.stop(run) if isinstance(event, Scalars) else None, run_id)
    with record.RunReader(record.path_of(run_id)) as reader:
        assert reader.config().n_critic == 3
        rows = reader.scalars()
    after = rows[rows[:, 0] > change.step]
    assert set((after[1:, 2] - after[:-1, 2]).tolist()) == {3.0}


def test_a_run_in_progress_is_given_another_length():
    ends: list[int] = []

    def steer(run_id: str, event: Event) -> None:
        if isinstance(event, Started):
            launcher.pause(run_id)
        if isinstance(event, Halted) and not ends:
            ends.append(event.step + 25)
            launcher.step(run_id, 5)
        elif isinstance(event, Halted) and event.step == ends[0] - 20:
            with pytest.raises(InvalidConfig, match=f"steps: {event.step} is not allowed; {run_id} has done {event.step} iterations"):
                launcher.change(run_id, Changes(steps=event.step))
            launcher.change(run_id, Changes(steps=ends[0]))
            assert status(run_id).steps == ends[0]
            launcher.unpause(run_id)

    run_id, code = trained(small_config(steps=900_000), steer)
    found = status(run_id)
    assert (code, found.state, found.step, found.steps) == (0, "finished", ends[0], ends[0])


def test_a_change_not_yet_made_when_the_run_dies_is_made_when_it_goes_on():
    changed: list[Changed] = []

    def steer(run_id: str, event: Event) -> None:
        if isinstance(event, Started):
            launcher.change(run_id, Changes(n_critic=2))
            launcher.change(run_id, Changes(n_critic=3))
        if isinstance(event, Changed):
            changed.append(event)
        if isinstance(event, Checkpoint) and changed:
            raise RuntimeError("dies between the first change and the second")

    run_id, _ = trained(small_config(steps=100_000), steer)
    with record.RunReader(record.path_of(run_id)) as reader, record.RunWriter(record.path_of(run_id)) as writer:
        assert reader.changes() == changed
        assert reader.config().n_critic == 2
        assert [command.argument for command in writer.pending_commands()] == ['{"n_critic":3}']
    trained(small_config(), lambda run, event: launcher.stop(run) if isinstance(event, Changed) else None, run_id)
    with record.RunReader(record.path_of(run_id)) as reader:
        assert reader.config().n_critic == 3


def test_a_change_that_does_not_fit_is_refused_by_the_command_and_by_the_worker(capfd: pytest.CaptureFixture[str]):
    def steer(run_id: str, event: Event) -> None:
        if isinstance(event, Started):
            launcher.send(run_id, "change", '{"clip_limit": 0.5}')  # past the command
            launcher.send(run_id, "change", "nonsense")

    run_id, code = trained(small_config(steps=1000), steer)
    assert (code, status(run_id).state) == (0, "finished")
    assert capfd.readouterr().err.count("a change was refused") == 2
    with pytest.raises(Refused, match=f"{run_id} is not running; it is finished"):
        launcher.change(run_id, Changes(n_critic=3))


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_signals_only_ask(kind: signal.Signals):
    handler = signal.getsignal(kind)

    def interrupt(run_id: str, event: Event) -> None:
        if isinstance(event, Scalars):
            os.kill(os.getpid(), kind)

    run_id, code = trained(small_config(steps=100_000), interrupt)
    found = status(run_id)
    assert (code, found.state) == (0, "stopped")
    assert found.step == found.checkpoint_step
    assert signal.getsignal(kind) is handler


def test_a_stop_before_training_begins_loads_nothing():
    run_id = launcher.create(small_config())
    with record.RunWriter(record.path_of(run_id)) as writer:
        writer.begin_attempt(1)
    path = record.path_of(run_id)
    with locks.holding_run(path), record.RunWriter(path) as writer, worker._signals() as asked:
        asked.set()
        assert worker._Attempt(writer, asked, None, quiet=True).go() == 0
    assert (status(run_id).state, status(run_id).step) == ("stopped", 0)


@pytest.mark.parametrize("rate", [1e3, 1e4])
def test_divergence_keeps_the_last_finite_checkpoint(rate: float):
    net = {"kind": "mlp", "width": 16, "depth": 3, "activation": "softplus"}
    adam = {"kind": "rmsprop", "learning_rate": rate}
    config = small_config(
        constraint={"kind": "gp", "weight": 1e30}, critic=net, critic_optimizer=adam, generator_optimizer=adam, steps=100_000
    )
    run_id, code = trained(config)
    found = status(run_id)
    assert (code, found.state) == (1, "diverged")
    assert "diverged at iteration" in found.message
    with record.RunReader(record.path_of(run_id)) as reader:
        step, blob = reader.checkpoint()
    assert step < found.step
    assert f"iteration {step} is kept" in found.message
    assert all(bool(value.isfinite().all()) for value in safetensors.torch.load(blob).values() if value.is_floating_point())


def test_a_missing_device_fails_with_the_sentence_and_frees_the_run():
    run_id, code = trained(small_config(device="cuda:99"))
    found = status(run_id)
    assert (code, found.state) == (1, "failed")
    assert "is not on this machine" in found.message
    assert "DeviceMissing" in names.log_path(record.path_of(run_id)).read_text()
    assert not locks.is_held(names.lock_path(record.path_of(run_id)))


def test_an_error_in_the_middle_keeps_what_was_saved():
    def fail(run_id: str, event: Event) -> None:
        if isinstance(event, Checkpoint) and event.step > 0:
            raise MemoryError

    run_id, code = trained(small_config(steps=100_000), fail)
    found = status(run_id)
    assert (code, found.state) == (1, "failed")
    assert found.message.startswith("Out of memory: needed")
    assert (found.checkpoint_step or 0) > 0
    launcher.check_resumable(run_id)


def test_a_checkpoint_that_training_cannot_read_gives_way_to_the_one_before():
    def spoil(run_id: str, event: Event) -> None:
        if isinstance(event, Checkpoint) and event.step > 0:
            launcher.stop(run_id)

    config = small_config(steps=500)
    run_id, _ = trained(config, spoil)
    with record.RunWriter(record.path_of(run_id)) as writer:
        step = status(run_id).checkpoint_step or 0
        writer.write(Checkpoint(step + 1, 1.0, b"whole, but no checkpoint", "0"))
    trained(config, run_id=run_id)
    found = status(run_id)
    assert found.state == "finished"
    assert found.weights_sha256 == weights(config)


@pytest.mark.parametrize("allowance", [0, 100_000])
def test_a_full_disk_fails_the_run_with_the_last_good_checkpoint(
    tmpfs: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, allowance: int
):
    disk = tmpfs("size=3m")
    monkeypatch.setenv("WGAN_GP_HOME", str(disk))
    ballast = disk / "ballast"

    def fill(run_id: str, event: Event) -> None:
        if isinstance(event, Checkpoint) and event.step > 0 and not ballast.exists():
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
            ballast.write_bytes(bytes(max(free - allowance, 0)))

    config = small_config(steps=3000, n_critic=5)
    run_id, code = trained(config, fill)
    found = status(run_id)
    assert (code, found.state) == (1, "failed")
    assert "The disk is full" in found.message
    assert f"the last good checkpoint is that of iteration {found.checkpoint_step}" in found.message
    with record.RunReader(record.path_of(run_id)) as reader:
        assert reader.checkpoint()[0] == found.checkpoint_step
    ballast.unlink()
    _, code = trained(config, lambda run, event: launcher.stop(run) if isinstance(event, Scalars) else None, run_id)
    assert (code, status(run_id).state) == (0, "stopped")
    assert status(run_id).step > (found.checkpoint_step or 0)
