"""How often a run is measured: never more than a share of its time."""

from __future__ import annotations

import time
from typing import Literal

from wgan_gp.measures.look import Measured
from wgan_gp.measures.run import Measures

PROBE_SHARE = 0.05  # of training time, at most
SELDOM_SHARE = 0.02  # of the time, for what is costly
MOMENTS_PER_SECOND = {"plane": 10.0, "images": 3.0}
SELDOM_PER_SECOND = {"plane": 1.0, "images": 0.05}  # moments that hold the exact answers, or what features say of the images, too


class Cadence:
    """When the next probe is due: so many a second, and never more than a share of the time that passes."""

    def __init__(self, per_second: float, share: float) -> None:
        self._pause, self._share = 1 / per_second, share
        self._next = 0.0

    def due(self, now: float) -> bool:
        """Whether a probe may be taken at `now` (seconds)."""
        return now >= self._next

    def took(self, now: float, cost: float) -> None:
        """A probe that ended at `now` took `cost` seconds."""
        self._next = now + max(self._pause - cost, cost * (1 / self._share - 1))


class Pace:
    """Takes a run's moments when they are due; what is costly among the measures seldom, and at the end."""

    def __init__(self, measures: Measures, measured: Measured, kind: Literal["plane", "images"]) -> None:
        self._measures, self._measured, self._kind = measures, measured, kind
        self._all, self._seldom = Cadence(MOMENTS_PER_SECOND[kind], PROBE_SHARE), Cadence(SELDOM_PER_SECOND[kind], SELDOM_SHARE)
        self._seldom.took(time.perf_counter(), 0.0)  # not with the first picture
        self._taken = self._seldom_taken = 0

    def due(self, now: float) -> bool:
        """Whether a moment may be taken at `now` (seconds, of time.perf_counter)."""
        return self._all.due(now)

    def take(self, *, last: bool) -> bytes:
        """A moment now, as a blob; the `last` one holds what is costly, too.

        In the plane what is costly counts among all probes: together they keep to their share. Of images it takes as long as many moments,
        which would have to wait for it: it has a share of its own. The first of either kind is mostly first use and imports: it must not
        delay the second.
        """
        began = time.perf_counter()
        seldom = last or self._seldom.due(began)
        blob, seldom_cost = self._measures.moment(self._measured, seldom=seldom)
        now = time.perf_counter()
        cost = now - began - (seldom_cost if self._kind == "images" else 0.0)
        first = not self._taken or (seldom and not self._seldom_taken)
        self._all.took(now, 0.0 if first else cost)
        self._taken += 1
        if seldom:
            self._seldom.took(now, 0.0 if first else seldom_cost)
            self._seldom_taken += 1
        return blob
