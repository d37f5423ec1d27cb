"""How good a run's images are while it trains, by features of a small net: costly, so it is taken about three times a minute."""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Tensor, nn

from wgan_gp.data.images import ImageSet, to_grey_levels
from wgan_gp.data.shapes import MODES, nearest_modes
from wgan_gp.errors import Damaged
from wgan_gp.measures.features import Extractor, load_extractor
from wgan_gp.measures.floors import frechet_floor, real_halves, well_covered
from wgan_gp.measures.look import Look, made_by
from wgan_gp.measures.table import numbers
from wgan_gp.theory.latent import latents_from_seeds
from wgan_gp.theory.quality import density_and_coverage, frechet_distance

MOST_SAMPLES = 1000  # of each kind
BATCH = 250  # images made at once


class ImageQuality:
    """Measures generated images against real ones, the same latents and the same real images at each moment."""

    def __init__(self, extractor: Extractor, data: ImageSet, latent_dim: int, random: torch.Generator) -> None:
        """`random` is the measures' own; nothing else is taken from it than one number."""
        self._extractor, self._data, self._latent_dim, self._device = extractor, data, latent_dim, random.device
        self._seed = int(torch.randint(2**62, (), generator=random, device=random.device))
        self._count = min(MOST_SAMPLES, len(data.images) // 2)
        self._last: dict[str, Tensor] = {}

    @property
    def name(self) -> str:
        """What its distance is called: FD-<data>-<hash>."""
        return self._extractor.name

    def measure(self, look: Look) -> dict[str, Tensor]:
        """`quality` of the table of measures, as it is now."""
        self._last = {"quality": self.of(look.measured.sampling_generator, look.measured.iteration)}
        return self._last

    def last(self, look: Look) -> dict[str, Tensor]:
        """The same as it was found last: most moments outlive those in which it was measured."""
        return self._last

    def of(self, generator: nn.Module, iteration: int = 0) -> Tensor:
        """The numbers `quality` of the table of measures, float32. NaN where samples are not finite."""
        real, floor = self._real
        parts = [made_by(generator, latents) for latents in torch.split(self._latents, BATCH)]
        found = dict.fromkeys(("distance", "density", "coverage", "modes", "well"), math.nan)
        if all(bool(part.isfinite().all()) for part in parts):
            images = torch.cat([to_grey_levels(part) for part in parts])
            features = self._extractor.features(images)
            density, coverage = density_and_coverage(real, features)
            found |= {"distance": frechet_distance(features, real), "density": density, "coverage": coverage} | self._modes(images)
        return torch.tensor(numbers("quality", floor=floor, samples=self._count, iteration=iteration, **found))

    @cached_property
    def _real(self) -> tuple[Tensor, float]:
        """The real images' features [n, 84], and the distance between as many real ones and as many others."""
        self._extractor.to(self._device)
        random = torch.Generator().manual_seed(self._seed)
        real, other = (self._extractor.features(images) for images in real_halves(self._data.images, self._count, random))
        return real, frechet_floor(real, other, random)

    @cached_property
    def _latents(self) -> Tensor:
        return latents_from_seeds(range(self._count), self._latent_dim).to(self._device)

    def _modes(self, images: Tensor) -> dict[str, float]:
        """Of data whose modes are known."""
        if self._data.name != "shapes":
            return {}
        counts = torch.bincount(nearest_modes(images.cpu()), minlength=len(MODES))
        return {"modes": len(MODES), "well": well_covered(counts)}


def image_quality(data: ImageSet, latent_dim: int, random: torch.Generator) -> tuple[ImageQuality | None, str]:
    """The measurement where an extractor ships for these data, and what is to be said of it: its name, or why there is none."""
    try:
        extractor = load_extractor(data.name)
    except Damaged as error:  # a run goes on without
        return None, f"off: {error}"
    if extractor is None:
        return None, f"off: no feature extractor ships for {data.name}"
    quality = ImageQuality(extractor, data, latent_dim, random)
    return quality, quality.name
