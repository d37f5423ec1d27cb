"""What tests of pages share: a page entered by its frame, the words on it, and a generator as pages have it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from wgan_gp.ui import choice
from wgan_gp.ui.choice import Chosen

FRAME = Path(__file__).parents[2] / "pages" / "lab.py"


def open_page(name: str, **address: str | list[str]) -> AppTest:
    """The page inside the frame, at this address, as the first thing after a start."""
    lab = AppTest.from_file(str(FRAME), default_timeout=60)
    lab.switch_page(name)
    for field, value in address.items():
        lab.query_params[field] = value
    return lab.run()


def texts(lab: AppTest) -> str:
    """All words of a page (not of the glossary beside it), without the marks that show them literally."""
    page = lab.main
    elements = (*page.markdown, *page.caption, *page.error, *page.warning, *page.info)
    return " ".join(str(element.value) for element in elements).replace("\\", "")


def chosen(name: str) -> Chosen:
    """A generator that ships, chosen and loaded."""
    return choice.with_generator(next(entry for entry in choice.entries() if entry.key == name))
