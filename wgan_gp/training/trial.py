"""Which device a run is trained on: `auto` takes the fastest whose numbers are those of the CPU, tried by one critic update of this run.

Devices that torch sees can lack the kernels (a GPU too old or too new for this build of torch), and Apple's have convolved wrongly without
a word (pytorch #180984, #192212).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from wgan_gp.config import RunConfig
from wgan_gp.errors import DeviceMissing
from wgan_gp.networks import build_nets
from wgan_gp.networks.structure import convolution_format
from wgan_gp.theory.precision import CPU, float64
from wgan_gp.training.device import candidates, choose_precision
from wgan_gp.training.step import Sampler
from wgan_gp.training.trainer import Trainer

BATCH = 8
TOLERANCE = 1e-2  # of the gradient, relative in L2: one activation that flips its sign in float32 moves it by 1e-4


class Choice(NamedTuple):
    """A device, and why faster ones were passed over: a sentence each."""

    device: torch.device
    passed_over: list[str]


def choose_device(config: RunConfig) -> Choice:
    """The device of this run. Raises DeviceMissing for one asked for by name that is not here or cannot be trusted, with the reason."""
    passed_over: list[str] = []
    for device in candidates(config.device):
        fault = fault_of(device, config)
        if not fault:
            return Choice(device, passed_over)
        if config.device != "auto":
            raise DeviceMissing(f"device: {config.device!r} is on this machine, but {fault}; take another one, or auto.")
        passed_over.append(f"{device.type} was passed over: {fault}.")
    raise AssertionError("the CPU is always a candidate")


def fault_of(device: torch.device, config: RunConfig) -> str:
    """Why this device cannot train this run, as half a sentence; empty where one critic update gives the numbers of the CPU."""
    if device.type == "cpu":
        return ""
    expected = _update_critic(config, CPU)
    choose_precision(device, tf32=False)
    try:
        found = _update_critic(config, device)
    except Exception as error:  # no kernel for it, a driver that is too old, no memory left: whatever it is, it cannot train there
        cause = error.__cause__ or error
        return f"a critic update failed there ({(str(cause).strip().splitlines() or [type(cause).__name__])[0][:150]})"
    difference = float((found - expected).norm() / expected.norm().clamp(min=1e-30))
    if difference <= TOLERANCE or not bool(expected.isfinite().all()):  # numbers that are finite nowhere say nothing of a device
        return ""
    if not bool(found.isfinite().all()):
        return "a critic update there gives numbers that are not finite"
    return f"a critic update there differs from the CPU's by {difference:.1%}, allowed is {TOLERANCE:.0%}"


def _update_critic(config: RunConfig, device: torch.device) -> Tensor:
    """The gradient of the critic's loss by all its weights in one update: float64[weights], on the CPU."""
    generator, critic = (net.to(memory_format=convolution_format(device)) for net in build_nets(config))
    trainer = Trainer(
        generator,
        critic,
        config.constraint,
        _noise(config.shape.shape, seed=1),
        latent_dim=config.latent_dim,
        fakes=_noise(config.shape.shape, seed=2),
        critic_optimizer=config.critic_optimizer,
        n_critic=1,
        batch_size=BATCH,
        device=device,
        graph=False,
    )
    trainer.draw_epsilon = _evenly
    trainer.step()
    gradients = [parameter.grad for parameter in trainer.critic.parameters()]
    return torch.cat([float64(gradient).flatten() for gradient in gradients if gradient is not None])


def _evenly(count: int, random: torch.Generator) -> Tensor:
    """In place of epsilon: numbers that are the same on every device, [count]."""
    return torch.linspace(0, 1, count).to(random.device)


def _noise(shape: tuple[int, ...], seed: int) -> Sampler:
    """Samples N(0, I), drawn on the CPU whatever is asked for."""

    def draw(count: int, random: torch.Generator) -> Tensor:
        return torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed)).to(random.device)

    return draw
