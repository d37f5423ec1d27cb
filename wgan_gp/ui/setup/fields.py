"""The fields of set-ups: numbers with a config's bounds, choices, the device. A linked field's value is part of the page's address."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from pydantic import BaseModel

from wgan_gp.runs import warm
from wgan_gp.validation import bounds

LARGEST = 2**53 - 1  # the largest whole number a browser counts exactly
_FILLED = "filled-from"  # session: the runs that fields were filled from


def help_of(part: type[BaseModel], field: str) -> str | None:
    """What a config says of one of its fields."""
    return part.model_fields[field].description


def number(
    place: Any, part: type[BaseModel], field: str, label: str, value: float, key: str, text: str | None = None, *, linked: bool = False
) -> Any:
    """A number of a config, within its bounds and of the kind of `value`."""
    kind, limits = type(value), bounds(part.model_fields[field])
    entered = place.number_input(
        label,
        kind(limits.low or 0),
        kind(min(limits.high or LARGEST, LARGEST)),
        value,
        1 if kind is int else 10.0 ** math.floor(math.log10(abs(value) or 1)),
        None if kind is int else "%.6g",
        key,
        text or help_of(part, field),
        **_bound(linked),
    )
    return value if entered is None else kind(entered)


def choice(
    place: Any,
    label: str,
    options: Sequence[Any] | Mapping[Any, str],
    value: Any,
    key: str,
    text: str | None = None,
    *,
    linked: bool = False,
) -> Any:
    """One of some values; with a mapping each is shown by its name there."""
    names = options if isinstance(options, Mapping) else {option: str(option) for option in options}
    if linked:
        _take_plain_name(key, names)
    chosen = place.selectbox(
        label, list(names), list(names).index(value), format_func=names.__getitem__, key=key, help=text, **_bound(linked)
    )
    return value if chosen is None else chosen


def device(place: Any, value: str = "auto", key: str = "device", *, linked: bool = False) -> str:
    """Where runs are trained: auto, and what is on this machine."""
    options = list(dict.fromkeys(("auto", *warm.devices(), "cpu", value)))
    text = "auto: a GPU where there is one whose numbers are those of the CPU, else the CPU."
    return str(choice(place, "Device", options, value, key, text, linked=linked))


def _bound(linked: bool) -> dict[str, str]:
    return {"bind": "query-params"} if linked else {}


def _take_plain_name(key: str, names: Mapping[Any, str]) -> None:
    """An address may name an option as the command line does, `?data=swissroll`, and not as the field shows it."""
    given = st.query_params.get(key)
    for option, shown in names.items():
        if given == str(option) != shown and key not in st.session_state:
            st.session_state[key] = option


def follow_runs(values: Mapping[str, Any]) -> None:
    """Put the values of the runs shown into linked fields, when other runs are shown than before."""
    missing = {key: value for key, value in values.items() if key not in st.query_params}
    refill(_FILLED, tuple(st.query_params.get_all("run")), missing)


def refill(name: str, cause: object, values: Mapping[str, Any]) -> None:
    """Put these values into fields that are there, when `cause` is another than the last time under this name."""
    known, st.session_state[name] = st.session_state.get(name), cause
    if known in (None, cause):
        return
    for key, value in values.items():
        if key in st.session_state:
            st.session_state[key] = value
