"""What tests of pages share: a page entered by its frame, and the words on it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

FRAME = Path(__file__).parents[2] / "pages" / "lab.py"


def open_page(name: str, **address: str | list[str]) -> AppTest:
    """The page inside the frame, at this address, as the first thing after a start."""
    lab = AppTest.from_file(str(FRAME), default_timeout=60)
    lab.switch_page(name)
    for field, value in address.items():
        lab.query_params[field] = value
    return lab.run()


def texts(lab: AppTest) -> str:
    """All words of a page, without the marks that show them literally."""
    elements = (*lab.markdown, *lab.caption, *lab.error, *lab.warning, *lab.info)
    return " ".join(str(element.value) for element in elements).replace("\\", "")
