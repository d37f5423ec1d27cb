"""The papers' figures, drawn from an experiment's numbers and written in all formats."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure

from wgan_gp.config import DATA_SHAPES
from wgan_gp.errors import InvalidConfig
from wgan_gp.experiments import gradient_norms, value_surfaces, weights
from wgan_gp.figures import parts, style
from wgan_gp.figures.style import FAINT, FAKE, INK
from wgan_gp.imaging import Array, table, write_whole

_LOOKS = {  # of the lines of gradient norms: colour by method, marker and dash by c
    "clip": ((INK["clip"], "o", "-"), ("#9A3412", "s", "--"), ("#F59E5B", "^", ":")),
    "gp": ((INK["gp"], "D", "-"),),
}


class Numbers(Protocol):
    """What an experiment gives: its summary for JSON and its table for CSV."""

    def summary(self) -> dict[str, Any]:
        """What goes into JSON."""

    def table(self) -> tuple[list[str], Array]:
        """Column names and rows."""


def make(name: str, preset: str, seed: int, folder: Path, say: Callable[[str], None] = lambda line: None) -> list[Path]:
    """Run an experiment and write its figure as PNG, SVG, PDF, its numbers as CSV, its findings as JSON. Returns the paths.

    `say` is told what is trained. Raises InvalidConfig for a seed below 0 and for a folder that cannot be made.
    """
    if not 0 <= seed < 2**31:
        raise InvalidConfig(f"seed: {seed} was given; from 0 to {2**31 - 1} is allowed.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidConfig(f"out: {str(folder)!r} cannot be made a folder ({error.strerror}); give another.") from error
    experiment, draw = _FIGURES[name]
    numbers = experiment.measure(experiment.PRESETS[preset], seed, say)
    return write(draw(numbers), numbers, name, folder)


def write(figure: Figure, numbers: Numbers, name: str, folder: Path) -> list[Path]:
    """Write `name`.png, .svg, .pdf, .csv and .json into a folder that is there. Raises OSError."""
    contents = {f".{form}": style.printed(figure, form) for form in style.FORMATS}
    contents |= {".csv": table(*numbers.table()), ".json": json.dumps(numbers.summary(), indent=2, allow_nan=False).encode()}
    paths = [folder / f"{name}{ending}" for ending in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        write_whole(path, content)
    return paths


# --- value surfaces -----------------------------------------------------------------------------------------------------------


def draw_value_surfaces(numbers: value_surfaces.ValueSurfaces) -> Figure:
    """A row per data set; columns: clipped, penalty, exact optimum. Values over the plane with the real and fake points on top."""
    rows = len(numbers.scenes)
    with style.styled():
        figure = Figure(figsize=(7.2, 2.45 * rows + 1.3), layout="constrained")
        axes = figure.subplots(rows, 3, sharex=True, sharey=True, squeeze=False)
        for row, data in zip(axes, numbers.scenes, strict=True):
            _draw_row(figure, row, numbers, data)
        for axis in axes[-1]:
            axis.set_xlabel("x₁")
        points = [style.dot(INK["real"], 4, "real data"), style.dot(FAKE, 2, "fake: real data + N(0, I)")]
        figure.legend(handles=points, loc="outside upper right", ncols=2, frameon=False)
        style.title(figure, "What a critic learns when it has time", 11)
        style.caption(figure, _surface_caption(numbers))
    return figure


def _draw_row(figure: Figure, row: Any, numbers: value_surfaces.ValueSurfaces, data: str) -> None:
    """The optimum and the penalty share limits; clipping's values are hundreds of times smaller and have their own."""
    shared = max(np.abs(numbers.surface(data, method).values).max() for method in ("gp", "truth"))
    names = {"clip": "Weight clipping", "gp": "Gradient penalty", "truth": "Exact optimum"}
    for axis, method in zip(row, value_surfaces.METHODS, strict=True):
        found = numbers.surface(data, method)
        own = method == "clip"
        limit = (np.abs(found.values).max() if own else shared) or 1.0
        spacing = parts.spacing_of(limit) if own else 1.0
        parts.value_surface(axis, numbers.axis, numbers.axis, found.values, limit, spacing)
        axis.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal", xticks=(-2, 0, 2), yticks=(-2, 0, 2))
        parts.points_over(axis, numbers.scenes[data].real, numbers.scenes[data].fake)
        axis.set_title(f"{DATA_SHAPES[data].name}: {names[method].lower()}", color=INK[method], fontweight="bold", loc="left", pad=19)
        axis.text(0, 1.02, _surface_note(found, spacing, own), transform=axis.transAxes, fontsize=6.2, color=FAINT)
    parts.value_bar(row[-1], shared)
    row[0].set_ylabel("x₂")


def _surface_note(found: value_surfaces.Surface, spacing: float, own: bool) -> str:
    low, high = found.values.min(), found.values.max()
    scale = f"own scale: {low:.2g} to {high:.2g}, lines {spacing:g} apart" if own else f"values from {low:.1f} to {high:.1f}"
    angle = "" if found.method == "truth" else f", cosine {found.cosine_lines:.2f}"
    return f"{scale}\nslope {found.gradient_norm:.2g}{angle}".replace("-", "−")


def _surface_caption(numbers: value_surfaces.ValueSurfaces) -> list[str]:
    chosen = numbers.settings
    return [
        "Look for: the penalty's critic follows the shape of the data, and its level lines are about as dense as the optimum's; clipping's "
        "is hundreds of times flatter and finds little more than the middle. Hills at single modes come last: 25 Gaussians need "
        "the most updates.",
        "Level lines are one unit apart (clipping: as its panel says), so lines one unit of length apart mean slope 1. slope: mean "
        "gradient norm on lines between real and fake points; cosine: of the angle to the optimum's gradient there.",
        f"{chosen.depth} hidden ReLU layers of {chosen.width}; {chosen.updates:,} critic updates, batch {chosen.batch_size}; penalty: "
        f"λ = {chosen.penalty_weight:g}, Adam {chosen.penalty_rate:g}; clipping: c = {chosen.clip_limit:g}, RMSProp {chosen.clip_rate:g}; "
        f"both rates decay to 0 along a cosine; seed {numbers.seed}. The optimum is exact for {chosen.points} real and as many fake "
        "points; away from them it is not unique, and the highest is shown. After Gulrajani et al. 2017, figure 1a.",
    ]


# --- gradient norms -----------------------------------------------------------------------------------------------------------


def draw_gradient_norms(numbers: gradient_norms.GradientNorms) -> Figure:
    """The norm of the gradient by each layer's activations, from the last layer back to the first; one line per critic."""
    last = numbers.settings.depth + 1
    with style.styled():
        figure = Figure(figsize=(6.4, 4.4), layout="constrained")
        axis = figure.subplots()
        looks = {kind: iter(found) for kind, found in _LOOKS.items()}
        for critic in numbers.critics:
            kind = critic.constraint.kind
            colour, marker, dash = next(looks[kind], _LOOKS[kind][-1])
            look = {"color": colour, "marker": marker, "ms": 4, "ls": dash}
            parts.layer_norms(axis, critic.norms, look, _norm_label(critic), (critic.low, critic.high))
        parts.layer_axis(axis, last)
        axis.set_title("Gradients through a deep critic explode or vanish under clipping", loc="left", fontsize=10, fontweight="bold")
        style.caption(figure, _norm_caption(numbers))
    return figure


def _norm_label(critic: gradient_norms.LayerNorms) -> str:
    held = critic.constraint
    name = f"clipping, c = {held.limit:g}" if held.kind == "clip" else "gradient penalty"
    return f"{name} ({critic.slope:+.2f})".replace("-", "−")


def _norm_caption(numbers: gradient_norms.GradientNorms) -> list[str]:
    chosen = numbers.settings
    return [
        "Look for: a flat line hands every layer a gradient of the same size. Under clipping the size falls or rises by powers of ten.",
        f"Swiss roll; generator and critic with {chosen.depth} hidden ReLU layers of {chosen.width}, no norm layers; batch "
        f"{chosen.batch_size}, n_critic {chosen.n_critic}; clipping: RMSProp {chosen.clip_rate:g}; penalty: λ = {chosen.penalty_weight:g}, "
        f"Adam {chosen.penalty_rate:g}. Median (band: smallest to largest) of {chosen.moments} moments in the second half of "
        f"{chosen.iterations:,} iterations; loss without the penalty; norm over batch and units; seed {numbers.seed}. "
        "After Gulrajani et al. 2017, figure 1b (left), which gives no width, iterations or moment.",
    ]


# --- weights ------------------------------------------------------------------------------------------------------------------


def draw_weights(numbers: weights.WeightHistograms) -> Figure:
    """Histograms of the critic's weights: clipping above, on axes of +-0.02, the penalty below, on +-0.5."""
    found = numbers.summary()["results"]
    c = numbers.settings.clip_limit
    near = {start: shares["share_within_1_percent_of_c"] for start, shares in found["clip"].items()}
    first = {start: shares["share_before_training"] for start, shares in found["clip"].items()}
    notes = {
        "clip": f"within 1 % of ±c:\norange {near['usual_start']:.0%}\n(after the first clip {first['usual_start']:.0%})\n"
        f"black {near['start_inside']:.0%}\n(at the start {first['start_inside']:.0%})",
        "gp": f"standard deviation {found['gp']['standard_deviation']:.2g}\n"
        f"(at the start {found['gp']['standard_deviation_before_training']:.2g})\n"
        f"largest {found['gp']['largest']:.2g}; beyond the axis {found['gp']['share_beyond_axis']:.1%}",
    }
    titles = {"clip": f"Weight clipping, c = {c:g}", "gp": "Gradient penalty"}
    with style.styled():
        figure = Figure(figsize=(6.4, 4.9), layout="constrained")
        for axis, part in zip(figure.subplots(2, 1), (numbers.clip, numbers.gp), strict=True):
            edges, shares = part.shares()
            parts.weight_bars(axis, edges, shares, INK[part.method], "usual first weights")
            if part is numbers.clip:
                inside = 100 * numbers.inside.shares()[1]
                axis.stairs(inside, edges, color=FAKE, lw=0.9, label="first weights from U(−c, c)")
                axis.legend(frameon=False, loc="upper center")
            axis.set_title(titles[part.method], color=INK[part.method], loc="left", fontweight="bold")
            axis.text(0.99, 0.93, notes[part.method], transform=axis.transAxes, ha="right", va="top", fontsize=7.5)
        axis.set_xlabel("weight of the critic")
        style.title(figure, "Where the critic's weights go")
        style.caption(figure, _weight_caption(numbers))
    return figure


def _weight_caption(numbers: weights.WeightHistograms) -> list[str]:
    chosen = numbers.settings
    return [
        "Look for: clipping piles weights up at the ends of what is allowed; the penalty leaves the bell of the first "
        "weights. The two axes differ.",
        "The usual first weights (He normal) are larger than c: the first clip alone puts most of them at ±c. The black line starts "
        "from U(−c, c): what it has at ±c, training has moved there.",
        f"Swiss roll; {chosen.depth} hidden ReLU layers of {chosen.width}; {chosen.iterations:,} iterations, batch {chosen.batch_size}, "
        f"n_critic {chosen.n_critic}; penalty: λ = {chosen.penalty_weight:g}, Adam {chosen.penalty_rate:g}; clipping: RMSProp "
        f"{chosen.clip_rate:g}; seed {numbers.seed}. After Gulrajani et al. 2017, figure 1b (right).",
    ]


_FIGURES: Mapping[str, tuple[Any, Callable[[Any], Figure]]] = {  # an experiment's module, and who draws what it measures
    "value-surfaces": (value_surfaces, draw_value_surfaces),
    "gradient-norms": (gradient_norms, draw_gradient_norms),
    "weights": (weights, draw_weights),
}
