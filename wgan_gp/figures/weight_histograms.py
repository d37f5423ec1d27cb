"""Where the critic's weights go: clipping pushes them to -c and c, the penalty leaves a bell ([G] figure 1b, right).

The usual first weights are far larger than c, so that the first clip alone puts most of them at +-c, and the share there says little of
training. A third run starts from U(-c, c): what it has at +-c has gone there. [G] names the Swiss roll and c = 0.01; the rest is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from wgan_gp.config import RunConfig, WeightClipping, override
from wgan_gp.config.words import optimizer_words
from wgan_gp.figures import parts, style
from wgan_gp.figures.style import FAKE, INK
from wgan_gp.figures.trained import Trained, net_words
from wgan_gp.imaging import Array
from wgan_gp.presets import preset as preset_of
from wgan_gp.theory.lipschitz import share_at_limit

DATA = "swissroll"
AXES = {"clip": 0.02, "gp": 0.5}  # histograms cover [-axis, axis], as in [G]
BINS = 80
_COLUMNS = ("clip", "clip inside", "gp")
_CHANGES: Mapping[str, Sequence[str]] = {
    "tiny": ["critic.width=16", "generator.width=16", "steps=20", "batch_size=32"],
    "fast": ["critic.width=128", "generator.width=128", "steps=1000"],
    "paper": ["steps=20000"],
}
_FASTER = ["constraint.weight=1", "generator_optimizer.learning_rate=1e-3", "critic_optimizer.learning_rate=1e-3"]  # a penalty's


def configs(preset: str, seed: int) -> list[RunConfig]:
    """Clipping from the usual first weights, clipping from weights inside its limit, and the penalty."""
    common = [*_CHANGES[preset], f"seed={seed}", "device=cpu"]
    clip, penalty = (override(preset_of(DATA, method, "paper"), [f"name={method}", *common]) for method in ("clip", "gp"))
    inside = override(clip, ["name=clip from inside", "first_weights=inside"])
    return [clip, inside, penalty if preset == "paper" else override(penalty, _FASTER)]


def bin_shares(weights: Array, method: str) -> tuple[Array, Array]:
    """Bin edges [BINS + 1] and the share of weights in each bin [BINS]; what lies beyond the axes is in none."""
    counts, edges = np.histogram(weights, BINS, (-AXES[method], AXES[method]))
    return edges, counts / len(weights)


def shares_at_limit(run: Trained) -> dict[str, float]:
    """The share of weights within 1 % of +-c after training, and of the first weights, clipped."""
    held = run.config.constraint
    assert isinstance(held, WeightClipping)
    weights = (torch.from_numpy(found).clamp(-held.limit, held.limit) for found in (run.before, run.after))
    before, after = (share_at_limit(found, held.limit) for found in weights)
    return {"share_within_1_percent_of_c": after, "share_before_training": before}


def results(runs: Sequence[Trained]) -> dict[str, Any]:
    """The shares of clipped weights at +-c, and how far the penalty's spread."""
    clip, inside, penalty = runs
    spread = {
        "largest": float(np.abs(penalty.after).max()),
        "standard_deviation": float(penalty.after.std()),
        "share_beyond_axis": float(np.mean(np.abs(penalty.after) > AXES["gp"])),
        "standard_deviation_before_training": float(penalty.before.std()),
    }
    return {"clip": {"usual_start": shares_at_limit(clip), "start_inside": shares_at_limit(inside)}, "gp": spread}


def table(runs: Sequence[Trained]) -> tuple[list[str], Array]:
    """Column names and rows: for each run a bin's lower and upper edge, and the share of weights in it."""
    found: list[Array] = []
    for run in runs:
        edges, shares = bin_shares(run.after, run.method)
        found += [edges[:-1], edges[1:], shares]
    return [f"{name} {column}" for name in _COLUMNS for column in ("from", "to", "share")], np.column_stack(found)


# --- the figure ---------------------------------------------------------------------------------------------------------------


def draw(runs: Sequence[Trained]) -> Figure:
    """Histograms of the critic's weights: clipping above, on axes of +-0.02, the penalty below, on +-0.5."""
    clip, inside, penalty = runs
    notes = _notes(runs)
    with style.styled():
        figure = Figure(figsize=(6.4, 4.9), layout="constrained")
        for axis, run in zip(figure.subplots(2, 1), (clip, penalty), strict=True):
            edges, shares = bin_shares(run.after, run.method)
            parts.weight_bars(axis, edges, shares, INK[run.method], "usual first weights")
            if run is clip:
                axis.stairs(100 * bin_shares(inside.after, "clip")[1], edges, color=FAKE, lw=0.9, label="first weights from U(−c, c)")
                axis.legend(frameon=False, loc="upper center")
            title = run.config.constraint.in_words.capitalize()
            axis.set_title(title, color=INK[run.method], loc="left", fontweight="bold")
            axis.text(0.99, 0.93, notes[run.method], transform=axis.transAxes, ha="right", va="top", fontsize=7.5)
        axis.set_xlabel("weight of the critic")
        style.title(figure, "Where the critic's weights go")
        style.caption(figure, _caption(runs))
    return figure


def _notes(runs: Sequence[Trained]) -> dict[str, str]:
    """What stands in each histogram."""
    found = results(runs)
    usual, inside = (found["clip"][start] for start in ("usual_start", "start_inside"))
    near, first, gp = "share_within_1_percent_of_c", "share_before_training", found["gp"]
    return {
        "clip": f"within 1 % of ±c:\norange {usual[near]:.0%}\n(clipped start {usual[first]:.0%})\n"
        f"black {inside[near]:.0%}\n(at the start {inside[first]:.0%})",
        "gp": f"standard deviation {gp['standard_deviation']:.2g}\n(at the start {gp['standard_deviation_before_training']:.2g})\n"
        f"largest {gp['largest']:.2g}; beyond the axis {gp['share_beyond_axis']:.1%}",
    }


def _caption(runs: Sequence[Trained]) -> list[str]:
    clip, _, penalty = (run.config for run in runs)
    return [
        "Look for: clipping piles weights up at the ends of what is allowed; the penalty leaves the bell of the first "
        "weights. The two axes differ.",
        "The usual first weights (He normal) are larger than c: the first clip alone puts most of them at ±c. The black line starts "
        "from U(−c, c): what it has at ±c, training has moved there.",
        f"{clip.shape.name}; {net_words(clip)}; {clip.steps:,} iterations, batch {clip.batch_size}, n_critic {clip.n_critic}; "
        f"weight clipping: {optimizer_words(clip)}; gradient penalty: {optimizer_words(penalty)}; seed {clip.seed}. "
        "After Gulrajani et al. 2017, figure 1b (right).",
    ]
