"""The set-up of the page Gradients. Every value is part of the address, so that a link brings the same set-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from wgan_gp.config import GradientPenalty, MLPCritic, RunConfig, WeightClipping
from wgan_gp.presets import gradients_presets
from wgan_gp.ui.setup import fields
from wgan_gp.ui.setup.critic import PLANE_DATA

DEEP = 8  # hidden layers, from which on this is so
LIMITS = ("c1", "c2", "c3")
LEAST_WIDTH, MOST_WIDTH, MOST_DEPTH = 8, 512, 16


def gradients_form(shown: Sequence[RunConfig]) -> list[RunConfig] | None:
    """Three clipped critics and one with a penalty, once "Train four critics" is pressed, else None.

    What the runs shown have stands in the fields first; what the address says goes before. Raises InvalidConfig.
    """
    first = _first_values(shown)
    fields.follow_runs(first)
    nets, held, rest = (st.columns(count, vertical_alignment="bottom") for count in (2, 4, 4))
    depth = nets[0].slider(
        "Depth: hidden layers of both nets", 1, MOST_DEPTH, first["depth"], key="depth", bind="query-params",
        help="12 in Gulrajani et al., figure 1b. The layer of the value comes on top.",
    )  # fmt: skip
    width = nets[1].slider(
        "Width: units per layer", LEAST_WIDTH, MOST_WIDTH, first["width"], 8, key="width", bind="query-params",
        help="Not said in Gulrajani et al. Right after the first clip a layer multiplies gradients by about c √(width / 2), "
        "as long as the signs of its weights are random; once signs align, by up to c times the width.",
    )  # fmt: skip
    limits = [
        fields.number(place, WeightClipping, "limit", f"Clipping limit c, {place_of} critic", first[key], key, linked=True)
        for place, key, place_of in zip(held, LIMITS, ("first", "second", "third"), strict=False)
    ]
    weight = fields.number(held[3], GradientPenalty, "weight", "Penalty weight λ", first["weight"], "weight", linked=True)
    data = fields.choice(rest[0], "Data", PLANE_DATA, first["data"], "data", "Swiss roll in Gulrajani et al.", linked=True)
    steps = fields.number(rest[1], RunConfig, "steps", "Iterations", first["steps"], "steps", linked=True)
    seed = fields.number(rest[2], RunConfig, "seed", "Seed", first["seed"], "seed", linked=True)
    device = fields.device(rest[3], first["device"], linked=True)
    if not st.button("Train four critics", type="primary", icon=":material/play_arrow:", key="train-four"):
        return None
    return gradients_presets(data, depth=depth, width=width, clip_limits=limits, weight=weight, steps=steps, seed=seed, device=device)


def in_words(shown: Sequence[RunConfig]) -> str:
    """What was chosen here for these runs (for those of the preset where there are none), and what is the papers'."""
    run = next(iter(shown), gradients_presets()[-1])
    size = f"{run.critic.depth} hidden ReLU layers of {run.critic.width}" if isinstance(run.critic, MLPCritic) else "other nets"
    return (
        "From the papers: 12 hidden ReLU layers without norm layers, the Swiss roll, c = 0.1, 0.01 and 0.001, λ = 10, n_critic = 5, "
        "RMSProp 5e-5 and Adam 1e-4. For this figure they say nothing of width, iterations and the moment of the measurement; their "
        f"Algorithms 1 have a batch size of 64. Chosen here: {size}, {run.steps:,} iterations, batch size {run.batch_size}; every moment "
        f"is shown.{_what_comes_later(run)}"
    )


def _what_comes_later(run: RunConfig) -> str:
    """What the recording of 3,000 iterations shows, beside runs that end before it."""
    if run.data != "swissroll" or run.steps > 1500 or not isinstance(run.critic, MLPCritic) or run.critic.depth < DEEP:
        return ""
    return (
        " So few iterations show the gradients, not the samples: with nets this deep the penalty's samples are a dot until about iteration "
        "500, leap about until 1,000 and reach the roll by 3,000, while at c = 0.01 nothing moves at all."
    )


def _first_values(shown: Sequence[RunConfig]) -> dict[str, Any]:
    """The values of the runs shown, where they are runs of this page; else those of the preset."""
    configs = gradients_presets()
    clipped = [run for run in shown if run.constraint.kind == "clip"]
    known = [run for run in shown if isinstance(run.critic, MLPCritic) and run.data in PLANE_DATA]
    run = known[0] if known else configs[0]
    penalties = [run.constraint.weight for run in (*shown, *configs) if isinstance(run.constraint, GradientPenalty)]
    limits = [run.constraint.limit for run in (*clipped, *configs[len(clipped) : 3]) if isinstance(run.constraint, WeightClipping)]
    net = run.critic if isinstance(run.critic, MLPCritic) else MLPCritic(depth=12)
    size = {"depth": min(net.depth, MOST_DEPTH), "width": min(max(net.width, LEAST_WIDTH), MOST_WIDTH)}
    rest = {"data": run.data, "steps": run.steps, "seed": run.seed, "device": run.device}
    return size | rest | {"weight": penalties[0]} | dict(zip(LIMITS, limits, strict=False))
