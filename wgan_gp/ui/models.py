"""The generators a page can choose from: those that ship, those of your runs, and those uploaded in this browser session."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from wgan_gp.config import DATA_SHAPES, METHODS
from wgan_gp.errors import LabError, UnknownRun
from wgan_gp.presets import Method
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader, list_runs
from wgan_gp.shelf.cards import cards
from wgan_gp.ui.words import literal

if TYPE_CHECKING:
    from wgan_gp.generators import Generator

Source = Literal["pretrained", "run", "upload"]
MOST_OWN_RUNS = 40  # the newest ones: a list of hundreds is no choice
MOST_UPLOADS = 5  # of one browser session
UPLOADS = "uploaded-generators"
MODELS = "model"  # key of the choice, and its name in the address


@dataclass(frozen=True)
class Model:
    """One generator in the choice, before anything of it is loaded."""

    key: str  # what stands in the address: a shipped name, a run's id, or `upload-` and a checksum
    title: str
    method: Method
    data: str
    source: Source
    version: str = ""  # changes when the weights do: a checksum, or the run's iteration

    @property
    def is_plane(self) -> bool:
        """Whether it makes points, not images."""
        return DATA_SHAPES[self.data].is_plane


def models() -> list[Model]:
    """Every generator there is, those that ship first, then the newest runs, then uploads."""
    shipped = [
        Model(card.name, f"{card.title}, {METHODS[card.method]}", card.method, card.data, "pretrained", card.sha256) for card in cards()
    ]
    return [*shipped, *_own_runs(), *(model for model, _ in _uploads().values())]


def choose_models(default: Sequence[str], most: int = 2, *, none_first: bool = False) -> list[Model]:
    """A field to choose one to `most` generators from; the choice is in the address (`?model=a&model=b`).

    Options are shown as they stand in the address: a field that is part of it writes there what it shows. none_first: nothing is chosen
    before somebody chooses.
    """
    known = {model.key: model for model in models()}
    strange = [key for key in st.query_params.get_all(MODELS) if key not in known]
    if strange:
        st.warning(literal(_why_not(strange[0])), icon=":material/search_off:")
    chosen = st.multiselect(
        f"Generators, one to {most}",
        list(known),
        default=None if none_first else [key for key in default if key in known] or list(known)[:1],
        key=MODELS,
        max_selections=most,
        bind="query-params",
        persist_state="session",
        placeholder="Choose a generator",
        help="Two stand side by side at the same seeds, for example penalty and clipping.",
    )
    return [known[key] for key in chosen if key in known][:most]


def _why_not(key: str) -> str:
    """Why this key of the address is none of the choice."""
    try:
        with RunReader(path_of(key)) as reader:
            reader.status()
    except UnknownRun:
        return f"There is no generator {key[:80]!r} here. An uploaded file is known only to the browser it was uploaded in."
    except LabError as error:
        return str(error)
    return f"The run {key} is none of the newest that train a generator and have begun."


def generator_of(model: Model) -> Generator:
    """The generator itself, loaded once for all visitors. Raises LabError."""
    if model.source == "upload":
        return _uploads()[model.key][1]
    return _load(model.key, model.version)


@st.cache_resource(max_entries=40, show_spinner="Loading the generator")
def _load(key: str, version: str) -> Generator:
    from wgan_gp.shelf.finding import find_generator

    _settle_torch()
    return find_generator(key)


@st.cache_resource(show_spinner="Loading torch")
def _settle_torch() -> None:
    """Import torch once; its million objects are no garbage, and looking through them would cost every page half a second.

    One thread: beside a training several threads wait for each other (runs/threads.py), 64 samples for half a second instead of 20 ms.
    """
    import gc

    import torch

    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()


def add_upload(name: str, blob: bytes) -> Model:
    """Take a file into this browser session. Raises Damaged where it is not a generator of the Lab; nothing in it is executed."""
    from wgan_gp.shelf import file

    _settle_torch()
    checksum = hashlib.sha256(blob).hexdigest()
    generator = file.read_generator(blob, name[:80])
    method = generator.config.constraint.kind
    title = f"{name[:60].removesuffix('.safetensors')}, {METHODS[method]} (uploaded)"
    stem = re.sub("[^a-z0-9]+", "-", name.lower().removesuffix(".safetensors"))[:40].strip("-")
    model = Model(f"upload-{stem or 'file'}-{checksum[:8]}", title, method, generator.config.data, "upload", checksum)
    held = _uploads()
    held[model.key] = (model, generator)
    while len(held) > MOST_UPLOADS:
        held.pop(next(iter(held)))
    return model


def _uploads() -> dict[str, tuple[Model, Generator]]:
    held: dict[str, tuple[Model, Any]] = st.session_state.setdefault(UPLOADS, {})
    return held


def _own_runs() -> list[Model]:
    found = []
    for status in [status for status in list_runs() if status.step > 0][:MOST_OWN_RUNS]:
        with contextlib.suppress(LabError):  # a file that cannot be read now is no reason to lose the others
            method, data, learns = _what_learns(status.id, status.created)
            if learns:
                title = f"{status.name or status.id}, iteration {status.step:,}"
                found.append(Model(status.id, title, method, data, "run", f"{status.attempt}:{status.step}"))
    return found


@st.cache_data(max_entries=500, show_spinner=False)
def _what_learns(run_id: str, created: float) -> tuple[Method, str, bool]:
    """What never changes about a run: its method, its data set, and whether a generator learns in it. Raises LabError."""
    with RunReader(path_of(run_id)) as reader:
        config = reader.config()
    return config.constraint.kind, config.data, config.frozen is None
