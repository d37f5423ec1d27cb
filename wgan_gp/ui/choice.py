"""The generators a page can choose from: those that ship, those of your runs, and those uploaded in this browser session."""

from __future__ import annotations

import contextlib
import hashlib
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st

from wgan_gp.config import DATA_SHAPES, METHODS
from wgan_gp.errors import LabError, UnknownRun
from wgan_gp.presets import Method
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader, list_runs
from wgan_gp.shelf.cards import Card, cards
from wgan_gp.ui.theme import COLOURS
from wgan_gp.ui.words import literal

if TYPE_CHECKING:
    from wgan_gp.generators import Generator

Origin = Literal["pretrained", "run", "upload"]
MOST_OWN_RUNS = 40  # the newest ones: a list of hundreds is no choice
MOST_UPLOADS = 5  # of one browser session
MOST_CHOSEN = 2  # side by side
UPLOADS = "uploaded-generators"
CHOICE = "model"  # key of the choice, and its name in the address


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One generator in the choice, before anything of it is loaded."""

    key: str  # what stands in the address: a shipped name, a run's id, or `upload-` and a checksum
    title: str
    method: Method
    data: str
    origin: Origin
    version: str = ""  # changes when the weights do: a checksum, or the run's iteration

    @property
    def is_plane(self) -> bool:
        """Whether it makes points, not images."""
        return DATA_SHAPES[self.data].is_plane

    @property
    def short_title(self) -> str:
        """What it is called beside its method: the data set without its size for what ships, else its own name."""
        if self.origin == "pretrained":
            return DATA_SHAPES[self.data].title.split(" (")[0]
        return self.title.removesuffix(" (uploaded)").removesuffix(f", {METHODS[self.method]}")


@dataclass(frozen=True, kw_only=True)
class Chosen(Entry):
    """An entry that was chosen, with its generator: all that making samples needs, in any thread."""

    generator: Generator

    @property
    def latent_dim(self) -> int:
        """Numbers in a latent."""
        return self.generator.config.latent_dim


def entries() -> list[Entry]:
    """Every generator there is, those that ship first, then the newest runs, then uploads."""
    return [*map(_shipped, cards()), *_own_runs(), *_uploads().values()]


def _shipped(card: Card) -> Entry:
    title = f"{card.title}, {METHODS[card.method]}"
    return Entry(key=card.name, title=title, method=card.method, data=card.data, origin="pretrained", version=card.sha256)


def choose(default: Sequence[str], *, none_first: bool = False) -> list[Entry]:
    """A field to choose one or two generators from; the choice is in the address (`?model=a&model=b`).

    Options are shown as they stand in the address: a field that is part of it writes there what it shows. none_first: nothing is chosen
    before somebody chooses.
    """
    known = {entry.key: entry for entry in entries()}
    strange = [key for key in st.query_params.get_all(CHOICE) if key not in known]
    if strange:
        st.warning(literal(_why_not(strange[0])), icon=":material/search_off:")
    chosen = st.multiselect(
        "Generators, one or two",
        list(known),
        default=None if none_first else [key for key in default if key in known] or list(known)[:1],
        key=CHOICE,
        max_selections=MOST_CHOSEN,
        bind="query-params",
        persist_state="session",
        placeholder="Choose a generator",
        help="Two stand side by side at the same seeds, for example clipping and penalty.",
    )
    return [known[key] for key in chosen if key in known][:MOST_CHOSEN]


def take(keys: Sequence[str]) -> None:
    """Choose these generators: for a button's `on_click`, before the field is there."""
    st.session_state[CHOICE] = list(keys)


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


# --- with their generators ------------------------------------------------------------------------------------------------------


def loaded(wanted: Sequence[Entry]) -> list[Chosen]:
    """Those whose generators can be loaded; a message for each that cannot."""
    found = []
    for entry in wanted:
        try:
            found.append(with_generator(entry))
        except LabError as error:
            st.error(literal(str(error)), icon=":material/broken_image:")
    return found


def with_generator(entry: Entry) -> Chosen:
    """The entry with its generator, loaded once for all visitors. Raises LabError."""
    return entry if isinstance(entry, Chosen) else Chosen(**asdict(entry), generator=_load(entry.key, entry.version))


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


def heading(entry: Entry, title: str = "", *, one_line: bool = False) -> None:
    """A title, and the method after or below it in the method's colour; or the method alone."""
    light, dark = (COLOURS[theme][entry.method] for theme in ("light", "dark"))
    before = f"<strong>{html.escape(title)}</strong>{' ' if one_line else '<br>'}" if title else ""
    st.html(
        f"<div style='line-height:1.35'>{before}"
        f"<strong style='color:{light};color:light-dark({light},{dark})'>{METHODS[entry.method]}</strong></div>"
    )


def side_by_side(chosen: Sequence[Chosen]) -> Iterator[Chosen]:
    """Each generator in a column of its own, under its name in its method's colour."""
    for place, one in zip(st.columns(len(chosen), gap="medium"), chosen, strict=True):
        with place.container(gap="xsmall"):
            heading(one, one.short_title, one_line=True)
            yield one


# --- uploads and runs -----------------------------------------------------------------------------------------------------------


def add_upload(name: str, blob: bytes) -> Entry:
    """Take a file into this browser session. Raises Damaged where it is not a generator of the Lab; nothing in it is executed."""
    from wgan_gp.shelf import file

    _settle_torch()
    checksum = hashlib.sha256(blob).hexdigest()
    generator = file.read_generator(blob, name[:80])
    method = generator.config.constraint.kind
    title = f"{name[:60].removesuffix('.safetensors')}, {METHODS[method]} (uploaded)"
    stem = re.sub("[^a-z0-9]+", "-", name.lower().removesuffix(".safetensors"))[:40].strip("-")
    key = f"upload-{stem or 'file'}-{checksum[:8]}"
    data, held = generator.config.data, _uploads()
    held[key] = Chosen(key=key, title=title, method=method, data=data, origin="upload", version=checksum, generator=generator)
    while len(held) > MOST_UPLOADS:
        held.pop(next(iter(held)))
    return held[key]


def _uploads() -> dict[str, Chosen]:
    held: dict[str, Chosen] = st.session_state.setdefault(UPLOADS, {})
    return held


def _own_runs() -> list[Entry]:
    found = []
    for status in [status for status in list_runs() if status.step > 0][:MOST_OWN_RUNS]:
        with contextlib.suppress(LabError):  # a file that cannot be read now is no reason to lose the others
            method, data, learns = _what_learns(status.id, status.created)
            if learns:
                title = f"{status.name or status.id}, iteration {status.step:,}"
                version = f"{status.attempt}:{status.step}"
                found.append(Entry(key=status.id, title=title, method=method, data=data, origin="run", version=version))
    return found


@st.cache_data(max_entries=500, show_spinner=False)
def _what_learns(run_id: str, created: float) -> tuple[Method, str, bool]:
    """What never changes about a run: its method, its data set, and whether a generator learns in it. Raises LabError."""
    with RunReader(path_of(run_id)) as reader:
        config = reader.config()
    return config.constraint.kind, config.data, config.frozen is None
