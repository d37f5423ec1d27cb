"""Which measures a run has: a list for points in the plane, one for images, one for a critic that is trained alone.

A measure is a function of a `Look`, or a method where something is kept. Everything they need at random is drawn here, once, from a
source of its own, from the run's seed, in the order in which it stands: taking or skipping a moment changes no weight.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import safetensors.torch
import torch
from torch import Tensor

from wgan_gp.config import RunConfig
from wgan_gp.data import DataSet
from wgan_gp.data.images import ImageSet
from wgan_gp.data.plane import PlaneSet
from wgan_gp.measures import critic, optimum, samples
from wgan_gp.measures.image_quality import image_quality
from wgan_gp.measures.look import Look, Measure, Measured, Points
from wgan_gp.measures.truth import Truth

PROBE_SEED = 7_340_033  # added to the run's seed, so that measures never share a stream with training
ARROWS = 13  # a side of the grid of arrows


@dataclass(frozen=True)
class Measures:
    """A run's measures by when they are due: once in its scene, in each moment, or seldom, being costly."""

    points: Points
    once: Sequence[Measure]
    each: Sequence[Measure]
    seldom: Sequence[Measure]
    facts: Mapping[str, str] = field(default_factory=dict)  # worth keeping with the run

    def scene(self, measured: Measured) -> bytes:
        """What stands still, as a blob."""
        return _blob(_taken(self.once, Look(measured, self.points)))

    def moment(self, measured: Measured, *, seldom: bool = False) -> tuple[bytes, float]:
        """What is measured now, with what is costly only if it is `seldom`; and the seconds that the latter took."""
        look = Look(measured, self.points)
        arrays = _taken(self.each, look)
        began = time.perf_counter()
        costly = _taken(self.seldom if seldom else (), look)
        seconds = time.perf_counter() - began
        return _blob(arrays | costly), seconds


def measures_of(config: RunConfig, measured: Measured, data: DataSet) -> Measures:
    """The measures of a run of this config."""
    random = _random(measured, config.seed + PROBE_SEED)
    if isinstance(data, ImageSet):
        return _of_images(measured, data, random)
    return _of_points(config, measured, data, random) if config.frozen is None else _of_a_critic_alone(config, measured, data, random)


def _of_points(config: RunConfig, measured: Measured, data: PlaneSet, random: torch.Generator) -> Measures:
    points = Points.draw(data, measured.latent_dim, random)
    weights = [critic.Weights("critic", measured.critic, random), critic.Weights("generator", measured.generator, random)]
    return Measures(
        points.over(config.plane_extent or data.extent, _nodes(config, measured)),
        once=[samples.real_points],
        each=[samples.points, samples.path, critic.norms, critic.estimates, critic.field, critic.layers, critic.share_clipped, *weights],
        seldom=[Truth(data, random).measure, critic.bracket],
    )


def _of_images(measured: Measured, data: ImageSet, random: torch.Generator) -> Measures:
    points = Points.draw(data, measured.latent_dim, random)
    weights = [critic.Weights("critic", measured.critic, random), critic.Weights("generator", measured.generator, random)]
    quality, said = image_quality(data, measured.latent_dim, random)
    kept, costly = ([quality.last], [quality.measure]) if quality else ([], [])
    return Measures(
        points,
        once=[samples.real_pictures],
        each=[samples.pictures, critic.norms, critic.estimates, critic.layers, critic.share_clipped, *weights, *kept],
        seldom=costly,
        facts={"quality": said},
    )


def _of_a_critic_alone(config: RunConfig, measured: Measured, data: PlaneSet, random: torch.Generator) -> Measures:
    points = Points.draw(data, measured.latent_dim, random)
    weights = critic.Weights("critic", measured.critic, random)
    random = _random(measured, config.seed + 1)
    assert measured.fakes is not None
    fake = measured.fakes(len(points.real), random)
    points = replace(points, fake=fake, compared=len(fake), ways=optimum.between_partners(points.real, fake))
    points = points.over(config.plane_extent or _extent(fake, data.extent), _nodes(config, measured), ARROWS)
    best = optimum.Optimum(Look(measured, points), data, random)
    inside: list[Measure] = [critic.layers, critic.share_clipped, weights]
    return Measures(
        points,
        once=[samples.real_points, best.scene],
        each=[samples.points, optimum.slopes, critic.estimates, critic.field, optimum.values, best.agreement, *inside],
        seldom=[critic.bracket],
    )


def _random(measured: Measured, seed: int) -> torch.Generator:
    return torch.Generator(measured.device).manual_seed(seed % 2**63)


def _nodes(config: RunConfig, measured: Measured) -> int:
    """A side of the field: finer for a small critic, so that a moment stays cheap beside an iteration."""
    return config.plane_nodes or (36 if sum(p.numel() for p in measured.critic.parameters()) < 100_000 else 32)


def _extent(points: Tensor, least: float) -> float:
    """Half the side of the picture: nearly all points are inside, in steps of a half."""
    far = float(points.abs().flatten().cpu().quantile(0.97))
    return max(least, round(2 * far) / 2)


def _taken(measures: Sequence[Measure], look: Look) -> dict[str, Tensor]:
    return {name: array for measure in measures for name, array in measure(look).items()}


def _blob(arrays: dict[str, Tensor]) -> bytes:
    return safetensors.torch.save({name: value.detach().cpu().contiguous() for name, value in arrays.items()})
