"""A set-up in words: whatever decides a run's numbers is said, and what is alike is not said to differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from wgan_gp.config import Changes, NoisyCopy, RunConfig, ShiftedCopy, Snapshot, apply_changes, changed
from wgan_gp.config.words import aspects, compared, difference, listed, optimizer_words
from wgan_gp.presets import critic_preset, preset

SAYS_NOTHING = {"name", "device", "threads", "compile", "checkpoint_seconds", "plane_nodes", "plane_extent"}
"""These decide where a run is trained, how fast, and what is looked at."""
OTHER: dict[str, Any] = {
    "data": "moons", "activation": "tanh", "norm": "layer", "first_weights": "inside", "schedule": "linear", "sides": "one",
    "points": "real", "tolerance": 0.05, "ema": 0.5, "beta1": 0.7, "beta2": 0.7, "decay": 0.7, "tf32": True, "frozen": None,
}  # fmt: skip


def leaves(values: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{before}{name}.")
        elif name != "kind":
            yield f"{before}{name}", value


def other(name: str, value: Any) -> Any:
    found = OTHER.get(name.rpartition(".")[2])
    if found == value:
        return "constant"
    return found if found is not None else value + 1 if isinstance(value, int) else value * 2


CONFIGS = [preset("8gaussians", "gp"), preset("8gaussians", "clip"), preset("mnist", "gp"), critic_preset("swissroll", "clip")]
CASES = [
    (config, path, value)
    for config in CONFIGS
    for path, value in leaves(config.model_dump(exclude_none=True))
    if path not in SAYS_NOTHING
    and not (config.frozen and path.startswith(("generator", "latent", "ema")))
    and not (path == "first_weights" and config.constraint.kind != "clip")
]


@pytest.mark.parametrize(("config", "path", "value"), CASES, ids=lambda case: str(case)[:40])
def test_whatever_decides_a_run_is_said(config: RunConfig, path: str, value: Any) -> None:
    new = "fashion-mnist" if path == "data" and config.data == "mnist" else other(path, value)
    another = changed(config, {path: new})
    assert another != config
    found = compared([config, another])
    assert len(found.names) == 1, (path, found.names)
    assert found.different[0] != found.different[1]


def test_fields_that_say_nothing_are_those_that_decide_nothing() -> None:
    config = CONFIGS[0]
    for path, value in (("name", "x"), ("device", "cpu"), ("threads", 1), ("compile", True), ("checkpoint_seconds", 1.0)):
        assert compared([config, changed(config, {path: value})]).names == ()


def test_the_default_duel_differs_in_three_things_and_says_so() -> None:
    duel = [preset("8gaussians", "clip"), preset("8gaussians", "gp")]
    assert compared(duel).names == ("constraint", "optimiser", "learning rate")
    assert difference(duel) == (
        "Besides the constraint, these differ too: optimiser and learning rate. So not every difference you see comes from the constraint."
    )
    assert compared(duel).different[1]["optimiser"] == "Adam (β₁ 0.5, β₂ 0.9)"
    assert optimizer_words(duel[0]) == "RMSProp, learning rate 0.0005"


def test_with_the_same_optimiser_only_the_constraint_differs() -> None:
    fair = [preset("8gaussians", method, optimizer="rmsprop") for method in ("clip", "gp")]
    assert compared(fair).names == ("constraint",)
    assert difference(fair) == "Only the constraint differs: every difference you see comes from it."


def test_runs_that_are_held_alike_claim_nothing_of_constraints() -> None:
    config = CONFIGS[0]
    assert difference([config]) == ""
    assert difference([config, config]) == "These runs are the same in everything."
    assert difference([config, changed(config, {"seed": 5})]) == "These runs are held alike; they differ in seed."


def test_a_live_change_is_in_the_words() -> None:
    config = preset("8gaussians", "clip")
    after = apply_changes(config, Changes(clip_limit=0.1))
    assert (aspects(config)["constraint"], aspects(after)["constraint"]) == ("weight clipping, c = 0.01", "weight clipping, c = 0.1")


@pytest.mark.parametrize(
    ("frozen", "words"),
    [
        (NoisyCopy(noise=0.5), "real data + noise of standard deviation 0.5"),
        (ShiftedCopy(x=1, y=-2), "real data, shifted by (1, -2)"),
        (Snapshot(run="moons-gp-1"), "the generator of moons-gp-1"),
    ],
)
def test_what_stands_for_the_generator(frozen: Any, words: str) -> None:
    assert aspects(critic_preset("moons", "gp", frozen))["fake points"] == words


def test_lists_in_words() -> None:
    assert (listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == ("a", "a and b", "a, b and c")
