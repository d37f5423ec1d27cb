"""The set-up of the page Gradients. Every value is part of the address, so that a link brings the same set-up."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import streamlit as st
from pydantic import BaseModel

from wgan_gp.config import DATA_SHAPES, MOST_STEPS, GradientPenalty, MLPCritic, RunConfig, WeightClipping
from wgan_gp.presets import gradients_presets
from wgan_gp.ui.forms import LARGEST
from wgan_gp.validation import bounds

PLANE_DATA = [name for name, shape in DATA_SHAPES.items() if shape.is_plane]
LIMITS = ("c1", "c2", "c3")
LEAST_WIDTH, MOST_WIDTH, MOST_DEPTH = 8, 512, 16
FILLED = "gradients-filled"  # session: which runs the fields were filled from


def gradients_form(shown: Sequence[RunConfig]) -> list[RunConfig] | None:
    """Three clipped critics and one with a penalty, once "Train four critics" is pressed, else None.

    What the runs shown have stands in the fields first; what the address says goes before. Raises InvalidConfig.
    """
    first = _first_values(shown)
    _fill(first)
    nets, held, rest = (st.columns(count, vertical_alignment="bottom") for count in (2, 4, 3))
    depth = nets[0].slider(
        "Depth: hidden layers of both nets", 1, MOST_DEPTH, first["depth"], key="depth", bind="query-params",
        help="12 in the paper. The value is one layer more.",
    )  # fmt: skip
    width = nets[1].slider(
        "Width: units per layer", LEAST_WIDTH, MOST_WIDTH, first["width"], 8, key="width", bind="query-params",
        help="Not said in the paper. A layer's gain under clipping grows with c times the width.",
    )  # fmt: skip
    limits = [
        _number(place, WeightClipping, "limit", f"Clipping limit c, {place_of} critic", first[key], key)
        for place, key, place_of in zip(held, LIMITS, ("first", "second", "third"), strict=False)
    ]
    weight = _number(held[3], GradientPenalty, "weight", "Penalty weight λ", first["weight"], "weight")
    data = rest[0].selectbox(
        "Data", PLANE_DATA, PLANE_DATA.index(first["data"]), format_func=_title, key="data", bind="query-params",
        help="Swiss roll in the paper.",
    )  # fmt: skip
    steps = _number(rest[1], RunConfig, "steps", "Iterations", first["steps"], "steps", MOST_STEPS)
    seed = _number(rest[2], RunConfig, "seed", "Seed", first["seed"], "seed")
    if not st.button("Train four critics", type="primary", icon=":material/play_arrow:", key="train-four"):
        return None
    return gradients_presets(data, depth=depth, width=width, clip_limits=limits, weight=weight, steps=steps, seed=seed)


def in_words(shown: Sequence[RunConfig]) -> str:
    """What was chosen here for these runs (for those of the preset where there are none), and what is the papers'."""
    run = next(iter(shown), gradients_presets()[-1])
    size = f"{run.critic.depth} hidden ReLU layers of {run.critic.width}" if isinstance(run.critic, MLPCritic) else "other nets"
    return (
        "From the papers: 12 hidden ReLU layers without norm layers, the Swiss roll, c = 0.1, 0.01 and 0.001, λ = 10, n_critic = 5, RMSProp "
        "5e-5 and Adam 1e-4. They say nothing of width, iterations, batch size and the moment of the measurement. Chosen here: "
        f"{size}, {run.steps:,} iterations, batch size {run.batch_size}; every moment is shown."
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
    return size | {"weight": penalties[0], "data": run.data, "steps": run.steps, "seed": run.seed} | dict(zip(LIMITS, limits, strict=False))


def _fill(values: dict[str, Any]) -> None:
    """Put values into the fields when other runs are shown than before: a field that is known keeps what it had."""
    runs = json.dumps(st.query_params.get_all("run"))
    known, st.session_state[FILLED] = st.session_state.get(FILLED), runs
    if known in (None, runs):
        return
    for key, value in values.items():
        if key not in st.query_params and key in st.session_state:
            st.session_state[key] = value


def _title(data: str) -> str:
    return DATA_SHAPES[data].title


def _number(place: Any, part: type[BaseModel], field: str, label: str, value: float, key: str, high: float = LARGEST) -> Any:
    """A number field with the bounds of a config field, bound to the address."""
    kind, limits = type(value), bounds(part.model_fields[field])
    entered = place.number_input(
        label,
        kind(limits.low or 0),
        kind(min(limits.high or high, high)),
        value,
        1 if kind is int else 10.0 ** math.floor(math.log10(value or 1)),
        None if kind is int else "%.6g",
        key,
        part.model_fields[field].description,
        bind="query-params",
    )
    return value if entered is None else entered
