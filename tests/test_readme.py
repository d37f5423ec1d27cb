"""The README tells the truth: its Python runs, its commands work, its tree is the tree."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from PIL import Image

from wgan_gp.shelf.cards import cards
from wgan_gp.shelf.publish import table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def run(arguments: list[str], home: Path, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"WGAN_GP_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=240)


def test_the_library_examples_run(tmp_path: Path) -> None:
    generating, training = blocks("python")
    said = run([sys.executable, "-W", "error", "-c", generating], tmp_path, folder=tmp_path).stdout
    assert said == "(64, 28, 28, 1) (16, 28, 28, 1)\n"
    with Image.open(tmp_path / "digits.png") as digits, Image.open(tmp_path / "walk.gif") as walk:
        assert digits.size == (8 * 29 - 1, 8 * 29 - 1)
        assert walk.n_frames == 16  # type: ignore[attr-defined]
    assert len(generating.strip().splitlines()) <= 10
    said = run([sys.executable, "-W", "error", "-c", training], tmp_path).stdout
    assert re.fullmatch(r"estimate -?\d+\.\d{3}, gradient norm \d+\.\d{3}\n", said)
    statements = training.split("\n\n", 1)[1].strip().splitlines()
    assert len(statements) <= 10


def test_the_table_says_what_the_cards_say() -> None:
    assert table(cards()).replace("](cards/", "](pretrained/cards/") in README
    assert table(cards()) in (ROOT / "pretrained" / "README.md").read_text(encoding="utf-8")


def test_every_command_works(tmp_path: Path) -> None:
    commands = [line for block in blocks("console") for line in block.splitlines() if line.startswith("python -m wgan_gp")]
    assert len(commands) >= 7
    run_id = ""
    for command in commands:
        words = [
            sys.executable,
            *shlex.split(command.replace("--steps 1500", "--steps 20").replace("--steps 3000", "--steps 40").replace(" ID", f" {run_id}"))[
                1:
            ],
        ]
        words = [str(tmp_path / word) if word.endswith((".csv", ".sqlite", ".png", ".gif", ".safetensors")) else word for word in words]
        verb = words[3]
        if verb == "bench":
            words += ["--device", "cpu", "--seconds", "0.05"]
        if verb == "figure":
            words = [*words[:-1], str(tmp_path / words[-1]), "--preset", "tiny"]
        if verb == "stop" or words[3:] == ["resume", run_id]:  # the run has ended: both say so
            done = subprocess.run(
                words, cwd=ROOT, env=os.environ | {"WGAN_GP_HOME": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=60
            )
            assert done.returncode == 2
            assert run_id in done.stderr
            continue
        said = run(words, tmp_path).stdout
        run_id = run_id or said.splitlines()[-1]
    with Image.open(tmp_path / "walk.gif") as walk:
        assert walk.n_frames == 16  # type: ignore[attr-defined]
    assert len((tmp_path / "points.csv").read_text().splitlines()) == 65


def test_the_tree_is_the_tree() -> None:
    tree = README.split("```\napp.py", 1)[1].split("```", 1)[0]
    tree = f"app.py{tree}"
    named: set[str] = set()
    parents: list[str] = []
    for line in tree.splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        path = "/".join([*parents[:depth], name.rstrip("/")])
        assert (ROOT / path).exists(), path
        named.add(path)
        parents = [*parents[:depth], name.rstrip("/")] if name.endswith("/") and "/" not in name[:-1] else parents
    here = {path.name for path in (ROOT / "wgan_gp").iterdir() if not path.name.startswith("__") and path.suffix in ("", ".py")}
    assert {f"wgan_gp/{name}" for name in here} <= named
    assert {"app.py", "pages", "wgan_gp", "pretrained", "tests"} <= named


def test_the_pictures_of_the_readme_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)
