"""Reports: a generator that repeats data is as good as data, noise is not, and every number is finite or None."""

from __future__ import annotations

import math

import pytest
import torch

from tests.shelf.support import Noise, Replay, loaded, replay
from wgan_gp.config import parse
from wgan_gp.data import load
from wgan_gp.data.images import ImageSet
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.measures.features import load_extractor
from wgan_gp.measures.floors import frechet_floor
from wgan_gp.shelf import image_measures as of_images
from wgan_gp.shelf import plane_measures
from wgan_gp.shelf.evaluate import evaluate
from wgan_gp.shelf.report import Measure, Report
from wgan_gp.theory.quality import frechet_distance


def measures(report: Report) -> dict[str, Measure]:
    for measure in report.measures:
        for number in (measure.value, measure.floor):
            assert number is None or math.isfinite(number), measure
        assert measure.help.endswith(".")
    assert parse(Report, report.model_dump_json()) == report
    found = {measure.name: measure for measure in report.measures}
    assert len(found) == len(report.measures)
    return found


def image_set(name: str) -> ImageSet:
    data = load(name)
    assert isinstance(data, ImageSet)
    return data


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    extractors = {data: load_extractor(data) for data in ("digits", "shapes")}
    return {data: extractor.name for data, extractor in extractors.items() if extractor}


@pytest.mark.parametrize("data", ["digits", "shapes"])
def test_real_images_lie_at_the_floor_and_noise_far_above(data: str, names: dict[str, str]) -> None:
    images = image_set(data).images
    real = measures(evaluate(replay(data, images)))
    noise = measures(evaluate(loaded(data, Noise(tuple(images.shape[1:])))))
    distance, kernel = names[data], names[data].replace("FD", "KD")
    assert list(real)[:5] == [distance, kernel, "density", "coverage", "nearest training image"]
    assert real[distance].samples == len(images) // 2
    for name in (distance, kernel):
        value, floor, bad = real[name].value, real[name].floor, noise[name].value
        assert value is not None
        assert floor is not None
        assert bad is not None
        assert bad > 20 * max(value, floor)
    assert real[distance].value == pytest.approx(real[distance].floor, rel=1)
    assert real["coverage"].value > 0.8  # type: ignore[operator]
    assert noise["coverage"].value < 0.1  # type: ignore[operator]
    assert real["nearest training image"].value == 0  # it repeats them
    assert real["nearest training image"].floor > 0  # type: ignore[operator]
    assert noise["nearest training image"].value > 3 * real["nearest training image"].floor  # type: ignore[operator]


def test_the_same_seed_gives_the_same_report_and_none_needs_features() -> None:
    generator = replay("digits", image_set("digits").held_out)
    first, second, other = (evaluate(generator, seed) for seed in (0, 0, 1))
    assert first.measures == second.measures != other.measures
    assert (first.model, first.data) == ("digits-test", "digits")


def test_without_an_extractor_the_rest_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_images, "load_extractor", lambda name: None)
    found = measures(evaluate(replay("shapes", image_set("shapes").images)))
    assert list(found) == ["nearest training image", "modes covered", "modes well covered", "KL of mode counts"]


def test_modes_of_shapes_are_counted_exactly() -> None:
    data = image_set("shapes")
    found = measures(evaluate(replay("shapes", data.images)))
    assert (found["modes covered"].value, found["modes well covered"].value) == (48, 48)
    assert found["modes covered"].floor == 48
    some = measures(evaluate(replay("shapes", data.images[: 14 * 12])))  # 14 training images of each mode: the first 12 of them
    assert (some["modes covered"].value, some["modes well covered"].value) == (12, 12)
    assert some["KL of mode counts"].value == pytest.approx(math.log(4), abs=0.02)
    assert some["coverage"].value < 0.5  # type: ignore[operator]


@pytest.fixture
def fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact W₁ of so few points takes a moment."""
    monkeypatch.setattr(plane_measures, "W1_SAMPLES", 512)
    monkeypatch.setattr(plane_measures, "FLOOR_DRAWS", 20)


@pytest.mark.usefixtures("fewer_draws")
@pytest.mark.parametrize("name", ["8gaussians", "25gaussians", "swissroll"])
def test_real_points_lie_among_the_draws_of_real_data(name: str) -> None:
    data = PLANE_SETS[name]
    points = data.sample(50_000, torch.Generator().manual_seed(7))
    found = measures(evaluate(loaded(name, Replay(points))))
    w1 = found["exact W₁"]
    assert (w1.samples, w1.better) == (512, "lower")
    assert w1.band is not None
    low, high = w1.band
    assert 0 < low < w1.floor < high  # type: ignore[operator]
    assert 0.7 * low < w1.value < 1.3 * high  # type: ignore[operator]
    assert ("modes covered" in found) == bool(data.centres)
    assert next(iter(found)) == ("good samples" if data.centres else "exact W₁")
    if data.centres:
        assert found["modes well covered"].value == found["modes well covered"].floor == len(data.centres)
        assert found["good samples"].value == pytest.approx(0.9889, abs=0.01)
        assert found["sigma ratio, off by"].value < 0.05  # type: ignore[operator]
        assert found["KL of mode counts"].value < 0.02  # type: ignore[operator]


@pytest.mark.usefixtures("fewer_draws")
def test_a_generator_that_leaves_out_half_of_the_modes_lies_outside_of_them() -> None:
    data = PLANE_SETS["8gaussians"]
    points = data.sample(50_000, torch.Generator().manual_seed(7))
    found = measures(evaluate(loaded("8gaussians", Replay(points[points[:, 0] > 0]))))
    w1 = found["exact W₁"]
    assert w1.band is not None
    assert w1.value > 3 * w1.band[1]  # type: ignore[operator]
    assert (found["modes well covered"].value, found["modes well covered"].floor) == (5, 8)  # two of them in half


@pytest.mark.usefixtures("fewer_draws")
def test_a_point_far_away_has_no_modes_but_a_distance() -> None:
    found = measures(evaluate(loaded("8gaussians", Replay(torch.full((1, 2), 30.0)))))
    assert (found["modes covered"].value, found["good samples"].value) == (0, 0)
    assert found["sigma ratio, off by"].value is found["KL of mode counts"].value is None
    assert found["exact W₁"].value == pytest.approx(30 * math.sqrt(2), rel=0.01)
    assert found["KL of mode counts"].floor is not None


@pytest.mark.usefixtures("fewer_draws")
def test_points_that_are_not_finite_have_none() -> None:
    found = measures(evaluate(loaded("moons", Replay(torch.full((1, 2), math.nan)))))
    assert found["exact W₁"].value is None
    assert found["exact W₁"].floor is not None


def test_the_floor_is_the_mean_of_several_halves() -> None:
    one, other = torch.randn(2, 300, 6, generator=torch.Generator().manual_seed(1))
    found = [frechet_floor(*pair, torch.Generator().manual_seed(seed)) for seed, pair in enumerate([(one, other), (other, one)] * 4)]
    assert max(found) < 2 * min(found)
    single = [frechet_distance(*torch.randn(2, 300, 6, generator=torch.Generator().manual_seed(seed))) for seed in range(40)]
    assert sum(found) / 8 == pytest.approx(sum(single) / 40, rel=0.3)
