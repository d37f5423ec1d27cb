"""Pretrained and own generators: choose one or two, generate, download. The address holds it all: `?model=a&model=b&seeds=0:64`."""

import streamlit as st

from wgan_gp.ui.generate.form import controls, loaded, upload_field
from wgan_gp.ui.generate.gallery import choose, gallery
from wgan_gp.ui.generate.page import downloads, enlargement, one, origin, pick_one, side
from wgan_gp.ui.models import Model, choose_models


def top() -> list[Model]:
    """The choice, and the ways to more generators."""
    left, right = st.columns([4, 1.4], vertical_alignment="bottom")
    with left:
        chosen = choose_models((), none_first=True)
    with right, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        st.button(
            "All", icon=":material/grid_view:", on_click=choose, args=((), False), disabled=not chosen,
            help="Back to the gallery of all generators" if chosen else "All are below.",
        )  # fmt: skip
        upload_field()
    return chosen


def samples(models: list[Model]) -> None:
    """The samples of each generator, one seed looked at, and files."""
    sources = loaded(models)
    if not sources:
        return
    wanted, search = controls(sources)
    shown = []
    for place, source in zip(st.columns(len(sources), gap="medium"), sources, strict=True):
        with place:
            shown.append(side(source, wanted, search, len(sources)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        seed, factor = pick_one(shown), enlargement()
    for place, source, found in zip(st.columns(len(sources), gap="medium"), sources, shown, strict=True):
        with place:
            if seed is not None:
                one(source, seed, wanted, search)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                downloads(source, wanted, found, seed, factor)
                origin(source.model)


models = top()
if models:
    samples(models)
else:
    gallery()
