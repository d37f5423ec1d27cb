"""Value surfaces: the optimum agrees with itself, and a critic with a penalty comes closer to it the longer it trains."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from wgan_gp.config import override
from wgan_gp.figures import papers, value_surfaces
from wgan_gp.figures.trained import Trained
from wgan_gp.figures.value_surfaces import METHODS, Surface, configs
from wgan_gp.presets import critic_preset
from wgan_gp.theory.transport import exact_w1

SMALL = ["critic.width=32", "batch_size=64", "plane_nodes=24", "plane_extent=3", "device=cpu"]


@cache
def trained(updates: int = 400, data: str = "swissroll") -> list[Trained]:
    small = [*SMALL, f"steps={updates}"]
    return papers.train_all([override(critic_preset(data, method), small) for method in ("clip", "gp")])


def surface(method: str, updates: int = 400) -> Surface:
    return next(found for found in value_surfaces.surfaces(trained(updates)) if found.method == method)


def test_the_optimum_agrees_with_itself() -> None:
    found = value_surfaces.results(trained())["swissroll"]
    for name in ("cosine_grid", "cosine_lines", "correlation", "gradient_norm"):
        assert found["truth"][name] == pytest.approx(1)
    assert found["truth"]["estimate"] == pytest.approx(found["exact_w1"])
    for run in trained():  # both have the same points
        assert found["exact_w1"] == pytest.approx(exact_w1(run.scene["real"], run.scene["fake"]))
    assert 0 < found["cosine_of_another_optimum"] < 1


def test_the_penalty_comes_closer_to_the_optimum_with_training() -> None:
    early, late = (surface("gp", updates).measured for updates in (5, 400))
    assert late["correlation"] > early["correlation"]
    assert late["cosine_grid"] > early["cosine_grid"]
    assert late["correlation"] > 0.7
    assert 0.8 < late["gradient_norm"] < 1.5


def test_clipping_leaves_the_critic_flat() -> None:
    clipped, penalised = (surface(method) for method in ("clip", "gp"))
    assert clipped.measured["gradient_norm"] < penalised.measured["gradient_norm"] / 50
    assert np.ptp(clipped.values) < np.ptp(penalised.values) / 50


def test_clipping_holds_after_every_update_and_the_penalty_clips_nothing() -> None:
    clipped, penalised = trained(5, "8gaussians")
    assert np.abs(clipped.after).max() <= np.float32(0.01)
    assert np.abs(penalised.after).max() > 0.1


def test_the_same_seed_gives_the_same_numbers() -> None:
    one, again, other = (papers.summary("value-surfaces", papers.train_all(configs("tiny", seed))) for seed in (3, 3, 4))
    assert one == again
    assert one["results"] != other["results"]


def test_the_paper_preset_has_the_papers_optimisers() -> None:
    found = configs("paper", 2)
    assert [(config.data, config.name) for config in found[:3]] == [("8gaussians", "clip"), ("8gaussians", "gp"), ("25gaussians", "clip")]
    for config in found:
        assert (config.critic.width, config.steps, config.seed) == (512, 10_000, 2)  # type: ignore[union-attr]
        assert config.critic_optimizer.learning_rate == {"clip": 5e-5, "gp": 1e-4}[config.constraint.kind]
    assert found[1].constraint.weight == 10  # type: ignore[union-attr]


def test_the_summary_and_the_table_hold_all_numbers() -> None:
    summary = papers.summary("value-surfaces", trained())
    assert [settings["steps"] for settings in summary["settings"]] == [400, 400]
    result = summary["results"]["swissroll"]
    assert set(result) == {"exact_w1", "cosine_of_another_optimum", *METHODS}
    for method in METHODS:
        assert set(result[method]) == {"cosine_grid", "cosine_lines", "correlation", "gradient_norm", "estimate"}
    columns, rows = value_surfaces.table(trained())
    axis = value_surfaces.axis_of(trained()[0])
    assert columns == ["x", "y", *(f"swissroll {method}" for method in METHODS)]
    for row in rows[[0, 30, -1]]:
        place = np.searchsorted(axis, row[1]), np.searchsorted(axis, row[0])
        assert row[4] == surface("truth").values[place]


def test_values_are_centred_on_real_data() -> None:
    """Far from the data the optimum falls: real points lie near its top."""
    values = surface("truth").values
    assert values.min() < -1 < 0 < values.max() < 1
