"""The set-up of a critic that learns alone. Every value is part of the address, so that a link brings the same set-up."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from wgan_gp.config import (
    DATA_SHAPES,
    Frozen,
    GradientPenalty,
    MLPCritic,
    NoisyCopy,
    RunConfig,
    ShiftedCopy,
    Snapshot,
    WeightClipping,
    changed,
)
from wgan_gp.errors import LabError
from wgan_gp.presets import PAPER_DATA, critic_preset
from wgan_gp.runs import record
from wgan_gp.runs.names import path_of
from wgan_gp.ui.setup import fields

PLANE_DATA = {name: shape.title for name, shape in DATA_SHAPES.items() if shape.is_plane}
FAKES: Mapping[str, str] = {"noise": "Real data + noise", "shift": "Real data, shifted", "snapshot": "A run's generator"}
STOPS: Mapping[float, str] = {0.0: "never", 0.01: "under 1 %", 0.02: "under 2 %", 0.05: "under 5 %"}
DEFAULT_STOP = 0.02
SIDES = ["two", "one"]
METHODS: tuple[Literal["clip", "gp"], ...] = ("clip", "gp")


def critic_form(shown: Sequence[RunConfig]) -> list[RunConfig] | None:
    """A clipped and a penalised critic with the same data and seed once a button is pressed, six of them for the paper's figure; else None.

    What `shown` runs have stands in the fields first. Raises InvalidConfig.
    """
    start = _Start(shown)
    fields.follow_runs(start.values())
    top = st.columns(5, vertical_alignment="bottom")
    kind = fields.choice(top[1], "Fake points", FAKES, start.frozen.kind, "fake", linked=True)
    frozen, source = _frozen(kind, start.frozen, top[2:4])
    data = _data(source, start, top[0])
    seed = fields.number(top[4], RunConfig, "seed", "Seed", start.any.seed, "seed", linked=True)
    settings = _settings(start)
    with st.container(horizontal=True, gap="small"):
        both = st.button("Train both critics", type="primary", icon=":material/play_arrow:", disabled=frozen is None)
        paper = st.button(
            "The paper's three data sets", icon=":material/grid_on:",
            help="8 Gaussians, 25 Gaussians and Swiss roll with noise of standard deviation 1, as in figure 1a of Gulrajani et al. 2017",
        )  # fmt: skip
    if paper:
        return [changed(critic_preset(name, method), settings[method] | {"seed": seed}) for name in PAPER_DATA for method in METHODS]
    if not both or frozen is None:
        return None
    configs = [changed(critic_preset(data, method, frozen), settings[method] | {"seed": seed}) for method in METHODS]
    return [_with_generator_of(source, config) for config in configs]


class _Start:
    """What the fields hold first: the values of the runs shown, else those of the preset."""

    def __init__(self, shown: Sequence[RunConfig]) -> None:
        runs = {run.constraint.kind: run for run in shown if run.frozen is not None}
        self.any = next(iter(runs.values()), critic_preset("8gaussians").model_copy(update={"tolerance": DEFAULT_STOP}))
        clip, gp = (runs.get(method, critic_preset("8gaussians", method)) for method in METHODS)
        self.limit = clip.constraint.limit if isinstance(clip.constraint, WeightClipping) else 0.01
        self.penalty = gp.constraint if isinstance(gp.constraint, GradientPenalty) else GradientPenalty()
        self.frozen: Frozen = self.any.frozen or NoisyCopy()
        self.width = self.any.critic.width if isinstance(self.any.critic, MLPCritic) else 128
        self.tolerance = self.any.tolerance if self.any.tolerance in STOPS else DEFAULT_STOP

    def values(self) -> dict[str, Any]:
        """The fields' values by key."""
        names = {"noise": "noise", "x": "right", "y": "up", "run": "of"}
        fakes = {names[field]: value for field, value in self.frozen.model_dump(exclude={"kind"}).items()}
        return fakes | {
            "fake": self.frozen.kind,
            "data": self.any.data,
            "seed": self.any.seed,
            "c": self.limit,
            "weight": self.penalty.weight,
            "sides": self.penalty.sides,
            "width": self.width,
            "updates": self.any.steps,
            "stop": self.tolerance,
            "device": self.any.device,
        }


def _settings(start: _Start) -> dict[str, dict[str, Any]]:
    """What is set of the two critics, by method."""
    row = st.columns(7, vertical_alignment="bottom")
    limit = fields.number(row[0], WeightClipping, "limit", "Clipping limit c", start.limit, "c", linked=True)
    weight = fields.number(row[1], GradientPenalty, "weight", "Penalty weight λ", start.penalty.weight, "weight", linked=True)
    sides = fields.choice(
        row[2], "Penalty sides", SIDES, start.penalty.sides, "sides", fields.help_of(GradientPenalty, "sides"), linked=True
    )
    width = fields.number(row[3], MLPCritic, "width", "Units per layer", start.width, "width", linked=True)
    steps = fields.number(row[4], RunConfig, "steps", "Iterations", start.any.steps, "updates", "One critic update each.", linked=True)
    text = "Ends once the critic's values change by less than this over 100 updates, three times in a row."
    tolerance = fields.choice(row[5], "End early", STOPS, start.tolerance, "stop", text, linked=True)
    device = fields.device(row[6], start.any.device, linked=True)
    both = {"critic.width": width, "steps": steps, "tolerance": tolerance, "device": device}
    return {"clip": both | {"constraint.limit": limit}, "gp": both | {"constraint.weight": weight, "constraint.sides": sides}}


def _frozen(kind: str, start: Frozen, places: Sequence[Any]) -> tuple[Frozen | None, RunConfig | None]:
    """What stands for the generator, and the config of the run whose generator it is; None where there is no such run."""
    if kind == "noise":
        noise = start.noise if isinstance(start, NoisyCopy) else 1.0
        return NoisyCopy(
            noise=fields.number(places[0], NoisyCopy, "noise", "Noise (standard deviation)", noise, "noise", linked=True)
        ), None
    if kind == "shift":
        shift = start if isinstance(start, ShiftedCopy) else ShiftedCopy()
        x = fields.number(places[0], ShiftedCopy, "x", "Shift to the right", shift.x, "right", linked=True)
        return ShiftedCopy(x=x, y=fields.number(places[1], ShiftedCopy, "y", "Shift upwards", shift.y, "up", linked=True)), None
    runs = _generators()
    first = start.run if isinstance(start, Snapshot) and start.run in runs else next(iter(runs), None)
    chosen = places[0].selectbox(
        "Run", list(runs), list(runs).index(first) if first else None, key="of", bind="query-params", disabled=not runs,
        placeholder="No run has saved a generator yet", help="Its generator as the last checkpoint has it: runs on points in the plane.",
    )  # fmt: skip
    return (Snapshot(run=chosen), runs[chosen]) if chosen else (None, None)


def _generators() -> dict[str, RunConfig]:
    """The runs that have saved a generator of points, the latest first."""
    found = {}
    for run in record.list_runs():
        if run.checkpoint_step is not None:
            with contextlib.suppress(LabError), record.RunReader(path_of(run.id)) as reader:
                config = reader.config()
                if config.shape.is_plane and config.frozen is None:
                    found[run.id] = config
    return found


def _data(source: RunConfig | None, start: _Start, place: Any) -> str:
    if source is not None:
        place.text_input("Data", DATA_SHAPES[source.data].title, disabled=True, help="What that run learns.")
        return source.data
    return str(fields.choice(place, "Data", PLANE_DATA, start.any.data, "data", linked=True))


def _with_generator_of(source: RunConfig | None, config: RunConfig) -> RunConfig:
    """A snapshot needs the network it is of."""
    return config if source is None else config.model_copy(update={"generator": source.generator, "latent_dim": source.latent_dim})
