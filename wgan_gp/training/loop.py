"""train(config) -> events. Knows nothing of files, processes or the web: whoever iterates decides what becomes of an event.

A caller that stops iterating has paused the training; `Controls` steers it between events.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch

from wgan_gp.config import RunConfig, Snapshot, apply_changes
from wgan_gp.data import DataSet, load
from wgan_gp.data.plane import PlaneSet
from wgan_gp.measures.critic_probes import CriticProbes
from wgan_gp.measures.probes import Probes
from wgan_gp.networks import build_nets
from wgan_gp.networks.structure import convolution_format
from wgan_gp.theory.lipschitz import clipped_parameters
from wgan_gp.theory.precision import float64
from wgan_gp.training.cadence import Pace
from wgan_gp.training.checkpoint import (
    checkpoint_config,
    checkpoint_extra,
    first_bad_tensor,
    load_checkpoint,
    save_checkpoint,
    weights_sha256,
)
from wgan_gp.training.device import choose_precision, describe_device, memory_used
from wgan_gp.training.events import (
    COLUMNS,
    Changed,
    Checkpoint,
    Controls,
    Ended,
    Event,
    Halted,
    Moment,
    Noted,
    Scalars,
    Scene,
    Started,
    StepScalars,
)
from wgan_gp.training.frozen import Settling, fake_sampler, take_generator
from wgan_gp.training.step import Sampler
from wgan_gp.training.trainer import Trainer
from wgan_gp.training.trial import choose_device

FLUSH_SECONDS = 0.2  # between two Scalars events: also how long a command waits at most, unless an iteration is longer
EARLY_SECONDS = 20.0  # by then everything is loaded and has run: memory should not grow any more
CHECK_SECONDS = 1.0  # between two looks at all weights for numbers that are not finite


def train(
    config: RunConfig, *, checkpoint: bytes | None = None, snapshot: bytes | None = None, controls: Controls | None = None
) -> Iterator[Event]:
    """Train and say what happens. From `checkpoint` training goes on exactly; the last event is Ended.

    `snapshot` is a checkpoint whose generator is taken where the config freezes that of another run.
    Raises InvalidConfig, DataMissing, DeviceMissing before the first event, Damaged for a checkpoint that does not fit.
    """
    controls = controls or Controls()
    run = _Run(config, checkpoint, snapshot)
    yield run.started()
    if checkpoint is None:
        yield Scene(run.probes.scene())
        yield run.moment()
        yield run.checkpoint()
    yield from run.go(controls)


class _Run:
    """One training in progress: the trainer, its probes, and the rows that wait to be said."""

    def __init__(self, config: RunConfig, checkpoint: bytes | None, snapshot: bytes | None) -> None:
        self.config = config if checkpoint is None else checkpoint_config(checkpoint)
        device, self._passed_over = choose_device(self.config)
        choose_precision(device, tf32=self.config.tf32)
        data = load(self.config.data).to(device)
        self.trainer = build_trainer(self.config, device, data.sample)
        self.seconds = load_checkpoint(checkpoint, self.trainer) if checkpoint is not None else 0.0
        if checkpoint is None and isinstance(self.config.frozen, Snapshot):
            take_generator(self.trainer.generator, self.config.frozen.run, snapshot)
        self.probes = build_probes(self.trainer, data, self.config)
        self.settling = Settling(self.config.tolerance, self.probes.points) if isinstance(self.probes, CriticProbes) else None
        if self.settling and checkpoint is not None:
            self.settling.state = checkpoint_extra(checkpoint)
        self._settled = False
        self.pace = Pace(self.probes, "plane" if self.config.shape.is_plane else "images")
        self._probed_step = -1
        self._waiting: list[tuple[int, float, int, torch.Tensor]] = []
        self._saved_step = self.step if checkpoint is not None else -1
        self._began = self._mark = self._flushed = self._saved = self._checked = time.perf_counter()
        self._early: dict[str, float] = {}
        self._path = dict(self.trainer.path)
        self._compiled = False

    @property
    def step(self) -> int:
        return self.trainer.iteration

    def started(self) -> Started:
        """Where training happens, and facts worth keeping with the run."""
        trainer = self.trainer
        facts: dict[str, str | int | float | list[str]] = {
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "generator_parameters": sum(p.numel() for p in trainer.generator.parameters()),
            "critic_parameters": sum(p.numel() for p in trainer.critic.parameters()),
            "tf32": str(self.config.tf32 and trainer.device.type == "cuda").lower(),
            **trainer.path,
            **self.probes.facts,
        }
        if self._passed_over:
            facts["passed_over"] = self._passed_over
        if self.config.constraint.kind == "clip":
            facts["clipped"] = [name for name, _ in clipped_parameters(trainer.critic)]
        return Started(describe_device(trainer.device), self.step, facts)

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

    def moment(self) -> Moment:
        """Take all probes now; what is costly among them seldom, and at the end."""
        blob = self.pace.take(last=self.step >= self.config.steps)
        self._probed_step = self.step
        return Moment(self.step, self.seconds, blob)

    def checkpoint(self) -> Checkpoint:
        """The whole state after this iteration."""
        blob = save_checkpoint(self.trainer, self.config, self.seconds, self.settling.state if self.settling else {})
        self._saved, self._saved_step = time.perf_counter(), self.step
        return Checkpoint(self.step, self.seconds, blob, weights_sha256(self.trainer))

    def _iterate(self) -> None:
        scalars = self.trainer.step()
        now = time.perf_counter()
        self.seconds += now - self._mark
        self._mark = now
        self._waiting.append((self.step, self.seconds, self.trainer.critic_updates, _stack(scalars)))
        self._settled = self.settling is not None and self.settling.settled(self.trainer.critic, self.step)

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

    def _flush(self) -> Iterator[Event]:
        """The rows since the last flush: the one place where the host waits for the device."""
        if not self._waiting:
            return
        values = float64(torch.stack([row[3] for row in self._waiting])).numpy()  # [n, 6]
        head = np.array([row[:3] for row in self._waiting], dtype=np.float64)  # [n, 3]
        rows = np.concatenate((head, values), axis=1)
        self._waiting.clear()
        self._flushed = time.perf_counter()
        bad = ~np.isfinite(rows).all(axis=1)
        if bad.any():
            first = int(bad.argmax())
            yield Scalars(rows[: first + 1])
            column = int((~np.isfinite(rows[first])).argmax())
            yield self._diverged(int(rows[first, 0]), f"{COLUMNS[column]} is {rows[first, column]}")
            return
        yield Scalars(rows)
        if self._flushed - self._checked >= CHECK_SECONDS:
            yield from self._check()

    def _check(self) -> Iterator[Event]:
        """The end, where a tensor holds a number that is not finite."""
        self._checked = time.perf_counter()
        bad = first_bad_tensor(self.trainer)
        if bad is not None:
            yield self._diverged(self.step, f"{bad} holds a number that is not finite")

    def _save(self) -> Iterator[Event]:
        """A checkpoint of a sound state; of another one the end, and the last checkpoint is kept."""
        yield from self._check()
        yield Noted(self._memory() | {"threads": torch.get_num_threads()})
        yield self.checkpoint()

    def _memory(self) -> dict[str, float]:
        """What is used now, and what was used at the first save (the last one of the first seconds): alike where memory is flat."""
        now = memory_used(self.trainer.device)
        if not self._early or time.perf_counter() - self._began < EARLY_SECONDS:
            self._early = {"resident_mb_early": now["resident_mb"]}
        return now | self._early

    def _diverged(self, step: int, what: str) -> Ended:
        kept = f"the checkpoint of iteration {self._saved_step} is kept"
        return Ended("diverged", step, f"Training diverged at iteration {step}: {what}; {kept}. A smaller learning rate often helps.")

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
        if self._probed_step != self.step:
            yield self.moment()
        yield Halted(self.step)
        self._mark = time.perf_counter()

    def _end(self, state: Literal["finished", "stopped"], message: str = "") -> Iterator[Event]:
        yield from self._flush()
        if self._probed_step != self.step:
            yield self.moment()
        yield from self._save()
        yield Ended(state, self.step, message)


def build_trainer(config: RunConfig, device: torch.device, sampler: Sampler) -> Trainer:
    """The trainer of a run, its nets drawn from the run's seed."""
    generator, critic = (net.to(memory_format=convolution_format(device)) for net in build_nets(config))
    return Trainer(
        generator,
        critic,
        config.constraint,
        sampler,
        latent_dim=config.latent_dim,
        fakes=fake_sampler(config.frozen, sampler, generator, config.latent_dim) if config.frozen else None,
        generator_optimizer=config.generator_optimizer,
        critic_optimizer=config.critic_optimizer,
        n_critic=config.n_critic,
        batch_size=config.batch_size,
        schedule=config.schedule,
        steps=config.steps,
        ema=config.ema,
        seed=config.seed,
        device=device,
        graph=True,
    )


def build_probes(trainer: Trainer, data: DataSet, config: RunConfig) -> Probes:
    """What measures a run's moments."""
    if config.frozen is not None and isinstance(data, PlaneSet):
        return CriticProbes(trainer, data, config)
    return Probes(trainer, data, config)


def configure(trainer: Trainer, config: RunConfig) -> None:
    """Take over what may change during a run: learning rates, n_critic, lambda and c, and the length that a schedule goes over."""
    trainer.learning_rates = (config.generator_optimizer.learning_rate, config.critic_optimizer.learning_rate)
    trainer.n_critic, trainer.constraint, trainer.steps = config.n_critic, config.constraint, config.steps


def _stack(scalars: StepScalars) -> torch.Tensor:
    return torch.stack(list(scalars))  # [6], stays on the device
