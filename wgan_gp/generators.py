"""Trained generators: load one from a checkpoint, and generate samples from seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from wgan_gp.config import RunConfig
from wgan_gp.data.images import to_grey_levels
from wgan_gp.errors import Damaged, InvalidConfig
from wgan_gp.imaging import Array
from wgan_gp.networks import build_generator
from wgan_gp.theory.latent import latents_from_seeds
from wgan_gp.training.checkpoint import checkpoint_config, sampling_weights

BATCH = 256
MOST_SEEDS = 10_000


@dataclass(frozen=True)
class LoadedGenerator:
    """A generator in evaluation mode on the CPU, with the config of the run it comes from."""

    config: RunConfig
    module: nn.Module


def load_checkpoint_generator(blob: bytes) -> LoadedGenerator:
    """The generator in a run's checkpoint; the moving average of its weights where one was kept.

    Raises Damaged, and InvalidConfig for a run in which only the critic learnt.
    """
    config = checkpoint_config(blob)
    if config.frozen is not None:
        raise InvalidConfig("generator: in this run only the critic learnt; take a run that trains a generator.")
    module = build_generator(config.generator, config.latent_dim, config.shape, torch.Generator())
    try:
        module.load_state_dict(sampling_weights(blob))
    except RuntimeError as error:
        raise Damaged(f"The weights do not fit the generator of their config: {str(error).splitlines()[0]}") from error
    return LoadedGenerator(config, module.eval())


def generate(generator: LoadedGenerator, seeds: Sequence[int]) -> Array:
    """One sample per seed, the same for the same seed: images uint8[n, H, W, C], or points float32[n, 2].

    Raises InvalidConfig for no seeds, more than 10,000, or a seed outside 0 to 2**63 - 1.
    """
    check_seeds(seeds)
    outputs = torch.cat(list(_batches(generator, seeds)))
    if generator.config.shape.is_plane:
        return np.asarray(outputs.numpy())
    return np.ascontiguousarray(to_grey_levels(outputs).movedim(1, -1).numpy())


def check_seeds(seeds: Sequence[int]) -> None:
    """Raise InvalidConfig unless there are 1 to 10,000 seeds from 0 to 2**63 - 1."""
    if not 1 <= len(seeds) <= MOST_SEEDS:
        raise InvalidConfig(f"seeds: {len(seeds)} were given; from 1 to {MOST_SEEDS:,} are allowed.")
    for seed in (min(seeds), max(seeds)):
        if not 0 <= seed < 2**63:
            raise InvalidConfig(f"seeds: {seed} is not allowed; a seed is from 0 to 2**63 - 1.")


@torch.no_grad()
def _batches(generator: LoadedGenerator, seeds: Sequence[int]) -> Iterator[Tensor]:
    for start in range(0, len(seeds), BATCH):
        latents = latents_from_seeds(seeds[start : start + BATCH], generator.config.latent_dim)  # [batch, latent_dim]
        yield generator.module(latents)
