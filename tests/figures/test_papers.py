"""Figures in all formats: vector, readable back, the same for the same seed; made by the command line."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wgan_gp import cli
from wgan_gp.cli import FIGURES
from wgan_gp.errors import InvalidConfig
from wgan_gp.figures import papers, parts
from wgan_gp.figures.papers import PAPERS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures") / "new"
    for name in FIGURES:
        papers.make(name, "tiny", 0, folder)
    return folder


@pytest.mark.parametrize("name", FIGURES)
def test_all_formats_are_there(name: str, made: Path) -> None:
    with Image.open(made / f"{name}.png") as picture:
        assert min(picture.size) > 600
        assert len(picture.convert("L").getcolors(256) or []) > 20
    root = ElementTree.parse(made / f"{name}.svg").getroot()
    tags = [element.tag.rsplit("}", 1)[-1] for element in root.iter()]
    assert tags.count("path") > 10
    assert "image" not in tags
    assert tags.count("text") > 10  # letters stay letters, not outlines
    pdf = (made / f"{name}.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/FontFile2" in pdf  # TrueType, embedded
    assert b"/Type3" not in pdf


@pytest.mark.parametrize("name", FIGURES)
def test_the_table_and_the_findings_are_the_runs(name: str, made: Path) -> None:
    runs = papers.train_all(PAPERS[name].configs("tiny", 0))
    with (made / f"{name}.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    columns, expected = PAPERS[name].table(runs)
    assert header == columns
    assert np.array_equal(np.array(rows, dtype=float), expected)
    assert json.loads((made / f"{name}.json").read_text()) == json.loads(json.dumps(papers.summary(name, runs)))


def test_the_same_numbers_give_the_same_files(made: Path, tmp_path: Path) -> None:
    for path in papers.make("weights", "tiny", 0, tmp_path):
        assert path.read_bytes() == (made / path.name).read_bytes(), path.name


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    words = ["figure", "weights", "--preset", "tiny", "--seed", "1", "--out", str(tmp_path / "new")]
    done = subprocess.run([sys.executable, "-m", "wgan_gp", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert [path.suffix for path in paths] == [".png", ".svg", ".pdf", ".csv", ".json"]
    assert all(path.stat().st_size for path in paths)
    assert json.loads(paths[-1].read_text())["seed"] == 1


def test_what_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert cli.main(["figure", "weights", "--preset", "tiny", "--out", str(file)]) == 2
    assert "cannot be made a folder" in capsys.readouterr().err
    with pytest.raises(InvalidConfig, match="seed: -1"):
        papers.make("weights", "tiny", -1, tmp_path)


def test_pyplot_is_never_imported() -> None:
    code = "import sys, wgan_gp.figures.papers; print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("limit", [3.3e-6, 0.0012, 0.9, 7.0, 42.0])
def test_level_lines_are_few_and_round(limit: float) -> None:
    spacing = parts.spacing_of(limit)
    assert 2 <= limit / spacing <= 6
    assert f"{spacing:.0e}"[0] in "125"
