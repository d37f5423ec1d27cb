"""A home of its own for every test, and disks that are small or read-only."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wgan_gp.runs import locks, names, record, starting


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """WGAN_GP_HOME in a temporary folder; workers that a test leaves behind are ended."""
    folder = tmp_path / "home"
    monkeypatch.setenv("WGAN_GP_HOME", str(folder))
    monkeypatch.delenv("WGAN_GP_CAPACITY", raising=False)
    yield folder
    for status in record.list_runs():
        path = names.runs_folder() / f"{status.id}.sqlite"
        if status.pid is not None and status.pid != os.getpid() and locks.is_held(names.lock_path(path)):
            os.kill(status.pid, 9)
    for child in starting.children:
        child.wait(10)
    starting.reap()


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a memory disk with these options; skips where that is not allowed."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"a memory disk cannot be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    try:
        yield mount
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    finally:
        for folder in mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
