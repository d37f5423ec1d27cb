"""Latent space: paths, planes, walks and single coordinates, one generator or two side by side. The address is the whole state."""

import streamlit as st

from wgan_gp.ui.choice import choose, loaded
from wgan_gp.ui.latent.coordinates import coordinates_view
from wgan_gp.ui.latent.views import path_view, plane_view, walk_view

VIEWS = {"Path": path_view, "Plane": plane_view, "Walk": walk_view, "Coordinates": coordinates_view}

top = st.columns([3, 2])
with top[0]:
    entries = choose(default=["mnist-clip", "mnist-gp"])
view = top[1].segmented_control(
    "View", list(VIEWS), default="Path", required=True, key="view", bind="query-params", persist_state="session",
    help="Path: from one seed to another. Plane: between three or four. Walk: a loop through several. Coordinates: single numbers of z.",
)  # fmt: skip
if entries:
    chosen = loaded(entries)
    if chosen:
        VIEWS[view or "Path"](chosen)
else:
    st.info("Choose a generator, or two to compare them.", icon=":material/route:")
