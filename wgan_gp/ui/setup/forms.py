"""Widgets to RunConfig. Bounds and help texts come from the config's fields; every value is checked again on the server."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from pydantic import BaseModel

from wgan_gp.config import (
    DATA_SHAPES,
    METHODS,
    MOST_STEPS,
    Changes,
    GradientPenalty,
    MLPCritic,
    RunConfig,
    WeightClipping,
    override,
    parse,
)
from wgan_gp.presets import Method, Variant, preset
from wgan_gp.runs import warm
from wgan_gp.validation import bounds

LARGEST = 2**53 - 1  # the largest whole number a browser counts exactly
FILLED = "filled-from"  # session: the runs that fields were filled from
DEFAULT_SIDES: tuple[Method, ...] = ("clip", "gp", "none", "gp")


def duel_form() -> list[RunConfig] | None:
    """The set-up of a duel: one to four configs with the same seed and data once "Start" is pressed, else None. Raises InvalidConfig."""
    top = st.columns([3, 2, 1, 2, 2, 1.5], vertical_alignment="top")
    data = top[0].selectbox("Data", list(DATA_SHAPES), format_func=_title, key="setup-data", persist_state="session")
    variant: Variant = top[1].segmented_control(
        "Preset", ["fast", "paper"], default="fast", required=True, key="setup-variant", help="fast: something to see within a minute."
    )
    count = top[2].number_input("Runs", 1, 4, 2, key="setup-count", help="Up to four critics side by side.")
    seed = top[3].number_input("Seed", 0, LARGEST, 0, key="setup-seed", help=_help(RunConfig, "seed"))
    fast = preset(data, "gp", variant)
    steps = top[4].number_input(
        "Iterations", 1, MOST_STEPS, fast.steps, key=f"setup-steps-{data}-{variant}", help=_help(RunConfig, "steps")
    )
    device = device_field(top[5], key="setup-device")
    sides = [_side(column, index, data, variant) for index, column in enumerate(st.columns(count))]
    if not st.button("Start", type="primary", icon=":material/play_arrow:", key="setup-start"):
        return None
    shared = [f"seed={seed}", f"steps={steps}", f"device={json.dumps(device)}"]
    return [override(config, settings + shared) for config, settings in sides]


def _side(column: Any, index: int, data: str, variant: Variant) -> tuple[RunConfig, list[str]]:
    """One run of the set-up: its preset, and what was set by hand. A key holds its preset's name: another preset shows its own values."""
    with column.container(border=True):
        chosen = st.segmented_control(
            "Constraint", list(METHODS), default=DEFAULT_SIDES[index], format_func=METHODS.__getitem__, required=True, key=f"side-{index}"
        )
        method = chosen or DEFAULT_SIDES[index]
        config = preset(data, method, variant)
        key = f"side-{index}-{data}-{variant}-{method}"
        settings = [*_constraint(config, key), *_common(config, key)]
        with st.expander("More settings"):
            settings += _advanced(config, key)
    return config, settings


def _constraint(config: RunConfig, key: str) -> list[str]:
    held = config.constraint
    if isinstance(held, GradientPenalty):
        weight = _number(GradientPenalty, "weight", "Penalty weight λ", held.weight, key)
        return [f"constraint.weight={weight}"]
    if isinstance(held, WeightClipping):
        limit = _number(WeightClipping, "limit", "Clipping limit c", held.limit, key)
        return [f"constraint.limit={limit}"]
    return []


def _common(config: RunConfig, key: str) -> list[str]:
    rate = _number(
        type(config.critic_optimizer), "learning_rate", "Learning rate α (both nets)", config.critic_optimizer.learning_rate, key
    )
    n_critic = _number(RunConfig, "n_critic", "Critic updates per iteration n_critic", config.n_critic, key)
    return [f"generator_optimizer.learning_rate={rate}", f"critic_optimizer.learning_rate={rate}", f"n_critic={n_critic}"]


def _advanced(config: RunConfig, key: str) -> list[str]:
    settings = []
    if isinstance(config.constraint, GradientPenalty):
        target = _number(GradientPenalty, "target", "Target norm", config.constraint.target, key)
        sides = _choice("Penalty sides", ["two", "one"], config.constraint.sides, key, _help(GradientPenalty, "sides"))
        points = _choice("Penalty points", ["line", "real", "fake"], config.constraint.points, key, _help(GradientPenalty, "points"))
        settings += [f"constraint.target={target}", f"constraint.sides={sides}", f"constraint.points={points}"]
    batch = _number(RunConfig, "batch_size", "Batch size m", config.batch_size, key)
    schedule = _choice("Learning-rate schedule", ["constant", "linear", "cosine"], config.schedule, key, _help(RunConfig, "schedule"))
    settings += [f"batch_size={batch}", f"schedule={schedule}", *_network(config, key)]
    for field, label in (("compile", "Compile, for long runs on a CPU"), ("tf32", "TF32, on NVIDIA GPUs")):
        chosen = st.checkbox(label, getattr(config, field), key=f"{key}-{field}", help=_help(RunConfig, field))
        settings.append(f"{field}={json.dumps(chosen)}")
    name = st.text_input("Name", max_chars=80, key=f"{key}-name", help=_help(RunConfig, "name"))
    return [*settings, f"name={json.dumps(name)}"] if name else settings


def _network(config: RunConfig, key: str) -> list[str]:
    """The size of both nets: width and depth of a perceptron, channels of a convolutional net."""
    critic = config.critic
    norm = _choice("Critic's norm", ["none", "layer"], critic.norm, key, _help(type(critic), "norm"))
    if not isinstance(critic, MLPCritic):
        channels = _number(type(critic), "channels", "Channels (both nets)", critic.channels, key)
        return [f"critic.norm={norm}", f"critic.channels={channels}", f"generator.channels={channels}"]
    width = _number(MLPCritic, "width", "Units per layer (both nets)", critic.width, key)
    depth = _number(MLPCritic, "depth", "Hidden layers (both nets)", critic.depth, key)
    return [
        f"critic.norm={norm}",
        *(f"{net}.{field}={value}" for net in ("critic", "generator") for field, value in (("width", width), ("depth", depth))),
    ]


def changes_form(configs: Mapping[str, RunConfig], labels: Mapping[str, str]) -> dict[str, Changes] | None:
    """What may change while runs go on: the changes by run id once "Apply" is pressed, else None. Raises InvalidConfig."""
    with st.form("changes", border=False):
        left, right = st.columns(2)
        which = left.selectbox("Which run", ["all", *configs], format_func=lambda run: labels.get(run, "All runs"), key="changes-run")
        entered = {
            "steps": _optional(right, "Iterations", [config.steps for config in configs.values()], _help(Changes, "steps")),
            "learning_rate": _optional(left, "Learning rate α", [config.critic_optimizer.learning_rate for config in configs.values()]),
            "n_critic": _optional(right, "Critic updates n_critic", [config.n_critic for config in configs.values()]),
            "penalty_weight": _optional(left, "Penalty weight λ", _values(configs, "gp", "weight")),
            "clip_limit": _optional(right, "Clipping limit c", _values(configs, "clip", "limit")),
        }
        st.caption("An empty field changes nothing. λ goes to runs with a penalty, c to clipped runs.")
        if not st.form_submit_button("Apply", type="primary"):
            return None
    chosen = configs if which == "all" else {which: configs[which]}
    return {run: _changes_for(config.constraint.kind, entered) for run, config in chosen.items()}


def length_form(done: int) -> int | None:
    """A larger number of iterations than `done` once "Go on" is pressed, else None."""
    with st.form("length", border=False):
        steps = st.number_input(
            "Iterations", done + 1, MOST_STEPS, min(2 * done, MOST_STEPS), key=f"length-{done}", help=_help(Changes, "steps")
        )
        return steps if st.form_submit_button("Go on", type="primary") else None


def _changes_for(kind: str, entered: Mapping[str, str]) -> Changes:
    """What is not empty and belongs to a run with this constraint."""
    owners = {"penalty_weight": "gp", "clip_limit": "clip"}
    return parse(Changes, {field: value for field, value in entered.items() if value and owners.get(field, kind) == kind})


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


def _help(part: type[BaseModel], field: str) -> str | None:
    return part.model_fields[field].description


def _number(part: type[BaseModel], field: str, label: str, value: float, key: str) -> float:
    """A number field with the bounds of a config field."""
    kind = type(value)
    limits = bounds(part.model_fields[field])
    entered = st.number_input(
        label,
        min_value=kind(limits.low or 0),
        max_value=kind(min(limits.high or LARGEST, LARGEST)),
        value=value,
        step=1 if kind is int else 10.0 ** math.floor(math.log10(value or 1)),
        format=None if kind is int else "%.6g",
        key=f"{key}-{field}",
        help=_help(part, field),
    )
    return value if entered is None else kind(entered)


def device_field(place: Any, value: str = "auto", key: str = "device", *, linked: bool = False) -> str:
    """Where runs are trained: auto, and what is on this machine. `linked`: the value is part of the page's address under `key`."""
    options = list(dict.fromkeys(("auto", *warm.devices(), "cpu", value)))
    bound = {"bind": "query-params"} if linked else {}
    chosen = place.selectbox(
        "Device", options, options.index(value), key=key, **bound,
        help="auto: a GPU where there is one whose numbers are those of the CPU, else the CPU.",
    )  # fmt: skip
    return value if chosen is None else str(chosen)


def linked_number(place: Any, part: type[BaseModel], field: str, label: str, value: float, key: str, text: str | None = None) -> Any:
    """A number field with the bounds of a config field, whose value is part of the page's address under `key`."""
    kind, limits = type(value), bounds(part.model_fields[field])
    entered = place.number_input(
        label,
        kind(limits.low or 0),
        kind(min(limits.high or LARGEST, LARGEST)),
        value,
        1 if kind is int else 10.0 ** math.floor(math.log10(abs(value) or 1)),
        None if kind is int else "%.6g",
        key,
        text or _help(part, field),
        bind="query-params",
    )
    return value if entered is None else entered


def follow_runs(values: Mapping[str, Any]) -> None:
    """Put the values of the runs shown into fields that are part of the address, when other runs are shown than before."""
    runs = tuple(st.query_params.get_all("run"))
    known, st.session_state[FILLED] = st.session_state.get(FILLED), runs
    if known in (None, runs):
        return
    for key, value in values.items():
        if key not in st.query_params and key in st.session_state:
            st.session_state[key] = value


def _choice(label: str, options: list[str], value: str, key: str, text: str | None) -> str:
    return str(st.selectbox(label, options, index=options.index(value), key=f"{key}-{label}", help=text))
