"""What a net is made of, as far as that decides which shortcuts are exact, and how convolutions lie in memory."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from wgan_gp.networks.layers import Crop, Reshape, Squeeze
from wgan_gp.theory.layers import is_plain, layers_of

_SAMPLE_BY_SAMPLE = (
    nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.LayerNorm, nn.GroupNorm, nn.Identity, Squeeze, Crop, Reshape,
    nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Softplus, nn.Tanh, nn.Sigmoid,
)  # fmt: skip


def treats_samples_alone(module: nn.Module) -> bool:
    """Whether it is known, without a trace, that a sample's output depends on that sample alone. See `keep_samples_apart`."""
    return is_plain(module) and keep_samples_apart(list(layers_of(module)))


def keep_samples_apart(layers: Sequence[nn.Module]) -> bool:
    """Whether a sample's output of these layers, one after the other, depends on that sample alone, and a call changes nothing.

    Then several batches may go through as one. False for batch norm, dropout, and layers that are not known.
    """
    return all(_keeps_samples_apart(layer) for layer in layers) and not writes_to_its_input(layers)


def writes_to_its_input(layers: Sequence[nn.Module]) -> bool:
    """Whether an activation works in place before a layer with weights has made a tensor of its own: then the samples themselves change."""
    for layer in layers:
        if any(True for _ in layer.parameters()):
            return False
        if getattr(layer, "inplace", False):
            return True
    return False


def convolution_format(device: torch.device) -> torch.memory_format:
    """How images and convolutions' weights lie in memory: channels last is faster, but silently wrong on Apple's GPUs (pytorch #180984)."""
    return torch.contiguous_format if device.type == "mps" else torch.channels_last


def _keeps_samples_apart(layer: nn.Module) -> bool:
    if type(layer) is nn.Flatten:
        return layer.start_dim == 1
    if type(layer) is nn.Unflatten:
        return layer.dim == 1
    return type(layer) in _SAMPLE_BY_SAMPLE
