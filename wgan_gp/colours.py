"""Colours: one table, the same on every page, in the board and in figures.

They are those of Okabe and Ito (2008), which colour-blind eyes tell apart, with lighter ones for the dark theme.
"""

from __future__ import annotations

from collections.abc import Mapping

COLOURS: Mapping[str, Mapping[str, str]] = {
    "light": {
        "gp": "#0072B2",
        "clip": "#D55E00",
        "none": "#CC79A7",
        "truth": "#009E73",
        "real": "#6B7280",
        "low": "#7B52AB",
        "middle": "#F6F5F7",
        "high": "#E08214",
    },
    "dark": {
        "gp": "#56B4E9",
        "clip": "#F28E2B",
        "none": "#E3A6C6",
        "truth": "#2CC295",
        "real": "#A3ABB8",
        "low": "#8E6FC1",
        "middle": "#1B1D24",
        "high": "#D08A2E",
    },
}
