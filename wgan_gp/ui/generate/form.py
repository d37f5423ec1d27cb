"""What the page Generate asks: which generators, which seeds, how they are ordered; and a file with a generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from wgan_gp.errors import LabError
from wgan_gp.seeds import parse_seeds
from wgan_gp.ui.generate.gallery import IMAGE_SEEDS, SEEDS
from wgan_gp.ui.models import MODELS, Model, add_upload, generator_of
from wgan_gp.ui.samples import BY_SEED, ORDERS, Order, Source, Wanted
from wgan_gp.ui.words import count, literal

REFUSED = "refused-upload"


def loaded(models: Sequence[Model]) -> list[Source]:
    """The generators that can be loaded; a message for each that cannot."""
    sources = []
    for model in models:
        try:
            sources.append(Source(model, generator_of(model)))
        except LabError as error:
            st.error(literal(str(error)), icon=":material/broken_image:")
    return sources


def controls(sources: Sequence[Source]) -> tuple[Wanted, bool]:
    """The fields that say which samples, and whether to look for the nearest training images. Raises InvalidConfig."""
    row = st.columns([3, 1.5, 2.4, 2.4, 2], vertical_alignment="bottom")
    text = row[0].text_input(
        "Seeds", IMAGE_SEEDS, max_chars=2000, key=SEEDS, bind="query-params",
        help="7, or 0:64 (64 not included), or 1, 5, 9. A seed always makes the same sample. At most 10,000.",
    )  # fmt: skip
    row[1].button("Other seeds", icon=":material/casino:", on_click=_move_on, help="The next as many seeds", width="stretch")
    scale = row[2].slider(
        "Latent scale", 0.0, 2.0, 1.0, 0.05, key="scale", bind="query-params",
        help="Every latent z is multiplied by it. Below 1: nearer to the middle of the prior, samples more typical and less varied. "
        "1: as in training. Above 1: latents that training rarely saw.",
    )  # fmt: skip
    order = _order(sources, row[3])
    search = _nearest_switch(sources, row[4])
    seeds = parse_seeds(text)
    once = tuple(dict.fromkeys(seeds))
    if len(once) < len(seeds):
        st.caption(f"{count(len(seeds) - len(once), 'seed')} given twice: each is shown once.")
    return Wanted(once, scale, order), search


def _order(sources: Sequence[Source], place: Any) -> Order:
    blind = [source.model.key for source in sources if source.generator.critic is None]
    chosen = place.selectbox(
        "Order by", ORDERS, key="order", bind="query-params", disabled=bool(blind),
        help=f"The file of {', '.join(map(literal, blind))} holds no critic, so there is no value to order by." if blind else
        "By the value D(x) of the critic that this generator was trained against: its own opinion, no measure of quality. "
        "Nothing is left out, and values of two critics do not compare.",
    )  # fmt: skip
    return BY_SEED if blind else next((order for order in ORDERS if order == chosen), BY_SEED)


def _nearest_switch(sources: Sequence[Source], place: Any) -> bool:
    if all(source.model.is_plane for source in sources):
        return False
    from wgan_gp.data import at_hand  # loads torch: the page is there first

    missing = [source.model.data for source in sources if not source.model.is_plane and not at_hand(source.model.data)]
    chosen = place.toggle(
        "Nearest training image", key="nearest", bind="query-params", disabled=bool(missing),
        help=f"The data set {missing[0]} is not on this machine." if missing else
        "Beside each sample the training image with the smallest pixel distance. Does it only repeat what it has seen?",
    )  # fmt: skip
    return chosen and not missing


def _move_on() -> None:
    """On to the next seeds, as many as there are now."""
    try:
        seeds = parse_seeds(st.session_state.get(SEEDS, IMAGE_SEEDS))
    except LabError:
        st.session_state[SEEDS] = IMAGE_SEEDS
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
        model = add_upload(file.name, file.getvalue())
    except LabError as error:
        st.session_state[REFUSED] = str(error)
        return
    before = [key for key in st.session_state.get(MODELS) or [] if key != model.key]
    st.session_state[MODELS] = [*before[:1], model.key]
