"""Checks of what panels say beside the exact answer: W1, modes, features of images, and the optimal critic."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from tests.panels.support import METHODS, duel, shipped, whole_moments
from wgan_gp.data import load
from wgan_gp.data.images import ImageSet, to_unit
from wgan_gp.data.plane import PLANE_SETS, PlaneSet
from wgan_gp.figures import panels, series
from wgan_gp.figures.recording import Moment, number
from wgan_gp.measures.floors import W1_FLOORS
from wgan_gp.measures.image_quality import image_quality
from wgan_gp.measures.table import COLUMNS, numbers
from wgan_gp.measures.truth import SAMPLES, Truth
from wgan_gp.panels.table import OVER_TIME
from wgan_gp.theory.transport import exact_w1, optimal_critic

DATA = PLANE_SETS["8gaussians"]
CENTRES = np.array(DATA.centres)


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def truth_of(samples: Tensor, data: PlaneSet = DATA) -> dict[str, float]:
    found = Truth(data, random(3)).of(samples)
    return {f"truth.{column}": value for column, value in zip(COLUMNS["truth"], found.tolist(), strict=True)}


def collapsed() -> Tensor:
    """Perfect samples of three of the eight modes."""
    samples = DATA.sample(8 * SAMPLES, random(1))
    return samples[torch.cdist(samples, torch.tensor(DATA.centres)).argmin(1) < 3][:SAMPLES]


# --- between latents ----------------------------------------------------------------------------------------------------------------


def interpolation_jumps() -> None:
    """Steps longer than a mode is wide, in the second half of the shipped runs: nearly all of their way is beyond 3 sigma of every mode."""
    shares = np.linspace(0, 1, 51)[:, None, None]
    for method in METHODS:
        moments = whole_moments(shipped(method))
        lengths, empty = [], []
        for moment in moments[len(moments) // 2 :]:
            path = moment["path"].astype(np.float64)
            ways = path[:-1] * (1 - shares) + path[1:] * shares  # [51, steps, 2]
            lengths.append(np.linalg.norm(np.diff(path, axis=0), axis=1))
            empty.append((np.linalg.norm(ways[:, :, None] - CENTRES, axis=3).min(2) > 3 * DATA.sigma).mean(0))
        steps, share = np.concatenate(lengths), np.concatenate(empty)
        jumps = steps > 6 * DATA.sigma
        assert jumps.sum() > 20
        assert np.average(share[jumps], weights=steps[jumps]) > 0.8


# --- next to the exact answer -------------------------------------------------------------------------------------------------------


def truth_band() -> None:
    """Samples that are data are not above it in 95 of 100 draws; collapsed ones and a small shift are."""
    for name in ("8gaussians", "moons"):
        data = PLANE_SETS[name]
        high = W1_FLOORS[name][2]
        found = [truth_of(data.sample(SAMPLES, random(seed)), data)["truth.w1"] <= high for seed in range(30)]
        assert sum(found) >= 25
    assert truth_of(collapsed())["truth.w1"] > W1_FLOORS["8gaussians"][2]
    assert truth_of(DATA.sample(SAMPLES, random(5)) + 0.2)["truth.w1"] > W1_FLOORS["8gaussians"][2]


def truth_good() -> None:
    """Charts of good samples and modes are there where modes are known, and tell what W1 does not: samples spread by 1.5 sigma more."""
    wide = DATA.sample_evenly(SAMPLES, random(7))
    wide = wide + 1.5 * DATA.sigma * torch.randn(wide.shape, generator=random(8))
    found = truth_of(wide)
    assert found["truth.w1"] <= found["truth.high"]
    assert found["truth.good"] < 0.9 < truth_of(DATA.sample(SAMPLES, random(9)))["truth.good"]
    titles = [axis.get_title(loc="left") for axis in panels.draw_panel("truth", [duel("gp")]).axes]
    assert titles == ["good samples", "modes well covered", "exact W₁", "estimate / W₁"]


def truth_collapse() -> None:
    found = truth_of(collapsed())
    assert (found["truth.well"], found["truth.modes"]) == (3, 8)
    assert found["truth.good"] > 0.9
    assert truth_of(DATA.sample(SAMPLES, random(2)))["truth.well"] == 8


def truth_ratio() -> None:
    """The exact optimum has the ratio 1 wherever the fakes are, one of slope 3 has 3; that of a run moves. Within the band: no ratio."""
    real = DATA.sample(128, random())
    for noise in (0.3, 1.0):
        fake = DATA.sample(128, random(1)) + noise * torch.randn(128, 2, generator=random(2))
        best, w1 = optimal_critic(real, fake), exact_w1(real, fake)
        ratio = float(best(real).mean() - best(fake).mean()) / w1
        assert math.isclose(ratio, 1, rel_tol=1e-6)
    box = OVER_TIME["truth"].boxes[-1]
    for recording in map(duel, METHODS):
        known = [moment for moment in recording.moments if "truth" in moment.arrays]
        ratios = [series.value_of(moment, box) for moment in known]
        for moment, ratio in zip(known, ratios, strict=True):
            above = number(moment.arrays, "truth.w1") > number(moment.arrays, "truth.high")
            assert math.isfinite(ratio) == above
        steady = numbers("truth", w1=0.1, low=0.04, high=0.11, modes=8, well=8, good=1, samples=512)
        inside = Moment(1, 1.0, {"truth": np.array(steady), "estimates": np.array([0.1, 0.1])})
        assert math.isnan(series.value_of(inside, box))
    first, *_, end = (moment.arrays["estimates"][0] for moment in shipped("gp").moments[1:])
    assert end < 0.5 * first


# --- next to real images ------------------------------------------------------------------------------------------------------------


class Pictures(torch.nn.Module):
    """A generator that hands out pictures one after the other, whatever the latents."""

    def __init__(self, images: Tensor) -> None:
        super().__init__()
        self.images, self.at = to_unit(images), 0

    def forward(self, latents: Tensor) -> Tensor:
        """latents: [n, ...]. Returns [n, ...]."""
        self.at += len(latents)
        return self.images[torch.arange(self.at - len(latents), self.at) % len(self.images)]


def judged(images: Tensor) -> dict[str, float]:
    data = load("digits")
    assert isinstance(data, ImageSet)
    quality, _ = image_quality(data, 4, random(3))
    assert quality is not None
    return dict(zip(COLUMNS["quality"], quality.of(Pictures(images)).tolist(), strict=True))


def real_digits() -> Tensor:
    data = load("digits")
    assert isinstance(data, ImageSet)
    return data.images[torch.randperm(len(data.images), generator=random(4))]


def noisy_digits(share: float) -> Tensor:
    images = real_digits()
    noise = torch.randint(0, 256, images.shape, generator=random(5), dtype=torch.uint8)
    return torch.where(torch.rand(images.shape, generator=random(6)) < share, noise, images)


def quality_floor() -> None:
    """The more noise, the higher; real images lie at the dashed line."""
    distances = [judged(noisy_digits(share))["distance"] for share in (0.0, 0.1, 0.3, 1.0)]
    assert sorted(distances) == distances
    floor = judged(real_digits())["floor"]
    assert distances[0] < 2 * floor < distances[1]
    box = OVER_TIME["quality"].boxes[0]
    assert (box.value, box.line) == ("quality.distance", "quality.floor")


def quality_density() -> None:
    """Noise resembles nothing: density falls. A few pictures again and again: all typical, and coverage falls."""
    real, noise, few = (judged(images) for images in (real_digits(), noisy_digits(1.0), real_digits()[:10]))
    assert noise["density"] < 0.1 * real["density"]
    assert few["density"] > 0.5 * real["density"]
    assert few["coverage"] < 0.3 * real["coverage"]
