"""The gallery: a card for each generator with pictures it makes now, and its model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from wgan_gp import imaging
from wgan_gp.config import DATA_SHAPES
from wgan_gp.errors import LabError
from wgan_gp.runs.record import list_runs
from wgan_gp.shelf import cards as shelf
from wgan_gp.shelf.report import Report, headlines
from wgan_gp.shelf.sample_files import filling_png, points_picture
from wgan_gp.ui.choice import Chosen, Entry, entries, heading, take, with_generator
from wgan_gp.ui.samples import make, real_points
from wgan_gp.ui.thumbnails import thumbnail
from wgan_gp.ui.words import capital, literal

PICTURE = 128  # pixels: two beside each other in a card, four cards on a projector, one on a phone
OWN_WIDTH = 176
SHARPNESS = 2  # pixels of a picture for one of the page
TILES, POINTS = 9, 512  # samples on a card
MOST_OWN_CARDS = 6
GENERATE_HELP = "Generate samples with it."

# As many columns as there is room for, without a rest; the cards of a row are of one height, and pairs stay together on a phone.
GALLERY_CSS = """<style>
.st-key-gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); align-items: stretch; }
.st-key-gallery > div, .st-key-gallery > div > div { height: 100%; max-width: 100%; }
.st-key-gallery [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; }
.st-key-gallery [data-testid="stColumn"] { min-width: 0; flex: 1 1 0; }
</style>"""


def gallery() -> None:
    """A card for each data set with the generators that ship, then for the newest runs and for uploads. What cannot be read says why."""
    every = {entry.key: entry for entry in entries()}
    cards = {card.name: card for card in shelf.cards()}
    st.caption("Every picture here is made now, from the seeds 0, 1, 2, … Choose one generator, or both of a data set to compare.")
    st.html(GALLERY_CSS)
    with st.container(key="gallery", gap="small"):
        for data in dict.fromkeys(card.data for card in cards.values()):
            with st.container(border=True, gap="xsmall"):
                _shipped([(every[card.name], card) for card in cards.values() if card.data == data])
        for name in _unreadable(cards):
            with st.container(border=True):
                st.markdown(f"**{literal(name)}**")
                _reason(name)
    if not cards and not _unreadable(cards):
        st.info("No generator is in the folder pretrained. Those of your own runs work all the same.")
    _own_cards([entry for entry in every.values() if entry.origin != "pretrained"])
    credits = {card.data: f"{card.title}: {card.credit} ({card.licence})" for card in cards.values()}
    st.caption(f"Data and licences. {literal('; '.join(credits.values()))}." if credits else "")


def _own_cards(own: Sequence[Entry]) -> None:
    """Uploads and the newest runs, and those that are damaged."""
    damaged = [run for run in list_runs() if run.state == "damaged"][:MOST_OWN_CARDS]
    if own or damaged:
        st.markdown("#### Your runs and files")
        with st.container(horizontal=True, gap="small"):
            for entry in sorted(own, key=lambda entry: entry.origin != "upload")[:MOST_OWN_CARDS]:
                with st.container(border=True, width=OWN_WIDTH, gap="xsmall"):
                    _own(entry)
            for run in damaged:
                with st.container(border=True, width=OWN_WIDTH):
                    st.markdown(f"**{literal(run.id)}**")
                    st.error(literal(run.message[:300]), icon=":material/broken_image:")
        if len(own) > MOST_OWN_CARDS:
            st.caption("These are the newest; the field above knows more.")


def model_card(card: shelf.Card, width: Literal["content", "stretch"] = "content") -> None:
    """A button that opens the model card."""
    with st.popover("Model card", help="Where it comes from, and how good it is", width=width):
        st.markdown(f"**{literal(card.name)}**")
        st.caption(
            f"{card.iterations:,} iterations in {card.duration} on {literal(card.device)}, torch {literal(card.torch)}. "
            f"{card.bytes / 1e6:.2f} MB."
        )
        st.markdown(f"Data: {literal(DATA_SHAPES[card.data].title)}. {literal(capital(card.credit))}.")
        st.markdown(f"Licence of the data: {literal(card.licence)}.")
        st.markdown("Train it yourself:")
        st.code(card.recipe, language="bash", wrap_lines=True)
        if card.report is None:
            st.caption("Its samples have not been measured yet.")
        else:
            _measures(card.report)


def _shipped(pair: Sequence[tuple[Entry, shelf.Card]]) -> None:
    """The generators of one data set beside each other; where there is only one, what is said of it stands beside it."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{literal(pair[0][0].short_title)}**", width="content")
        if len(pair) > 1:
            st.button(
                "Both", key=f"both-{pair[0][0].data}", on_click=take, args=([entry.key for entry, _ in pair],),
                help="Clipping and penalty side by side, at the same seeds.",
            )  # fmt: skip
    places = st.columns(2, gap="small")
    for place, (entry, card) in zip(places, pair, strict=False):
        beside = place if len(pair) > 1 else places[1]
        with place.container(gap="xsmall"):
            if _sample_picture(entry):
                st.button("Choose", key=f"choose-{entry.key}", on_click=take, args=([entry.key],), width="stretch", help=GENERATE_HELP)
            model_card(card, "stretch")
        with beside.container(gap="xxsmall"):
            for line in headlines(card.report) if card.report else []:
                st.caption(literal(line.text))
            st.caption(f"Trained in {card.duration}")
    _real_data([card for _, card in pair])


def _real_data(pair: Sequence[shelf.Card]) -> None:
    """What real data have against other real data, once for both, and how it was measured."""
    lines = next((headlines(card.report) for card in pair if card.report), [])
    real = "; ".join(line.real for line in lines if line.real)
    if real:
        st.caption(f"Real data: {literal(real)}.", help=literal(" ".join(line.help for line in lines)))


def _sample_picture(entry: Entry) -> bool:
    """Its method and its samples; False where they cannot be made, and the reason."""
    heading(entry)
    try:
        picture = _picture(with_generator(entry))
    except LabError as error:
        st.error(literal(str(error)), icon=":material/broken_image:")
        return False
    st.image(picture, width="stretch", output_format="PNG", alt=f"Samples of {entry.title}, seeds 0 and on")
    return True


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
    st.button("Choose", key=f"choose-{entry.key}", on_click=take, args=([entry.key],), help=GENERATE_HELP)


def _measures(report: Report) -> None:
    lines = ["| Measure | Value | Real data | Better | Samples |", "|---|---|---|---|---|"]
    for m in report.measures:
        value = "not taken" if m.value is None else f"{m.value:.4g}"
        lines.append(f"| {literal(m.title)} | {value} | {m.of_real_data()} | {m.better} | {m.samples:,} |")
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
