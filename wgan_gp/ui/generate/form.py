"""What the page Generate asks: which generators, which seeds, how they are ordered; and a file with a generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from wgan_gp.datafiles import at_hand
from wgan_gp.errors import LabError
from wgan_gp.seeds import parse_seeds
from wgan_gp.ui.choice import CHOICE, Chosen, add_upload, take
from wgan_gp.ui.samples import BY_SEED, ORDERS, Order, Wanted
from wgan_gp.ui.words import count, literal

SEEDS = "seeds"  # key of the field, and its name in the address
IMAGE_SEEDS, POINT_SEEDS = "0:48", "0:512"  # what fills a projector, what fills a plane
USUAL_SEEDS = "usual-seeds"  # session: what the field began with
REFUSED = "refused-upload"


def controls(chosen: Sequence[Chosen]) -> tuple[Wanted, bool]:
    """The fields that say which samples, and whether to look for the nearest training images. Raises InvalidConfig."""
    row = st.columns([3, 1.5, 2.4, 2.4, 2], vertical_alignment="bottom")
    text = row[0].text_input(
        "Seeds", _usual_seeds(chosen), max_chars=2000, key=SEEDS, bind="query-params",
        help="7, or 0:64 (64 not included), or 1, 5, 9. A seed always makes the same sample. At most 10,000.",
    )  # fmt: skip
    row[1].button("Other seeds", icon=":material/casino:", on_click=_move_on, help="The next as many seeds", width="stretch")
    scale = row[2].slider(
        "Latent scale", 0.0, 2.0, 1.0, 0.05, key="scale", bind="query-params",
        help="Every latent z is multiplied by it. Below 1: nearer to the middle of the prior, samples more typical and less varied. "
        "1: as in training. Above 1: latents that training rarely saw.",
    )  # fmt: skip
    order = _order(chosen, row[3])
    search = _nearest_switch(chosen, row[4])
    seeds = parse_seeds(text)
    once = tuple(dict.fromkeys(seeds))
    if len(once) < len(seeds):
        st.caption(f"{count(len(seeds) - len(once), 'seed')} given twice: each is shown once.")
    return Wanted(once, scale, order), search


def _usual_seeds(chosen: Sequence[Chosen]) -> str:
    """What the field begins with; where it still holds that, and now there are points instead of pictures, or none any more, it follows."""
    usual = POINT_SEEDS if all(one.is_plane for one in chosen) else IMAGE_SEEDS
    before = st.session_state.get(USUAL_SEEDS, usual)
    if before != usual and st.session_state.get(SEEDS) == before:
        st.session_state[SEEDS] = usual
    st.session_state[USUAL_SEEDS] = usual
    return usual


def _order(chosen: Sequence[Chosen], place: Any) -> Order:
    blind = [one.key for one in chosen if one.generator.critic is None]
    order = place.selectbox(
        "Order by", ORDERS, key="order", bind="query-params", disabled=bool(blind),
        help=f"The file of {', '.join(map(literal, blind))} holds no critic, so there is no value to order by." if blind else
        "By the value D(x) of the critic that this generator was trained against: its own opinion, no measure of quality. "
        "Nothing is left out, and values of two critics do not compare.",
    )  # fmt: skip
    return BY_SEED if blind else next((known for known in ORDERS if known == order), BY_SEED)


def _nearest_switch(chosen: Sequence[Chosen], place: Any) -> bool:
    if all(one.is_plane for one in chosen):
        return False
    missing = [one.data for one in chosen if not one.is_plane and not at_hand(one.data)]
    search = place.toggle(
        "Nearest training image", key="nearest", bind="query-params", disabled=bool(missing),
        help=f"The data set {missing[0]} is not on this machine." if missing else
        "Beside each sample the training image with the smallest pixel distance. Does it only repeat what it has seen?",
    )  # fmt: skip
    return search and not missing


def _move_on() -> None:
    """On to the next seeds, as many as there are now."""
    usual = st.session_state[USUAL_SEEDS]
    try:
        seeds = parse_seeds(st.session_state.get(SEEDS, usual))
    except LabError:
        st.session_state[SEEDS] = usual
        return
    start = max(seeds) + 1
    end = start + len(set(seeds))
    if end > 2**63:
        start, end = 0, len(set(seeds))
    st.session_state[SEEDS] = str(start) if end == start + 1 else f"{start}:{end}"


# --- a file ------------------------------------------------------------------------------------------------------------------


def upload_field() -> None:
    """A generator from a file: it is added to the choice. What cannot be used is refused with one sentence."""
    with st.popover("Upload", icon=":material/upload:", help="A generator from a .safetensors file"):
        st.file_uploader(
            "A generator of this Lab, .safetensors", key="upload", on_change=_take, max_upload_size=20,
            help="As downloaded here, or written by python -m wgan_gp. Nothing in the file is executed; only this browser sees it.",
        )  # fmt: skip
        refusal = st.session_state.get(REFUSED)
        if refusal:
            st.error(literal(refusal), icon=":material/block:")


def _take() -> None:
    """Choose what was uploaded, beside the first of those chosen before; or note why not."""
    st.session_state[REFUSED] = None
    file = st.session_state["upload"]
    if file is None:
        return
    try:
        entry = add_upload(file.name, file.getvalue())
    except LabError as error:
        st.session_state[REFUSED] = str(error)
        return
    before = [key for key in st.session_state.get(CHOICE) or [] if key != entry.key]
    take([*before[:1], entry.key])
