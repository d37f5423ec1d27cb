"""How many CPU threads a run takes: as many as are fastest now.

Threads meet after every operation. On a core that somebody else uses, too, they wait for each other, and two are then up to forty times
slower than one. So a run that is alone begins with one thread, tries them all, and goes back where that is slower.
"""

from __future__ import annotations

import time

from wgan_gp.config import RunConfig
from wgan_gp.runs import locks
from wgan_gp.training.events import Event, Scalars

WINDOW_SECONDS = 1.0  # of training, to measure a rate over
PATIENCE_SECONDS = 15.0  # until all threads are tried again; doubled after each failure
MOST_PATIENCE_SECONDS = 240.0


class Tempo:
    """Watches how fast training goes and says in `threads` how many to use: one, or `most`."""

    def __init__(self, most: int) -> None:
        self.threads = 1
        self._most = most
        self._rate_of_one = 0.0
        self._retry_at = 0.0
        self._patience = PATIENCE_SECONDS
        self._slower = 0  # windows in a row in which all threads made less than one
        self._mark: tuple[int, float] | None = None

    def forget(self) -> None:
        """Start again with one thread: the machine is shared with another run, or no longer is."""
        self.threads, self._mark, self._retry_at = 1, None, 0.0

    def observe(self, step: int, seconds: float) -> None:
        """Training is at this iteration after so many seconds, pauses not counted."""
        if self._mark is None:
            self._mark = step, seconds
            return
        steps, took = step - self._mark[0], seconds - self._mark[1]
        if took < WINDOW_SECONDS or steps < 2:
            return
        self._mark = step, seconds
        self._judge(steps / took, seconds)

    def _judge(self, rate: float, seconds: float) -> None:
        if self.threads == 1:
            self._rate_of_one = rate
            if seconds >= self._retry_at:
                self.threads, self._slower = self._most, 0
            return
        self._slower = self._slower + 1 if rate < self._rate_of_one else 0
        if rate < self._rate_of_one / 2 or self._slower == 3:  # one slow second may be anything
            self.threads, self._retry_at = 1, seconds + self._patience
            self._patience = min(2 * self._patience, MOST_PATIENCE_SECONDS)
        elif not self._slower:
            self._patience = PATIENCE_SECONDS


class Threads:
    """CPU threads: as the config says; or one as soon as two runs train, and as many as are fastest while a run is alone."""

    def __init__(self, config: RunConfig) -> None:
        import torch

        self._fixed, self._tempo, self._torch = config.threads, Tempo(torch.get_num_threads()), torch
        self._asked = float("-inf")
        self._alone = True
        self._take(self._fixed or 1)

    def adapt(self, event: Event) -> None:
        """After each event; how many runs there are is looked up once a second."""
        if self._fixed:
            return
        now = time.monotonic()
        if now - self._asked >= 1:
            self._asked, alone = now, locks.held_slots() <= 1
            if alone != self._alone:
                self._alone = alone
                self._tempo.forget()
        if self._alone and isinstance(event, Scalars) and len(event.rows):
            self._tempo.observe(int(event.rows[-1, 0]), float(event.rows[-1, 1]))
        self._take(self._tempo.threads)

    def _take(self, threads: int) -> None:
        if threads != self._torch.get_num_threads():
            self._torch.set_num_threads(threads)
