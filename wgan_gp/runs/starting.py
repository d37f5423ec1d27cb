"""A worker on its way to its run: begun, waited for, and what is written down where it does not arrive."""

from __future__ import annotations

import atexit
import contextlib
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from wgan_gp.runs import locks, names, warm
from wgan_gp.runs.file import RunFile
from wgan_gp.runs.reader import RunReader

SECONDS = 30.0  # a worker that does not hold its run by then has failed
children: list[subprocess.Popen[bytes]] = []  # only to be reaped; whether a run lives is asked of its lock


class Start(NamedTuple):
    """A worker on its way to its run."""

    path: Path
    said: int  # bytes of the log before it
    worker: subprocess.Popen[bytes]


def begin(path: Path) -> Start:
    """Start a worker, a warm one where one is ready, whose words go to the run's log. Raises Refused."""
    try:
        with names.log_path(path).open("ab") as log:
            said = log.tell()
            worker = warm.hand_over(path) or warm.spawn(str(path), subprocess.DEVNULL, log, log)
    except OSError as error:
        raise names.cannot_write(path.parent, error) from error
    children.append(worker)
    return Start(path, said, worker)


def wait(start: Start) -> None:
    """Until the worker has taken its run out of the queue, or has ended; what became of one that did not begin is in its run then.

    One that was killed leaves a run that is interrupted: it says nothing, and nothing is wrong with the run. One that could not begin
    has failed, and says why. Raises UnknownRun, Damaged.
    """
    path, worker = start.path, start.worker
    deadline = time.monotonic() + SECONDS
    with RunReader(path) as reader:
        while reader.status().state == "queued" and worker.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if reader.status().state != "queued" or locks.is_held(names.lock_path(path), locks.PATIENCE):
            return
    with RunFile(path) as file:
        if worker.poll() is None:
            file.set_state("failed", f"The worker did not begin within {SECONDS:.0f} seconds.")
        elif said := _said(start):
            file.set_state("failed", f"The worker ended before it began: {said}")
        else:
            file.set_state("starting", "The worker was ended from outside while it was starting.")


_CRASHES = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGSYS")


def _said(start: Start) -> str:
    """Why a worker ended, in its own words or by the signal of a crash; nothing where it was ended from outside.

    Windows knows no signals: there, one that was ended from outside is one that says nothing.
    """
    code = start.worker.returncode
    crash = next((name for name in _CRASHES if code == -getattr(signal, name, 0)), "") if code < 0 else ""
    if code < 0 and not crash:
        return ""
    with contextlib.suppress(OSError), names.log_path(start.path).open("rb") as log:
        log.seek(start.said)
        lines = log.read().decode(errors="replace").strip().splitlines()
        if lines:
            return lines[-1].removeprefix("worker: ")[:300]
    return f"it crashed ({crash})." if crash else ""


def reap() -> None:
    """Take note of workers that have ended, so that none stays behind as a zombie. Threads of a server may meet here."""
    for child in list(children):
        if child.poll() is not None:
            with contextlib.suppress(ValueError):
                children.remove(child)


@atexit.register
def _let_them_go() -> None:
    """Workers outlive us on purpose: Popen would warn of each that is not known to have ended."""
    reap()
    for child in children:
        child.returncode = 0
