"""Trains one run and records it: python -m wgan_gp.runs.worker FILE.

A process of its own, so that it outlives pages and servers. It listens through the file: between two events it reads the commands
that wait there. torch is imported only once the run's lock is held, so that who comes second is told so at once; with --warm in place
of the file it is imported first, and the file is named on stdin.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from wgan_gp.config import Changes, Snapshot, apply_changes, parse
from wgan_gp.errors import Damaged, LabError
from wgan_gp.runs import failure, locks, names, warm
from wgan_gp.runs.reader import RunReader
from wgan_gp.runs.rows import Command
from wgan_gp.runs.schema import DiskFull
from wgan_gp.runs.threads import Threads
from wgan_gp.runs.writer import RunWriter
from wgan_gp.training.events import Changed, Controls, Ended, Event, Halted, Moment, Scalars, Started

COMMAND_SECONDS = 0.1  # between two looks at the commands while training
PAUSED_SECONDS = 0.05  # the same while paused
HEARTBEAT_SECONDS = 1.0

OnEvent = Callable[[Event], None]


def run(path: Path, on_event: OnEvent | None = None, foreground: bool = False) -> int:
    """Train the run of this file to its end or until it is stopped; returns the exit code: 0 for finished and stopped, 1 otherwise.

    `on_event` is told every event after it was recorded. In the foreground, tracebacks are left to the log alone.
    Raises Refused where the run is already running or no more runs fit on this machine.
    """
    with locks.holding_run(path), _signals() as asked_to_stop, RunWriter(path) as writer:
        code = _Attempt(writer, asked_to_stop, on_event, quiet=foreground or on_event is not None).go()
    _start_next()
    return code


def main() -> int:
    """The command: trains the run whose file is named on the command line, or the one it is given once it is warm."""
    if len(sys.argv) != 2:
        print("usage: python -m wgan_gp.runs.worker FILE", file=sys.stderr)
        return 2
    path = warm.wait_for_a_run() if sys.argv[1] == "--warm" else Path(sys.argv[1]).absolute()
    if path is None:
        return 0
    try:
        return run(path)
    except LabError as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2


class _Attempt:
    """One life of a run: from its checkpoint to the end, a stop or a failure."""

    def __init__(self, writer: RunWriter, asked_to_stop: threading.Event, on_event: OnEvent | None, quiet: bool) -> None:
        self.writer, self.asked_to_stop, self.on_event, self.quiet = writer, asked_to_stop, on_event, quiet
        self.controls = Controls()
        self.state = "failed"
        self._step = 0
        self._handed_over: list[Command] = []  # changes that the training has not made yet
        self._looked = self._beat = time.monotonic()

    def go(self) -> int:
        """Train; whatever happens is in the file when this returns."""
        try:
            self._train()
        except DiskFull:
            self._note()
            self._fail_on_full_disk()
        except BaseException as error:
            self._note()
            self._fail(failure.sentence(error))
            if not isinstance(error, Exception):
                raise
        return 0 if self.state in ("finished", "stopped") else 1

    def _train(self) -> None:
        checkpoint = self.writer.begin_attempt(os.getpid())
        self._look()
        if self.asked_to_stop.is_set() or self.controls.stop:
            self._end_before_it_began()
            return
        while checkpoint is not None:
            try:
                self._consume(checkpoint)
                return
            except _Unreadable:
                self.writer.drop_checkpoint()
                checkpoint = self.writer.begin_attempt(os.getpid())
                self.writer.set_state("starting", "The newest checkpoint could not be read; went on from the one before.")
        self._consume(None)

    def _consume(self, checkpoint: bytes | None) -> None:
        for event in self._events(checkpoint):
            self._record(event)
            if isinstance(event, Halted):
                self._wait(event.step)
            else:
                self._listen()

    def _events(self, checkpoint: bytes | None) -> Iterator[Event]:
        """The training's events; _Unreadable where it cannot begin with this checkpoint."""
        from wgan_gp.training.loop import train  # brings torch, seconds of it

        threads = Threads(self.writer.config())
        self._look()  # what was asked for while torch loaded
        config = self.writer.config()
        snapshot = _checkpoint_of(config.frozen.run) if checkpoint is None and isinstance(config.frozen, Snapshot) else None
        events = train(config, checkpoint=checkpoint, snapshot=snapshot, controls=self.controls)
        try:
            first = next(events)
        except Damaged as error:
            if checkpoint is None:
                raise
            raise _Unreadable from error
        yield first
        for event in events:
            yield event
            threads.adapt(event)

    # --- recording ---------------------------------------------------------------------------------------------------------------

    def _record(self, event: Event) -> None:
        if isinstance(event, Changed):  # stored with the checkpoint that follows at once, and its command is done with both
            self.writer.done(self._handed_over.pop(0))
        if not (isinstance(event, Halted) and self._is_going_on(event.step)):
            self.writer.write(event)
        self._remember(event)
        if self.on_event is not None:
            self.on_event(event)

    def _is_going_on(self, step: int) -> bool:
        """Whether a command lets training go beyond this iteration: a halt already lifted is not worth a state of its own."""
        return self.controls.until is None or self.controls.until > step

    def _remember(self, event: Event) -> None:
        match event:
            case Scalars() if len(event.rows):
                self._step = int(event.rows[-1, 0])
            case Started() | Halted() | Moment():
                self._step = event.step
            case Ended():
                self.state = event.state

    # --- listening ---------------------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Look at the commands and give a sign of life, each when it is time."""
        if time.monotonic() - self._looked >= COMMAND_SECONDS or self.asked_to_stop.is_set():
            self._look()
        self._give_sign_of_life()

    def _give_sign_of_life(self) -> None:
        now = time.monotonic()
        if now - self._beat >= HEARTBEAT_SECONDS:
            self.writer.heartbeat()
            self._beat = now

    def _look(self) -> None:
        self._looked = time.monotonic()
        for command in self.writer.pending_commands():
            if command not in self._handed_over:
                self._obey(command)
        if self.asked_to_stop.is_set():
            self.controls.stop = True

    def _obey(self, command: Command) -> None:
        match command.verb:
            case "pause":
                self.controls.until = 0
            case "step":
                self.controls.until = self._step + int(command.argument)
            case "unpause":
                self.controls.until = None
            case "stop":
                self.controls.stop = True
            case "change":
                self._change(command)
                return
        self.writer.done(command)

    def _change(self, command: Command) -> None:
        """Hand a change to the training; it is done in the same transaction as the checkpoint that follows it."""
        try:
            changes = parse(Changes, command.argument)
            apply_changes(self.writer.config(), changes)
        except LabError as error:
            print(f"worker: a change was refused: {error}", file=sys.stderr)
            self.writer.done(command)
            return
        self.controls.changes.append(changes)
        self._handed_over.append(command)

    def _wait(self, step: int) -> None:
        """Paused: until a command lets training go on, alive all the while."""
        if self._is_going_on(step):
            return
        while not (self.controls.stop or self.controls.changes or self._is_going_on(step)):
            time.sleep(PAUSED_SECONDS)
            self._look()
            self._give_sign_of_life()
        if self._is_going_on(step):
            self.writer.set_state("running")

    # --- ends that the training does not know of ---------------------------------------------------------------------------------

    def _end_before_it_began(self) -> None:
        self.writer.flush()
        self.writer.set_state("stopped")
        self.state = "stopped"

    def _fail(self, message: str) -> None:
        with contextlib.suppress(LabError):
            self.writer.flush()
        try:
            self.writer.set_state("failed", message)
        except LabError as error:  # the run counts as interrupted then
            print(f"worker: the failure cannot be stored: {error}", file=sys.stderr)

    def _fail_on_full_disk(self) -> None:
        """Nothing of the last transaction is stored, and what was stored before is intact: say so."""
        with RunReader(self.writer.path) as reader:
            saved = reader.status().checkpoint_step
        kept = "nothing was saved yet" if saved is None else f"the last good checkpoint is that of iteration {saved}"
        message = f"The disk is full: {self.writer.path.parent} has no room for the run; {kept}. Make room, then resume it."
        try:
            self.writer.set_state_on_full_disk("failed", message)
        except LabError as error:  # the run counts as interrupted then
            print(f"worker: {message} {error}", file=sys.stderr)

    def _note(self) -> None:
        """The traceback, in the run's log: a worker's own stderr goes there already."""
        if not self.quiet:
            traceback.print_exc()
            return
        with contextlib.suppress(OSError), names.log_path(self.writer.path).open("a", encoding="utf-8") as log:
            traceback.print_exc(file=log)


def _checkpoint_of(run_id: str) -> bytes:
    """The last checkpoint of another run. Raises UnknownRun, and Damaged where it has none that is whole."""
    with RunReader(names.path_of(run_id)) as reader:
        return reader.checkpoint()[1]


class _Unreadable(Exception):
    """Training cannot read this checkpoint, though it is what was written."""


@contextlib.contextmanager
def _signals() -> Iterator[threading.Event]:
    """SIGTERM and Ctrl-C set a flag and nothing else; the training finishes its iteration and saves."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's alone
        yield asked
        return
    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK") if hasattr(signal, name)]
    before = {kind: signal.signal(kind, lambda *_: asked.set()) for kind in kinds}
    try:
        yield asked
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _start_next() -> None:
    """Who ends a run starts the next queued one; if that cannot be, this run has ended all the same."""
    from wgan_gp.runs import launcher

    try:
        launcher.start_next()
    except LabError as error:
        print(f"worker: the next run could not be started: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
