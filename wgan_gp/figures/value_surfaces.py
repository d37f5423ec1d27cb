"""What critics learn when they have all the time: value surfaces beside the exact optimum ([G] figure 1a).

The generator stands still: its samples are real data + N(0, I). The runs are those of the page Critic lab.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from wgan_gp.config import RunConfig, override
from wgan_gp.config.words import optimizer_words
from wgan_gp.figures import parts, states, style
from wgan_gp.figures.style import FAKE, INK
from wgan_gp.figures.trained import Trained, net_words
from wgan_gp.imaging import Array
from wgan_gp.measures.table import number
from wgan_gp.presets import PAPER_DATA, critic_preset

Method = Literal["clip", "gp", "truth"]
EXTENT = 3  # pictures show [-3, 3]^2
METHODS: Mapping[Method, str] = {"clip": "weight clipping", "gp": "gradient penalty", "truth": "exact optimum"}
_LEARNT: tuple[Literal["clip", "gp"], ...] = ("clip", "gp")
_CHANGES: Mapping[str, Sequence[str]] = {
    "tiny": ["steps=30", "critic.width=16", "batch_size=64", "plane_nodes=16"],
    "fast": ["plane_nodes=64"],
    "paper": ["steps=10000", "critic.width=512", "plane_nodes=128"],
}
_OF_PAPER = {"clip": ["critic_optimizer.learning_rate=5e-5"], "gp": ["critic_optimizer.learning_rate=1e-4", "constraint.weight=10"]}


def configs(preset: str, seed: int) -> list[RunConfig]:
    """A clipped and a penalised critic for each of the paper's data sets; `tiny` only tries the first."""
    common = [*_CHANGES[preset], f"plane_extent={EXTENT}", f"seed={seed}", "device=cpu"]
    own = _OF_PAPER if preset == "paper" else {"clip": [], "gp": []}
    return [
        override(critic_preset(data, method), [f"name={method}", *common, *own[method]])
        for data in (PAPER_DATA[:1] if preset == "tiny" else PAPER_DATA)
        for method in _LEARNT
    ]


class Surface(NamedTuple):
    """A critic's value over the plane minus its mean over real data, and what was measured of it."""

    run: Trained
    method: Method
    values: Array  # [nodes, nodes], the lowest y first
    measured: dict[str, float]


def surfaces(runs: Sequence[Trained]) -> list[Surface]:
    """What each run has learnt; after a data set's last critic comes the optimum of the same points.

    Measured are the mean cosine with the optimum's gradient, over the plane and on lines between real and fake points; the correlation
    with its values over the plane; the mean gradient norm on the lines; and the estimate on the points that exact W1 is of.
    """
    found: list[Surface] = []
    for run in runs:
        lines, plane, correlated, estimate = (
            number(states.arrays(run), f"agreement.{name}") for name in ("lines", "plane", "values", "estimate")
        )
        learnt = _measured(plane, lines, correlated, states.arrays(run)["norms_line"], estimate)
        found.append(Surface(run, "gp" if run.method == "gp" else "clip", _field(run), learnt))
        if run.method == "gp":
            best = _measured(1.0, 1.0, 1.0, run.scene["optimum_norms_line"], number(run.scene, "exact.w1"))  # it agrees with itself
            found.append(Surface(run, "truth", _field(run, optimum=True), best))
    return found


def _field(run: Trained, optimum: bool = False) -> Array:
    values = states.field_of(run, optimum)
    assert values is not None
    return values


def _measured(plane: float, lines: float, correlated: float, norms: Array, estimate: float) -> dict[str, float]:
    measured = {"cosine_grid": plane, "cosine_lines": lines, "correlation": correlated}
    return measured | {"gradient_norm": float(norms.mean()), "estimate": estimate}


def results(runs: Sequence[Trained]) -> dict[str, Any]:
    """Per data set the exact W1, what chance leaves of the cosine on lines, and what was measured of each surface."""
    found: dict[str, Any] = {}
    for run, method, _, measured in surfaces(runs):
        exact = {"exact_w1": number(run.scene, "exact.w1"), "cosine_of_another_optimum": number(run.scene, "chance.lines")}
        found.setdefault(run.config.data, exact)[method] = measured
    return found


def table(runs: Sequence[Trained]) -> tuple[list[str], Array]:
    """Column names and rows: x, y, then each surface's values."""
    found = surfaces(runs)
    y, x = np.meshgrid(axis_of(runs[0]), axis_of(runs[0]), indexing="ij")
    columns = ["x", "y", *(f"{surface.run.config.data} {surface.method}" for surface in found)]
    return columns, np.column_stack([x.ravel(), y.ravel(), *(surface.values.ravel() for surface in found)])


def axis_of(run: Trained) -> Array:
    """Where the nodes of the plane lie, on both axes alike."""
    low, high, *_ = states.extent(run).tolist()
    return np.linspace(low, high, len(run.scene["optimum_field"]))


# --- the figure ---------------------------------------------------------------------------------------------------------------


def draw(runs: Sequence[Trained]) -> Figure:
    """A row per data set; columns: clipped, penalty, exact optimum. Values over the plane with the real and fake points on top."""
    found = surfaces(runs)
    rows = len(found) // len(METHODS)
    with style.styled():
        figure = Figure(figsize=(7.2, 2.45 * rows + 1.3), layout="constrained")
        axes = figure.subplots(rows, len(METHODS), sharex=True, sharey=True, squeeze=False)
        for index, row in enumerate(axes):
            _draw_row(row, found[len(METHODS) * index :][: len(METHODS)])
        points = [style.dot(INK["real"], 4, "real data"), style.dot(FAKE, 2, "fake: real data + N(0, I)")]
        figure.legend(handles=points, loc="outside upper right", ncols=2, frameon=False)
        style.title(figure, "What a critic learns when it has time", 11)
        style.caption(figure, _caption(runs))
    return figure


def _draw_row(row: Any, found: Sequence[Surface]) -> None:
    """The optimum and the penalty share limits; clipping's values are hundreds of times smaller and have their own."""
    shared = max(float(np.abs(surface.values).max()) for surface in found if surface.method != "clip")
    for axis, surface in zip(row, found, strict=True):
        own, run = surface.method == "clip", surface.run
        limit = (float(np.abs(surface.values).max()) if own else shared) or 1.0
        spacing = parts.spacing_of(limit) if own else 1.0
        name = f"{run.config.shape.name}: {METHODS[surface.method]}"
        states.head(axis, name, INK[surface.method], _note(surface, spacing, own))
        states.plane(axis, run)
        parts.value_surface(axis, axis_of(run), axis_of(run), surface.values, limit, spacing)
        parts.points_over(axis, run.scene["real"], run.scene["fake"])
        axis.label_outer()
    parts.value_bar(row[-1], shared)


def _note(found: Surface, spacing: float, own: bool) -> str:
    low, high = found.values.min(), found.values.max()
    scale = f"own scale: {low:.2g} to {high:.2g}, lines {spacing:g} apart" if own else f"values from {low:.1f} to {high:.1f}"
    angle = "" if found.method == "truth" else f", cosine {found.measured['cosine_lines']:.2f}"
    return f"{scale}\nslope {found.measured['gradient_norm']:.2g}{angle}"


def _caption(runs: Sequence[Trained]) -> list[str]:
    config = runs[0].config
    held = "; ".join(f"{run.config.constraint.in_words}, {optimizer_words(run.config)}" for run in runs[: len(_LEARNT)])
    return [
        "Look for: the penalty's critic follows the shape of the data, and its level lines are about as dense as the optimum's; clipping's "
        "is hundreds of times flatter and finds little more than the middle. Hills at single modes come last: 25 Gaussians need "
        "the most updates.",
        "Level lines are one unit apart (clipping: as its panel says), so lines one unit of length apart mean slope 1. slope: mean "
        "gradient norm on lines between real and fake points; cosine: of the angle to the optimum's gradient there.",
        f"{net_words(config)}; {config.steps:,} critic updates, batch {config.batch_size}; {held}; both rates decay to 0 along a "
        f"{config.schedule}; seed {config.seed}. The optimum is exact for {len(runs[0].scene['real'])} real and as many fake points; "
        "away from them it is not unique, and the highest is shown. After Gulrajani et al. 2017, figure 1a.",
    ]
