"""Texts from outside on the screen: shown literally, whatever they hold."""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:$<>&])")


def literal(text: str) -> str:
    """`text` for a Markdown element of Streamlit: no markup, no LaTeX, no HTML, no direction override, on one line."""
    visible = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in text)
    return _SPECIAL.sub(r"\\\1", visible)


def count(number: int, what: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def capital(text: str) -> str:
    """The text with a capital letter in front, as a sentence begins."""
    return text[:1].upper() + text[1:]


def signed(number: float) -> str:
    """Three digits with their sign: `+2.42`, `−0.0481`."""
    return f"{number:+.3g}".replace("-", "−")
