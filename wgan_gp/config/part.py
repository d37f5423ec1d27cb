"""What every part of a config is: a frozen value that refuses what it does not know, with one clear sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from wgan_gp.errors import InvalidConfig
from wgan_gp.validation import sentence


class Part(BaseModel):
    """A frozen value with bounds on every field; unknown keys and numbers that are not finite are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


PartType = TypeVar("PartType", bound=Part)


def parse(kind: type[PartType], values: Mapping[str, Any] | str | bytes) -> PartType:
    """Build `kind` from a mapping or JSON text. Raises InvalidConfig: one sentence with field, value and what is allowed."""
    try:
        if isinstance(values, str | bytes):
            return kind.model_validate_json(values)
        return kind.model_validate(values)
    except ValidationError as error:
        raise InvalidConfig(sentence(kind, error)) from None
