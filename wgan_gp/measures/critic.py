"""What is measured of a critic: how steep it is, what it says of samples and over the plane, and what it is like inside."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from wgan_gp.config import WeightClipping
from wgan_gp.measures.look import Look
from wgan_gp.measures.table import numbers
from wgan_gp.networks.layers import Crop, Squeeze
from wgan_gp.theory.bracket import lipschitz_bracket
from wgan_gp.theory.layers import has_layer_norms, layer_norms
from wgan_gp.theory.lipschitz import share_at_limit, slopes
from wgan_gp.theory.objective import estimate

LAYER_POINTS = 64  # real ones, and as many fake, that the gradients of layers are of
WEIGHT_SAMPLE = 2048  # weights a histogram is made of
QUANTILES = 512


def norms(look: Look) -> dict[str, Tensor]:
    """`norms_line`, `norms_real`, `norms_fake` f64[n], sorted: the gradient norms at interpolates, real and fake points."""
    return {f"norms_{part}": true_norms(look, part) for part in look.seen}


def true_norms(look: Look, part: str) -> Tensor:
    """The sorted norms of the critic's gradient at what is seen, float64[n] on the CPU."""
    ordered: Tensor = slopes(look.measured.critic, look.slopes_at(part), look.slopes[part]).sort().values
    return ordered


def estimates(look: Look) -> dict[str, Tensor]:
    """`estimates` f32[2]: on data of training and on held-out data, against the same fakes."""
    return {"estimates": torch.stack([estimate(look.values[part], look.values["fake"]) for part in ("real", "held_out")])}


def field(look: Look) -> dict[str, Tensor]:
    """`field` f16[side, side] and `field_scale` f32[1]: D over the plane minus its mean over real data."""
    return centred_field(look.values["plane"], look.values["real"].mean())


def layers(look: Look) -> dict[str, Tensor]:
    """`layers` f32[depth + 1]: log10 of the norm of d(critic loss) / d(activations of a layer), layer 1 first, -inf where it is 0.

    Only of critics that are plain chains of linear layers.
    """
    critic, real, fake = look.measured.critic, look.points.real[:LAYER_POINTS], look.fake[:LAYER_POINTS]
    return {"layers": layer_norms(critic, real, fake).log10().float()} if has_layer_norms(critic) else {}


def share_clipped(look: Look) -> dict[str, Tensor]:
    """`weights_share` f32[1] of a clipped critic: the share of all its weights and biases within 1 % of +-c."""
    if not isinstance(look.measured.constraint, WeightClipping):
        return {}
    return {"weights_share": torch.tensor([share_at_limit(_all_weights(look.measured.critic), look.measured.constraint.limit)])}


def bracket(look: Look) -> dict[str, Tensor]:
    """`bracket` of the table of measures, of a critic whose weights are finite."""
    critic = look.measured.critic
    if not all(bool(weight.isfinite().all()) for weight in critic.parameters()):
        return {}
    seen = torch.cat(list(look.seen.values()))
    found = lipschitz_bracket(critic, seen, seen.shape[1:], neutral=(Squeeze, Crop))
    return {"bracket": torch.tensor(numbers("bracket", low=found.low, high=found.high))}


class Weights:
    """`weights_critic` or `weights_generator` f32[512], sorted: evenly spaced quantiles over a fixed random choice of the weights."""

    def __init__(self, part: Literal["critic", "generator"], module: nn.Module, random: torch.Generator) -> None:
        self._name, self._module = f"weights_{part}", module
        total = sum(p.numel() for p in module.parameters())
        self._picks = torch.randperm(total, generator=random, device=random.device)[:WEIGHT_SAMPLE]

    def __call__(self, look: Look) -> dict[str, Tensor]:
        """The quantiles now."""
        weights = _all_weights(self._module)[self._picks].sort().values
        places = torch.linspace(0, len(weights) - 1, QUANTILES, device=weights.device).round().long()
        return {self._name: weights[places]}


def centred_field(values: Tensor, centre: Tensor) -> dict[str, Tensor]:
    """`field` f16[g, g]: D minus `centre`, its mean over real data, and divided by `field_scale` f32[1]: half precision keeps the shape."""
    side = int(len(values) ** 0.5)
    centred = (values - centre).view(side, side)
    scale = centred.abs().max().clamp(min=1e-12)
    return {"field": (centred / scale).half(), "field_scale": scale.view(1)}


def _all_weights(module: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])
