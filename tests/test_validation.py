"""What a validator finds, as one sentence: for every kind of fault, with and without a path, on one line whatever was given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wgan_gp.config import Changes, Part, RunConfig, parse
from wgan_gp.errors import InvalidConfig
from wgan_gp.runs.rows import CheckpointRow, ConfigRow, StoredMoment
from wgan_gp.shelf.cards import Card

MOMENT: dict[str, Any] = {"seq": 1, "step": 1, "seconds": 1.0, "blob": b"x"}
SAVED: dict[str, Any] = {"step": 1, "seconds": 1.0, "weights_sha256": "0", "last_change": 1, "data": b"x"}

FAULTS: list[tuple[type[Part], Any, str]] = [
    (RunConfig, "not json", "'not json' is no JSON object."),
    (RunConfig, "", "'' is no JSON object."),
    (RunConfig, "[1]", "[1] is no JSON object."),
    (RunConfig, "null", "None is no JSON object."),
    (RunConfig, "\ud800", r"'\ud800' is no JSON object."),
    (RunConfig, b"\xff\xfe", r"b'\xff\xfe' is no JSON object."),
    (RunConfig, 5, "5 is no JSON object."),
    (RunConfig, {"tf32": "x"}, "tf32: 'x' is not allowed; it must be true or false."),
    (RunConfig, {"constraint": 5}, "constraint: 5 is not allowed; it must be a value of kind gp, clip, none."),
    (RunConfig, {"critic": None}, "critic: None is not allowed; it must be a value of kind mlp, conv."),
    (RunConfig, {"name": 5}, "name: 5 is not allowed; it must be a text."),
    (RunConfig, {"steps": []}, "steps: [] is not allowed; it must be a whole number."),
    (RunConfig, {"steps": float("nan")}, "steps: nan is not allowed; it must be from 1 to 10000000."),
    (RunConfig, {5: 1}, "5: there is no such setting."),
    (RunConfig, {"frozen": {"kind": "snapshot", "run": ""}}, "frozen.run: '' is not allowed; it must be not empty."),
    (RunConfig, {"frozen": {"kind": "x"}}, "frozen: 'x' is not a kind; it must be one of noise, shift, snapshot."),
    (RunConfig, {"frozen": {"kind": "noise", "noise": 0}}, "frozen.noise: 0 is not allowed; it must be above 0 and at most 10."),
    (Card, "{}", "name: a value is needed."),
    (Changes, '{"learning_rate": "abc"}', "learning_rate: 'abc' is not allowed; it must be a number."),
    (ConfigRow, {"config": 3}, "config: 3 is not allowed; it must be JSON."),
    (ConfigRow, {"config": "not json"}, "config: 'not json' is not allowed; it must be JSON."),
    (ConfigRow, {"config": '{"batch_size": 0}'}, "config.batch_size: 0 is not allowed; it must be from 1 to 8192."),
    (ConfigRow, {"config": '{"constraint": {"kind": "gp", "weight": -1}}'}, "config.constraint.weight: -1 is not allowed; it must be from"),
    (StoredMoment, MOMENT | {"seconds": "x"}, "seconds: 'x' is not allowed; it must be a number."),
    (StoredMoment, MOMENT | {"seconds": float("inf")}, "seconds: inf is not allowed; it must be from 0 to 1e+10."),
    (StoredMoment, MOMENT | {"blob": "x"}, "blob: 'x' is not allowed; it must be bytes."),
    (CheckpointRow, SAVED | {"weights_sha256": "Z"}, "weights_sha256: 'Z' is not allowed; it must be a SHA-256 in hexadecimal digits."),
    (CheckpointRow, SAVED | {"data": b""}, "data: b'' is not allowed; it must be not empty."),
]


@pytest.mark.parametrize(("kind", "values", "said"), FAULTS)
def test_every_kind_of_fault_has_words(kind: type[Part], values: Any, said: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        parse(kind, values)
    assert str(caught.value).startswith(said)


FIELDS = st.sampled_from(list(RunConfig.model_fields))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(list(RunConfig.model_fields)), inner, max_size=3)
    ),
)


@given(values=JSON)
def test_whatever_is_given_the_sentence_is_short_and_on_one_line(values: Any) -> None:
    try:
        parse(RunConfig, values if isinstance(values, dict) else {"critic": values, "seed": values, "name": values})
    except InvalidConfig as error:
        said = str(error)
        assert said.isprintable()
        assert len(said) < 400
        assert not said.startswith(":")
        assert said.endswith(".")
        assert "of another kind" not in said
