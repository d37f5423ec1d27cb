"""What the tests of runs share: small configs, synthetic events, and waiting for processes."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wgan_gp.config import RunConfig, parse_config
from wgan_gp.runs import record
from wgan_gp.training.events import COLUMNS, Checkpoint, Moment, Scalars, Started

NASTY_IDS = [
    "", ".", "..", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e", "%2e%2e%2fx-y", "8gaussians-gp-k3f9a2xq\0", "\0", "a-b\0.sqlite",
    "\\\\server\\share\\x-y", "//server/share/x-y", "C:\\Windows\\win.ini", "C:x-y", "a-" * 150, "a-" + "b" * 300,
    "a\u2215b-c", "..\u2215..\u2215etc\u2215passwd", "8gaussians-gp-k3f9a2xq\n", " a-b", "a-b ", "a-b/", "a-b/.", "a-b.sqlite", "A-B",
    "\u0430-b", "a-\u0661", "a--b", "-a-b", "a-b-", "con", "nul", "~", "~root", "$HOME", "a-b;rm -rf", "file:a-b", "a-b?mode=rwc",
]  # fmt: skip


def small_config(**values: Any) -> RunConfig:
    """A config that trains hundreds of iterations a second on one core."""
    net = {"kind": "mlp", "width": 16, "depth": 2}
    small = {
        "generator": net, "critic": net, "batch_size": 32, "n_critic": 1, "threads": 1, "device": "cpu", "steps": 200,
        "checkpoint_seconds": 0.2,
    }  # fmt: skip
    return parse_config(small | values)


def rows(first: int, last: int, rate: float = 100.0) -> NDArray[np.float64]:
    """Rows of the iterations first..last, each number its own."""
    table = np.random.default_rng(first).normal(size=(last - first + 1, len(COLUMNS)))
    table[:, 0] = np.arange(first, last + 1)
    table[:, 1] = table[:, 0] / rate
    return table


def scalars(first: int, last: int) -> Scalars:
    return Scalars(rows(first, last))


def moment(step: int) -> Moment:
    return Moment(step, step / 100, b"moment %d" % step)


def checkpoint(step: int) -> Checkpoint:
    return Checkpoint(step, step / 100, b"state after %d;" % step * 200, f"{step:064x}")


def started(step: int = 0) -> Started:
    return Started("cpu (test)", step, {"torch": "0", "clipped": ["a", "b"]})


def status(run_id: str) -> record.Status:
    with record.RunReader(record.path_of(run_id)) as reader:
        return reader.status()


def wait_for(run_id: str, condition: Callable[[record.Status], bool], seconds: float = 60) -> record.Status:
    """The status as soon as it fulfils the condition; fails with the status it has instead."""
    deadline = time.monotonic() + seconds
    with record.RunReader(record.path_of(run_id)) as reader:
        while not condition(found := reader.status()):
            assert time.monotonic() < deadline, f"waited {seconds} s in vain: {found}"
            time.sleep(0.02)
    return found


def wait_for_state(run_id: str, *states: str, seconds: float = 60) -> record.Status:
    """Wait for one of the states; a failed run fails the test at once."""
    found = wait_for(run_id, lambda status: status.state in (*states, "failed"), seconds)
    assert found.state in states, found
    return found
