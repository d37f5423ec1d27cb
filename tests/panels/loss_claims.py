"""Checks of what panels say of samples, estimates and losses."""

from __future__ import annotations

import math

import numpy as np
import torch
from matplotlib.colors import to_rgb
from torch import Tensor, nn

from tests.panels.support import METHODS, alone, digits, duel, last, shipped, trained, whole_moments
from wgan_gp.config import GradientPenalty
from wgan_gp.data import load
from wgan_gp.data.images import ImageSet, to_unit
from wgan_gp.figures import panels
from wgan_gp.figures.recording import number
from wgan_gp.measures.look import made_by
from wgan_gp.panels.table import OVER_TIME
from wgan_gp.theory.latent import latents_from_seeds
from wgan_gp.theory.lipschitz import clip_weights, gradient_penalty, interpolates
from wgan_gp.theory.objective import critic_loss
from wgan_gp.theory.transport import exact_w1
from wgan_gp.training.parts import build_trainer


def samples_colours() -> None:
    """The same latents at the start and at the end; real points grey, generated ones not."""
    for recording in map(duel, METHODS):
        moments = whole_moments(recording)
        for moment, at_start in ((moments[0], True), (moments[-1], False)):
            made = made_by(trained(recording, at_start=at_start).sampling_generator, latents_from_seeds(range(512), 2))
            np.testing.assert_allclose(moment["samples"], made.numpy(), atol=1e-5)
        scene = recording.scene["real"]
        axis = panels.draw_panel("samples", [recording]).axes[0]
        clouds = {len(points.get_offsets()): points for points in axis.collections if len(points.get_offsets()) == len(scene)}
        assert clouds
        drawn = [points for points in axis.collections if len(points.get_offsets()) == len(scene)]
        of_real = [np.allclose(np.asarray(points.get_offsets()), scene) for points in drawn]
        colours = [np.ptp(np.asarray(points.get_facecolor())[0][:3]) for points in drawn]
        assert sorted(zip(of_real, (colour < 0.1 for colour in colours), strict=True)) == [(False, False), (True, True)]
        assert np.ptp(to_rgb(panels.style.INK["real"])) < 0.1


# --- estimate -----------------------------------------------------------------------------------------------------------------------


def estimate_course() -> None:
    """It falls with the distance where the critic has learnt; over the shipped run with a penalty, whose critic keeps up, too."""
    for method in METHODS:
        runs = [alone(method, f"frozen.noise={noise}") for noise in (2.0, 1.0, 0.5)]
        assert sorted(run.scene["exact"][0] for run in runs)[::-1] == [run.scene["exact"][0] for run in runs]
        estimates = [last(run, "agreement.estimate") for run in runs]
        assert sorted(estimates)[::-1] == estimates
    estimate = shipped("gp").column("estimate")
    distances = [exact_w1(shipped("gp").scene["real"], whole_moments(shipped("gp"))[place]["samples"]) for place in (1, -1)]
    assert distances[1] < 0.5 * distances[0]
    assert abs(float(estimate[-50:].mean())) < 0.2 * float(estimate[:50].mean())


def critic_losses() -> None:
    """The first row of a run against a loss of our own on the first batch: minus the estimate, plus the penalty; and its three terms."""
    for method in METHODS:
        recording = alone(method)
        trainer = trained(recording, at_start=True)
        random, count = torch.Generator().manual_seed(recording.config.seed), recording.config.batch_size
        assert trainer.fakes is not None
        real, fake = trainer.sampler(count, random), trainer.fakes(count, random)
        points = interpolates(real, fake, torch.rand(count, generator=random))
        held = recording.config.constraint
        penalty = held.weight * float(gradient_penalty(trainer.critic, points).detach()) if isinstance(held, GradientPenalty) else 0.0
        with torch.no_grad():
            value_of_real, value_of_fake = trainer.critic(real), trainer.critic(fake)
        printed = float(critic_loss(value_of_real, value_of_fake)) + penalty
        row = {name: float(recording.column(name)[0]) for name in ("real", "fake", "penalty", "estimate")}
        assert math.isclose(printed, -row["estimate"] + row["penalty"], rel_tol=1e-4, abs_tol=1e-5)
        assert math.isclose(printed, row["real"] + row["fake"] + row["penalty"], rel_tol=1e-4, abs_tol=1e-5)
        assert math.isclose(row["real"], -float(value_of_real.mean()), rel_tol=1e-4)
        assert (row["penalty"] > 0) == (method == "gp")
    assert [box.value for box in OVER_TIME["losses"].boxes][:3] == ["curve.real", "curve.fake", "curve.penalty"]


def levels() -> None:
    """The same points and the same net: two limits c give estimates that differ by far."""
    tight, loose = (alone("clip", f"constraint.limit={limit}") for limit in (0.01, 0.1))
    assert last(loose, "agreement.estimate") > 5 * last(tight, "agreement.estimate") > 0


def estimate_negative() -> None:
    """A critic that has learnt, a generator that goes past the data: below 0, the fakes rank first; once it has followed, above."""
    for method in METHODS:
        critic = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
        random = torch.Generator().manual_seed(0)
        for weights in critic.parameters():
            nn.init.normal_(weights, 0, 0.3, generator=random)
        real = torch.randn(128, 2, generator=random)
        learn(critic, method, real, real - 1, 60)
        assert said_by(critic, real, real - 1) > 0
        assert said_by(critic, real, real + 1) < 0
        learn(critic, method, real, real + 1, 200)
        assert said_by(critic, real, real + 1) > 0


def said_by(critic: nn.Module, real: Tensor, fake: Tensor) -> float:
    with torch.no_grad():
        return -float(critic_loss(critic(real), critic(fake)))


def learn(critic: nn.Module, method: str, real: Tensor, fake: Tensor, updates: int) -> None:
    optimizer = torch.optim.Adam(critic.parameters(), 0.02)
    for _ in range(updates):
        loss = critic_loss(critic(real), critic(fake))
        loss = loss + gradient_penalty(critic, torch.cat((real, fake))) if method == "gp" else loss
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if method == "clip":
            clip_weights(critic, 0.3)


# --- losses -------------------------------------------------------------------------------------------------------------------------


def losses_penalty() -> None:
    """It falls and ends above 0; and where slope 1 everywhere is possible, a linear critic D = s x ends at s = 1 + w1 / (2 lambda)."""
    for recording in (shipped("gp"), duel("gp"), alone("gp")):
        penalty = recording.column("penalty")
        assert float(penalty[-20:].min()) > 0
        assert float(penalty[-20:].max()) < 0.5 * float(penalty.max())
    w1, weight = 2.0, 5.0
    scale = torch.tensor(0.1, requires_grad=True)
    optimizer = torch.optim.SGD([scale], 0.02)
    for _ in range(400):
        optimizer.zero_grad()
        (-scale * w1 + weight * (scale - 1) ** 2).backward()
        optimizer.step()
    assert math.isclose(float(scale), 1 + w1 / (2 * weight), rel_tol=1e-4)


def losses_generator() -> None:
    """D + 7 is as good a critic, and moves the generator's loss by 7, the estimate by nothing."""
    real, fake = torch.randn(2, 64, generator=torch.Generator().manual_seed(0))
    for shift in (0.0, 7.0):
        assert math.isclose(float((real + shift).mean() - (fake + shift).mean()), float(real.mean() - fake.mean()), abs_tol=1e-5)
        assert math.isclose(float(-(fake + shift).mean()), float(-fake.mean()) - shift, abs_tol=1e-5)
    assert next(box for box in OVER_TIME["losses"].boxes if box.value == "curve.generator_loss").faint


# --- held-out images ----------------------------------------------------------------------------------------------------------------


def gaps(method: str, images: int) -> tuple[float, float]:
    """How far a critic ranks the training images above others, after 10 and after 60 iterations, where it learns from so many."""
    data = load("digits")
    assert isinstance(data, ImageSet)
    few = ImageSet("digits", data.images[:images], data.held_out)
    trainer = build_trainer(digits(method).config, torch.device("cpu"), few.sample)
    found = []
    for steps in (10, 50):
        for _ in range(steps):
            trainer.step()
        with torch.no_grad():
            found.append(float(trainer.critic(to_unit(few.images)).mean() - trainer.critic(to_unit(data.held_out)).mean()))
    return found[0], found[1]


def set_against_training() -> None:
    """From few images it learns by heart, and the gap grows; from many it hardly does."""
    for method in METHODS:
        early, late = gaps(method, 32)
        assert late > 3 * abs(early)
        assert late > 3 * abs(gaps(method, 1000)[1])
    axis = panels.draw_panel("estimate", [digits("gp")]).axes[0]
    circles = {str(line.get_markerfacecolor()): line for line in axis.lines if line.get_marker() == "o"}
    held = [moment for moment in digits("gp").moments if "estimates" in moment.arrays]
    assert len(circles) == 2
    for colour, line in circles.items():
        values = [number(moment.arrays, f"estimates.{'held_out' if colour == 'white' else 'train'}") for moment in held]
        assert np.asarray(line.get_ydata())[-1] == values[-1]
