"""What a moment holds of a critic's inside: its gradients from layer to layer, and its weights at the clipping limit."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wgan_gp.config import Constraint, WeightClipping
from wgan_gp.theory.layers import has_layer_norms, layer_norms
from wgan_gp.theory.lipschitz import share_at_limit

POINTS = 64  # real ones, and as many fake


def layer_arrays(critic: nn.Module, constraint: Constraint, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """`layers` f32[depth + 1]: log10 of the norm of d(critic loss) / d(activations of a layer), layer 1 first, -inf where it is 0.

    Only of critics that are plain chains of linear layers. Of clipped ones also `weights_share` f32[1]: the share of all weights and
    biases within 1 % of +-c. real, fake: [batch, ...], of which the first POINTS are taken.
    """
    arrays: dict[str, Tensor] = {}
    if has_layer_norms(critic):
        arrays["layers"] = layer_norms(critic, real[:POINTS], fake[:POINTS]).log10().float()
    if isinstance(constraint, WeightClipping):
        weights = torch.cat([parameter.detach().flatten() for parameter in critic.parameters()])
        arrays["weights_share"] = torch.tensor([share_at_limit(weights, constraint.limit)])
    return arrays
