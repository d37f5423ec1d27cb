"""The commands about trained generators."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from wgan_gp.cli import main
from wgan_gp.generators import generate, interpolate, load_generator
from wgan_gp.shelf import plane_measures
from wgan_gp.shelf.cards import cards


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs a command in this process, in an empty home; tests/test_cli.py runs commands as processes of their own."""
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run


def test_models_are_listed(lab: Callable[..., Done], tmp_path: Path) -> None:
    said = lab("models").stdout
    assert all(card.name in said for card in cards())
    listed = json.loads(lab("models", "--json").stdout)
    assert [card["name"] for card in listed] == [card.name for card in cards()]
    assert (
        "digits-gp            Handwritten digits (8 x 8)   Fréchet distance 11 (real data: Fréchet distance 1.9, lower is better)" in said
    )


def test_a_shipped_generator_makes_a_grid_without_any_run(lab: Callable[..., Done], tmp_path: Path) -> None:
    assert lab("sample", "mnist-gp", "--seeds", "5:9", "--out", str(tmp_path / "grid.png")).returncode == 0
    with Image.open(tmp_path / "grid.png") as grid:
        pixels = np.asarray(grid)
    factor = pixels.shape[0] // 57
    expected = generate(load_generator("mnist-gp"), [5])[0, :, :, 0]
    shown = pixels[: 28 * factor : factor, : 28 * factor : factor].astype(int)
    assert np.abs(shown - expected).max() <= 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("mode", ["slerp", "lerp"])
def test_interpolate_writes_every_frame(lab: Callable[..., Done], tmp_path: Path, mode: str) -> None:
    for name in ("walk.gif", "strip.png", "path.npz"):
        arguments = ["interpolate", "mnist-gp", "--from", "1", "--to", "2", "--frames", "7", "--mode", mode, "--out", str(tmp_path / name)]
        assert lab(*arguments).returncode == 0
    with Image.open(tmp_path / "walk.gif") as walk:
        assert walk.n_frames == 7
    with Image.open(tmp_path / "strip.png") as strip:
        assert strip.width > 6 * strip.height
    with np.load(tmp_path / "path.npz", allow_pickle=False) as arrays:
        expected = interpolate(load_generator("mnist-gp"), 1, 2, 7, "slerp" if mode == "slerp" else "lerp")
        assert np.abs(arrays["samples"].astype(int) - expected).max() <= 1
        assert arrays["frames"].tolist() == list(range(7))


def test_the_plane_goes_into_tables(lab: Callable[..., Done], tmp_path: Path) -> None:
    assert lab("interpolate", "8gaussians-gp", "--frames", "5", "--out", str(tmp_path / "path.csv")).returncode == 0
    rows = list(csv.DictReader((tmp_path / "path.csv").read_text().splitlines()))
    assert [row["frame"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert np.allclose([float(rows[0]["x"]), float(rows[0]["y"])], generate(load_generator("8gaussians-gp"), [1])[0], atol=1e-5)


def test_a_generator_is_exported_and_read_from_its_file(lab: Callable[..., Done], tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    assert lab("export", "digits-clip", str(file)).returncode == 0
    assert np.array_equal(generate(load_generator(file), range(3)), generate(load_generator("digits-clip"), range(3)))
    assert lab("sample", str(file), "--seeds", "0:3", "--out", str(tmp_path / "a.npz")).returncode == 0


def test_evaluate_says_each_measure_with_that_of_real_data(lab: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plane_measures, "FLOOR_DRAWS", 3)
    report = json.loads(lab("evaluate", "8gaussians-gp", "--json").stdout)
    assert report["model"] == "8gaussians-gp"
    assert report["measures"]
    said = lab("evaluate", "8gaussians-gp").stdout
    assert all(measure["name"] in said for measure in report["measures"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sample", "celeba-gp", "--out", "a.png"], "neither a run nor a generator that ships; those are: 8gaussians-clip"),
        (["sample", "no-such.safetensors", "--out", "a.png"], "There is no file 'no-such.safetensors'"),
        (["interpolate", "mnist-gp", "--frames", "1", "--out", "a.gif"], "frames: 1 were asked for; from 2 to 60 are allowed"),
        (["interpolate", "mnist-gp", "--mode", "cubic", "--out", "a.gif"], "mode: 'cubic' is not known"),
        (["interpolate", "mnist-gp", "--from", "-1", "--out", "a.gif"], "seeds: -1 is not allowed"),
        (["interpolate", "mnist-gp", "--out", "a.mp4"], "no known ending; write .gif, .png, .npz or .csv"),
        (["interpolate", "8gaussians-gp", "--out", "a.gif"], "points in the plane"),
        (["interpolate", "mnist-gp", "--out", "a.csv"], "makes images"),
        (["pretrain", "celeba-gp"], "recipe: 'celeba-gp' is not known"),
        (["evaluate", "../../etc/passwd"], "neither a run nor a generator"),
        (["export", "nobody", "a.safetensors"], "neither a run nor a generator"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_is_one_sentence(lab: Callable[..., Done], tmp_path: Path, arguments: list[str], said: str) -> None:
    done = lab(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.glob("a.*"))
