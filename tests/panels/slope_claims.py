"""Checks of what panels say of slopes, weights, layers and bounds."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from tests.panels.support import METHODS, Floats, alone, deep, digits, duel, last, shipped, trained, whole_moments
from wgan_gp.config import Adam, RMSProp, WeightClipping
from wgan_gp.data import load
from wgan_gp.figures import parts
from wgan_gp.figures.recording import Recording, number
from wgan_gp.measures.look import made_by
from wgan_gp.presets import gradients_presets
from wgan_gp.theory.latent import latents_from_seeds
from wgan_gp.theory.layers import layer_norms
from wgan_gp.theory.lipschitz import gradient_norms
from wgan_gp.training.step import ReferenceTrainer


def norms_penalty() -> None:
    for kind in ("line", "fake"):
        assert 0.8 < last(shipped("gp"), f"quantiles_{kind}.median") < 1.2
        assert last(shipped("clip"), f"quantiles_{kind}.median") < 0.1


def norms_clipping() -> None:
    slopes = [last(alone("clip", f"constraint.limit={limit}"), "quantiles_line.median") for limit in (0.01, 0.1)]
    assert slopes[1] > 10 * slopes[0]


# --- norms over time ----------------------------------------------------------------------------------------------------------------


def band_around_one() -> None:
    moments = (shipped("gp").moments[0], shipped("gp").moments[-1])
    first, end = ([number(moment.arrays, f"quantiles_line.{end}") for end in ("low", "high")] for moment in moments)
    assert end[0] < 1 < end[1]
    assert end[1] - end[0] < 0.3 * (first[1] - first[0])
    clipped = last(shipped("clip"), "quantiles_line.high")
    assert clipped < 0.1  # held elsewhere: no band around 1


def moved(slope: float, optimizer: Adam | RMSProp) -> Tensor:
    """By how much samples at fixed latents move while a generator learns from a critic that is so steep, and stands still.

    The critic is a hill, so that the course has an end; in float64, so that nothing but the optimiser can tell its sizes apart.
    """
    generator, top = trained(shipped("gp"), at_start=True).generator.double(), torch.tensor([1.0, 2.0], dtype=torch.float64)
    kind = torch.optim.Adam if isinstance(optimizer, Adam) else torch.optim.RMSprop
    rest = {"betas": (optimizer.beta1, optimizer.beta2)} if isinstance(optimizer, Adam) else {"alpha": optimizer.decay}
    steps = kind(generator.parameters(), lr=optimizer.learning_rate, **rest)
    random, latents = torch.Generator().manual_seed(2), latents_from_seeds(range(128), 2).double()
    before = made_by(generator, latents)
    for _ in range(30):
        steps.zero_grad()
        away = generator(torch.randn(64, 2, generator=random, dtype=torch.float64)) - top
        (slope * (1 + away.square().sum(1)).sqrt().mean()).backward()  # minus the hill's mean
        steps.step()
    return made_by(generator, latents) - before


OPTIMIZERS = (Adam(learning_rate=2e-3, beta1=0.5, beta2=0.9), RMSProp(learning_rate=5e-4))


def small_slopes() -> None:
    """As steep as 1, as the condition allows at most and as it allows at least: nearly the same course."""
    for optimizer in OPTIMIZERS:
        steep = moved(1.0, optimizer)
        for slope in (0.1, 1e-5):
            assert float((moved(slope, optimizer) - steep).norm()) < 0.1 * float(steep.norm())


def vanished_slopes() -> None:
    for optimizer in OPTIMIZERS:
        assert float(moved(1e-11, optimizer).norm()) < 0.02 * float(moved(1.0, optimizer).norm())
        assert optimizer_adds(optimizer) == 1e-8


def optimizer_adds(optimizer: Adam | RMSProp) -> float:
    nets = [nn.Linear(2, 2), nn.Linear(2, 1)]
    held = WeightClipping()
    trainer = ReferenceTrainer(*nets, held, torch.randn, latent_dim=2, generator_optimizer=optimizer)  # type: ignore[arg-type]
    return float(trainer.generator_optimizer.param_groups[0]["eps"])


# --- weights ------------------------------------------------------------------------------------------------------------------------


def weights(recording: Recording) -> Floats:
    return whole_moments(recording)[-1]["weights_critic"].astype(np.float64)


def weights_first() -> None:
    """At iteration 0 weights lie beyond c, at the next moment none does."""
    first, second, *_ = (np.abs(moment["weights_critic"]).max() for moment in whole_moments(duel("clip")))
    assert first > 2 * 0.01
    assert second <= 0.01 * (1 + 1e-6)


def weights_clipping() -> None:
    found = weights(duel("clip"))
    assert np.abs(found).max() <= 0.01 * (1 + 1e-6)
    assert np.mean(found > 0.0099) > 0.1
    assert np.mean(found < -0.0099) > 0.1
    assert np.mean(np.abs(found) > 0.0099) > 3 * np.mean(np.abs(np.abs(found) - 0.005) < 0.0005)


def weights_penalty() -> None:
    """The most in the middle, few at the ends; of points and of images."""
    for recording in (duel("gp"), digits("gp"), shipped("gp")):
        counts, _ = np.histogram(weights(recording), 9)
        assert counts.argmax() in (3, 4, 5)
        assert max(counts[0], counts[-1]) < 0.2 * counts.max()


def signs_alone() -> None:
    """Where all weights are within 1 % of +-c, signs decide: two critics that share them are nearly the same. Where half are, not."""
    alike = {share: same_signs(share) for share in (1.0, 0.5)}
    assert alike[1.0] > 0.99
    assert alike[0.5] < 0.95
    assert last(duel("clip"), "weights_share.share") > 0.8


def same_signs(share: float) -> float:
    """Correlation of the values of two critics with the same signs: a share of the weights near +-c, the rest anywhere below."""
    critic = trained(duel("clip")).critic
    points = load("8gaussians").sample(256, torch.Generator().manual_seed(5))
    random, signs = torch.Generator().manual_seed(6), [weight.detach().sign() for weight in critic.parameters()]
    values = []
    for _ in range(2):
        for weight, sign in zip(critic.parameters(), signs, strict=True):
            near = torch.rand(weight.shape, generator=torch.Generator().manual_seed(7)) < share
            size = torch.rand(weight.shape, generator=random)
            weight.data = 0.01 * sign * torch.where(near, 0.99 + 0.01 * size, size)
        with torch.no_grad():
            values.append(critic(points).flatten())
    return float(torch.corrcoef(torch.stack(values))[0, 1])


def first_clip() -> None:
    """One update: from hardly any at +-c to more than a tenth, up to the widest net of the page and the largest c of the condition."""
    for width, limit in ((32, 0.01), (512, 0.05)):
        config = gradients_presets(depth=3, width=width, steps=1, batch_size=16, clip_limits=(limit,))[0]
        recording = deep(limit, "steps=1", "n_critic=1", f"critic.width={width}", f"critic.depth={config.critic.depth}")  # type: ignore[union-attr]
        before, after = (number(moment.arrays, "weights_share.share") for moment in (recording.moments[0], recording.moments[-1]))
        assert before < 0.05
        assert after > 0.1


# --- layers -------------------------------------------------------------------------------------------------------------------------


def layers_flat() -> None:
    assert abs(parts.slope_of_logs(np.full(12, -3.0))) < 1e-12
    assert math.isclose(parts.slope_of_logs(np.arange(12.0)), -1)


def layers_clipping() -> None:
    """From the value to layer 1: down by powers of ten while signs are random, up by powers of ten where they align."""
    for limit in (0.001, 0.01, 0.1):
        logs = whole_moments(deep(limit))[-1]["layers"].astype(np.float64)
        assert logs[0] < logs[-1] - 2
    logs = aligned(64, 0.1, hidden=8).log10()
    assert float(logs[0] - logs[-1]) > 2


def aligned(width: int, limit: float, hidden: int) -> Tensor:
    """The gradient's norms by layer of a critic all of whose weights are c."""
    linear = [nn.Linear(2, width), *(nn.Linear(width, width) for _ in range(hidden - 1)), nn.Linear(width, 1)]
    critic = nn.Sequential(*[part for layer in linear for part in (layer, nn.ReLU())][:-1])
    for weights in critic.parameters():
        nn.init.constant_(weights, limit)
    return layer_norms(critic, *torch.rand(2, 32, 2, generator=torch.Generator().manual_seed(0)))


# --- bracket ------------------------------------------------------------------------------------------------------------------------


def bracket_between() -> None:
    """Slopes at thousands of other points stay below the upper bound, too."""
    for recording in map(duel, METHODS):
        held = [moment.arrays["bracket"] for moment in recording.moments if "bracket" in moment.arrays]
        assert held
        assert all(low <= high * (1 + 1e-5) for low, high in held)
        assert held[-1][0] * 0.5 < steepest(recording) <= held[-1][1] * (1 + 1e-5)


def steepest(recording: Recording) -> float:
    points = 6 * torch.rand(5000, 2, generator=torch.Generator().manual_seed(3)) - 3
    return float(gradient_norms(trained(recording).critic, points).max())


def bracket_apart() -> None:
    """Two critics with the same bound, one as steep as it, one hundreds of times flatter; and it is trained critics that are so."""
    align = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    turned = torch.tensor([[0.01, 0.0], [0.0, 1.0]])
    points = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
    slopes = []
    for middle in (align, turned):
        layers = [nn.Linear(2, 2, bias=False) for _ in range(3)]
        critic = nn.Sequential(*layers, nn.Linear(2, 1, bias=False))
        with torch.no_grad():
            for layer, weight in zip(critic, (align, middle, align, torch.tensor([[1.0, 0.0]])), strict=True):
                layer.weight.copy_(weight)
        assert math.prod(float(torch.linalg.matrix_norm(layer.weight, 2)) for layer in critic) == 1
        slopes.append(float(gradient_norms(critic, points).max()))
    assert math.isclose(slopes[0], 100 * slopes[1], rel_tol=1e-3)
    low, high = (last(duel("gp"), f"bracket.{end}") for end in ("low", "high"))
    assert high > 3 * steepest(duel("gp"))
    assert steepest(duel("gp")) < 2 * low
