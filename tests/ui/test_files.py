"""Files that the pages offer, made from shipped generators and read back."""

from __future__ import annotations

import csv
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.ui.support import chosen
from wgan_gp.errors import InvalidConfig
from wgan_gp.generators import generate, judged
from wgan_gp.shelf.file import read_generator
from wgan_gp.ui import files
from wgan_gp.ui.latent import ways
from wgan_gp.ui.samples import Wanted, show


def test_pictures_come_as_png_grid_and_zip_with_a_table_of_their_seeds() -> None:
    mnist, seeds = chosen("mnist-gp"), [3, 2**63 - 1, 8]
    images, values = judged(mnist.generator, seeds, 0.5)
    with Image.open(io.BytesIO(files.single_png(mnist, 3, 0.5, 16))) as picture:
        assert picture.size == (448, 448)
        assert np.array_equal(np.asarray(picture)[::16, ::16], images[0, :, :, 0])
    with Image.open(io.BytesIO(files.grid_png(mnist, seeds, 0.5, 2))) as picture:
        assert picture.size == (2 * 57, 2 * 57)
    with zipfile.ZipFile(io.BytesIO(files.pictures_zip(mnist, seeds, 0.5, 1))) as packed:
        assert packed.namelist() == ["seeds.csv", *(f"mnist-gp-seed-{seed}-scale-0.5.png" for seed in seeds)]
        rows = list(csv.DictReader(io.StringIO(packed.read("seeds.csv").decode())))
        with Image.open(packed.open(packed.namelist()[2])) as picture:
            assert np.array_equal(np.asarray(picture), images[1, :, :, 0])
    assert [int(row["seed"]) for row in rows] == seeds
    assert np.array([float(row["critic"]) for row in rows]) == pytest.approx(values)


def test_numbers_and_the_generator_can_be_read_back() -> None:
    digits = chosen("digits-gp")
    with np.load(io.BytesIO(files.numbers_npz(digits, [5, 6], 1.5))) as arrays:
        assert np.array_equal(arrays["samples"], generate(digits.generator, [5, 6], 1.5))
        assert (arrays["seeds"].tolist(), float(arrays["scale"]), arrays["critic"].shape) == ([5, 6], 1.5, (2,))
    again = read_generator(files.generator_file(digits), "again")
    assert np.array_equal(generate(again, [5]), generate(digits.generator, [5]))


def test_points_come_as_a_table_and_as_a_picture() -> None:
    roll = chosen("swissroll-gp")
    rows = list(csv.DictReader(io.StringIO(files.points_csv(roll, range(9), 1.0).decode())))
    points = generate(roll.generator, range(9))
    assert [int(row["seed"]) for row in rows] == list(range(9))
    assert np.array([[float(row["x"]), float(row["y"])] for row in rows]) == pytest.approx(points)
    with Image.open(io.BytesIO(files.points_png(roll, range(9), 1.0))) as picture:
        assert picture.size == (1920, 1920)
        assert (0, 0x72, 0xB2) in {colour for _, colour in picture.getcolors(10_000) or []}


def test_the_files_of_a_way_hold_what_was_shown() -> None:
    journey = ways.path(chosen("digits-gp"), (3, 4), 9, "slerp")
    with Image.open(io.BytesIO(files.journey_png(journey.samples, 9, 3))) as picture:
        assert picture.size == (3 * (9 * 9 - 1), 3 * 8)
    with Image.open(io.BytesIO(files.journey_gif(journey.samples, 3))) as film:
        assert (film.n_frames, film.size) == (9, (24, 24))  # type: ignore[attr-defined]
    with np.load(io.BytesIO(files.journey_npz(journey)), allow_pickle=False) as arrays:
        assert sorted(arrays) == ["latents", "norms", "samples", "seeds"]
        assert np.array_equal(arrays["samples"], journey.samples)
        assert arrays["seeds"].tolist() == [3, 4]
    lines = files.journey_csv(ways.path(chosen("8gaussians-gp"), (3, 4), 5, "lerp")).decode().splitlines()
    assert lines[0] == "frame,x,y,z1,z2"
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("zoom", [0, 17])
def test_an_enlargement_out_of_range_is_refused(zoom: int) -> None:
    images = np.zeros((2, 4, 4, 1), np.uint8)
    for make in (lambda: files.journey_png(images, 2, zoom), lambda: files.journey_gif(images, zoom)):
        with pytest.raises(InvalidConfig, match=f"enlargement: {zoom} is not allowed"):
            make()


def test_a_menu_names_each_file_by_what_it_holds() -> None:
    digits, roll = chosen("digits-gp"), chosen("swissroll-gp")
    wanted = Wanted(tuple(range(300)))
    named = [file.name for file in files.of_samples(digits, wanted, show(digits, wanted), None, 4)]
    assert named == [
        "digits-gp-seed-0.png", "digits-gp-seeds-0-255-grid.png", "digits-gp-seeds-0-299.zip", "digits-gp-seeds-0-299.npz",
        "digits-gp.safetensors",
    ]  # fmt: skip
    named = [file.name for file in files.of_samples(roll, wanted, show(roll, wanted), None, 4)]
    assert named == [*(f"swissroll-gp-seeds-0-299.{ending}" for ending in ("csv", "png", "npz")), "swissroll-gp.safetensors"]


def test_a_walk_is_a_picture_with_a_row_for_each_leg() -> None:
    walk = ways.walk(chosen("digits-gp"), [1, 5, 9], 4, "slerp")
    still = files.of_journey(chosen("digits-gp"), walk, "walk-slerp", 2, columns=4)[0]
    assert still.name == "digits-gp-walk-slerp-1-5-9.png"
    with Image.open(io.BytesIO(still.content())) as picture:
        assert picture.size == (2 * (4 * 9 - 1), 2 * (3 * 9 - 1))
