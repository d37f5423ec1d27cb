"""What is measured of a generator of images: distances between features, neighbours in pixels, and modes where they are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from wgan_gp.data.images import ImageSet
from wgan_gp.data.shapes import MODES, nearest_modes
from wgan_gp.measures.features import Extractor, load_extractor
from wgan_gp.measures.floors import frechet_floor, real_halves, well_covered
from wgan_gp.shelf.generator import Generator, generate
from wgan_gp.shelf.report import Better, Measure, measure
from wgan_gp.theory.quality import density_and_coverage, expected_coverage, frechet_distance, kernel_distance, kl_from_uniform, nearest

MOST_SAMPLES = 10_000  # of each kind, for distances between features
MOST_NEIGHBOURS = 2000  # samples for density and coverage, and for nearest images
MODE_SAMPLES = 2500


class Sets(NamedTuple):
    """Generated images, and two sets of as many real ones that share none: uint8[n, channels, size, size], or their features [n, d]."""

    fake: Tensor
    real: Tensor
    other: Tensor

    def first(self, count: int) -> Sets:
        """The first so many of each."""
        return Sets(*(part[:count] for part in self))


def image_measures(generator: Generator, data: ImageSet, random: torch.Generator) -> list[Measure]:
    """Everything that can be said without the measures of features where no extractor ships for these data. Raises Damaged."""
    count = min(MOST_SAMPLES, len(data.images) // 2)
    made = _generated(generator, max(count, MODE_SAMPLES) if data.name == "shapes" else count)
    extractor = load_extractor(data.name)
    measures = []
    if extractor is not None:
        sets = Sets(made[:count], *real_halves(data.images, count, random))
        measures += feature_measures(extractor, Sets(*map(extractor.features, sets)), random)
    measures.append(_nearest_image(made, data, random))
    return measures + (_modes(made[:MODE_SAMPLES], data, random) if data.name == "shapes" else [])


def feature_measures(extractor: Extractor, features: Sets, random: torch.Generator) -> list[Measure]:
    """Distances between features float32[n, d], density and coverage; floors are of real sets against each other."""
    name, count = extractor.card.name, len(features.real)
    few = features.first(MOST_NEIGHBOURS)
    found, floor = (density_and_coverage(few.real, part) for part in (few.fake, few.other))
    of = f"between features of the small net {name}, which tells {100 * extractor.card.accuracy:.1f} % of held-out images right"
    distance = frechet_distance(features.fake, features.real), frechet_floor(features.real, features.other, random)
    kernel = kernel_distance(features.fake, features.real, random), kernel_distance(features.other, features.real, random)
    expected = expected_coverage(len(few.real))
    return [
        measure(
            extractor.name, *distance, "lower", count, f"Fréchet distance {of}; no FID; compare only what was taken with as many samples."
        ),
        measure(
            f"KD-{name}", *kernel, "lower", count,
            f"Kernel distance (unbiased MMD squared, cubic kernel, subsets of at most 1,000) {of}; around 0, also below, as good as data.",
        ),
        measure(
            "density", found[0], floor[0], "higher", len(few.real),
            f"How typical samples are among the features of {name}: 1 for data, more where samples keep to what is most common.",
        ),
        measure(
            "coverage", found[1], floor[1], "higher", len(few.real),
            f"Share of real images with a sample nearby among the features of {name}: about {expected:.3f} for data.",
        ),
    ]  # fmt: skip


def _generated(generator: Generator, count: int) -> Tensor:
    """uint8[count, channels, size, size]: the samples of the seeds 0 to count - 1."""
    return torch.from_numpy(generate(generator, range(count))).movedim(-1, 1).contiguous()


def _nearest_image(made: Tensor, data: ImageSet, random: torch.Generator) -> Measure:
    count = min(MOST_NEIGHBOURS, len(made), len(data.held_out))
    held_out = data.held_out[torch.randperm(len(data.held_out), generator=random)[:count]]
    pixels = data.images[0].numel()
    value, floor = (float(nearest(part, data.images)[1].mean()) / pixels**0.5 for part in (made[:count], held_out))
    return measure(
        "nearest training image", value, floor, "higher", count,
        "Mean distance to the nearest training image, root mean square in grey levels; well below the floor, that of held-out images, a "
        "generator repeats what it has seen.",
    )  # fmt: skip


def _modes(made: Tensor, data: ImageSet, random: torch.Generator) -> list[Measure]:
    """Counts over the known modes; the floor is of as many real images, drawn with replacement."""
    count = len(made)
    real = data.images[torch.randint(len(data.images), (count,), generator=random)]
    counts = [torch.bincount(nearest_modes(images), minlength=len(MODES)) for images in (made, real)]

    def of_both(name: str, value: Callable[[Tensor], float], better: Better, help_text: str) -> Measure:
        return measure(name, value(counts[0]), value(counts[1]), better, count, help_text)

    of = f"Of the {len(MODES)} kinds of pictures (shape, colour, place), each sample counted for the nearest,"
    return [
        of_both("modes covered", lambda found: float((found > 0).sum()), "higher", f"{of} those that occur at all."),
        of_both("modes well covered", well_covered, "higher", f"{of} those with at least 20 % of their fair share."),
        of_both("KL of mode counts", kl_from_uniform, "lower", "How uneven their counts are: KL(counts || uniform) in nats."),
    ]
