"""The exact answers beside the critic's own, for data in the plane: costly, so they are taken about once a second."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from wgan_gp.data.plane import PlaneSet
from wgan_gp.measures.floors import W1_FLOORS
from wgan_gp.measures.look import Look
from wgan_gp.measures.table import numbers
from wgan_gp.theory.quality import mode_report
from wgan_gp.theory.transport import exact_w1

SAMPLES = 512  # of each kind: 30 ms for the exact distance


class Truth:
    """Measures generated samples against real ones, the same at each moment."""

    def __init__(self, data: PlaneSet, random: torch.Generator) -> None:
        """`random` is the measures' own. Of the real points every part of the distribution has its fair share."""
        own = torch.Generator().manual_seed(int(torch.randint(2**62, (), generator=random, device=random.device)))
        self._data, self._real = data, data.sample_evenly(SAMPLES, own)
        self._centres, self._floor = torch.tensor(data.centres), W1_FLOORS[data.name]

    def measure(self, look: Look) -> dict[str, Tensor]:
        """`truth` of the table of measures."""
        return {"truth": self.of(look.fake)}

    def of(self, fake: Tensor) -> Tensor:
        """The numbers `truth` of the table of measures, float32.

        fake: [SAMPLES, 2] or more, of which the first count.
        """
        fake, (low, _, high) = fake[:SAMPLES].cpu(), self._floor
        w1 = exact_w1(self._real, fake) if bool(fake.isfinite().all()) else math.nan
        return torch.tensor(numbers("truth", w1=w1, low=low, high=high, samples=len(fake), **self._modes(fake)))

    def _modes(self, fake: Tensor) -> dict[str, float]:
        if not len(self._centres):
            return dict.fromkeys(("modes", "well", "good"), math.nan)
        report = mode_report(fake, self._centres, self._data.sigma)
        return {"modes": report.modes, "well": report.well_covered, "good": report.good_share}
