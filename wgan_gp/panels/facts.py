"""What sentences may ask of a run's config, by name. The board gets these facts with the run; numbers of its moments are not here."""

from __future__ import annotations

from collections.abc import Mapping

from wgan_gp.config import GradientPenalty, MLPCritic, RunConfig, WeightClipping

MODES: Mapping[str, int] = {"8gaussians": 8, "25gaussians": 25, "shapes": 48}
"""Of data whose modes can be counted."""


def facts(config: RunConfig) -> dict[str, str | float | bool]:
    """The facts of a run; `modes` is 0 where they are not known, and so is what another constraint has."""
    held = config.constraint
    penalty, limit = (held if isinstance(held, GradientPenalty) else None), (held.limit if isinstance(held, WeightClipping) else 0.0)
    return {
        "constraint": held.kind,
        "data": config.data,
        "plane": config.shape.is_plane,
        "images": not config.shape.is_plane,
        "modes": MODES.get(config.data, 0),
        "latent_dim": config.latent_dim,
        "optimizer": config.critic_optimizer.kind,
        "generator_optimizer": config.generator_optimizer.kind,
        "critic_alone": config.frozen is not None,
        "weight": penalty.weight if penalty else 0.0,
        "target": penalty.target if penalty else 0.0,
        "sides": penalty.sides if penalty else "",
        "points": penalty.points if penalty else "",
        "limit": limit,
        "first_weights": config.first_weights,
        "depth": config.critic.depth if isinstance(config.critic, MLPCritic) else 0,
    }
