"""The gallery: a card for each generator with pictures it makes now, and its model card."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from wgan_gp import imaging
from wgan_gp.config import DATA_SHAPES
from wgan_gp.errors import LabError
from wgan_gp.runs.record import list_runs
from wgan_gp.shelf import cards as shelf
from wgan_gp.shelf.report import Measure, Report
from wgan_gp.shelf.sample_files import filling_png, points_picture
from wgan_gp.ui.choice import Chosen, Entry, entries, heading, take, with_generator
from wgan_gp.ui.samples import make, real_points
from wgan_gp.ui.thumbnails import thumbnail
from wgan_gp.ui.words import literal

CARD_WIDTH, PICTURE = 174, 140  # pixels: six in a row on a projector, two on a phone, so that pairs stay together
SHARPNESS = 2  # pixels of a picture for one of the page
TILES, POINTS = 9, 512  # samples on a card
MOST_OWN_CARDS = 6


def gallery() -> None:
    """A card for each generator that ships, then for the newest runs and for uploads. A card that cannot be read says why."""
    every = {entry.key: entry for entry in entries()}
    cards = {card.name: card for card in shelf.cards()}
    shipped = [entry for entry in every.values() if entry.origin == "pretrained"]
    own = [entry for entry in every.values() if entry.origin != "pretrained"]
    st.caption("Every picture here is made now, from the seeds 0, 1, 2, … Choose one generator, or both of a data set to compare.")
    with st.container(horizontal=True, gap="small"):
        for entry in shipped:
            with st.container(border=True, width=CARD_WIDTH, gap="xsmall"):
                _shipped(entry, cards[entry.key], every)
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
            for entry in sorted(own, key=lambda entry: entry.origin != "upload")[:MOST_OWN_CARDS]:
                with st.container(border=True, width=CARD_WIDTH, gap="xsmall"):
                    _own(entry)
            for run in damaged:
                with st.container(border=True, width=CARD_WIDTH):
                    st.markdown(f"**{literal(run.id)}**")
                    st.error(literal(run.message[:300]), icon=":material/broken_image:")
        if len(own) > MOST_OWN_CARDS:
            st.caption("These are the newest; the field above knows more.")
    credits = {card.data: f"{card.title}: {card.credit} ({card.licence})" for card in cards.values()}
    st.caption(f"Data and licences. {literal('; '.join(credits.values()))}." if credits else "")


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


def _shipped(entry: Entry, card: shelf.Card, every: dict[str, Entry]) -> None:
    heading(entry, entry.short_title)
    try:
        picture = _picture(with_generator(entry))
    except LabError as error:
        st.error(literal(str(error)), icon=":material/broken_image:")
        model_card(card, "stretch")
        return
    st.image(picture, width=PICTURE, output_format="PNG", alt=f"Samples of {entry.title}, seeds 0 and on")
    st.caption(f"{card.duration} on {literal(card.device.split(' (')[0])}")
    if card.report is not None and card.report.measures:
        st.caption(_measure(card.report.measures[0]))
    _buttons(entry, every)
    model_card(card, "stretch")


def _own(entry: Entry) -> None:
    heading(entry, entry.short_title)
    if entry.origin == "upload":
        picture: str | bytes | None = _picture(with_generator(entry))
    else:
        picture, trouble = thumbnail(entry.key)
        if trouble:
            st.error(literal(trouble), icon=":material/broken_image:")
    if picture:
        st.image(picture, width=PICTURE if entry.origin == "upload" else 96, output_format="PNG", alt=f"Samples of {entry.title}")
    where = "A run on this machine" if entry.origin == "run" else "Uploaded in this browser"
    st.caption(f"{literal(DATA_SHAPES[entry.data].title)}. {where}.")
    _buttons(entry, {})


def _buttons(entry: Entry, every: dict[str, Entry]) -> None:
    pair = [f"{entry.data}-{method}" for method in ("gp", "clip")]
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Choose", key=f"choose-{entry.key}", on_click=take, args=([entry.key],), help="Generate samples with it.",
        )  # fmt: skip
        if entry.key in pair and all(key in every for key in pair):
            st.button(
                "Both", key=f"both-{entry.key}", on_click=take, args=(pair,),
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


def _picture(chosen: Chosen) -> bytes:
    """A PNG: nine images, or points on real data."""
    return _drawn(chosen.key, chosen.version, chosen)


@st.cache_data(max_entries=60, show_spinner=False)
def _drawn(key: str, version: str, _chosen: Chosen) -> bytes:
    if _chosen.is_plane:
        points, _ = make(_chosen, range(POINTS))
        real, extent = real_points(_chosen.data)
        picture = points_picture(real, points, _chosen.method, extent, SHARPNESS * PICTURE, SHARPNESS * 2)
        return imaging.png(imaging.see_through(picture))
    images, _ = make(_chosen, range(TILES))
    return filling_png(imaging.grid(images, columns=3), SHARPNESS * PICTURE)
