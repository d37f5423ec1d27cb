"""train(config) -> events. Knows nothing of files, processes or the web: whoever iterates decides what becomes of an event.

A caller that stops iterating has paused the training; `Controls` steers it between events.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Literal

import torch

from wgan_gp.config import RunConfig, apply_changes
from wgan_gp.training.cadence import Pace
from wgan_gp.training.checkpoint import first_bad_tensor, save_checkpoint, weights_sha256
from wgan_gp.training.device import Memory, describe_device
from wgan_gp.training.events import Changed, Checkpoint, Controls, Ended, Event, Halted, Moment, Noted, Scalars, Scene, Started
from wgan_gp.training.parts import Parts, configure, parts_of
from wgan_gp.training.rows import Rows

FLUSH_SECONDS = 0.2  # between two Scalars events: also how long a command waits at most, unless an iteration is longer
CHECK_SECONDS = 1.0  # between two looks at all weights for numbers that are not finite


def train(
    config: RunConfig, *, checkpoint: bytes | None = None, snapshot: bytes | None = None, controls: Controls | None = None
) -> Iterator[Event]:
    """Train and say what happens. From `checkpoint` training goes on exactly; the last event is Ended.

    `snapshot` is a checkpoint whose generator is taken where the config freezes that of another run.
    Raises InvalidConfig, DataMissing, DeviceMissing before the first event, Damaged for a checkpoint that does not fit.
    """
    parts = parts_of(config, checkpoint, snapshot)
    run = _Run(parts)
    yield Started(describe_device(parts.trainer.device), run.step, parts.facts())
    if checkpoint is None:
        yield Scene(parts.measures.scene(parts.trainer))
        yield run.moment()
        yield run.checkpoint()
    yield from run.go(controls or Controls())


class _Run:
    """One training in progress: its parts, what was said last and when, and the rows that wait to be said."""

    def __init__(self, parts: Parts) -> None:
        self.config, self.trainer, self.settling, self.seconds = parts.config, parts.trainer, parts.settling, parts.seconds
        self.pace = Pace(parts.measures, parts.trainer, "plane" if parts.config.shape.is_plane else "images")
        self.memory = Memory(parts.trainer.device)
        self._rows = Rows()
        self._settled = False
        self._probed_step, self._saved_step = -1, self.step  # a new run saves before its first iteration
        self._mark = self._flushed = self._saved = self._checked = time.perf_counter()
        self._path = dict(self.trainer.path)
        self._compiled = False

    @property
    def step(self) -> int:
        return self.trainer.iteration

    def go(self, controls: Controls) -> Iterator[Event]:
        """Iterate until the end, a stop, or numbers that are not finite: whatever says Ended is the last."""
        for event in self._events(controls):
            yield event
            if isinstance(event, Ended):
                return

    def _events(self, controls: Controls) -> Iterator[Event]:
        while True:
            while controls.changes:
                yield from self._change(controls)
            if self.step >= self.config.steps:
                yield from self._end("finished")
            elif self._settled:
                yield from self._end("finished", f"Nothing changes any more: the critic had settled after {self.step:,} updates.")
            elif controls.stop:
                yield from self._end("stopped")
            elif controls.until is not None and self.step >= controls.until:
                yield from self._halt()
            else:
                self._iterate()
                yield from self._say()

    def _iterate(self) -> None:
        scalars = self.trainer.step()
        now = time.perf_counter()
        self.seconds += now - self._mark
        self._mark = now
        self._rows.add(self.step, self.seconds, self.trainer.critic_updates, scalars)
        self._settled = self.settling is not None and self.settling.settled(self.trainer.critic, self.step)

    # --- what is said ----------------------------------------------------------------------------------------------------------

    def _say(self) -> Iterator[Event]:
        """What is due after an iteration: scalars, a moment, a checkpoint; or the end, where a number is not finite."""
        now = time.perf_counter()
        probe = self.pace.due(now)
        save = now - self._saved >= self.config.checkpoint_seconds
        if not (probe or save or now - self._flushed >= FLUSH_SECONDS):
            return
        yield from self._flush()
        yield from self._note_path()
        if probe:
            yield self.moment()
            yield from self._compile()
        if save:
            yield from self._save()

    def _flush(self) -> Iterator[Event]:
        """The rows since the last flush: the one place where the host waits for the device."""
        rows, fault = self._rows.take()
        if not len(rows):
            return
        self._flushed = time.perf_counter()
        yield Scalars(rows)
        if fault:
            yield self._diverged(int(rows[-1, 0]), fault)
        elif self._flushed - self._checked >= CHECK_SECONDS:
            yield from self._check()

    def moment(self) -> Moment:
        """Measure now; what is costly seldom, and at the end."""
        blob = self.pace.take(last=self.step >= self.config.steps)
        self._probed_step = self.step
        return Moment(self.step, self.seconds, blob)

    def checkpoint(self) -> Checkpoint:
        """The whole state after this iteration."""
        blob = save_checkpoint(self.trainer, self.config, self.seconds, self.settling.state if self.settling else {})
        self._saved, self._saved_step = time.perf_counter(), self.step
        return Checkpoint(self.step, self.seconds, blob, weights_sha256(self.trainer))

    def _save(self) -> Iterator[Event]:
        """A checkpoint of a sound state; of another one the end, and the last checkpoint is kept."""
        yield from self._check()
        yield Noted(self.memory.facts() | {"threads": torch.get_num_threads()})
        yield self.checkpoint()

    def _check(self) -> Iterator[Event]:
        """The end, where a tensor holds a number that is not finite."""
        self._checked = time.perf_counter()
        bad = first_bad_tensor(self.trainer)
        if bad is not None:
            yield self._diverged(self.step, f"{bad} holds a number that is not finite")

    def _diverged(self, step: int, what: str) -> Ended:
        kept = f"the checkpoint of iteration {self._saved_step} is kept"
        return Ended("diverged", step, f"Training diverged at iteration {step}: {what}; {kept}. A smaller learning rate often helps.")

    def _note_path(self) -> Iterator[Event]:
        """How updates are made, where that has changed: a capture or a compilation may fail, and training goes on without."""
        if self.trainer.path != self._path:
            self._path = dict(self.trainer.path)
            yield Noted(self._path)

    def _compile(self) -> Iterator[Event]:
        """Once, behind the first pictures. It is no training time."""
        if self.config.compile and not self._compiled:
            self._compiled = True
            yield Noted({"compiled": "compiling"})
            self.trainer.compile()
            yield from self._note_path()
            self._mark = time.perf_counter()

    # --- what the caller wants -------------------------------------------------------------------------------------------------

    def _change(self, controls: Controls) -> Iterator[Event]:
        """Apply one live change and save at once, so that a run killed later goes on with it."""
        changes = controls.changes.pop(0)
        self.config = apply_changes(self.config, changes)
        configure(self.trainer, self.config)
        yield from self._flush()
        yield Changed(self.step, changes, self.config)
        yield self.checkpoint()

    def _halt(self) -> Iterator[Event]:
        """Show where training stands; time spent waiting is not training time."""
        yield from self._flush()
        yield from self._last_moment()
        yield Halted(self.step)
        self._mark = time.perf_counter()

    def _end(self, state: Literal["finished", "stopped"], message: str = "") -> Iterator[Event]:
        yield from self._flush()
        yield from self._last_moment()
        yield from self._save()
        yield Ended(state, self.step, message)

    def _last_moment(self) -> Iterator[Event]:
        if self._probed_step != self.step:
            yield self.moment()
