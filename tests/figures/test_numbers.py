"""Numbers that are shown, computed once more with plain NumPy, SciPy and POT from the tables and from the weights of the checkpoint."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import ot
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load
from scipy.optimize import linear_sum_assignment

from tests.figures.support import NET, read, record
from wgan_gp.config import RunConfig, override
from wgan_gp.figures import panels, series, tables
from wgan_gp.figures.recording import Recording
from wgan_gp.measures.run import Measures
from wgan_gp.presets import critic_preset, preset
from wgan_gp.runs.record import RunReader, path_of
from wgan_gp.training.checkpoint import critic_weights, sampling_weights
from wgan_gp.training.parts import parts_of

Array = NDArray[np.float64]
Layers = list[tuple[Array, Array]]
LIMIT = 0.02
SETTINGS = [
    "critic.width=24",
    "critic.depth=3",
    "generator.width=16",
    "batch_size=64",
    "n_critic=2",
    "steps=30",
    f"constraint.limit={LIMIT}",
]
CENTRES = np.array([(math.cos(turn), math.sin(turn)) for turn in math.pi / 4 * np.arange(8)]) * 2 / 1.414
SIGMA = 0.02 / 1.414


class Net(NamedTuple):
    """A chain of linear layers with ReLU between them."""

    layers: Layers

    def values(self, points: Array) -> Array:
        """[n, d] to [n, k]."""
        return self._passed(points)[-1]

    def _passed(self, points: Array) -> list[Array]:
        found = [points]
        for place, (weight, bias) in enumerate(self.layers):
            found.append(np.maximum(found[-1], 0) @ weight.T + bias if place else points @ weight.T + bias)
        return found

    def backwards(self, points: Array, first: Array) -> list[Array]:
        """The gradient of sum(first * value) by each layer's activations, the input at the front: [n, units] each."""
        before, found, back = self._passed(points), [first], first
        for place in range(len(self.layers) - 1, -1, -1):
            found.insert(0, back @ self.layers[place][0])  # by what leaves the ReLU
            back = found[0] * (before[place] > 0)
        return found

    def gradients(self, points: Array) -> Array:
        """[n, 2]."""
        return self.backwards(points, np.ones((len(points), 1)))[0]

    def slopes(self, points: Array) -> Array:
        return np.linalg.norm(self.gradients(points), axis=1)


def net_of(weights: Mapping[str, torch.Tensor]) -> Net:
    """By their names `<layer>.weight` and `<layer>.bias`, in the order of the layers."""
    names = [name.removesuffix(".weight") for name in weights if name.endswith(".weight")]
    names.sort(key=lambda name: int(name.split(".")[-1]))
    return Net([(weights[f"{name}.weight"].double().numpy(), weights[f"{name}.bias"].double().numpy()) for name in names])


class Run(NamedTuple):
    recording: Recording
    critic: Net
    generator: Net | None
    measures: Measures
    arrays: Mapping[str, NDArray[np.float32]]  # of its last moment

    def rows(self, panel: str) -> list[dict[str, str]]:
        table = panels.panel_table(panel, [read(self.recording.id, panel=panel)])
        return list(csv.DictReader(io.StringIO(tables.write(*table).decode("utf-8"), newline="")))

    def last(self, panel: str, name: str, **where: str) -> float:
        return float([row for row in self.rows(panel) if all(row[key] == value for key, value in where.items()) and row[name]][-1][name])

    def points(self, kind: str, *columns: str) -> Array:
        columns = columns or ("x1", "x2")
        found = [row for row in self.rows("samples") if row["kind"] == kind and all(row[column] for column in columns)]
        return np.array([[float(row[column]) for column in columns] for row in found])


def run_of(config: RunConfig) -> Run:
    run = record(config)
    with RunReader(path_of(run)) as reader:
        blob, moment = reader.checkpoint()[1], reader.latest_moment()
    assert moment is not None
    frozen = config.frozen is not None
    generator = None if frozen else net_of(sampling_weights(blob))
    return Run(read(run, panel="losses"), net_of(critic_weights(blob)), generator, parts_of(config).measures, load(moment.blob))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """A small duel and the same two critics alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGAN_GP_HOME", str(tmp_path_factory.mktemp("home")))
        found = {}
        for method in ("clip", "gp"):
            settings = [*NET, *(SETTINGS if method == "clip" else SETTINGS[:-1])]
            found[method] = run_of(override(preset("8gaussians", method), settings))
            found[f"{method} alone"] = run_of(override(critic_preset("8gaussians", method), [*settings, "n_critic=1"]))
        yield found


@pytest.fixture(params=["clip", "gp"])
def duel(runs: dict[str, Run], request: pytest.FixtureRequest) -> Run:
    return runs[request.param]


@pytest.fixture(params=["clip alone", "gp alone"])
def alone(runs: dict[str, Run], request: pytest.FixtureRequest) -> Run:
    return runs[request.param]


def distances(one: Array, other: Array) -> Array:
    return np.sqrt(((one[:, None] - other[None]) ** 2).sum(axis=2))


def cosine(one: Array, other: Array) -> float:
    return float(np.mean((one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)))


def partners(real: Array, fake: Array) -> Array:
    return real[linear_sum_assignment(distances(fake, real))[1]]


# --- a duel -------------------------------------------------------------------------------------------------------------------------


def test_samples_are_the_generators(duel: Run) -> None:
    assert duel.generator is not None
    latents = duel.measures.points.latents.double().numpy()
    np.testing.assert_allclose(duel.points("generated"), duel.generator.values(latents), atol=1e-5)


def test_w1_good_samples_and_modes(duel: Run) -> None:
    samples = duel.points("generated")
    real = duel.measures.seldom[0].__self__._real.double().numpy()  # type: ignore[attr-defined]
    even = np.full(512, 1 / 512)
    assert duel.last("truth", "exact_w1") == pytest.approx(ot.emd2(even, even, distances(samples, real)), rel=1e-5)
    away = distances(samples, CENTRES)
    good = away.min(1) <= 3 * SIGMA
    assert duel.last("truth", "share_of_good_samples") == pytest.approx(good.mean())
    counts = np.bincount(away.argmin(1)[good], minlength=8)
    assert duel.last("truth", "modes_well_covered") == (counts >= 0.2 * 512 / 8).sum()
    assert (duel.last("truth", "modes"), duel.last("truth", "samples")) == (8, 512)
    counted = distances(real, CENTRES).argmin(1)
    assert (np.bincount(counted) == 64).all()  # each mode has its fair share


def test_the_noise_floor_is_that_of_our_own_draws(duel: Run) -> None:
    random = np.random.default_rng(0)

    def drawn(which: NDArray[np.int64]) -> Array:
        points: Array = CENTRES[which] + SIGMA * random.standard_normal((512, 2))
        return points

    found = []
    for _ in range(20):
        costs = distances(drawn(random.integers(8, size=512)), drawn(np.arange(512) % 8))
        found.append(costs[linear_sum_assignment(costs)].mean())
    low, high = (duel.last("truth", f"noise_floor_{end}") for end in ("low", "high"))
    assert 0.6 * low < min(found) < 1.4 * low
    assert 0.6 * high < max(found) < 1.5 * high
    assert low < np.median(found) < high


def test_the_estimate_on_training_and_on_held_out_data(duel: Run) -> None:
    real, fake = duel.points("real")[:256], duel.points("generated")[:256]
    said = duel.critic.values(fake).mean()
    scale = np.abs(duel.critic.values(real)).mean()
    assert duel.last("estimate", "estimate_same_moment") == pytest.approx(duel.critic.values(real).mean() - said, abs=1e-5 * scale)
    unseen = duel.measures.points.held_out.double().numpy()
    assert duel.last("estimate", "estimate_held_out") == pytest.approx(duel.critic.values(unseen).mean() - said, abs=1e-5 * scale)


def test_quantiles_of_slopes_and_the_bracket(duel: Run) -> None:
    real, fake = duel.points("real")[:160], duel.points("generated")[:160]
    epsilon = duel.measures.points.epsilon.double().numpy()[:, None]
    seen = {"real": real, "fake": fake, "line": epsilon * real + (1 - epsilon) * fake}
    for kind, points in seen.items():
        low, middle, high = np.quantile(duel.critic.slopes(points), (0.1, 0.5, 0.9))
        for name, value in (("quantile_10", low), ("median", middle), ("quantile_90", high)):
            assert duel.last("norms-over-time", name, at=kind) == pytest.approx(value, rel=1e-3), (kind, name)
    steepest = max(duel.critic.slopes(points).max() for points in seen.values())
    assert duel.last("bracket", "steepest_seen") == pytest.approx(steepest, rel=1e-3)
    product = math.prod(np.linalg.svd(weight, compute_uv=False)[0] for weight, _ in duel.critic.layers)
    assert duel.last("bracket", "product_of_operator_norms") == pytest.approx(product, rel=1e-4)


def test_weights_and_their_share_at_the_limit(runs: dict[str, Run]) -> None:
    for method in ("clip", "gp"):
        weights = np.concatenate([part.ravel() for layer in runs[method].critic.layers for part in layer])
        shown = np.array([float(row["weight"]) for row in runs[method].rows("weights")])
        assert np.isin(shown.astype(np.float32), weights.astype(np.float32)).all()
        np.testing.assert_allclose(np.quantile(shown, (0.25, 0.75)), np.quantile(weights, (0.25, 0.75)), atol=0.2 * weights.std())
    clipped = np.concatenate([part.ravel() for layer in runs["clip"].critic.layers for part in layer])
    share = np.mean(np.abs(np.abs(clipped) - LIMIT) <= 0.01 * LIMIT)
    assert runs["clip"].last("weights-over-time", "share_at_limit") == pytest.approx(share, rel=1e-6)


def test_norms_by_layer(duel: Run) -> None:
    points = np.concatenate((duel.points("real")[:64], duel.points("generated")[:64]))
    first = np.repeat([-1 / 64, 1 / 64], 64)[:, None]
    expected = [math.log10(np.linalg.norm(gradient)) for gradient in duel.critic.backwards(points, first)[1:]]
    shown = [float(row["log10_norm"]) for row in duel.rows("layers")]
    assert len(shown) == len(expected)
    np.testing.assert_allclose(shown, expected, atol=1e-3)


def test_the_field_and_its_range(duel: Run) -> None:
    grid = duel.points("critic", "x1", "x2", "value")
    values = duel.critic.values(grid[:, :2])[:, 0] - duel.critic.values(duel.points("real")[:256]).mean()
    size = np.abs(values).max()
    np.testing.assert_allclose(grid[:, 2], values, atol=1e-3 * size)  # half precision
    note = panels.draw_panel("samples", [duel.recording]).axes[0].texts[0].get_text().replace("−", "-")
    low, high = note.partition("D from ")[2].partition(":")[0].split(" to ")
    assert (float(low), float(high)) == pytest.approx((values.min(), values.max()), rel=0.06)


def test_the_way_between_two_latents(duel: Run) -> None:
    assert duel.generator is not None
    ends = duel.measures.points.paths.double().numpy()[[0, -1]]
    (start, end), norms = (ends.T / np.linalg.norm(ends, axis=1)).T, np.linalg.norm(ends, axis=1)
    across = end - (start @ end) * start
    turns = math.acos(start @ end) * np.linspace(0, 1, 33)[:, None]
    directions = np.cos(turns) * start + np.sin(turns) * across / np.linalg.norm(across)
    latents = np.linspace(*norms, 33)[:, None] * directions
    path = np.array([[float(row["x1"]), float(row["x2"])] for row in duel.rows("interpolation")])[-33:]
    expected = duel.generator.values(latents)
    np.testing.assert_allclose(path, expected, atol=1e-4)
    length = [np.linalg.norm(np.diff(points, axis=0), axis=1).sum() for points in (path, expected)]
    assert length[0] == pytest.approx(length[1], rel=1e-3)


def test_losses_the_mean_of_curves_and_critic_updates(duel: Run) -> None:
    rows = [row for row in duel.rows("losses") if row["mean_d_fake"]]
    estimate = np.array([float(row["estimate"]) for row in duel.rows("estimate") if row["estimate"]])
    np.testing.assert_allclose(estimate, [-float(row["minus_mean_d_real"]) - float(row["mean_d_fake"]) for row in rows], atol=1e-5)
    assert [int(row["critic_updates"]) for row in rows] == [2 * int(row["iteration"]) for row in rows]
    width, mean = 5.0, estimate[0]
    for value in estimate[1:]:
        mean += (value - mean) * (1 - math.exp(-1 / width))
    assert series.smoothed(np.arange(1, 31), estimate, width)[-1] == pytest.approx(mean, rel=1e-6)


# --- a critic alone -----------------------------------------------------------------------------------------------------------------


def real_and_fake(alone: Run) -> tuple[Array, Array]:
    scene = alone.recording.scene
    return scene["real"].astype(np.float64), scene["fake"].astype(np.float64)


def test_exact_w1_and_the_estimate_on_its_points(alone: Run) -> None:
    real, fake = real_and_fake(alone)
    np.testing.assert_allclose(alone.points("real"), real, atol=1e-6)
    even = np.full(512, 1 / 512)
    assert alone.last("distance", "exact_w1") == pytest.approx(ot.emd2(even, even, distances(real, fake)), rel=1e-5)
    said = alone.critic.values(real).mean() - alone.critic.values(fake).mean()
    assert alone.last("distance", "estimate") == pytest.approx(said, rel=1e-3, abs=1e-6)


def test_directions_beside_the_exact_matching(alone: Run) -> None:
    real, fake = real_and_fake(alone)
    goal = partners(real, fake)
    assert alone.last("agreement", "cosine_at_fakes") == pytest.approx(
        cosine(alone.critic.gradients(fake[:160]), (goal - fake)[:160]), abs=1e-3
    )
    half = alone.critic.gradients((fake + goal) / 2)
    assert alone.last("agreement", "cosine_half_way") == pytest.approx(cosine(half, goal - fake), abs=1e-3)


def test_the_optimum_and_correlations_with_it(alone: Run) -> None:
    real, fake = real_and_fake(alone)
    rows = alone.rows("scatter")
    learnt, best = (np.array([float(row[f"{name}_value"]) for row in rows]) for name in ("learnt", "optimal"))
    at = np.concatenate((real[:128], fake[:128]))
    values = alone.critic.values(at)[:, 0] - alone.critic.values(real).mean()
    np.testing.assert_allclose(learnt, values, atol=1e-4 * np.abs(values).max())
    assert alone.last("agreement", "correlation_at_points") == pytest.approx(np.corrcoef(learnt, best)[0, 1], abs=1e-4)
    fields = [alone.points(kind, "x1", "x2", "value") for kind in ("critic", "optimum")]
    shown = alone.last("agreement", "correlation_of_values")
    assert shown == pytest.approx(np.corrcoef(fields[0][:, 2], fields[1][:, 2])[0, 1], abs=2e-3)
    dual = ot.emd(np.ones(512), np.ones(512), distances(real, fake), log=True)[1]["v"]
    optimum = (distances(at, fake) - dual).min(1) - (distances(real, fake) - dual).min(1).mean()
    np.testing.assert_allclose(best, optimum, atol=1e-4)
    text = panels.draw_panel("scatter", [alone.recording]).axes[0].texts[0].get_text().replace("−", "-")
    assert float(text.rpartition(" ")[2]) == pytest.approx(shown, abs=0.006)


def test_arrows_and_slopes_over_the_plane(alone: Run) -> None:
    arrows = alone.points("critic", "x1", "x2", "gradient_x1", "gradient_x2")
    found = alone.critic.gradients(arrows[:, :2])
    np.testing.assert_allclose(arrows[:, 2:], found, atol=1e-4 * np.abs(found).max())
    quantiles = np.quantile(np.linalg.norm(found, axis=1), (0.1, 0.5, 0.9))
    for name, value in zip(("quantile_10", "median", "quantile_90"), quantiles, strict=True):
        assert alone.last("norms-over-time", name, at="plane") == pytest.approx(value, rel=1e-3)
    real, fake = real_and_fake(alone)
    assert alone.last("norms-over-time", "median", at="fake") == pytest.approx(np.median(alone.critic.slopes(fake[:160])), rel=1e-3)
    assert alone.last("norms-over-time", "median", at="real") == pytest.approx(np.median(alone.critic.slopes(real[:160])), rel=1e-3)
