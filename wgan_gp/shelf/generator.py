"""A trained generator, and what can be made with it: samples from seeds, and ways from one seed to another.

Everything runs in batches of one size, filled up where samples are few: a seed's picture does not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from wgan_gp.config import RunConfig
from wgan_gp.data.images import to_grey_levels
from wgan_gp.errors import InvalidConfig, Refused
from wgan_gp.imaging import Array
from wgan_gp.networks import build_critic, build_generator
from wgan_gp.seeds import check_seeds
from wgan_gp.theory.latent import WAYS, latents_from_seeds

BATCH = 64
MOST_FRAMES = 60
Mode = Literal["slerp", "lerp"]


@dataclass(frozen=True)
class Generator:
    """A generator in evaluation mode on the CPU, with the config of the run it comes from, and that run's critic where it is known."""

    name: str
    config: RunConfig
    module: nn.Module
    critic: nn.Module | None = None


def build_pair(config: RunConfig) -> tuple[nn.Module, nn.Module]:
    """The generator and the critic of this config, to be filled with weights."""
    generator = build_generator(config.generator, config.latent_dim, config.shape, torch.Generator())
    return generator, build_critic(config.critic, config.shape, torch.Generator())


# --- samples ------------------------------------------------------------------------------------------------------------------


def generate(generator: Generator, seeds: Sequence[int], scale: float = 1.0) -> Array:
    """One sample per seed, the same for the same seed: images uint8[n, H, W, C], or points float32[n, 2].

    scale: latents are multiplied by it (truncation); 1 is what the generator was trained with. Raises InvalidConfig for no seeds, more
    than 10,000, or a seed outside 0 to 2**63 - 1.
    """
    return decode(generator, latents_of(generator, seeds, scale))


def judged(generator: Generator, seeds: Sequence[int], scale: float = 1.0) -> tuple[Array, Array]:
    """The samples of `generate`, and the critic's value of each: float32[n], higher for what it takes for real.

    Raises InvalidConfig as `generate` does, Refused where the critic is not known.
    """
    samples, values = judged_latents(generator, latents_of(generator, seeds, scale))
    if values is None:
        raise Refused(f"{generator.name}: this file holds no critic, so that samples cannot be ordered by its value.")
    return samples, values


def interpolate(generator: Generator, start: int, end: int, frames: int = 16, mode: Mode = "slerp") -> Array:
    """Samples on the way from the latent of one seed to that of another, both included: uint8[frames, H, W, C] or float32[frames, 2].

    mode: `slerp` along the great circle, `lerp` on the straight line. Raises InvalidConfig for seeds that are none, a mode that is
    neither, or frames outside 2 to 60.
    """
    if mode not in WAYS:
        raise InvalidConfig(f"mode: {mode!r} is not known; there is slerp (along the great circle) and lerp (on the straight line).")
    if not 2 <= frames <= MOST_FRAMES:
        raise InvalidConfig(f"frames: {frames} were asked for; from 2 to {MOST_FRAMES} are allowed.")
    first, last = latents_of(generator, [start, end])
    return decode(generator, WAYS[mode](first, last, torch.linspace(0, 1, frames)))


def latents_of(generator: Generator, seeds: Sequence[int], scale: float = 1.0) -> Tensor:
    """The latents of these seeds, times `scale`: float32[n, latent_dim]. Raises InvalidConfig as `generate` does."""
    check_seeds(seeds)
    if not 0 <= scale <= 10:
        raise InvalidConfig(f"scale: {scale:g} is not allowed; it must be from 0 to 10.")
    return latents_from_seeds(seeds, generator.config.latent_dim) * scale


def decode(generator: Generator, latents: Tensor) -> Array:
    """What the generator makes of these latents [n, latent_dim]: images uint8[n, H, W, C], or points float32[n, 2]."""
    return _as_samples(_forward(generator.module, latents), generator.config)


def judged_latents(generator: Generator, latents: Tensor) -> tuple[Array, Array | None]:
    """The samples of `decode`, and the critic's value of each, float32[n]; None where the critic is not known."""
    outputs = _forward(generator.module, latents)
    values = None if generator.critic is None else np.asarray(_forward(generator.critic, outputs).numpy())
    return _as_samples(outputs, generator.config), values


def _as_samples(outputs: Tensor, config: RunConfig) -> Array:
    if config.shape.is_plane:
        return np.asarray(outputs.numpy())
    return np.ascontiguousarray(to_grey_levels(outputs).movedim(1, -1).numpy())


@torch.no_grad()
def _forward(module: nn.Module, inputs: Tensor) -> Tensor:
    return torch.cat(list(_batches(module, inputs)))


def _batches(module: nn.Module, inputs: Tensor) -> Iterator[Tensor]:
    for start in range(0, len(inputs), BATCH):
        rows = inputs[start : start + BATCH]
        missing = BATCH - len(rows)
        filled = torch.cat((rows, rows.new_zeros(missing, *rows.shape[1:]))) if missing else rows
        yield module(filled)[: len(rows)]
