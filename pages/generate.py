"""Pretrained and own generators: choose one or two, generate, download. The address holds it all: `?model=a&model=b&seeds=0:64`."""

import streamlit as st

from wgan_gp.ui.choice import Entry, choose, loaded, side_by_side, take
from wgan_gp.ui.generate.form import controls, upload_field
from wgan_gp.ui.generate.gallery import gallery
from wgan_gp.ui.generate.page import downloads, enlargement, make_samples, one, origin, pick_one, side
from wgan_gp.ui.plane_chart import reaches


def top() -> list[Entry]:
    """The choice, and the ways to more generators."""
    left, right = st.columns([4, 1.4], vertical_alignment="bottom")
    with left:
        wanted = choose((), none_first=True)
    with right, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        st.button(
            "All", icon=":material/grid_view:", on_click=take, args=((),), disabled=not wanted,
            help="Back to the gallery of all generators" if wanted else "All are below.",
        )  # fmt: skip
        upload_field()
    return wanted


def samples(entries: list[Entry]) -> None:
    """The samples of each generator, one seed looked at, and files."""
    chosen = loaded(entries)
    if not chosen:
        return
    wanted, search = controls(chosen)
    shown = [make_samples(each, wanted) for each in chosen]
    far = reaches(chosen, [found.samples for found in shown])
    for each, found in zip(side_by_side(chosen), shown, strict=True):
        side(each, found, wanted, search, len(chosen), far.get(each.data, 0.0))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        seed, factor = pick_one(shown), enlargement(chosen)
    for place, each, found in zip(st.columns(len(chosen), gap="medium"), chosen, shown, strict=True):
        with place:
            if seed is not None:
                one(each, seed, found, wanted, search)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                downloads(each, wanted, found, seed, factor)
                origin(each)


entries = top()
if entries:
    samples(entries)
else:
    gallery()
