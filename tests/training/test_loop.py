from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from wgan_gp.config import Changes, RunConfig, override
from wgan_gp.errors import Damaged, DeviceMissing, InvalidConfig
from wgan_gp.training.cadence import Cadence
from wgan_gp.training.events import COLUMNS, Changed, Checkpoint, Controls, Ended, Event, Halted, Moment, Noted, Scalars, Scene, Started
from wgan_gp.training.loop import train

SMALL = ["critic.width=8", "generator.width=8", "batch_size=16", "n_critic=2", "device=cpu", "threads=1"]
DIGITS = [
    "data=digits",
    'generator={"kind": "conv", "channels": 2}',
    'critic={"kind": "conv", "channels": 2}',
    "latent_dim=4",
    "batch_size=8",
    "n_critic=1",
    "ema=0.9",
    "device=cpu",
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterable[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def small(*settings: str, base: list[str] = SMALL) -> RunConfig:
    return override(RunConfig(), [*base, *settings])


def last(events: Iterable[Event], kind: type) -> Event:
    return [event for event in events if isinstance(event, kind)][-1]


@pytest.mark.parametrize("base", [SMALL, DIGITS], ids=["plane", "images"])
def test_a_run_says_everything_in_order(base: list[str]) -> None:
    events = list(train(small("steps=30", base=base)))
    assert [type(event) for event in events[:4]] == [Started, Scene, Moment, Checkpoint]
    assert events[-1] == Ended("finished", 30)
    rows = np.concatenate([event.rows for event in events if isinstance(event, Scalars)])
    assert rows.shape == (30, len(COLUMNS))
    assert rows[:, 0].tolist() == list(range(1, 31))
    assert (np.diff(rows[:, COLUMNS.index("seconds")]) > 0).all()
    assert np.isfinite(rows).all()
    moments = [event.step for event in events if isinstance(event, Moment)]
    assert moments[0] == 0
    assert moments[-1] == 30
    final = last(events, Checkpoint)
    assert isinstance(final, Checkpoint)
    assert final.step == 30


def test_moments_hold_what_the_board_needs() -> None:
    events = list(train(small("steps=3")))
    scene = next(load(event.blob) for event in events if isinstance(event, Scene))
    moment = next(load(event.blob) for event in events if isinstance(event, Moment))
    assert scene["real"].shape == (512, 2)
    assert scene["extent"].tolist() == [-2, 2, -2, 2]
    shapes = {name: (value.shape, str(value.dtype)) for name, value in moment.items()}
    assert shapes == {
        "samples": ((512, 2), "float32"),
        "path": ((33, 2), "float32"),
        "field": ((36, 36), "float16"),
        "field_scale": ((1,), "float32"),
        "norms_line": ((160,), "float64"),
        "norms_real": ((160,), "float64"),
        "norms_fake": ((160,), "float64"),
        "layers": ((4,), "float32"),
        "weights_critic": ((512,), "float32"),
        "weights_generator": ((512,), "float32"),
        "estimates": ((2,), "float32"),
    }
    for name in ("norms_line", "norms_real", "norms_fake", "weights_critic"):
        assert (np.diff(moment[name]) >= 0).all()
    assert np.abs(moment["field"]).max() == 1


@pytest.mark.parametrize("frozen", ["null", '{"kind": "noise"}'])
def test_a_moment_holds_as_much_of_the_plane_as_was_asked_for(frozen: str) -> None:
    events = list(train(small("steps=1", f"frozen={frozen}", "plane_nodes=9", "plane_extent=4")))
    assert next(load(event.blob) for event in events if isinstance(event, Scene))["extent"].tolist() == [-4, 4, -4, 4]
    assert next(load(event.blob) for event in events if isinstance(event, Moment))["field"].shape == (9, 9)
    final = last(events, Checkpoint)
    assert final.weights_sha256 == last(train(small("steps=1", f"frozen={frozen}")), Checkpoint).weights_sha256  # type: ignore[union-attr]


def test_image_moments_are_grey_levels() -> None:
    events = list(train(small("steps=2", base=DIGITS)))
    moment = next(load(event.blob) for event in events if isinstance(event, Moment))
    assert moment["samples"].shape == (64, 8, 8, 1)
    assert moment["strips"].shape == (2, 10, 8, 8, 1)
    assert moment["samples"].dtype == np.uint8
    assert next(load(event.blob) for event in events if isinstance(event, Scene))["real"].shape == (64, 8, 8, 1)
    assert "quality" not in moment  # it is costly, and waits
    at_the_end = [load(event.blob) for event in events if isinstance(event, Moment)][-1]
    assert set(at_the_end) - set(moment) == {"quality"}
    assert (at_the_end["quality"].shape, str(at_the_end["quality"].dtype)) == ((8,), "float32")
    assert at_the_end["quality"][7] == 2  # the iteration it is of


def test_two_methods_are_measured_at_the_same_latents_and_points() -> None:
    first = [
        next(e for e in train(small("steps=1", f'constraint={{"kind": "{kind}"}}')) if isinstance(e, Moment)) for kind in ("gp", "clip")
    ]
    one, other = (load(moment.blob) for moment in first)
    for name in one:  # before the first update the nets are equal, so equal probes give equal numbers
        assert np.array_equal(one[name], other[name]), name


@pytest.mark.parametrize("base", [SMALL, DIGITS], ids=["plane", "images"])
def test_taking_or_skipping_probes_changes_no_weight(base: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = []
    for due in (True, False):
        monkeypatch.setattr(Cadence, "due", lambda self, now, due=due: due)
        final = last(train(small("steps=12", base=base)), Checkpoint)
        assert isinstance(final, Checkpoint)
        hashes.append(final.weights_sha256)
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("base", [SMALL, DIGITS], ids=["plane", "images"])
def test_resuming_is_exact(base: list[str]) -> None:
    whole = last(train(small("steps=20", base=base)), Checkpoint)
    controls = Controls()
    blob = b""
    for event in train(small("steps=20", base=base), controls=controls):
        if isinstance(event, Started):
            controls.until = 7
        if isinstance(event, Halted):
            controls.stop = True
        if isinstance(event, Checkpoint):
            blob = event.blob
    rest = list(train(small("steps=20", base=base), checkpoint=blob))
    assert isinstance(rest[0], Started)
    assert rest[0].step == 7
    assert not any(isinstance(event, Scene) for event in rest)
    final = last(rest, Checkpoint)
    assert isinstance(final, Checkpoint)
    assert isinstance(whole, Checkpoint)
    assert final.weights_sha256 == whole.weights_sha256
    rows = np.concatenate([event.rows for event in rest if isinstance(event, Scalars)])
    assert rows[0, COLUMNS.index("critic_updates")] == 8 * small(base=base).n_critic


def test_the_seed_decides_the_weights() -> None:
    hashes = [last(train(small("steps=5", f"seed={seed}")), Checkpoint).weights_sha256 for seed in (1, 1, 2)]  # type: ignore[union-attr]
    assert hashes[0] == hashes[1] != hashes[2]


def test_until_halts_exactly_there_with_a_moment_and_goes_on() -> None:
    controls = Controls(until=4)
    events: list[Event] = []
    for event in train(small("steps=9"), controls=controls):
        events.append(event)
        if isinstance(event, Halted):
            controls.until = {4: 5, 5: None}[event.step]
    halts = [event.step for event in events if isinstance(event, Halted)]
    assert halts == [4, 5]
    assert {4, 5} <= {event.step for event in events if isinstance(event, Moment)}
    assert events[-1] == Ended("finished", 9)


def test_stop_saves_and_ends() -> None:
    controls = Controls()
    events = []
    for event in train(small("steps=100000"), controls=controls):
        events.append(event)
        controls.stop |= isinstance(event, Scalars)
    ended, saved = events[-1], last(events, Checkpoint)
    assert isinstance(ended, Ended)
    assert isinstance(saved, Checkpoint)
    assert ended.state == "stopped"
    assert saved.step == ended.step > 0


def test_a_live_change_takes_effect_and_is_saved_at_once() -> None:
    controls = Controls(until=3, changes=[])
    stream = train(small("steps=6"), controls=controls)
    list(itertools.takewhile(lambda event: not isinstance(event, Halted), stream))
    controls.changes.append(Changes(learning_rate=0.5, n_critic=1, penalty_weight=7))
    controls.until = None
    rest = list(stream)
    changed = next(event for event in rest if isinstance(event, Changed))
    assert (changed.step, changed.config.n_critic, changed.config.critic_optimizer.learning_rate) == (3, 1, 0.5)
    assert changed.config.constraint.model_dump()["weight"] == 7
    saved = rest[rest.index(changed) + 1]
    assert isinstance(saved, Checkpoint)
    rows = np.concatenate([event.rows for event in rest if isinstance(event, Scalars)])
    assert rows[:, COLUMNS.index("critic_updates")].tolist() == [7, 8, 9]
    resumed = last(train(small("steps=6"), checkpoint=saved.blob), Checkpoint)
    assert resumed.weights_sha256 == last(rest, Checkpoint).weights_sha256  # type: ignore[union-attr]


def test_a_finished_run_goes_on_as_the_run_of_the_new_length() -> None:
    straight = last(train(small("steps=12")), Checkpoint)
    finished = last(train(small("steps=5")), Checkpoint)
    assert isinstance(finished, Checkpoint)
    rest = list(train(small("steps=5"), checkpoint=finished.blob, controls=Controls(changes=[Changes(steps=12)])))
    assert [type(event) for event in rest[:3]] == [Started, Changed, Checkpoint]
    assert rest[-1] == Ended("finished", 12)
    assert last(rest, Checkpoint).weights_sha256 == straight.weights_sha256  # type: ignore[attr-defined,union-attr]


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_schedule_goes_over_the_new_length(schedule: str) -> None:
    straight = last(train(small("steps=8", f"schedule={schedule}")), Checkpoint)
    changed = last(train(small("steps=500", f"schedule={schedule}"), controls=Controls(changes=[Changes(steps=8)])), Checkpoint)
    assert changed.weights_sha256 == straight.weights_sha256  # type: ignore[union-attr]


def test_a_length_that_is_already_done_ends_the_run_at_once() -> None:
    controls = Controls(until=6)
    events = []
    for event in train(small("steps=100"), controls=controls):
        events.append(event)
        if isinstance(event, Halted):
            controls.changes.append(Changes(steps=4))
    assert events[-1] == Ended("finished", 6)


def test_memory_is_noted_with_what_is_saved() -> None:
    events = list(train(small("steps=30", "checkpoint_seconds=0.1")))
    noted = [event.facts for event in events if isinstance(event, Noted)]
    assert all(facts.keys() == {"resident_mb", "resident_mb_early", "threads"} for facts in noted)
    assert noted[-1]["resident_mb_early"] == noted[-1]["resident_mb"]  # all of it is early in so short a run
    assert isinstance(events[events.index(Noted(noted[-1])) + 1], Checkpoint)


def test_a_change_that_does_not_belong_to_the_constraint_is_refused() -> None:
    stream = train(small("steps=6"), controls=Controls(changes=[Changes(clip_limit=0.1)]))
    with pytest.raises(InvalidConfig, match="limit"):
        list(stream)


@pytest.mark.parametrize("setting", ["critic_optimizer.learning_rate=1000", "constraint.weight=1e30"])
def test_numbers_that_are_not_finite_end_a_run_as_diverged(setting: str) -> None:
    events = list(train(small("steps=4000", setting, "generator_optimizer.learning_rate=1000")))
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.state == "diverged"
    assert "not finite" in ended.message or "is nan" in ended.message or "is inf" in ended.message or "is -inf" in ended.message
    saved = last(events, Checkpoint)
    assert isinstance(saved, Checkpoint)
    assert f"checkpoint of iteration {saved.step} is kept" in ended.message


def test_probes_keep_to_their_share_and_rate() -> None:
    cadence = Cadence(per_second=10, share=0.05)
    assert cadence.due(0.0)
    cadence.took(1.0, cost=0.001)
    assert not cadence.due(1.09)
    assert cadence.due(1.1)
    cadence.took(2.0, cost=0.1)
    assert not cadence.due(3.8)  # 0.1 s is 5 % of 2 s
    assert cadence.due(3.91)


def test_a_missing_device_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(DeviceMissing, match=r"'cuda:99' is not on this machine; there is: .*cpu"):
        next(iter(train(small("device=cuda:99"))))


@pytest.mark.parametrize("damage", [b"", b"\x00" * 40, b"not a checkpoint at all" * 10])
def test_a_damaged_checkpoint_is_refused(damage: bytes) -> None:
    with pytest.raises(Damaged):
        next(iter(train(small(), checkpoint=damage)))


def test_compilation_waits_for_the_pictures_and_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(torch, "compile", lambda update, **_: compiled.append("update") or update)
    pictures_before = 0
    notes = []
    for event in train(small("steps=400", "compile=true")):
        pictures_before += isinstance(event, Moment) and not compiled
        if isinstance(event, Noted) and "compiled" in event.facts:
            notes.append(event.facts["compiled"])
    assert compiled == ["update"]
    assert pictures_before >= 2
    assert notes == ["compiling", "on"]


def test_what_is_known_of_the_path_is_said_at_the_start() -> None:
    first = next(iter(train(small())))
    assert isinstance(first, Started)
    assert first.facts["critic_update"] == "explicit"
    assert first.facts["graph"] == first.facts["compiled"] == "off"
    assert first.facts["tf32"] == "false"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("base", [SMALL, DIGITS], ids=["plane", "images"])
def test_a_run_on_the_gpu_trains_saves_and_resumes(base: list[str]) -> None:
    controls = Controls(until=5)
    saved = b""
    for event in train(small("steps=10", "device=cuda", base=base), controls=controls):
        controls.stop |= isinstance(event, Halted)
        saved = event.blob if isinstance(event, Checkpoint) else saved
    rest = list(train(small("steps=10", "device=cuda", base=base), checkpoint=saved))
    assert isinstance(rest[0], Started)
    assert rest[0].device.startswith("cuda")
    assert last(rest, Noted).facts["gpu_peak_mb"] > 0  # type: ignore[union-attr,operator]
    assert rest[-1] == Ended("finished", 10)
