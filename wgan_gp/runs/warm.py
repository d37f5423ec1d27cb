"""Worker processes, and a few that wait with their imports done, so that a run shows its first picture at once.

A waiting worker holds nothing and takes no CPU; it ends when the pipe to its keeper closes, however the keeper ended. It stands in for
a cold one only while that would have the same environment and the same source files.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from wgan_gp.errors import InvalidConfig
from wgan_gp.home import home
from wgan_gp.runs import locks, names

READY = b"ready"  # the first word a waiting worker says; behind it the devices that it sees
DEFAULT = 2  # a duel is two runs
MOST = 8  # each takes the memory of a worker
REST_SECONDS = 5.0  # after a hand-over, so that warming the next takes no CPU from the first pictures
_ROOT = Path(__file__).resolve().parents[2]


# --- one worker ---------------------------------------------------------------------------------------------------------------


def spawn(argument: str, stdin: int, stdout: int | IO[bytes], stderr: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """`python -m wgan_gp.runs.worker ARGUMENT`, in a session of its own. Raises OSError where the system makes no process."""
    return subprocess.Popen(
        [sys.executable, "-m", "wgan_gp.runs.worker", argument],
        bufsize=0, stdin=stdin, stdout=stdout, stderr=stderr, cwd=_ROOT, env=_environment(), **_in_a_session_of_its_own(),
    )  # fmt: skip


def _environment() -> dict[str, str]:
    return os.environ | {
        "WGAN_GP_HOME": str(home().absolute()),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))),
    }


def _in_a_session_of_its_own() -> dict[str, Any]:
    """So that Ctrl-C on the server, or closing its terminal, does not reach the worker."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _kind() -> tuple[dict[str, str], frozenset[tuple[str, int]]]:
    """What a worker started now would be made of: its environment, and our source files with their times."""
    files = (_ROOT / "wgan_gp").rglob("*.py")
    return _environment(), frozenset((str(file), file.stat().st_mtime_ns) for file in files)


@dataclass(frozen=True)
class _Warm:
    """A worker that has said that it is ready."""

    process: subprocess.Popen[bytes]
    kind: object

    def take(self, path: Path) -> bool:
        """Let it train this run, if it still lives and is what a cold one would be."""
        with contextlib.suppress(OSError):  # a pipe to nobody, or a source file that is just being replaced
            if self.process.poll() is None and self.kind == _kind():
                assert self.process.stdin
                self.process.stdin.write(json.dumps(str(path)).encode() + b"\n")
                self.process.stdin.close()
                return True
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """It holds nothing yet: there is nothing to save."""
    with process:  # closes its pipes and waits
        process.kill()


# --- the same, from inside ----------------------------------------------------------------------------------------------------


def wait_for_a_run() -> Path | None:
    """In a worker: import what a run needs, say so, and wait for the file of a run, in whose log it writes from there on.

    None where the keeper has gone. Nothing is done ahead but imports: no thread is started, and devices are only counted.
    """
    import scipy.optimize  # noqa: F401  # for the exact distance
    import torch

    import wgan_gp.training.loop  # noqa: F401
    from wgan_gp.training.device import device_names

    torch.optim.Adam([torch.zeros(1)])  # with its first optimiser torch imports another 900 modules, a second of them
    with contextlib.suppress(BrokenPipeError):
        os.write(1, b" ".join((READY, *(name.encode() for name in device_names()))) + b"\n")
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return None
    path = Path(json.loads(line))
    with names.log_path(path).open("ab") as log, open(os.devnull, "rb") as nothing:
        for stream, number in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(stream.fileno(), number)
    return path


# --- the keeper ---------------------------------------------------------------------------------------------------------------


class Keeper:
    """Keeps so many workers warm. One thread warms them, one after the other; it sleeps while nothing is to be done."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._ready: list[_Warm] = []
        self._warming: subprocess.Popen[bytes] | None = None
        self._rest_until = 0.0
        self._failed = self._closed = False
        self.devices: list[str] = []  # of this machine, once a worker has seen them
        self._change = threading.Condition()  # guards all of the above
        self._thread = threading.Thread(target=self._keep, name="warm-workers", daemon=True)
        self._thread.start()

    def hand_over(self, path: Path) -> subprocess.Popen[bytes] | None:
        """A worker that begins with this run at once; None where none is ready.

        One that is still importing is ended: it would hold up the page, and it takes CPU from the run that starts.
        """
        with self._change:
            self._rest_until, self._failed = time.monotonic() + REST_SECONDS, False
            self._leave_off()
            self._change.notify()
            while self._ready:
                warm = self._ready.pop(0)
                if warm.take(path):
                    return warm.process
                _end(warm.process)
        return None

    def close(self) -> None:
        """End all that wait; those that were handed over go on."""
        with self._change:
            self._closed = True
            self._leave_off()
            while self._ready:
                _end(self._ready.pop().process)
            self._change.notify()
        self._thread.join()

    def _keep(self) -> None:
        while (begun := self._begin_next()) is not None:
            process = begun.process
            assert process.stdout
            said, *devices = process.stdout.readline().split() or [b""]
            with self._change:
                if said == READY and self._warming is process:
                    self.devices = [name.decode() for name in devices]
                    process.stdout.close()
                    self._ready.append(begun)
                else:
                    _end(process)
                    self._failed = self._failed or self._warming is process  # it would fail again; a cold one says why
                self._warming = None

    def _begin_next(self) -> _Warm | None:
        """Start the next worker once one is missing and nothing else is to be left in peace; None when closed."""
        with self._change:
            while not self._closed:
                enough = self._failed or len(self._ready) >= self._number
                rest = self._rest_until - time.monotonic()
                if not enough and rest <= 0:
                    try:
                        kind = _kind()  # before it reads a file: what changes from here on makes it another kind
                        self._warming = spawn("--warm", subprocess.PIPE, subprocess.PIPE, subprocess.DEVNULL)
                        return _Warm(self._warming, kind)
                    except OSError:
                        self._failed = enough = True
                self._change.wait(None if enough else rest)
        return None

    def _leave_off(self) -> None:
        """End the one that is still importing; the thread that waits for its word lets go of it."""
        if self._warming is not None:
            self._warming.kill()
            self._warming = None


# --- the keeper of this process -----------------------------------------------------------------------------------------------

_keeper: Keeper | None = None


def keep() -> None:
    """Keep workers warm in this process, `$WGAN_GP_WARM` of them. Raises Refused where runs cannot be written, InvalidConfig."""
    global _keeper
    number = min(wanted(), locks.capacity())
    if number and _keeper is None:
        names.writable_runs_folder()
        _keeper = Keeper(number)


@atexit.register
def close() -> None:
    """End the workers that wait in this process."""
    global _keeper
    keeper, _keeper = _keeper, None
    if keeper is not None:
        keeper.close()


def hand_over(path: Path) -> subprocess.Popen[bytes] | None:
    """A warm worker that begins with this run at once; None where this process keeps none or none is ready."""
    keeper = _keeper
    return keeper.hand_over(path) if keeper is not None else None


def devices() -> list[str]:
    """The devices of this machine that a run may be told to take, the fastest first; empty while no worker of this process has looked."""
    return _keeper.devices if _keeper is not None else []


def wanted() -> int:
    """How many workers are to be kept warm: `$WGAN_GP_WARM`, by default 2; 0 keeps none."""
    text = os.environ.get("WGAN_GP_WARM")
    if not text:
        return DEFAULT
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        raise InvalidConfig(f"WGAN_GP_WARM: {names.shown(text)} is not allowed; write a whole number from 0 to {MOST}.")
    return int(text)
