"""What each column of a run's file may hold: kind, range and size. Rows are read through these and through nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, Json, field_validator

from wgan_gp.config import MOST_STEPS, Changes, Part, RunConfig, parse
from wgan_gp.errors import InvalidConfig
from wgan_gp.runs.states import Stored

MOST_COUNT = 10**12  # attempts and numbers of rows: more than anybody makes, and short enough for a board's cursor
MOST_SECONDS = 1e10  # of training, or since a machine was started: 300 years
MOST_TIME = 9e9  # seconds since 1970: the year 2255, what every calendar can show
LONGEST_FACT = 1000
LONGEST_JSON = 100_000
RowType = TypeVar("RowType", bound="Row")
CHECKSUM = "a SHA-256 in hexadecimal digits"


def _short(text: object) -> object:
    if isinstance(text, str | bytes) and len(text) > LONGEST_JSON:
        raise ValueError(f"{len(text):,} characters are too many, at most {LONGEST_JSON:,} are allowed")
    return text


Short = BeforeValidator(_short)


class Row(Part):
    """A row as SQLite gives it. Nothing is converted: a text is no number."""

    model_config = ConfigDict(strict=True)
    table: ClassVar[str]


def columns(kind: type[Row]) -> str:
    """The columns of this kind, in the order in which `read` takes their values."""
    return ", ".join(kind.model_fields)


def read(kind: type[RowType], values: Iterable[object]) -> RowType:
    """A row of this kind. Raises InvalidConfig: which table and column, what it holds, what it may hold."""
    try:
        return parse(kind, dict(zip(kind.model_fields, values, strict=True)))
    except InvalidConfig as error:
        raise InvalidConfig(f"{kind.table}.{error}") from None


class RunRow(Row):
    """The one row of the table `run`, without its config."""

    table = "run"
    created: float = Field(ge=0, le=MOST_TIME)
    queued: float = Field(ge=0, le=MOST_TIME)
    state: Stored
    message: str = Field(max_length=20_000)
    attempt: int = Field(ge=0, le=MOST_COUNT)
    pid: int | None = Field(ge=1, le=2**32)
    heartbeat: float | None = Field(ge=0, le=MOST_SECONDS)
    step: int = Field(ge=0, le=MOST_STEPS)
    seconds: float = Field(ge=0, le=MOST_SECONDS)
    rate: float | None = Field(ge=1e-9, le=1e9)
    device: str = Field(max_length=200)
    facts: Annotated[Json[dict[str, Any]], Short] = Field(max_length=LONGEST_FACT)
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

    table = "run"
    config: Annotated[Json[RunConfig], Short]


class ChangeRow(Row):
    """A live change."""

    table = "change"
    seq: int = Field(ge=1, le=MOST_COUNT)
    step: int = Field(ge=0, le=MOST_STEPS)
    changes: Annotated[Json[Changes], Short]
    config: Annotated[Json[RunConfig], Short]


class Command(Row):
    """A wish that waits for the worker: `pause`, `unpause`, `step`, `stop` or `change`, and its argument as text."""

    table = "command"
    seq: int = Field(ge=1, le=MOST_COUNT)
    verb: str = Field(max_length=20)
    argument: str = Field(max_length=1000)


class BlockRow(Row):
    """Rows of the curve, and what is said of them."""

    table = "scalars"
    first: int = Field(ge=1, le=MOST_STEPS)
    last: int = Field(ge=1, le=MOST_STEPS)
    count: int = Field(ge=1, le=MOST_STEPS)
    rows: bytes


class SeqRow(Row):
    """The number of a moment."""

    table = "moment"
    seq: int = Field(ge=1, le=MOST_COUNT)


class PlaceRow(SeqRow):
    """Where a moment stands, without the moment."""

    step: int = Field(ge=0, le=MOST_STEPS)


class StoredMoment(PlaceRow):
    """A moment; what its bytes hold, one safetensors blob, is looked at by whoever draws it."""

    seconds: float = Field(ge=0, le=MOST_SECONDS)
    blob: bytes


class SceneRow(Row):
    """What stands still behind all moments."""

    table = "scene"
    blob: bytes


class CheckpointRow(Row):
    """A checkpoint; its bytes are held against their checksum."""

    table = "checkpoint"
    step: int = Field(ge=0, le=MOST_STEPS)
    seconds: float = Field(ge=0, le=MOST_SECONDS)
    weights_sha256: str = Field(pattern="^[0-9a-f]{1,64}$", examples=[CHECKSUM])
    last_change: int = Field(ge=0, le=MOST_COUNT)
    data: bytes = Field(min_length=1)
