"""Pydantic's findings as one sentence: what, what was given, what is allowed. And the bounds of a field, for forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

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
    """The first finding about a value of `kind`."""
    first = error.errors(include_url=False)[0]
    names, field = _walk(kind, first["loc"])
    path = ".".join(names)
    given = repr(first["input"])
    given = given if len(given) <= LONGEST_GIVEN else f"{given[: LONGEST_GIVEN - 3]}..."
    context = first.get("ctx", {})
    match first["type"]:
        case "extra_forbidden":
            return f"{path}: there is no such setting."
        case "missing":
            return f"{path}: a value is needed."
        case "union_tag_not_found":
            return f"{path}: a kind is needed, one of {', '.join(_tags(field))}."
        case "union_tag_invalid":
            return f"{path}: {context['tag']!r} is not a kind; it must be one of {', '.join(_tags(field))}."
        case "value_error":
            reason = str(context["error"])
            return f"{path}: {reason}." if path and not reason.startswith(path) else f"{reason}."
    return f"{path}: {given} is not allowed; it must be {_allowed(first['type'], field, context)}."


def _allowed(kind: str, field: FieldInfo | None, context: dict[str, Any]) -> str:
    if kind in ("int_from_float", "int_parsing", "int_type", "int_parsing_size"):
        return "a whole number"
    if kind in ("float_parsing", "float_type"):
        return "a number"
    if kind == "literal_error":
        return f"one of {context['expected'].replace(' or ', ', ')}".replace("'", "")
    if kind == "string_too_long":
        return f"at most {context['max_length']} characters long"
    if kind == "string_pattern_mismatch" and field is not None and field.examples:
        return str(field.examples[0])
    if kind == "model_attributes_type":
        return f"a value of kind {', '.join(_tags(field))}"
    limits = str(bounds(field)) if field is not None else ""
    return limits if limits else kind.replace("_", " ")


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
    return names, field


def _members(field: FieldInfo | None) -> dict[str, type[BaseModel]]:
    """The parts a discriminated union can be, by their kind."""
    parts = get_args(field.annotation) if field is not None else ()
    models = [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]
    return {part.model_fields["kind"].default: part for part in models if "kind" in part.model_fields}


def _tags(field: FieldInfo | None) -> list[str]:
    return list(_members(field))


def _number(value: float) -> str:
    return f"{value:d}" if isinstance(value, int) else f"{value:g}"
