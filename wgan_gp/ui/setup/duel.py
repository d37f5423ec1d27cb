"""The set-up of a duel. Every value is part of the address, so that a link brings the same set-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import streamlit as st

from wgan_gp.config import DATA_SHAPES, METHODS, GradientPenalty, MLPCritic, Part, RunConfig, WeightClipping, changed, rates
from wgan_gp.config.words import difference
from wgan_gp.datafiles import missing
from wgan_gp.presets import OPTIMIZERS, VARIANTS, Method, OptimizerChoice, Variant, preset
from wgan_gp.ui.setup import fields
from wgan_gp.ui.setup.duration import expected
from wgan_gp.ui.setup.fields import help_of
from wgan_gp.ui.words import literal

Settings = dict[str, Any]  # values by path, for `changed`
DEFAULT_SIDES: tuple[Method, ...] = ("clip", "gp", "none", "gp")
KINDS: Mapping[OptimizerChoice, str] = {"rmsprop": "RMSProp", "adam": "Adam"}
KIND_HELP = "Clipping has RMSProp in its paper, since momentum can make it unstable; the penalty has Adam."
VARIANT_HELP = (
    "fast: small nets and high learning rates; in the plane something to see within a minute. "
    "best: how the generators that ship were trained; images take an hour or two. "
    "paper: the nets, rates and 100,000 iterations of the papers' code, which take hours."
)
FAIR_HELP = (
    "Each its paper's: clipping with RMSProp, the penalty with Adam, as Arjovsky et al. and Gulrajani et al. have them; then a part of "
    "what you see is the optimiser's. The same for all: only the constraint differs. Measured on 8 Gaussians, seeds 0, 1 and 2, samples "
    "on a mode at the end: clipping 49, 22 and 34 %, penalty 90, 83 and 89 % each with its own; both with RMSProp 49, 22 and 34 % "
    "against 57, 60 and 59 %; both with Adam 1 % against 90 % (seed 0)."
)


def duel_form() -> list[RunConfig] | None:
    """The set-up of a duel: one to four configs with the same seed and data once "Start" is pressed, else None. Raises InvalidConfig."""
    top = st.columns([2.6, 1.8, 2.8, 1.9, 1.6, 2, 1.6], vertical_alignment="top")
    titles = {name: shape.title for name, shape in DATA_SHAPES.items()}
    data = fields.choice(top[0], "Data", titles, "8gaussians", "data", "What is learnt.", linked=True)
    variant: Variant = fields.choice(top[1], "Preset", VARIANTS, "fast", "preset", VARIANT_HELP, linked=True)
    fair: OptimizerChoice = fields.choice(top[2], "Optimisers", OPTIMIZERS, "own", "optimizers", FAIR_HELP, linked=True)
    count = top[3].number_input("Runs", 1, 4, 2, key="runs", help="Up to four critics side by side.", bind="query-params")
    seed = fields.number(top[4], RunConfig, "seed", "Seed", 0, "seed", linked=True)
    steps = preset(data, "gp", variant).steps
    fields.refill("duel-length", (data, variant), {"steps": steps})
    steps = fields.number(top[5], RunConfig, "steps", "Iterations", steps, "steps", linked=True)
    device = fields.device(top[6], linked=True)
    words = st.empty()
    _say_what_is_missing(data)
    sides = [_side(column, str(place), data, variant, fair) for place, column in enumerate(st.columns(count), start=1)]
    configs = [changed(config, settings | {"seed": seed, "steps": steps, "device": device}) for config, settings in sides]
    words.caption(" ".join(filter(None, (difference(configs), expected(configs, variant)))))
    return configs if st.button("Start", type="primary", icon=":material/play_arrow:", key="start") else None


def _say_what_is_missing(data: str) -> None:
    """Before the start, which files the data set wants, with an address to copy."""
    found = missing(data)
    if found is not None:
        st.info(literal(f"{DATA_SHAPES[data].name}: {found.words}"), icon=":material/download:")
    if found is not None and found.address:
        st.code(found.address, language=None)


def _side(column: Any, place: str, data: str, variant: Variant, fair: OptimizerChoice) -> tuple[RunConfig, Settings]:
    """One run of the set-up: its preset, and what was set by hand. Another preset fills the fields anew."""
    with column.container(border=True):
        first = DEFAULT_SIDES[int(place) - 1]
        left, right = st.columns(2)
        method: Method = fields.choice(left, "Constraint", METHODS, first, f"method{place}", help_of(RunConfig, "constraint"), linked=True)
        own = preset(data, method, variant, fair).critic_optimizer.kind
        fields.refill(f"duel-optimizer{place}", (data, method, variant, fair), {f"optimizer{place}": own})
        kind: OptimizerChoice = fields.choice(right, "Optimiser", KINDS, own, f"optimizer{place}", KIND_HELP, linked=True)
        config = preset(data, method, variant, kind)
        side = _Side(config, place)
        fields.refill(f"duel-side{place}", (data, method, variant, kind), side.values())
        settings = side.common()
        with st.expander("More settings"):
            settings |= side.more()
    return config, settings


class _Side:
    """The fields of one run. Each holds what its preset says first, and is named by what it sets and the run's place."""

    def __init__(self, config: RunConfig, place: str) -> None:
        self._config, self._place = config, place

    def values(self) -> dict[str, Any]:
        """What the preset says, by the fields' keys."""
        config, held, critic = self._config, self._config.constraint, self._config.critic
        values: dict[str, Any] = {
            "rate": config.critic_optimizer.learning_rate,
            "n_critic": config.n_critic,
            "batch": config.batch_size,
            "schedule": config.schedule,
            "norm": critic.norm,
            "compile": config.compile,
            "tf32": config.tf32,
        }
        if isinstance(held, GradientPenalty):
            values |= {"weight": held.weight, "target": held.target, "sides": held.sides, "points": held.points}
        if isinstance(held, WeightClipping):
            values["c"] = held.limit
        if isinstance(critic, MLPCritic):
            size = {"width": critic.width, "depth": critic.depth}
        else:
            size = {"channels": critic.channels, "hidden": critic.hidden}
        return {f"{name}{self._place}": value for name, value in (values | size).items()}

    def common(self) -> Settings:
        """How the critic is held, the learning rate and the critic's updates."""
        held = self._config.constraint
        settings: Settings = {}
        left, middle, right = st.columns(3)
        rate = self._number(middle, self._config.critic_optimizer, "learning_rate", "Learning rate α", "rate")
        settings |= {f"{optimizer}.learning_rate": value for optimizer, value in rates(self._config, rate).items()}
        settings["n_critic"] = self._number(right, self._config, "n_critic", "Critic updates n_critic", "n_critic")
        if isinstance(held, GradientPenalty):
            settings["constraint.weight"] = self._number(left, held, "weight", "Penalty weight λ", "weight")
        if isinstance(held, WeightClipping):
            settings["constraint.limit"] = self._number(left, held, "limit", "Clipping limit c", "c")
        return settings

    def more(self) -> Settings:
        """What is seldom changed."""
        config, held = self._config, self._config.constraint
        settings: Settings = {}
        if isinstance(held, GradientPenalty):
            settings["constraint.target"] = self._number(st, held, "target", "Target norm", "target")
            for field, label in (("sides", "Penalty sides"), ("points", "Penalty points")):
                settings[f"constraint.{field}"] = self._choice(held, field, label)
        settings["batch_size"] = self._number(st, config, "batch_size", "Batch size m", "batch")
        settings["schedule"] = self._choice(config, "schedule", "Learning rate over time")
        settings |= self._networks()
        for field, label in (("compile", "Compile, for long runs on a CPU"), ("tf32", "TF32, on NVIDIA GPUs")):
            key = f"{field}{self._place}"
            settings[field] = st.checkbox(label, getattr(config, field), key=key, help=help_of(RunConfig, field), bind="query-params")
        key = f"name{self._place}"
        name = st.text_input("Name", max_chars=80, key=key, help=help_of(RunConfig, "name"), bind="query-params")
        return settings | ({"name": name} if name else {})

    def _networks(self) -> Settings:
        """The size of both nets: width and depth of a perceptron, channels of a convolutional net."""
        critic = self._config.critic
        settings: Settings = {"critic.norm": self._choice(critic, "norm", "Critic's norm")}
        sizes = {"width": "Units per layer", "depth": "Hidden layers"} if isinstance(critic, MLPCritic) else {"channels": "Channels"}
        for field, label in sizes.items():
            value = self._number(st, critic, field, f"{label} (both nets)", field)
            settings |= {f"critic.{field}": value, f"generator.{field}": value}
        if not isinstance(critic, MLPCritic):
            settings["critic.hidden"] = self._number(st, critic, "hidden", "Critic's hidden layer", "hidden")
        return settings

    def _number(self, column: Any, part: Part, field: str, label: str, name: str) -> Any:
        return fields.number(column, type(part), field, label, getattr(part, field), f"{name}{self._place}", linked=True)

    def _choice(self, part: Part, field: str, label: str) -> Any:
        """One of the values that a config's field may have."""
        options = get_args(type(part).model_fields[field].annotation)
        text = help_of(type(part), field)
        return fields.choice(st, label, options, getattr(part, field), f"{field}{self._place}", text, linked=True)
