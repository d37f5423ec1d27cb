"""Generators and critics, built from their configs with weights drawn from a given random generator."""

from __future__ import annotations

import torch
from torch import nn

from wgan_gp.config import ConvCritic, ConvGenerator, CriticNet, DataShape, GeneratorNet, RunConfig, WeightClipping
from wgan_gp.networks.conv import conv_critic, conv_generator
from wgan_gp.networks.layers import draw_inside, initialise
from wgan_gp.networks.mlp import mlp_critic, mlp_generator


def build_generator(net: GeneratorNet, latent_dim: int, shape: DataShape, random: torch.Generator) -> nn.Module:
    """A generator on the CPU: latents [batch, latent_dim] to samples [batch, *shape.shape]; images lie in [-1, 1]."""
    return initialise(_meta_generator(net, latent_dim, shape), random)


def build_critic(net: CriticNet, shape: DataShape, random: torch.Generator) -> nn.Module:
    """A critic on the CPU: samples [batch, *shape.shape] to values [batch]."""
    return initialise(_meta_critic(net, shape), random)


def meta_pair(config: RunConfig) -> tuple[nn.Module, nn.Module]:
    """The generator and the critic of a run as shapes without memory, on the meta device."""
    return _meta_generator(config.generator, config.latent_dim, config.shape), _meta_critic(config.critic, config.shape)


def _meta_generator(net: GeneratorNet, latent_dim: int, shape: DataShape) -> nn.Module:
    with torch.device("meta"):
        return (conv_generator if isinstance(net, ConvGenerator) else mlp_generator)(net, latent_dim, shape)  # type: ignore[arg-type]


def _meta_critic(net: CriticNet, shape: DataShape) -> nn.Module:
    with torch.device("meta"):
        return (conv_critic if isinstance(net, ConvCritic) else mlp_critic)(net, shape)  # type: ignore[arg-type]


def build_nets(config: RunConfig) -> tuple[nn.Module, nn.Module]:
    """The generator and the critic of a run: the same weights for the same seed, whatever the constraint.

    A critic that starts inside its clipping limit alone is drawn once more.
    """
    random = torch.Generator().manual_seed(config.seed)
    generator = build_generator(config.generator, config.latent_dim, config.shape, random)
    critic = build_critic(config.critic, config.shape, random)
    if config.first_weights == "inside" and isinstance(config.constraint, WeightClipping):
        draw_inside(critic, config.constraint.limit, random)
    return generator, critic
