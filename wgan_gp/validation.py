"""Pydantic's findings as one sentence: what, what was given, what is allowed. And the bounds of a field, for forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

LONGEST_GIVEN = 60


@dataclass(frozen=True)
class Bounds:
    """The range of a number field; None where a side is open-ended."""

    low: float | None = None
    high: float | None = None
    low_included: bool = True
    high_included: bool = True

    def __str__(self) -> str:
        if self.low is not None and self.high is not None and self.low_included and self.high_included:
            return f"from {_number(self.low)} to {_number(self.high)}"
        low = "" if self.low is None else f"{'at least' if self.low_included else 'above'} {_number(self.low)}"
        high = "" if self.high is None else f"{'at most' if self.high_included else 'below'} {_number(self.high)}"
        return " and ".join(side for side in (low, high) if side)


def bounds(field: FieldInfo) -> Bounds:
    """The range that a config field allows."""
    low: float | None = None
    high: float | None = None
    low_included = high_included = True
    for item in field.metadata:
        match item:
            case Ge(ge=value):
                low = value  # type: ignore[assignment]
            case Gt(gt=value):
                low, low_included = value, False  # type: ignore[assignment]
            case Le(le=value):
                high = value  # type: ignore[assignment]
            case Lt(lt=value):
                high, high_included = value, False  # type: ignore[assignment]
    return Bounds(low, high, low_included, high_included)


def sentence(kind: type[BaseModel], error: ValidationError) -> str:
    """The first finding about a value of `kind`, on one line, whatever was given."""
    first = error.errors(include_url=False)[0]
    names, field = _walk(kind, first["loc"])
    path, given = ".".join(map(_visible, names)), _given(first["input"])
    context = first.get("ctx", {})
    match first["type"]:
        case "extra_forbidden" | "invalid_key":
            return f"{path}: there is no such setting."
        case "missing":
            return f"{path}: a value is needed."
        case "union_tag_not_found":
            return f"{path}: a kind is needed, one of {', '.join(_tags(field))}."
        case "union_tag_invalid":
            return f"{path}: {_given(context['tag'])} is not a kind; it must be one of {', '.join(_tags(field))}."
        case "value_error":
            reason = str(context["error"])
            return f"{path}: {reason}." if path and not reason.startswith(path) else f"{reason}."
    if not path:  # the whole is of another kind
        return f"{given} is no JSON object."
    return f"{path}: {given} is not allowed; it must be {_allowed(first['type'], field, context)}."


_KINDS = {
    "int_from_float": "a whole number", "int_parsing": "a whole number", "int_type": "a whole number", "int_parsing_size": "a whole number",
    "float_parsing": "a number", "float_type": "a number",
    "bool_parsing": "true or false", "bool_type": "true or false",
    "string_type": "a text", "string_unicode": "a text", "string_sub_type": "a text", "bytes_type": "bytes",
    "json_invalid": "JSON", "json_type": "JSON", "dict_type": "a JSON object", "model_type": "a JSON object",
    "model_attributes_type": "a JSON object", "list_type": "a list", "tuple_type": "a list", "none_required": "left out",
}  # fmt: skip
"""What a value must be, by pydantic's name for what is wrong with it."""


def _allowed(kind: str, field: FieldInfo | None, context: dict[str, Any]) -> str:
    if kind == "model_attributes_type" and _tags(field):
        return f"a value of kind {', '.join(_tags(field))}"
    if kind in _KINDS:
        return _KINDS[kind]
    if kind == "literal_error":
        return f"one of {context['expected'].replace(' or ', ', ')}".replace("'", "")
    if kind.endswith("too_long"):
        return f"at most {context['max_length']} {'characters ' if kind.startswith('string') else ''}long"
    if kind.endswith("too_short"):
        least = context["min_length"]
        return "not empty" if least == 1 else f"at least {least} {'characters ' if kind.startswith('string') else ''}long"
    if kind == "string_pattern_mismatch":
        return str(field.examples[0]) if field is not None and field.examples else f"of the form {context['pattern']}"
    limits = str(bounds(field)) if field is not None else ""
    return limits or {"finite_number": "a finite number"}.get(kind, "of another kind")


def _given(value: object) -> str:
    """What was given, cut off where it is long."""
    text = repr(value[:LONGEST_GIVEN] if isinstance(value, str | bytes) else value)
    return text if len(text) <= LONGEST_GIVEN else f"{text[: LONGEST_GIVEN - 3]}..."


def _visible(name: str) -> str:
    """A name from outside, as it may stand in a sentence."""
    return name if name and name.isprintable() and len(name) <= LONGEST_GIVEN else _given(name)


def _walk(kind: type[BaseModel], location: tuple[str | int, ...]) -> tuple[list[str], FieldInfo | None]:
    """The names on the way to a field (without the tags of unions), and the field itself where it is known."""
    names: list[str] = []
    field: FieldInfo | None = None
    members: dict[str, type[BaseModel]] = {}
    for part in location:
        if part in members:  # a union's tag
            kind, members = members[str(part)], {}
            continue
        names.append(str(part))
        field = kind.model_fields.get(str(part))
        members = _members(field)
        if not members:
            kind = next((part for part in _parts(field and field.annotation) if issubclass(part, BaseModel)), kind)
    return names, field


def _members(field: FieldInfo | None) -> dict[str, type[BaseModel]]:
    """The parts a discriminated union can be, by their kind."""
    models = [part for part in _parts(field.annotation) if issubclass(part, BaseModel)] if field is not None else []
    return {part.model_fields["kind"].default: part for part in models if "kind" in part.model_fields}


def _parts(annotation: Any) -> Iterator[type]:
    """The classes a union is of, whatever stands around them."""
    if isinstance(annotation, type):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, UnionType):
        for part in get_args(annotation):
            yield from _parts(part)


def _tags(field: FieldInfo | None) -> list[str]:
    return list(_members(field))


def _number(value: float) -> str:
    return f"{value:d}" if isinstance(value, int) else f"{value:g}"
