"""The command line as a person uses it: real commands, real files."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
SMALL = ["--set", "critic.width=8", "generator.width=8", "batch_size=16", "n_critic=1", "threads=1", "--device", "cpu"]
DIGITS = ["--data", "digits", "--set", "critic.channels=2", "generator.channels=2", "batch_size=8", "n_critic=1", "--device", "cpu"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def lab(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"WGAN_GP_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "wgan_gp", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def trained(home: Path) -> str:
    """The id of a finished run in the plane."""
    done = lab(home, "train", "--data", "8gaussians", "--constraint", "clip", "--steps", "30", "--seed", "5", *SMALL)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def pictures(home: Path) -> str:
    """The id of a finished run on images."""
    done = lab(home, "train", *DIGITS, "--steps", "5")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_show_says_what_a_script_needs(home: Path, trained: str) -> None:
    shown = json.loads(lab(home, "show", trained, "--json").stdout)
    assert shown["id"] == trained
    assert (shown["state"], shown["step"]) == ("finished", 30)
    assert shown["config"]["seed"] == 5
    assert shown["config"]["constraint"]["kind"] == "clip"
    assert shown["config"]["critic"]["width"] == 8
    assert set(shown["scalars"]) >= {"step", "seconds", "real", "fake", "penalty", "estimate", "gradient_norm"}
    assert shown["scalars"]["step"] == 30
    assert len(shown["weights_sha256"]) == 64
    assert shown["device"].startswith("cpu")
    assert shown["seconds"] > 0
    assert trained in lab(home, "show", "latest").stdout or trained in lab(home, "list").stdout


def test_list_names_the_runs(home: Path, trained: str) -> None:
    assert trained in [run["id"] for run in json.loads(lab(home, "list", "--json").stdout)]
    line = next(line for line in lab(home, "list").stdout.splitlines() if trained in line)
    assert "finished" in line
    assert "30 of 30" in line


def test_the_same_seed_gives_the_same_weights(home: Path, trained: str) -> None:
    again = lab(home, "train", "--data", "8gaussians", "--constraint", "clip", "--steps", "30", "--seed", "5", *SMALL).stdout.splitlines()[
        -1
    ]
    hashes = [json.loads(lab(home, "show", run, "--json").stdout)["weights_sha256"] for run in (trained, again)]
    assert again != trained
    assert hashes[0] == hashes[1]


def test_samples_go_into_npz_and_csv(home: Path, trained: str, tmp_path: Path) -> None:
    for name in ("a.npz", "a.csv"):
        assert lab(home, "sample", trained, "--seeds", "3:8", "--out", str(tmp_path / name)).returncode == 0
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        samples, seeds = arrays["samples"], arrays["seeds"]
    assert samples.shape == (5, 2)
    assert seeds.tolist() == [3, 4, 5, 6, 7]
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert [int(row["seed"]) for row in rows] == [3, 4, 5, 6, 7]
    assert np.allclose([[float(row["x"]), float(row["y"])] for row in rows], samples)
    assert lab(home, "sample", trained, "--seeds", "4", "--out", str(tmp_path / "one.npz")).returncode == 0
    with np.load(tmp_path / "one.npz", allow_pickle=False) as arrays:
        assert np.allclose(arrays["samples"][0], samples[1])  # a seed's sample does not depend on its neighbours


def test_images_go_into_a_grid(home: Path, pictures: str, tmp_path: Path) -> None:
    assert lab(home, "sample", pictures, "--seeds", "0:16", "--out", str(tmp_path / "grid.png")).returncode == 0
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.format == "PNG"
        assert grid.width == grid.height >= 400
    assert lab(home, "sample", pictures, "--out", str(tmp_path / "all.npz")).returncode == 0
    with np.load(tmp_path / "all.npz", allow_pickle=False) as arrays:
        assert arrays["samples"].shape == (64, 8, 8, 1)
        assert arrays["samples"].dtype == np.uint8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "no-such-run"], "There is no run"),
        (["delete", "../../etc/passwd"], "There is no run"),
        (["train", "--set", "critic.width=10000000"], "critic.width: 10000000 is not allowed; it must be from 1 to 4096"),
        (["train", "--data", "celeba"], "celeba"),
        (["train", "--steps", "0"], "steps: 0 is not allowed"),
        (["train", "--seed", str(2**80)], "seed:"),
        (["train", "--device", "tpu"], "device: 'tpu' is not allowed"),
        (["stop", "no-such-run"], "There is no run"),
        (["sample", "RUN", "--out", "a.gif"], "no known ending"),
        (["sample", "RUN", "--out", "/no/such/folder/a.npz"], "there is no folder"),
        (["sample", "RUN", "--seeds", "8:3", "--out", "a.npz"], "seeds: '8:3' holds none; the end of a range is above its start"),
        (["sample", "RUN", "--seeds", "0:99999", "--out", "a.npz"], "from 1 to 10,000 are allowed"),
        (["sample", "RUN", "--out", "a.png"], "points in the plane"),
        (["stop", "RUN"], "is not running"),
        (["resume", "RUN"], "has reached its last iteration, 30; give a larger number of iterations to extend it, at most 10,000,000"),
        (["resume", "RUN", "--steps", "30"], "steps: 30 is not allowed; "),
        (["resume", "RUN", "--steps", "10000001"], "steps: 10000001 is not allowed; it must be from 1 to 10000000"),
        (["paint"], "invalid choice"),
        ([], "required"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input_is_one_sentence_and_exit_code_2(home: Path, trained: str, tmp_path: Path, arguments: list[str], said: str) -> None:
    done = lab(home, *[trained if word == "RUN" else word for word in arguments])
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
    assert not list(ROOT.glob("a.*"))


def test_a_failure_is_one_sentence_and_exit_code_1(home: Path) -> None:
    done = lab(home, "train", "--device", "cuda:77", "--steps", "5")
    assert done.returncode == 1
    assert "cuda:77" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_diverged_run_is_no_success(home: Path) -> None:
    done = lab(home, "train", "--steps", "4000", *SMALL, "critic_optimizer.learning_rate=1000", "generator_optimizer.learning_rate=1000")
    assert done.returncode != 0


def test_a_finished_run_is_extended_and_is_the_run_of_that_length(home: Path) -> None:
    constant = [*SMALL[:-2], "schedule=constant", "--device", "cpu"]
    short, long = (lab(home, "train", "--steps", steps, *constant).stdout.splitlines()[-1] for steps in ("20", "50"))
    done = lab(home, "resume", short, "--steps", "50")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, short), done.stderr
    extended, straight = (json.loads(lab(home, "show", run, "--json").stdout) for run in (short, long))
    assert (extended["state"], extended["step"], extended["steps"], extended["config"]["steps"]) == ("finished", 50, 50, 50)
    assert extended["weights_sha256"] == straight["weights_sha256"]
    assert extended["facts"]["resident_mb_early"] == extended["facts"]["resident_mb"] > 0


def test_delete_removes_a_run(home: Path) -> None:
    run = lab(home, "train", "--steps", "3", *SMALL).stdout.splitlines()[-1]
    assert lab(home, "delete", run).returncode == 0
    assert lab(home, "show", run).returncode == 2
    assert not [path for path in (home / "runs").iterdir() if path.name.startswith(run)]
