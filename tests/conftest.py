"""How the tests share two cores: one thread a process, and groups of tests that stay together in one of two processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Small nets gain nothing from a second thread, and on cores that others use, too, threads wait for each other. Programs inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

HERE = Path(__file__).parent
LONGEST_FIRST = ("e2e", "runs")  # so that at the end there are small pieces left for both processes


def group_of(path: Path) -> str:
    """Tests of a file share what they made; those in a browser also share the server, the browser and their runs."""
    folder, *rest = path.relative_to(HERE).parts
    return folder if folder == "e2e" else "/".join((folder, *rest))


def place_of(item: pytest.Item) -> int:
    folder = item.path.relative_to(HERE).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item.path)))
    items.sort(key=place_of)
