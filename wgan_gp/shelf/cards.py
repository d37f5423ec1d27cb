"""The generators that ship: their model cards and their files in `pretrained/`, each held against its checksum. Without torch."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Literal

from pydantic import Field

from wgan_gp.config import DATA_SHAPES, DataName, Part, RunConfig, parse
from wgan_gp.errors import Damaged, LabError, UnknownGenerator
from wgan_gp.home import SHIPPED
from wgan_gp.shelf.report import Report

FOLDER = SHIPPED
METHOD_ORDER = ("clip", "gp")  # as runs stand side by side on every page
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


class Card(Part):
    """A model card: where a generator comes from, and how good it is."""

    name: str = Field(description="Its name: the data set and the method.")
    data: DataName = Field(description="The data set it learnt.")
    method: Literal["gp", "clip"] = Field(description="How its critic was held.")
    credit: str = Field(description="Who made the data.")
    licence: str = Field(description="The licence of the data.")
    recipe: str = Field(description="The command that trains it.")
    config: RunConfig = Field(description="The whole set-up.")
    iterations: int = Field(ge=1, description="Generator updates.")
    seconds: float = Field(ge=0, description="Training time.")
    device: str = Field(description="What it was trained on.")
    torch: str = Field(description="The version of torch.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Checksum of the file.")
    bytes: int = Field(ge=1, description="Size of the file.")
    report: Report | None = Field(None, description="How good its samples are.")

    @property
    def title(self) -> str:
        """The data set in words."""
        return DATA_SHAPES[self.data].title

    @property
    def duration(self) -> str:
        """How long it trained, in two digits: `40 s`, `1.5 min`, `12 min`, `1.7 h`."""
        if self.seconds < 60:
            return f"{self.seconds:.0f} s"
        return f"{self.seconds / 60:.2g} min" if self.seconds < 5970 else f"{self.seconds / 3600:.1f} h"


def cards(folder: Path = FOLDER) -> list[Card]:
    """Every card that can be read, in the order of the data sets, clipping before the penalty."""
    found = []
    for path in (folder / "cards").glob("*.json"):
        try:
            found.append(card(path.stem, folder))
        except LabError:  # named when it is asked for; the rest still works
            continue
    order = list(DATA_SHAPES)
    return sorted(found, key=lambda card: (order.index(card.data), METHOD_ORDER.index(card.method)))


def card(name: str, folder: Path = FOLDER) -> Card:
    """The card of this name. Raises UnknownGenerator with the names there are, Damaged."""
    path = folder / "cards" / f"{name}.json"
    if len(name) > 80 or not _NAME.fullmatch(name) or not path.is_file():
        names = sorted(path.stem for path in (folder / "cards").glob("*.json"))
        raise UnknownGenerator(f"There is no generator {name[:80]!r}; there is: {', '.join(names)}.")
    try:
        return parse(Card, path.read_bytes())
    except (OSError, LabError) as error:
        raise Damaged(f"{name}: its card in pretrained/cards cannot be read: {error}") from error


def generator_bytes(name: str, folder: Path = FOLDER) -> bytes:
    """The file of this generator, held against the checksum on its card. Raises UnknownGenerator, Damaged."""
    expected = card(name, folder)
    try:
        blob = (folder / f"{name}.safetensors").read_bytes()
    except OSError as error:
        raise Damaged(f"{name}: its file {name}.safetensors is missing or cannot be read; fetch the folder pretrained anew.") from error
    if len(blob) != expected.bytes:
        raise Damaged(f"{name}: its file has {len(blob):,} bytes and should have {expected.bytes:,}; fetch the folder pretrained anew.")
    if hashlib.sha256(blob).hexdigest() != expected.sha256:
        raise Damaged(f"{name}: its file was altered, the checksum is not the one on its card; fetch the folder pretrained anew.")
    return blob
