"""Cores that we may use: by affinity in a real process, by quotas in files as the kernel writes them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wgan_gp.cores import usable_cores
from wgan_gp.errors import Refused
from wgan_gp.home import home

ROOT = Path(__file__).parents[1]


def quota(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text + "\n")


def allowed(tmp_path: Path, ours: str) -> int:
    (tmp_path / "ours").write_text(ours)
    return usable_cores(tmp_path / "groups", tmp_path / "ours")


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000", 64), ("200000 100000", 2), ("50000 100000", 1), ("350000 100000", 3), ("", 64), ("a b", 64), ("0 0", 64)],
)
def test_a_quota_of_version_2(text: str, cores: int, tmp_path: Path) -> None:
    quota(tmp_path / "groups", cpu__max=text)
    assert allowed(tmp_path, "0::/\n") == cores


@pytest.mark.usefixtures("many")
def test_the_smallest_on_the_way_up_counts(tmp_path: Path) -> None:
    quota(tmp_path / "groups" / "a" / "b", cpu__max="800000 100000")
    quota(tmp_path / "groups" / "a", cpu__max="500000 100000")
    assert allowed(tmp_path, "0::/a/b\n") == 5


@pytest.mark.usefixtures("many")
def test_a_quota_of_version_1(tmp_path: Path) -> None:
    quota(tmp_path / "groups" / "cpu" / "docker", cpu__cfs_quota_us="300000", cpu__cfs_period_us="100000")
    assert allowed(tmp_path, "5:memory:/other\n4:cpu,cpuacct:/docker\n") == 3
    quota(tmp_path / "groups" / "cpu" / "docker", cpu__cfs_quota_us="-1")
    assert allowed(tmp_path, "4:cpu,cpuacct:/docker\n") == 64


@pytest.mark.usefixtures("many")
def test_no_such_files(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "none", tmp_path / "nothing") == 64


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_the_affinity_of_a_process() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); from wgan_gp.cores import usable_cores; print(usable_cores())"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "1\n"


def test_no_home_asks_for_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WGAN_GP_HOME", "~nobody-of-this-name/lab")
    with pytest.raises(Refused, match="set WGAN_GP_HOME to a folder"):
        home()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WGAN_GP_HOME", "~/lab")
    assert home() == tmp_path / "lab"


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "setuid") or os.getuid() != 0, reason="needs to become another user")
def test_a_user_without_an_entry_and_without_home_is_told_so() -> None:
    code = (
        "import os, sys; os.environ.pop('HOME', None); os.environ.pop('WGAN_GP_HOME', None); os.getuid = lambda: 54321\n"
        "import pwd; pwd.getpwuid = lambda uid: (_ for _ in ()).throw(KeyError(uid))\n"
        "from wgan_gp.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    for command in (["list"], ["train", "--steps", "1"], ["show", "latest"], ["export", "a-b", "a.sqlite"], ["stop", "a-b"]):
        said = subprocess.run([sys.executable, "-c", code, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert said.returncode == 2, said.stderr
        assert said.stderr == "wgan_gp: This user has no home folder: set WGAN_GP_HOME to a folder that can be written to.\n"
