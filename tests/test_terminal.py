"""Files that a command is asked to write, and words from outside in a terminal, in real processes."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wgan_gp.errors import InvalidConfig
from wgan_gp.imaging import table
from wgan_gp.presets import preset
from wgan_gp.runs.writer import RunWriter
from wgan_gp.terminal import target_file, visible

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path / "home"))
    return tmp_path


def lab(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "wgan_gp", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, check=False)


def new_run(name: str) -> str:
    with RunWriter.create(preset("8gaussians").model_copy(update={"name": name}), state="stopped") as writer:
        return writer.path.stem


@pytest.mark.parametrize("name", ["gen.onnx", "gen.pt", "points.csv", "gen", ".sqlite", "gen.sqlite.gz", "gen.safetensors "])
def test_export_writes_no_file_of_another_kind(name: str, tmp_path: Path) -> None:
    said = lab("export", new_run(""), str(tmp_path / name))
    assert (said.returncode, said.stdout) == (2, b"")
    assert b"has no known ending; write .sqlite or .safetensors" in said.stderr
    assert not (tmp_path / name).exists()


def test_export_checks_the_place(tmp_path: Path) -> None:
    run = new_run("")
    (tmp_path / "folder.sqlite").mkdir()
    for target, reason in ((tmp_path / "folder.sqlite", b"is a folder"), (tmp_path / "no" / "a.sqlite", b"there is no folder")):
        said = lab("export", run, str(target))
        assert said.returncode == 2
        assert reason in said.stderr
    assert lab("export", run, str(tmp_path / "copy.SQLITE")).returncode == 0
    assert (tmp_path / "copy.SQLITE").read_bytes().startswith(b"SQLite format 3")


def test_capitals_are_endings_too(tmp_path: Path) -> None:
    for name, start in (("GEN.SAFETENSORS", b""), ("GRID.PNG", b"\x89PNG"), ("Samples.Npz", b"PK")):
        target = tmp_path / name
        verb = ("export", "digits-gp", str(target)) if "SAFE" in name else ("sample", "digits-gp", "--seeds", "0:2", "--out", str(target))
        assert lab(*verb).returncode == 0
        assert target.read_bytes().startswith(start)
    assert lab("sample", str(tmp_path / "GEN.SAFETENSORS"), "--seeds", "1", "--out", str(tmp_path / "again.png")).returncode == 0


def test_seeds_above_two_to_the_53_stay_whole(tmp_path: Path) -> None:
    seeds = [2**53 + 1, 2**63 - 1]
    target = tmp_path / "points.csv"
    assert lab("sample", "8gaussians-gp", "--seeds", ",".join(map(str, seeds)), "--out", str(target)).returncode == 0
    with target.open() as file:
        assert [int(row["seed"]) for row in csv.DictReader(file)] == seeds


def test_numbers_of_a_table() -> None:
    import numpy as np

    rows = np.array([[2**63 - 1, 2.0, 1e300, np.nan, np.inf, -0.5]], dtype=object)
    assert table("abcdef", rows).decode().splitlines()[1] == "9223372036854775807,2,1e+300,nan,inf,-0.5"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_name_that_the_terminal_cannot_show_is_written_out(encoding: str) -> None:
    run = new_run("λ = 10 \u202e\n\x1b[31mred")
    said = lab("list", PYTHONIOENCODING=encoding)
    assert said.returncode == 0
    assert said.stdout.count(b"\n") == 1
    assert b"\x1b" not in said.stdout
    assert b"\\u202e\\n\\x1b[31mred" in said.stdout
    assert said.stdout.startswith(run.encode())
    assert lab("show", run, PYTHONIOENCODING=encoding).returncode == 0
    assert lab("models", PYTHONIOENCODING=encoding).returncode == 0
    refused = lab("train", "--set", "name=λ\x1b[31m", "steps=0", PYTHONIOENCODING=encoding)
    assert refused.returncode == 2
    assert b"\x1b" not in refused.stderr


def test_visible_text_and_targets(tmp_path: Path) -> None:
    assert visible("a\nb\x1b\u202eλ") == "a\\nb\\x1b\\u202eλ"
    with pytest.raises(InvalidConfig, match=r"out: 'a\.gif' has no known ending; write \.png or \.csv"):
        target_file("a.gif", (".png", ".csv"))
    assert target_file(str(tmp_path / "A.PNG"), (".png",)) == tmp_path / "A.PNG"
