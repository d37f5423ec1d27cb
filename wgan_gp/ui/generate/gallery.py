"""The gallery: a card for each generator with pictures it makes now, and its model card."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import streamlit as st

from wgan_gp import imaging
from wgan_gp.config import DATA_SHAPES, METHODS
from wgan_gp.errors import LabError
from wgan_gp.presets import Method
from wgan_gp.runs.record import list_runs
from wgan_gp.shelf import cards as shelf
from wgan_gp.shelf.report import Measure, Report
from wgan_gp.ui.models import MODELS, Model, generator_of, models
from wgan_gp.ui.samples import Source, make, real_points
from wgan_gp.ui.theme import COLOURS
from wgan_gp.ui.thumbnails import thumbnail
from wgan_gp.ui.words import literal

if TYPE_CHECKING:
    from wgan_gp.generators import Generator

CARD_WIDTH, PICTURE = 174, 140  # pixels: six in a row on a projector, two on a phone, so that pairs stay together
SHARPNESS = 2  # pixels of a picture for one of the page
TILES, POINTS = 9, 512  # samples on a card
MOST_OWN_CARDS = 6
SEEDS = "seeds"  # key of the field, and its name in the address
IMAGE_SEEDS, POINT_SEEDS = "0:48", "0:512"  # what fills a projector, what fills a plane


def gallery() -> None:
    """A card for each generator that ships, then for the newest runs and for uploads. A card that cannot be read says why."""
    every = {model.key: model for model in models()}
    cards = {card.name: card for card in shelf.cards()}
    shipped = [model for model in every.values() if model.source == "pretrained"]
    own = [model for model in every.values() if model.source != "pretrained"]
    st.caption("Every picture here is made now, from the seeds 0, 1, 2, … Choose one generator, or both of a data set to compare.")
    with st.container(horizontal=True, gap="small"):
        for model in shipped:
            with st.container(border=True, width=CARD_WIDTH, gap="xsmall"):
                _shipped(model, cards[model.key], every)
        for name in _unreadable(cards):
            with st.container(border=True, width=CARD_WIDTH):
                st.markdown(f"**{literal(name)}**")
                _reason(name)
    if not shipped and not _unreadable(cards):
        st.info("No generator is in the folder pretrained. Those of your own runs work all the same.")
    damaged = [run for run in list_runs() if run.state == "damaged"][:MOST_OWN_CARDS]
    if own or damaged:
        st.markdown("#### Your runs and files")
        with st.container(horizontal=True, gap="small"):
            for model in [*(m for m in own if m.source == "upload"), *(m for m in own if m.source == "run")][:MOST_OWN_CARDS]:
                with st.container(border=True, width=CARD_WIDTH, gap="xsmall"):
                    _own(model)
            for run in damaged:
                with st.container(border=True, width=CARD_WIDTH):
                    st.markdown(f"**{literal(run.id)}**")
                    st.error(literal(run.message[:300]), icon=":material/broken_image:")
        if len(own) > MOST_OWN_CARDS:
            st.caption("These are the newest; the field above knows more.")
    sources = {card.data: f"{card.title}: {card.credit} ({card.licence})" for card in cards.values()}
    st.caption(f"Data and licences. {literal('; '.join(sources.values()))}." if sources else "")


def choose(keys: Sequence[str], plane: bool) -> None:
    """Choose these generators: for a button's `on_click`, before the field is there. Points want more seeds than pictures."""
    st.session_state[MODELS] = list(keys)
    usual, other = (POINT_SEEDS, IMAGE_SEEDS) if plane else (IMAGE_SEEDS, POINT_SEEDS)
    if st.session_state.get(SEEDS, IMAGE_SEEDS) == other:
        st.session_state[SEEDS] = usual


def heading(model: Model, title: str, *, one_line: bool = False) -> None:
    """A title, and the method after or below it in the method's colour."""
    light, dark = (COLOURS[theme][model.method] for theme in ("light", "dark"))
    st.html(
        f"<div style='line-height:1.35'><strong>{html.escape(title)}</strong>{' ' if one_line else '<br>'}"
        f"<strong style='color:{light};color:light-dark({light},{dark})'>{METHODS[model.method]}</strong></div>"
    )


def short_title(model: Model) -> str:
    """What it is called beside its method: the data set without its size for what ships, else its own name."""
    if model.source == "pretrained":
        return DATA_SHAPES[model.data].title.split(" (")[0]
    return model.title.removesuffix(" (uploaded)").removesuffix(f", {METHODS[model.method]}")


def model_card(card: shelf.Card, width: Literal["content", "stretch"] = "content") -> None:
    """A button that opens the model card."""
    with st.popover("Model card", icon=":material/description:", help="Where it comes from, and how good it is", width=width):
        st.markdown(f"**{literal(card.name)}**")
        st.caption(
            f"{card.iterations:,} iterations in {card.duration} on {literal(card.device)}, torch {literal(card.torch)}. "
            f"{card.bytes / 1e6:.2f} MB."
        )
        st.markdown(f"Data: {literal(DATA_SHAPES[card.data].title)}. {literal(card.credit)}")
        st.markdown(f"Licence of the data: {literal(card.licence)}")
        st.markdown("Train it yourself:")
        st.code(card.recipe, language="bash", wrap_lines=True)
        if card.report is None:
            st.caption("Nobody has measured its samples yet.")
        else:
            _measures(card.report)


def _shipped(model: Model, card: shelf.Card, every: dict[str, Model]) -> None:
    heading(model, short_title(model))
    try:
        picture = _picture(model.key, model.version, model.method, model.data, generator_of(model))
    except LabError as error:
        st.error(literal(str(error)), icon=":material/broken_image:")
        model_card(card, "stretch")
        return
    st.image(picture, width=PICTURE, output_format="PNG", alt=f"Samples of {model.title}, seeds 0 and on")
    st.caption(f"{card.duration} on {literal(card.device.split(' (')[0])}")
    if card.report is not None and card.report.measures:
        st.caption(_measure(card.report.measures[0]))
    _buttons(model, every)
    model_card(card, "stretch")


def _own(model: Model) -> None:
    shape = DATA_SHAPES[model.data]
    heading(model, short_title(model))
    if model.source == "upload":
        picture: str | bytes | None = _picture(model.key, model.version, model.method, model.data, generator_of(model))
    else:
        picture, trouble = thumbnail(model.key)
        if trouble:
            st.error(literal(trouble), icon=":material/broken_image:")
    if picture:
        st.image(picture, width=PICTURE if model.source == "upload" else 96, output_format="PNG", alt=f"Samples of {model.title}")
    st.caption(f"{literal(shape.title)}. {'A run on this machine' if model.source == 'run' else 'Uploaded in this browser'}.")
    _buttons(model, {})


def _buttons(model: Model, every: dict[str, Model]) -> None:
    pair = [f"{model.data}-{method}" for method in ("gp", "clip")]
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Choose", key=f"choose-{model.key}", on_click=choose, args=([model.key], model.is_plane), help="Generate samples with it.",
        )  # fmt: skip
        if model.key in pair and all(key in every for key in pair):
            st.button(
                "Both", key=f"both-{model.key}", on_click=choose, args=(pair, model.is_plane),
                help="Penalty and clipping side by side, at the same seeds.",
            )  # fmt: skip


def _measure(measure: Measure) -> str:
    """Its value, and that of real data beside it."""
    value = "not taken" if measure.value is None else f"{measure.value:.3g}"
    floor = "" if measure.floor is None else f" (real data {measure.floor:.3g})"
    return f"{literal(measure.name)} {value}{floor}, {measure.better} is better"


def _measures(report: Report) -> None:
    lines = [
        "| Measure | Value | Real data | Better | Samples |",
        "|---|---|---|---|---|",
        *(
            f"| {literal(m.name)} | {'not taken' if m.value is None else f'{m.value:.4g}'} "
            f"| {'' if m.floor is None else f'{m.floor:.4g}'} | {m.better} | {m.samples:,} |"
            for m in report.measures
        ),
    ]
    st.markdown("\n".join(lines))
    st.caption("“Real data” is the same number for real data against other real data: nothing can be expected to do better.")
    for measure in report.measures:
        st.caption(f"{literal(measure.name)}: {literal(measure.help)}")


def _unreadable(cards: dict[str, shelf.Card]) -> list[str]:
    """The cards in the folder that are damaged."""
    return sorted(path.stem for path in (shelf.FOLDER / "cards").glob("*.json") if path.stem not in cards)


def _reason(name: str) -> None:
    try:
        shelf.card(name)
    except LabError as error:
        st.error(literal(str(error)[:300]), icon=":material/broken_image:")


@st.cache_data(max_entries=60, show_spinner=False)
def _picture(key: str, version: str, method: Method, data: str, _generator: Generator) -> bytes:
    """A PNG: nine images, or points on real data."""
    source = Source(Model(key, key, method, data, "pretrained", version), _generator)
    if source.model.is_plane:
        points, _ = make(source, range(POINTS), 1.0)
        real, extent = real_points(data)
        layers = ((real, COLOURS["light"]["real"]), (points, COLOURS["light"][method]))
        return imaging.png(imaging.see_through(imaging.scatter(layers, extent, SHARPNESS * PICTURE, SHARPNESS * 2)))
    images, _ = make(source, range(TILES), 1.0)
    grid = imaging.grid(images, columns=3)
    return imaging.png(imaging.enlarge(grid, max(1, round(SHARPNESS * PICTURE / grid.shape[0]))))
