"""Charts of the plane: what they hold, and how far they reach."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ui.support import chosen
from wgan_gp.ui.latent.charts import lattice
from wgan_gp.ui.plane_chart import Marks, plane_chart, reach, reaches, rounded_up
from wgan_gp.ui.samples import make, real_points


def test_a_chart_of_the_plane_keeps_its_lines_apart() -> None:
    places, lines, vertical = lattice(3, 2.0, 4)
    assert places.shape == (24, 2)
    assert len(set(lines.tolist())) == 6
    assert (places[vertical][:4, 0] == -2).all()
    assert (places[~vertical][:4, 1] == -2).all()
    columns, spec = plane_chart(
        [Marks("a", places, "#000", lines, is_line=True), Marks("b", places[:2], "#111", labels="AB")], 2.5, ("x", "y")
    )
    assert len(columns["x"]) == len(columns["label"]) == 26
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["line", "text"]
    assert all(layer["encoding"][axis]["scale"]["domain"] == [-2.5, 2.5] for layer in spec["layer"] for axis in "xy")


def test_a_seed_is_a_text_under_the_pointer() -> None:
    columns, spec = plane_chart([Marks("a", np.zeros((2, 2)), "#000", seeds=(7, 2**63 - 1))], 1.0, ("x", "y"))
    assert columns["label"] == ["7", str(2**63 - 1)]
    assert [tip["field"] for tip in spec["layer"][0]["encoding"]["tooltip"]] == ["label", "x", "y"]


@pytest.mark.parametrize("data", ["8gaussians", "25gaussians", "swissroll", "moons", "circles"])
def test_a_chart_holds_the_data_and_no_empty_sea(data: str) -> None:
    real, extent = real_points(data)
    assert reach(data, real) == extent
    assert np.abs(real).max() < extent < 2 * np.abs(real).max()


def test_a_chart_holds_nearly_all_that_a_generator_makes_and_no_few_that_lie_far_away() -> None:
    near = np.random.default_rng(0).normal(0, 0.3, (1000, 2))
    far = near.copy()
    far[:10] = 1e6
    far[10] = np.nan
    assert reach("8gaussians", far) == 2.0
    wide = reach("8gaussians", 10 * near)
    assert 8 < wide <= 15
    assert (np.abs(10 * near).max(axis=1) <= wide).mean() >= 0.98
    assert reach("8gaussians", np.full((3, 2), np.nan)) == 2.0


def test_generators_of_the_same_data_are_drawn_to_the_same_scale() -> None:
    pair = [chosen("swissroll-clip"), chosen("swissroll-gp"), chosen("digits-gp")]
    points = [3 * make(pair[0], range(50))[0], make(pair[1], range(50))[0], make(pair[2], range(2))[0]]
    assert reaches(pair, points) == {"swissroll": reach("swissroll", points[0])}
    assert reach("swissroll", points[0]) > reach("swissroll", points[1])


def test_axes_end_at_round_numbers() -> None:
    assert [rounded_up(value) for value in (0.11, 1.0, 1.3, 7.0, 95.0)] == pytest.approx([0.12, 1.0, 1.5, 8.0, 100.0])
