"""Small convolutional nets after DCGAN (arXiv 1511.06434), for grey and colour images with sides from 8 to 64 pixels.

A hidden layer at the small end is the published nets' way (Lucic et al. 2018, arXiv 1711.10337: 1,024 units) to let a critic see how the
parts of an image belong together: without one it adds up what convolutions find in patches.
"""

from __future__ import annotations

from torch import nn

from wgan_gp.config import ConvCritic, ConvGenerator, DataShape
from wgan_gp.networks.layers import Crop, Squeeze, activation, norm_of_rows


def conv_generator(net: ConvGenerator, latent_dim: int, shape: DataShape) -> nn.Sequential:
    """Latents [batch, latent_dim] to images [batch, channels, size, size] in [-1, 1]: transposed convolutions, each doubles the side."""
    sides = shape.sides(net.levels)
    steps = len(sides) - 1
    width = net.channels * 2 ** max(0, steps - 1)
    start = sides[-1]
    layers = _hidden(net, latent_dim)
    layers += [nn.Linear(net.hidden or latent_dim, width * start * start), nn.Unflatten(1, (width, start, start))]
    layers += [*_norm(net.norm, width), activation(net.activation)]
    for step in range(steps):
        last = step == steps - 1
        outputs = shape.channels if last else width // 2
        layers += [nn.ConvTranspose2d(width, outputs, 4, stride=2, padding=1), Crop(sides[-2 - step])]
        if not last:
            layers += [*_norm(net.norm, outputs), activation(net.activation)]
        width = outputs
    return nn.Sequential(*layers, nn.Tanh())


def conv_critic(net: ConvCritic, shape: DataShape) -> nn.Sequential:
    """Images [batch, channels, size, size] to values [batch]: strided convolutions, each halves the side; no sigmoid."""
    sides = shape.sides(net.levels)
    layers: list[nn.Module] = []
    inputs, outputs = shape.channels, net.channels
    for _ in sides[1:]:
        layers += [nn.Conv2d(inputs, outputs, 5, stride=2, padding=2), *_norm(net.norm, outputs), activation(net.activation)]
        inputs, outputs = outputs, outputs * 2
    pixels = inputs * sides[-1] ** 2
    return nn.Sequential(*layers, nn.Flatten(), *_hidden(net, pixels), nn.Linear(net.hidden or pixels, 1), Squeeze())


def _hidden(net: ConvGenerator | ConvCritic, inputs: int) -> list[nn.Module]:
    """Numbers [batch, inputs] to [batch, net.hidden]: the one layer in which every place meets every other."""
    return [nn.Linear(inputs, net.hidden), *norm_of_rows(net.norm, net.hidden), activation(net.activation)] if net.hidden else []


def _norm(name: str, channels: int) -> list[nn.Module]:
    """Layer norm is taken over channels and both sides at once, scaled per channel, as [G]'s code does: GroupNorm with one group."""
    if name == "none":
        return []
    return [nn.BatchNorm2d(channels) if name == "batch" else nn.GroupNorm(1, channels)]
