"""Samples as files, from arrays alone: their names, tables and pictures."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from wgan_gp.shelf import sample_files
from wgan_gp.shelf.sample_files import file_stem, way_stem


@given(st.text(max_size=200), st.lists(st.integers(0, 2**63 - 1), max_size=6, unique=True), st.floats(0, 2))
def test_file_names_hold_safe_characters_only(key: str, seeds: list[int], scale: float) -> None:
    stem = file_stem(key, seeds, scale)
    assert re.fullmatch(r"[a-z0-9.+-]*", stem)
    assert len(stem) <= 200


def test_file_names_say_which_seeds() -> None:
    name = "mnist-gp"
    assert [file_stem(name), file_stem(name, [7]), file_stem(name, range(64)), file_stem(name, [5, 1, 9], 0.7)] == [
        "mnist-gp",
        "mnist-gp-seed-7",
        "mnist-gp-seeds-0-63",
        "mnist-gp-seeds-5-and-2-more-scale-0.7",
    ]


@given(st.text(max_size=200), st.lists(st.integers(0, 2**63 - 1), max_size=12))
def test_names_of_ways_hold_safe_characters_only(key: str, seeds: list[int]) -> None:
    stem = way_stem(key, "walk-slerp", seeds)
    assert re.fullmatch(r"[a-z0-9-]*", stem)
    assert len(stem) <= 150


def test_a_way_is_called_by_its_kind_and_seeds() -> None:
    assert way_stem("digits-gp", "slerp", (3, 4)) == "digits-gp-slerp-3-4"


def test_a_table_keeps_numbers_that_no_float_holds() -> None:
    points, latents = np.array([[0.5, 1], [2, 3]], dtype=np.float32), np.array([[0.25], [0.75]], dtype=np.float32)
    columns = sample_files.point_columns(points) | sample_files.latent_columns(latents) | sample_files.critic_column(np.array([7.5, -1]))
    rows = list(csv.reader(io.StringIO(sample_files.table("seed", [2**63 - 1, 0], columns).decode())))
    assert rows == [["seed", "x", "y", "z1", "critic"], [str(2**63 - 1), "0.5", "1", "0.25", "7.5"], ["0", "2", "3", "0.75", "-1"]]
    assert sample_files.critic_column(None) == {}


def test_a_picture_is_enlarged_as_often_as_it_fits_and_never_made_smaller() -> None:
    for side, room, wanted in ((8, 96, 96), (28, 96, 84), (64, 40, 64)):
        with Image.open(io.BytesIO(sample_files.filling_png(np.zeros((side, side // 2, 1), np.uint8), room))) as picture:
            assert picture.size == (wanted // 2, wanted)
