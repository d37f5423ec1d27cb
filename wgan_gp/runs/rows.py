"""What each column of a run's file may hold: kind, range and size. Rows are read through these and through nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from pydantic import ConfigDict, Field, Json, field_validator

from wgan_gp.config import MOST_STEPS, Changes, Part, RunConfig, parse

MOST_COUNT = 10**12  # attempts and numbers of rows: more than anybody makes, and short enough for a board's cursor
MOST_SECONDS = 1e10  # of training, or since a machine was started: 300 years
MOST_TIME = 9e9  # seconds since 1970: the year 2255, what every calendar can show
LONGEST_FACT = 1000
RowType = TypeVar("RowType", bound="Row")
CHECKSUM = "a SHA-256 in hexadecimal digits"

State = Literal["queued", "starting", "running", "paused", "stopped", "finished", "diverged", "failed"]


class Row(Part):
    """A row as SQLite gives it. Nothing is converted: a text is no number."""

    model_config = ConfigDict(strict=True)


def columns(kind: type[Row]) -> str:
    """The columns of this kind, in the order in which `read` takes their values."""
    return ", ".join(kind.model_fields)


def read(kind: type[RowType], values: Iterable[object]) -> RowType:
    """A row of this kind. Raises InvalidConfig: which column, what it holds, what it may hold."""
    return parse(kind, dict(zip(kind.model_fields, values, strict=True)))


class RunRow(Row):
    """The one row of the table `run`, without its config."""

    created: float = Field(ge=0, le=MOST_TIME)
    queued: float = Field(ge=0, le=MOST_TIME)
    state: State
    message: str = Field(max_length=20_000)
    attempt: int = Field(ge=0, le=MOST_COUNT)
    pid: int | None = Field(ge=1, le=2**32)
    heartbeat: float | None = Field(ge=0, le=MOST_SECONDS)
    step: int = Field(ge=0, le=MOST_STEPS)
    seconds: float = Field(ge=0, le=MOST_SECONDS)
    rate: float | None = Field(ge=1e-9, le=1e9)
    device: str = Field(max_length=200)
    facts: Json[dict[str, Any]] = Field(max_length=LONGEST_FACT)
    checkpoint_step: int | None = Field(ge=0, le=MOST_STEPS)
    weights_sha256: str | None = Field(pattern="^[0-9a-f]{1,64}$", examples=[CHECKSUM])

    @field_validator("facts")
    @classmethod
    def _plain(cls, facts: dict[str, Any]) -> dict[str, Any]:
        for name, value in facts.items():
            texts = [name, *(value if isinstance(value, list) else [value] if isinstance(value, str) else [])]
            number = isinstance(value, int | float) and abs(value) < math.inf
            short = len(texts) <= LONGEST_FACT and all(isinstance(text, str) and len(text) <= LONGEST_FACT for text in texts)
            if not short or not (number or isinstance(value, str | list)):
                raise ValueError("a fact is a short text, a finite number or a list of short texts")
        return facts


class ConfigRow(Row):
    """The newest config of a run."""

    config: Json[RunConfig]


class ChangeRow(Row):
    """A live change."""

    seq: int = Field(ge=1, le=MOST_COUNT)
    step: int = Field(ge=0, le=MOST_STEPS)
    changes: Json[Changes]
    config: Json[RunConfig]


class CommandRow(Row):
    """A wish that waits for the worker."""

    seq: int = Field(ge=1, le=MOST_COUNT)
    verb: str = Field(max_length=20)
    argument: str = Field(max_length=1000)


class BlockRow(Row):
    """Rows of the curve, and what is said of them."""

    first: int = Field(ge=1, le=MOST_STEPS)
    last: int = Field(ge=1, le=MOST_STEPS)
    count: int = Field(ge=1, le=MOST_STEPS)
    rows: bytes


class SeqRow(Row):
    """The number of a moment."""

    seq: int = Field(ge=1, le=MOST_COUNT)


class PlaceRow(SeqRow):
    """Where a moment stands, without the moment."""

    step: int = Field(ge=0, le=MOST_STEPS)


class MomentRow(PlaceRow):
    """A moment; what its bytes hold is looked at by whoever draws it."""

    seconds: float = Field(ge=0, le=MOST_SECONDS)
    blob: bytes


class SceneRow(Row):
    """What stands still behind all moments."""

    blob: bytes


class CheckpointRow(Row):
    """A checkpoint; its bytes are held against their checksum."""

    step: int = Field(ge=0, le=MOST_STEPS)
    seconds: float = Field(ge=0, le=MOST_SECONDS)
    weights_sha256: str = Field(pattern="^[0-9a-f]{1,64}$", examples=[CHECKSUM])
    last_change: int = Field(ge=0, le=MOST_COUNT)
    data: bytes = Field(min_length=1)
