"""The download menu of a panel in a real browser: opened, used by mouse and keyboard, and its files opened."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.support import Lab, Visitors, board, duel_address, number, wait_for_moments
from tests.figures.support import RECORDINGS

pytestmark = pytest.mark.browser


@pytest.fixture
def watched(lab: Lab, visit: Visitors) -> Page:
    """The recorded duel."""
    page = visit(lab, duel_address(lab, RECORDINGS))
    wait_for_moments(page, 20)
    return page


def menu(page: Page, panel: str) -> Locator:
    place = ".samples-head" if panel == "samples" else f"[data-panel-name='{panel}'] > header"
    return page.locator(f"{place} details.download")


def fetched(page: Page, panel: str, form: str, folder: Path) -> Path:
    """Open the menu, take one file, and see that the menu closes and the page stays."""
    menu(page, panel).locator("summary").click()
    with page.expect_download() as download:
        menu(page, panel).locator(f"a[data-format={form}]").click()
    expect(menu(page, panel)).not_to_have_attribute("open", re.compile(".*"))
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_each_kind_of_file_comes_and_opens(watched: Page, tmp_path: Path) -> None:
    address = watched.url
    handle = watched.locator("[data-action=scrub]")
    handle.fill("700")
    expect(board(watched)).to_have_attribute("data-mode", "scrub")
    shown = number(board(watched), "data-shown-step")
    paths = {form: fetched(watched, "samples", form, tmp_path) for form in ("png", "svg", "pdf", "csv")}
    assert all(path.name == f"samples-{shown}-8gaussians-clip-recorded-gp-recorded.{form}" for form, path in paths.items())
    with Image.open(paths["png"]) as picture:
        assert min(picture.size) > 500
    assert ElementTree.parse(paths["svg"]).getroot().tag.endswith("svg")
    assert paths["pdf"].read_bytes().startswith(b"%PDF")
    with paths["csv"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["run"] for row in rows} == set(RECORDINGS)
    assert max(int(row["iteration"]) for row in rows) == shown
    assert watched.url == address


def test_a_panel_hands_out_its_numbers(watched: Page, tmp_path: Path) -> None:
    path = fetched(watched, "estimate", "csv", tmp_path)
    assert path.name.startswith("estimate-1500-")
    assert path.read_text().startswith("run,iteration,critic_updates,seconds,estimate,")


def test_the_menu_is_used_by_keyboard_and_closes_like_the_explanations(watched: Page) -> None:
    summary, details = menu(watched, "estimate").locator("summary"), menu(watched, "estimate")
    expect(summary).to_have_attribute("aria-label", re.compile(r"^Download: \w+"))
    summary.focus()
    watched.keyboard.press("Enter")
    expect(details.get_by_role("link")).to_have_count(4)
    watched.keyboard.press("Tab")
    expect(details.get_by_role("link").first).to_be_focused()
    watched.keyboard.press("Escape")
    expect(details.get_by_role("link").first).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    expect(details.get_by_role("link").first).to_be_visible()
    menu(watched, "samples").locator("summary").click()  # another one opens, this one closes
    expect(details.get_by_role("link").first).to_be_hidden()


def test_a_compact_board_has_no_downloads(lab: Lab, visit: Visitors) -> None:
    page = visit(lab)
    board(page).wait_for()
    expect(page.locator("details.download").first).to_be_hidden()
