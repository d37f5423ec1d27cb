"""`pip install .` as a user does it: the library, its generators and the command `wgan-gp`, from any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Lab installed in it; what it depends on is that of the tests."""
    source, site = tmp_path_factory.mktemp("source") / "lab", tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "tests", "__pycache__"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--target",
        str(site),
        str(source),
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return site


def test_the_command_works_from_any_folder(site: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(site), "WGAN_GP_HOME": str(tmp_path / "home")}

    def wgan_gp(*arguments: str) -> str:
        command = [sys.executable, str(site / "bin" / "wgan-gp"), *arguments]
        said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
        return said.stdout

    assert "mnist-gp" in wgan_gp("models")
    wgan_gp("sample", "mnist-gp", "--seeds", "0:4", "--out", "grid.png")
    assert (tmp_path / "grid.png").read_bytes().startswith(b"\x89PNG")
    run = wgan_gp("train", "--steps", "3", "--set", "critic.width=8", "generator.width=8", "device=cpu").split()[-1]
    assert run in wgan_gp("list")
    wgan_gp("export", run, "run.sqlite")
    for part in ("wgan_gp/ui/web/board.js", "wgan_gp/ui/assets/favicon.png", "pretrained/recordings", "pretrained/features"):
        assert (site / part).exists()
