"""How the tests share two cores: one thread a process, and two processes that take whole files; the browser's tests stay in one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# Small nets gain nothing from a second thread, and on cores that others use, too, threads wait for each other. Programs inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

HERE = Path(__file__).parent
BROWSER = "tests/e2e/"
LONGEST_FIRST = ("e2e", "runs")  # so that at the end there are small pieces left for both processes


class Share(LoadFileScheduling):
    """The tests of a file share what they made; those in a browser also share a server, a browser and runs."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Share:
    return Share(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=place_of)


def place_of(item: pytest.Item) -> int:
    folder = item.path.relative_to(HERE).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)
