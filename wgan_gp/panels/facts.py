"""What sentences may ask of a run's config, by name. The board gets these facts with the run; numbers of its moments are not here."""

from __future__ import annotations

from collections.abc import Mapping

from wgan_gp.config import RunConfig

MODES: Mapping[str, int] = {"8gaussians": 8, "25gaussians": 25, "shapes": 48}
"""Of data whose modes can be counted."""


def facts(config: RunConfig) -> dict[str, str | int | bool]:
    """The facts of a run; `modes` is 0 where they are not known."""
    return {
        "constraint": config.constraint.kind,
        "data": config.data,
        "plane": config.shape.is_plane,
        "images": not config.shape.is_plane,
        "modes": MODES.get(config.data, 0),
        "latent_dim": config.latent_dim,
        "optimizer": config.critic_optimizer.kind,
        "generator_optimizer": config.generator_optimizer.kind,
        "critic_alone": config.frozen is not None,
    }
