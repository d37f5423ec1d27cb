"""How many CPU cores we may use: not those of the machine, where an affinity or a container's quota leaves fewer."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS, OURS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def usable_cores(groups: Path = CGROUPS, ours: Path = OURS) -> int:
    """At least 1. groups: where control groups are mounted (version 2, or version 1 with its folder `cpu`); ours: names those we are in."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.floor(min([affinity, *_quotas(groups, ours)])))


def _quotas(groups: Path, ours: Path) -> Iterator[float]:
    """What each group on the way up to the root allows, in cores."""
    for folder in _folders(groups, ours):
        quota, period = _numbers(folder / "cpu.max") or (
            *(_numbers(folder / "cpu.cfs_quota_us") or [0.0]),
            *(_numbers(folder / "cpu.cfs_period_us") or [0.0]),
        )
        if quota > 0 and period > 0:
            yield quota / period


def _folders(groups: Path, ours: Path) -> Iterator[Path]:
    try:
        lines = ours.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):  # not Linux
        return
    for line in lines:
        _, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        if kinds and "cpu" not in kinds.split(","):
            continue
        root = groups if not kinds else groups / "cpu"
        inside = Path(path.strip("/"))
        yield from (root / part for part in (inside, *inside.parents))  # a container sees its own group as the root


def _numbers(file: Path) -> list[float]:
    """The numbers in such a file, two where a quota and its period stand together; none where it is not there, or sets no limit."""
    try:
        return [float(word) for word in file.read_text(encoding="utf-8").split()]
    except (OSError, ValueError):  # "max 100000": no limit
        return []
