"""What a run says of its images: right for known generators, seldom, and without a trace in training."""

from __future__ import annotations

import math

import pytest
import torch
from safetensors.numpy import load as read
from torch import nn

from tests.shelf.support import Noise, Replay
from wgan_gp.config import DATA_SHAPES, override
from wgan_gp.data import load
from wgan_gp.data.images import ImageSet, to_unit
from wgan_gp.errors import Damaged
from wgan_gp.measures import image_quality as module
from wgan_gp.measures.image_quality import ImageQuality, image_quality
from wgan_gp.presets import preset
from wgan_gp.training import cadence
from wgan_gp.training.cadence import SELDOM_SHARE, Cadence, Pace
from wgan_gp.training.events import Checkpoint, Moment, Started
from wgan_gp.training.loop import train


def quality(name: str) -> tuple[ImageQuality, ImageSet]:
    data = load(name)
    assert isinstance(data, ImageSet)
    found, _ = image_quality(data, 8, torch.Generator().manual_seed(3))
    assert found is not None
    return found, data


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_real_images_are_as_good_as_data_and_noise_is_not(name: str) -> None:
    judge, data = quality(name)
    distance, floor, density, coverage, modes, well, samples, _ = judge.of(Replay(to_unit(data.images))).tolist()
    assert samples == len(data.images) // 2
    assert distance == pytest.approx(floor, rel=1)
    assert density == pytest.approx(1, abs=0.35)
    assert coverage > 0.8
    assert (modes, well) == (48, 48) if name == "shapes" else (math.isnan(modes) and math.isnan(well))
    bad = judge.of(Noise(DATA_SHAPES[name].shape)).tolist()
    assert bad[0] > 20 * floor
    assert bad[1] == pytest.approx(floor)
    assert bad[3] < 0.1


def test_a_generator_with_three_modes_has_three() -> None:
    judge, data = quality("shapes")
    few = to_unit(data.images[: 14 * 3])  # 14 training images of each mode, in their order
    assert judge.of(Replay(few)).tolist()[4:6] == [48, 3]


def test_the_same_is_measured_each_time_and_the_generator_goes_on_training() -> None:
    judge, _ = quality("digits")
    net = nn.Sequential(nn.Linear(8, 64), nn.BatchNorm1d(64), nn.Tanh(), nn.Unflatten(1, (1, 8, 8))).train()
    before = [value.clone() for value in net.state_dict().values()]
    first, second = (judge.of(net) for _ in range(2))
    assert torch.equal(first[:4], second[:4])
    assert net.training
    assert all(torch.equal(a, b) for a, b in zip(before, net.state_dict().values(), strict=True))


def test_broken_images_have_no_distance_but_keep_the_floor() -> None:
    judge, _ = quality("digits")
    found = judge.of(Replay(torch.full((1, 1, 8, 8), math.nan))).tolist()
    assert math.isnan(found[0])
    assert math.isnan(found[3])
    assert found[1] > 0


def test_without_an_extractor_a_run_goes_on_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(name: str) -> None:
        raise Damaged("it was altered.")

    config = override(preset("digits"), ["critic.channels=2", "generator.channels=2", "batch_size=8", "steps=2", "device=cpu", "threads=1"])
    hashes = []
    for replaced, said in ((None, "FD-digits-"), (lambda name: None, "off: no feature extractor"), (damaged, "off: it was altered.")):
        if replaced:
            monkeypatch.setattr(module, "load_extractor", replaced)
        events = list(train(config))
        started = events[0]
        assert isinstance(started, Started)
        assert str(started.facts["quality"]).startswith(said)
        held = ["quality" in read(event.blob) for event in events if isinstance(event, Moment)]
        assert held[-1] == (replaced is None)
        hashes.append([event.weights_sha256 for event in events if isinstance(event, Checkpoint)][-1])
    assert hashes[0] == hashes[1] == hashes[2]


def test_moments_keep_the_last_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most moments are thinned away in time: what was found must not be lost with the one that found it."""
    monkeypatch.setattr(cadence, "SELDOM_PER_SECOND", {"plane": 1.0, "images": 5.0})
    monkeypatch.setattr(cadence, "SELDOM_SHARE", 0.9)
    monkeypatch.setattr(Cadence, "due", lambda self, now: self._share == 0.05 or now >= self._next)  # a moment an iteration
    config = override(
        preset("digits"), ["critic.channels=2", "generator.channels=2", "batch_size=8", "steps=150", "device=cpu", "threads=1"]
    )
    moments = [(event.step, read(event.blob)) for event in train(config) if isinstance(event, Moment)]
    found = [(step, int(held["quality"][7])) for step, held in moments if "quality" in held]
    first = found[0][0]
    assert [step for step, _ in found] == list(range(first, 151))
    iterations = sorted({of for _, of in found})
    assert len(iterations) >= 2
    assert iterations[-1] == 150
    assert all(of == max(known for known in iterations if known <= step) for step, of in found)


class Costly:
    """Measures that take so long: a clock stands for them."""

    def __init__(self, clock: list[float], cheap: float, costly: float) -> None:
        self._clock, self._cheap, self._seldom = clock, cheap, costly
        self.taken: list[tuple[float, bool]] = []

    def moment(self, measured: object, *, seldom: bool) -> tuple[bytes, float]:
        self.taken.append((self._clock[0], seldom))
        self._clock[0] += self._cheap + seldom * self._seldom
        return b"", self._seldom if seldom else 0.0


@pytest.mark.parametrize("cost", [0.05, 1.0])
def test_judging_images_keeps_to_its_share_and_does_not_delay_the_pictures(cost: float, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    measures = Costly(clock, 0.01, cost)
    pace = Pace(measures, None, "images")  # type: ignore[arg-type]
    while clock[0] < 1000:
        if pace.due(clock[0]):
            pace.take(last=False)
        clock[0] += 0.01
    seldom = [time for time, it in measures.taken if it]
    assert seldom[0] >= 120
    assert len(seldom) == pytest.approx(900 / max(20, cost / SELDOM_SHARE), abs=2)
    gaps = [after[0] - before[0] for before, after in zip(measures.taken, measures.taken[1:], strict=False)]
    assert max(gaps) < cost + 0.5
    assert sum(gaps) / len(gaps) < 0.4
