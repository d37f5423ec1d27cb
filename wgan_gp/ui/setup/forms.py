"""Widgets to RunConfig. Bounds and help texts come from the config's fields; every value is checked again on the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import streamlit as st

from wgan_gp.config import (
    DATA_SHAPES,
    METHODS,
    MOST_STEPS,
    Changes,
    GradientPenalty,
    Held,
    MLPCritic,
    Part,
    RunConfig,
    WeightClipping,
    changed,
    parse,
)
from wgan_gp.presets import Method, Variant, preset
from wgan_gp.ui.setup import fields
from wgan_gp.ui.setup.fields import LARGEST, help_of

Settings = dict[str, Any]  # values by path, for `changed`
DEFAULT_SIDES: tuple[Method, ...] = ("clip", "gp", "none", "gp")


def duel_form() -> list[RunConfig] | None:
    """The set-up of a duel: one to four configs with the same seed and data once "Start" is pressed, else None. Raises InvalidConfig."""
    top = st.columns([3, 2, 1, 2, 2, 1.5], vertical_alignment="top")
    data = top[0].selectbox("Data", list(DATA_SHAPES), format_func=_title, key="setup-data", persist_state="session")
    variant: Variant = top[1].segmented_control(
        "Preset", ["fast", "paper"], default="fast", required=True, key="setup-variant", help="fast: something to see within a minute."
    )
    count = top[2].number_input("Runs", 1, 4, 2, key="setup-count", help="Up to four critics side by side.")
    seed = top[3].number_input("Seed", 0, LARGEST, 0, key="setup-seed", help=help_of(RunConfig, "seed"))
    fast = preset(data, "gp", variant)
    steps = top[4].number_input(
        "Iterations", 1, MOST_STEPS, fast.steps, key=f"setup-steps-{data}-{variant}", help=help_of(RunConfig, "steps")
    )
    device = fields.device(top[5], key="setup-device")
    sides = [_side(column, index, data, variant) for index, column in enumerate(st.columns(count))]
    if not st.button("Start", type="primary", icon=":material/play_arrow:", key="setup-start"):
        return None
    return [changed(config, settings | {"seed": seed, "steps": steps, "device": device}) for config, settings in sides]


def _side(column: Any, index: int, data: str, variant: Variant) -> tuple[RunConfig, Settings]:
    """One run of the set-up: its preset, and what was set by hand. A key holds its preset's name: another preset shows its own values."""
    with column.container(border=True):
        chosen = st.segmented_control(
            "Constraint", list(METHODS), default=DEFAULT_SIDES[index], format_func=METHODS.__getitem__, required=True, key=f"side-{index}"
        )
        method = chosen or DEFAULT_SIDES[index]
        config = preset(data, method, variant)
        key = f"side-{index}-{data}-{variant}-{method}"
        settings = _constraint(config, key) | _common(config, key)
        with st.expander("More settings"):
            settings |= _advanced(config, key)
    return config, settings


def _constraint(config: RunConfig, key: str) -> Settings:
    held = config.constraint
    if isinstance(held, GradientPenalty):
        weight = fields.number(st, GradientPenalty, "weight", "Penalty weight λ", held.weight, f"{key}-weight")
        return {"constraint.weight": weight}
    if isinstance(held, WeightClipping):
        limit = fields.number(st, WeightClipping, "limit", "Clipping limit c", held.limit, f"{key}-limit")
        return {"constraint.limit": limit}
    return {}


def _common(config: RunConfig, key: str) -> Settings:
    rate = fields.number(
        st,
        type(config.critic_optimizer),
        "learning_rate",
        "Learning rate α (both nets)",
        config.critic_optimizer.learning_rate,
        f"{key}-learning_rate",
    )
    n_critic = fields.number(st, RunConfig, "n_critic", "Critic updates per iteration n_critic", config.n_critic, f"{key}-n_critic")
    return {"generator_optimizer.learning_rate": rate, "critic_optimizer.learning_rate": rate, "n_critic": n_critic}


def _advanced(config: RunConfig, key: str) -> Settings:
    settings: Settings = {}
    held = config.constraint
    if isinstance(held, GradientPenalty):
        settings["constraint.target"] = fields.number(st, GradientPenalty, "target", "Target norm", held.target, f"{key}-target")
        for field, label in (("sides", "Penalty sides"), ("points", "Penalty points")):
            settings[f"constraint.{field}"] = _choice(held, field, label, key)
    batch = fields.number(st, RunConfig, "batch_size", "Batch size m", config.batch_size, f"{key}-batch_size")
    settings |= {"batch_size": batch, "schedule": _choice(config, "schedule", "Learning-rate schedule", key)} | _network(config, key)
    for field, label in (("compile", "Compile, for long runs on a CPU"), ("tf32", "TF32, on NVIDIA GPUs")):
        settings[field] = st.checkbox(label, getattr(config, field), key=f"{key}-{field}", help=help_of(RunConfig, field))
    name = st.text_input("Name", max_chars=80, key=f"{key}-name", help=help_of(RunConfig, "name"))
    return settings | {"name": name} if name else settings


def _network(config: RunConfig, key: str) -> Settings:
    """The size of both nets: width and depth of a perceptron, channels of a convolutional net."""
    critic = config.critic
    norm = fields.choice(st, "Critic's norm", ["none", "layer"], critic.norm, f"{key}-Critic's norm", help_of(type(critic), "norm"))
    if not isinstance(critic, MLPCritic):
        channels = fields.number(st, type(critic), "channels", "Channels (both nets)", critic.channels, f"{key}-channels")
        hidden = fields.number(st, type(critic), "hidden", "Critic's hidden layer", critic.hidden, f"{key}-hidden")
        return {"critic.norm": norm, "critic.channels": channels, "generator.channels": channels, "critic.hidden": hidden}
    width = fields.number(st, MLPCritic, "width", "Units per layer (both nets)", critic.width, f"{key}-width")
    depth = fields.number(st, MLPCritic, "depth", "Hidden layers (both nets)", critic.depth, f"{key}-depth")
    sizes = {f"{net}.{field}": value for net in ("critic", "generator") for field, value in (("width", width), ("depth", depth))}
    return {"critic.norm": norm} | sizes


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


def _title(data: str) -> str:
    return DATA_SHAPES[data].title


def _choice(part: Part, field: str, label: str, key: str) -> Any:
    """One of the values that a config's field may have."""
    options = get_args(type(part).model_fields[field].annotation)
    return fields.choice(st, label, options, getattr(part, field), f"{key}-{label}", help_of(type(part), field))
