"""The exact answers beside the critic's own, for data in the plane: costly, so they are taken about once a second."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from wgan_gp.data.plane import PlaneSet
from wgan_gp.measures.look import Look
from wgan_gp.measures.table import numbers
from wgan_gp.theory.quality import mode_report
from wgan_gp.theory.transport import exact_w1

SAMPLES = 256  # of each kind: 5 ms for the exact distance
FLOOR_DRAWS = 16  # pairs of real sets that the noise floor is known from in the end, one more with each measurement


class Truth:
    """Measures generated samples against real ones, the same at each moment."""

    def __init__(self, data: PlaneSet, real: Tensor, random: torch.Generator) -> None:
        """real: [at least SAMPLES, 2]; `random` is the measures' own."""
        self._data, self._real = data, real[:SAMPLES].cpu()
        self._random = torch.Generator().manual_seed(int(torch.randint(2**62, (), generator=random, device=random.device)))
        self._centres = torch.tensor(data.centres)
        self._floor: list[float] = []

    def measure(self, look: Look) -> dict[str, Tensor]:
        """`truth` of the table of measures."""
        return {"truth": self.of(look.fake)}

    def of(self, fake: Tensor) -> Tensor:
        """The numbers `truth` of the table of measures, float32.

        fake: [n, 2], the first SAMPLES count for W1, all for the modes. The floor is W1 of two fresh sets of real data.
        """
        fake = fake.cpu()
        if len(self._floor) < FLOOR_DRAWS:
            self._floor.append(exact_w1(*(self._data.sample(SAMPLES, self._random) for _ in range(2))))
        w1 = exact_w1(self._real, fake[:SAMPLES]) if bool(fake.isfinite().all()) else math.nan
        return torch.tensor(numbers("truth", w1=w1, low=min(self._floor), high=max(self._floor), **self._modes(fake)))

    def _modes(self, fake: Tensor) -> dict[str, float]:
        if not len(self._centres):
            return dict.fromkeys(("modes", "well", "good"), math.nan)
        report = mode_report(fake, self._centres, self._data.sigma)
        return {"modes": report.modes, "well": report.well_covered, "good": report.good_share}
