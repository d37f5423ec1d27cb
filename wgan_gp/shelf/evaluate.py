"""evaluate(generator) -> Report: everything the Lab can say of a generator in numbers, each with the floor of real against real."""

from __future__ import annotations

import time

import torch

from wgan_gp.data import load
from wgan_gp.data.plane import PlaneSet
from wgan_gp.shelf.generator import Generator
from wgan_gp.shelf.image_measures import image_measures
from wgan_gp.shelf.plane_measures import plane_measures
from wgan_gp.shelf.report import Report


def evaluate(generator: Generator, random_seed: int = 0) -> Report:
    """Compare samples of the seeds 0, 1, 2, ... with real data; about a minute on one core, for MNIST as in the plane.

    random_seed decides which real data are drawn: the same seed gives the same numbers. Whatever cannot be taken is None, nothing is NaN.
    Raises DataMissing where the data are not here and cannot be fetched, Damaged where the feature extractor was altered.
    """
    began = time.perf_counter()
    data = load(generator.config.data)
    random = torch.Generator().manual_seed(random_seed)
    measures = plane_measures(generator, data, random) if isinstance(data, PlaneSet) else image_measures(generator, data, random)
    return Report(model=generator.name, data=data.name, measures=tuple(measures), seconds=round(time.perf_counter() - began, 2))
