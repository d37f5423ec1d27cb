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
/* Small text as Streamlit fades it has a contrast of 4.2 on white; 4.5 is the least that can be read with ease. */
[data-testid="stCaptionContainer"] { opacity: 0.75 !important; }
"""

# In a lecture hall everything grows with the letters; what frames the pictures grows less than they do.
_PROJECTOR_CSS = """
html { font-size: 20px !important; }
:root { --lab-top: 2.5rem; }
[data-testid="stHeader"] { height: 2.5rem; min-height: 2.5rem; }
[data-testid="stMainBlockContainer"] { padding-top: 2.6rem; }
[data-testid="stExpander"] summary { padding-block: 0.25rem; min-height: 0; }
.st-key-controls [data-testid="stCheckbox"] label { align-items: center; }
.st-key-controls button { min-height: 2rem; padding-block: 0; }
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] { gap: 0.4rem; }
"""
_PROJECTOR, _SWITCHED = "projector", "projector-switched"


def projector() -> bool:
    """Whether this visitor has turned the projector on."""
    return bool(st.session_state.get(_PROJECTOR, False))


def frame_css() -> str:
    """The style of every page. Called once at the start of each script run."""
    st.session_state[_SWITCHED] = False
    return FRAME_CSS + (_PROJECTOR_CSS if projector() else "")


def projector_switch() -> None:
    """The switch, once on each page: a page with a row of controls has it there, and the frame shows it for all others."""
    if st.session_state.get(_SWITCHED):
        return
    st.session_state[_SWITCHED] = True
    st.toggle("Projector", key=_PROJECTOR, persist_state="session", help="Larger pictures, letters and lines")
