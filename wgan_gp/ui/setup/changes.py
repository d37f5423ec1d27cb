"""What may change while runs go on: the form behind "Settings", and that of "Extend"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from wgan_gp.config import MOST_STEPS, Changes, GradientPenalty, Held, RunConfig, WeightClipping, parse
from wgan_gp.ui.setup.fields import help_of


def changes_form(configs: Mapping[str, RunConfig], labels: Mapping[str, str]) -> dict[str, Changes] | None:
    """What may change while runs go on: the changes by run id once "Apply" is pressed, else None. Raises InvalidConfig."""
    with st.form("changes", border=False):
        left, right = st.columns(2)
        which = left.selectbox("Which run", ["all", *configs], format_func=lambda run: labels.get(run, "All runs"), key="changes-run")
        entered = {
            "steps": _optional(right, "Iterations", [config.steps for config in configs.values()], help_of(Changes, "steps")),
            "learning_rate": _optional(left, "Learning rate α", [config.critic_optimizer.learning_rate for config in configs.values()]),
            "n_critic": _optional(right, "Critic updates n_critic", [config.n_critic for config in configs.values()]),
            "penalty_weight": _optional(left, "Penalty weight λ", _values(configs, "gp", "weight")),
            "clip_limit": _optional(right, "Clipping limit c", _values(configs, "clip", "limit")),
        }
        st.caption("An empty field changes nothing. λ goes to runs with a penalty, c to clipped runs.")
        if not st.form_submit_button("Apply", type="primary"):
            return None
    chosen = configs if which == "all" else {which: configs[which]}
    return {run: _changes_for(config.constraint, entered) for run, config in chosen.items()}


def length_form(done: int) -> int | None:
    """A larger number of iterations than `done` once "Go on" is pressed, else None."""
    with st.form("length", border=False):
        steps = st.number_input(
            "Iterations", done + 1, MOST_STEPS, min(2 * done, MOST_STEPS), key=f"length-{done}", help=help_of(Changes, "steps")
        )
        return steps if st.form_submit_button("Go on", type="primary") else None


def _changes_for(constraint: Held, entered: Mapping[str, str]) -> Changes:
    """What is not empty and belongs to a run with this constraint."""
    others = {name for owner in (GradientPenalty, WeightClipping) for name in owner.live} - constraint.live.keys()
    return parse(Changes, {field: value for field, value in entered.items() if value and field not in others})


def _values(configs: Mapping[str, RunConfig], kind: str, field: str) -> list[float]:
    return [getattr(config.constraint, field) for config in configs.values() if config.constraint.kind == kind]


def _optional(place: Any, label: str, now: Sequence[float], text: str | None = None) -> str:
    """A number as text, empty for "leave it"; what the runs have now stands in the field as a hint. No use, no field to fill."""
    hint = f"now {', '.join(map(_plain, dict.fromkeys(now)))}" if now else "no run here has it"
    return str(place.text_input(label, placeholder=hint, disabled=not now, key=f"changes-{label}", help=text)).strip()


def _plain(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"
