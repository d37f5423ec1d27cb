"""Where weights go: clipping keeps them within c and moves them to its ends, the penalty does not."""

from __future__ import annotations

import numpy as np
import pytest

from wgan_gp.config import RunConfig, WeightClipping, override
from wgan_gp.figures import papers, weight_histograms
from wgan_gp.figures.trained import Trained
from wgan_gp.figures.weight_histograms import BINS, bin_shares, configs, shares_at_limit


def test_clipping_moves_weights_to_the_ends() -> None:
    small = ["critic.width=24", "generator.width=24", "steps=60", "batch_size=64"]
    runs = papers.train_all([override(config, small) for config in configs("fast", 0)])
    clip = weight_histograms.results(runs)["clip"]
    assert clip["usual_start"]["share_before_training"] > 0.7  # the first clip alone
    assert clip["start_inside"]["share_before_training"] < 0.05
    assert clip["start_inside"]["share_within_1_percent_of_c"] > 2 * clip["start_inside"]["share_before_training"]
    *clipped, penalised = runs
    for run in clipped:
        assert np.abs(run.after).max() <= np.float32(0.01)
    assert np.abs(penalised.after).max() > 0.1
    assert not np.array_equal(penalised.before, penalised.after)
    assert np.array_equal(clipped[0].before, penalised.before)  # the same first weights


def test_the_share_at_the_ends_counts_both_within_one_percent() -> None:
    before, after = np.array([0, 0.5]), np.array([0.01, -0.01, 0.00991, -0.00989, 0.0, 0.005, 0.0098, -0.0095])
    run = Trained("", "", RunConfig(constraint=WeightClipping(limit=0.01)), before=before, after=after)
    assert shares_at_limit(run) == {"share_within_1_percent_of_c": pytest.approx(3 / 8), "share_before_training": 0.5}


def test_shares_are_of_all_weights() -> None:
    edges, shares = bin_shares(np.array([0.0, 0.1, 0.2, 3.0]), "gp")
    assert len(edges) == BINS + 1
    assert edges[[0, -1]].tolist() == [-0.5, 0.5]
    assert shares.sum() == pytest.approx(0.75)  # one lies beyond the axis


def test_the_table_holds_the_histograms() -> None:
    runs = papers.train_all(configs("tiny", 0))
    columns, rows = weight_histograms.table(runs)
    assert rows.shape == (BINS, len(columns))
    assert columns == [f"{name} {column}" for name in ("clip", "clip inside", "gp") for column in ("from", "to", "share")]
    assert rows[:, columns.index("clip share")].sum() == pytest.approx(1)
    assert rows[:, columns.index("gp share")].tolist() == bin_shares(runs[-1].after, "gp")[1].tolist()
