"""The states of a run, once: what a file may hold, what is said of each, and which are alike. Without torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Stored = Literal["queued", "starting", "running", "paused", "stopped", "finished", "diverged", "failed"]
"""What a file may hold. `interrupted` is never stored: the file says that a worker lives, and none does. Nor is `damaged`."""

MOVING = ("starting", "running")  # something comes of it soon
LIVE = (*MOVING, "paused")  # it has a worker
UNFINISHED = ("queued", *LIVE)  # it has one, or waits for one
ENDED = ("stopped", "finished", "diverged", "failed")
BADLY = ("diverged", "failed", "interrupted")  # it ended otherwise than anybody wanted
RESUMABLE = ("stopped", *BADLY)

LABELS: Mapping[str, str] = {
    "queued": "Queued",
    "starting": "Starting: loading the libraries",
    "running": "Running",
    "paused": "Paused",
    "stopped": "Stopped",
    "finished": "Finished",
    "diverged": "Diverged",
    "failed": "Failed",
    "interrupted": "Interrupted",
}


def for_browsers(state: str) -> dict[str, str | bool]:
    """What a board needs to know of a state."""
    alike = {"moving": MOVING, "live": LIVE, "unfinished": UNFINISHED, "badly": BADLY}
    return {"label": LABELS[state]} | {name: state in states for name, states in alike.items()}
