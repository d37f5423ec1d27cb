"""How strong the critic's gradients are from layer to layer: clipping lets them explode or vanish ([G] figure 1b, left).

[G] gives 12-layer ReLU nets without batch norm on the Swiss roll. The runs are those of the page Gradients.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from wgan_gp.config import RunConfig
from wgan_gp.config.words import optimizer_words
from wgan_gp.figures import parts, states, style
from wgan_gp.figures.trained import Trained, net_words
from wgan_gp.imaging import Array
from wgan_gp.measures.critic import LAYER_POINTS
from wgan_gp.presets import gradients_presets

_SIZES: Mapping[str, Mapping[str, Any]] = {
    "tiny": {"width": 8, "depth": 3, "steps": 4, "batch_size": 16},
    "fast": {"steps": 300},
    "paper": {"width": 512, "steps": 5000, "batch_size": 256},
}


def configs(preset: str, seed: int) -> list[RunConfig]:
    """A clipped critic for each c, and one with a penalty: generator and critic start from the same weights."""
    found = gradients_presets(seed=seed, device="cpu", **_SIZES[preset])
    return [config.model_copy(update={"name": _name(config)}) for config in found]


def _name(config: RunConfig) -> str:
    held = config.constraint
    return f"clip c={held.limit:g}" if held.kind == "clip" else held.kind


def layer_norms(run: Trained) -> Array:
    """||d(critic loss) / d(activations of a layer)|| over the moments: median, smallest and largest, [3, layers], layer 1 first."""
    norms = np.stack([states.layer_sizes(moment.arrays["layers"]) for moment in run.moments])  # [moments, layers]
    return np.stack((np.median(norms, axis=0), norms.min(axis=0), norms.max(axis=0)))


def results(runs: Sequence[Trained]) -> dict[str, Any]:
    """Per critic the slope (None without norms) and the norms, layer 1 first."""
    found = {}
    for run in runs:
        norms = layer_norms(run)[0]
        slope = parts.layer_slope(norms)
        found[run.label] = {"slope_log10_per_layer": None if math.isnan(slope) else slope, "norms": norms.tolist()}
    return found


def table(runs: Sequence[Trained]) -> tuple[list[str], Array]:
    """Column names and rows: the layer, then each critic's median, smallest and largest norm."""
    found = np.concatenate([layer_norms(run) for run in runs])  # [3 * runs, layers]
    columns = [f"{run.label}{which}" for run in runs for which in ("", " low", " high")]
    return ["layer", *columns], np.column_stack([np.arange(1.0, found.shape[1] + 1), *found])


# --- the figure ---------------------------------------------------------------------------------------------------------------


def draw(runs: Sequence[Trained]) -> Figure:
    """The norm of the gradient by each layer's activations, from the last layer back to the first; one line per critic."""
    with style.styled():
        figure = Figure(figsize=(6.4, 4.4), layout="constrained")
        axis = figure.subplots()
        for index, run in enumerate(runs):
            norms, low, high = layer_norms(run)
            colour, dash = style.look(run.method, [other.method for other in runs[:index]].count(run.method))
            label = f"{run.config.constraint.in_words} ({parts.layer_slope(norms):+.2f})".replace("-", "−")
            parts.layer_norms(axis, norms, {"color": colour, "ls": dash, "marker": "o", "ms": 4}, label, (low, high))
        parts.layer_axis(axis, len(norms))
        axis.set_title("Gradients through a deep critic explode or vanish under clipping", loc="left", fontsize=10, fontweight="bold")
        style.caption(figure, _caption(runs))
    return figure


def _caption(runs: Sequence[Trained]) -> list[str]:
    clipped, penalised = runs[0].config, runs[-1].config
    return [
        "Look for: a flat line hands every layer a gradient of the same size. Under clipping the size falls or rises by powers of ten.",
        f"{clipped.shape.name}; generator and critic with {net_words(clipped)}, no norm layers; batch {clipped.batch_size}, "
        f"n_critic {clipped.n_critic}; weight clipping: {optimizer_words(clipped)}; gradient penalty: {optimizer_words(penalised)}. "
        f"Median (band: smallest to largest) of {len(runs[0].moments)} moments in the second half of {clipped.steps:,} iterations; loss "
        f"without the penalty; norm over units and over {LAYER_POINTS} real and as many fake points; seed {clipped.seed}. "
        "After Gulrajani et al. 2017, figure 1b (left), which gives no width, iterations or moment.",
    ]
