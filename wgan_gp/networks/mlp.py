"""Multilayer perceptrons, as in the toy experiments of [G]."""

from __future__ import annotations

from torch import nn

from wgan_gp.config import DataShape, MLPCritic, MLPGenerator
from wgan_gp.networks.layers import Squeeze, activation, norm_of_rows


def mlp_generator(net: MLPGenerator, latent_dim: int, shape: DataShape) -> nn.Sequential:
    """Latents [batch, latent_dim] to points [batch, 2] or, by tanh, images [batch, channels, size, size] in [-1, 1]."""
    outputs = 1
    for side in shape.shape:
        outputs *= side
    layers = [*_hidden(net, latent_dim), nn.Linear(net.width, outputs)]
    if not shape.is_plane:
        layers += [nn.Unflatten(1, shape.shape), nn.Tanh()]
    return nn.Sequential(*layers)


def mlp_critic(net: MLPCritic, shape: DataShape) -> nn.Sequential:
    """Samples [batch, ...] to values [batch]; no sigmoid: a critic's values are not probabilities."""
    inputs = 1
    for side in shape.shape:
        inputs *= side
    flatten = [] if shape.is_plane else [nn.Flatten()]
    return nn.Sequential(*flatten, *_hidden(net, inputs), nn.Linear(net.width, 1), Squeeze())


def _hidden(net: MLPGenerator | MLPCritic, inputs: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for level in range(net.depth):
        layers.append(nn.Linear(net.width if level else inputs, net.width))
        layers += [*norm_of_rows(net.norm, net.width), activation(net.activation)]
    return layers
