"""Names and the words of the panels, and the colours they go with: the same on every page and in the board."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from wgan_gp.colours import COLOURS as COLOURS
from wgan_gp.config import RunConfig


def colours() -> Mapping[str, str]:
    """The Lab's colours in the theme this visitor sees."""
    return COLOURS["dark" if st.context.theme.type == "dark" else "light"]


def ink() -> str:
    """What is drawn in no method's colour: that of the text."""
    return "#E8EAF0" if st.context.theme.type == "dark" else "#1F2430"


def run_label(config: RunConfig) -> str:
    """The name of a run in a legend: its own name, or its method with the constraint's value."""
    return config.name or f"{config.constraint.label} {config.constraint.value}".strip()


# A projector has 720 lines: Streamlit's wide margins would leave too few of them for the board.
FRAME_CSS = """
[data-testid="stMainBlockContainer"] { padding: 3.75rem clamp(0.75rem, 2vw, 2.5rem) 1rem; }
"""
