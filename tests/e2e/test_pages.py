"""The pages around the duel: deep links to a cold server, the list of runs, narrow and dark screens."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support import (
    Lab,
    Visitors,
    board,
    button,
    card,
    duel_address,
    expect_state,
    press,
    runs_in_address,
    small,
    status,
    wait_for_moments,
    wait_for_state,
    wait_until,
)
from wgan_gp.runs import launcher, record

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
HEADER, ROW = 36, 56  # pixels: the table of runs is a canvas, so rows are ticked by their place


def tick(page: Page, *rows: int) -> None:
    """Tick rows of the table of runs, counted from 0."""
    table = page.get_by_test_id("data-grid-canvas")
    for row in rows:
        table.click(position={"x": 20, "y": HEADER + ROW * row + ROW / 2}, force=True)  # a transparent scroller lies over the canvas


@pytest.mark.parametrize(
    ("path", "sign"),
    [("", "Two critics learn the same thing"), ("duel", "Set up a duel"), ("generate", "Every picture here is made now"), ("runs", "Runs")],
)
def test_a_deep_link_to_a_cold_server_shows_the_full_frame(cold_lab: Lab, visit: Visitors, path: str, sign: str) -> None:
    page = visit(cold_lab, path)
    links = page.get_by_test_id("stTopNav").get_by_role("link")
    titles = ["Home", "Duel", "Critic lab", "Gradients", "Generate", "Latent", "Runs"]
    assert [name.strip().splitlines()[-1] for name in links.all_inner_texts()] == titles
    expect(page.get_by_test_id("stMain").get_by_text(sign).first).to_be_visible()


def test_the_list_opens_resumes_extends_and_deletes_after_asking(cold_lab: Lab, visit: Visitors) -> None:
    finished, stopped = launcher.start([small("steps=30"), small("steps=10000000", method="clip")])
    wait_until(lambda: status(stopped).step > 0, "the first iteration")
    launcher.stop(stopped)
    wait_for_state([stopped], "stopped")
    wait_for_state([finished], "finished")
    assert [run.id for run in record.list_runs()] == [stopped, finished]  # the newest first, as in the table

    page = visit(cold_lab, "runs")
    expect(button(page, "Open in Duel")).to_be_disabled()
    tick(page, 0, 1)
    press(page, "Open in Duel")
    page.wait_for_url("**/duel?*")
    assert runs_in_address(page) == [stopped, finished]
    wait_for_moments(page, 1)
    expect_state(page, [stopped], "stopped")
    expect_state(page, [finished], "finished")

    page = visit(cold_lab, "runs")
    tick(page, 0)
    step = status(stopped).step
    press(page, "Resume")
    wait_until(lambda: status(stopped).step > step, "the run to go on")
    launcher.stop(stopped)
    wait_for_state([stopped], "stopped")

    page = visit(cold_lab, "runs")
    tick(page, 1)
    press(page, "Extend")
    page.get_by_role("spinbutton", name="Iterations").fill("45")
    press(page, "Go on")
    wait_until(lambda: status(finished).step == 45, "the finished run to go on to its new end")
    wait_for_state([finished], "finished")

    page = visit(cold_lab, "runs")
    tick(page, 1)
    press(page, "Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(finished)
    assert status(finished).state == "finished"  # it only asked
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_be_hidden()
    assert finished not in {run.id for run in record.list_runs()}
    assert stopped in {run.id for run in record.list_runs()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(lab: Lab, visit: Visitors, ended: list[str], scheme: str) -> None:
    page = visit(lab, duel_address(lab, ended), viewport=PHONE, color_scheme=scheme)
    wait_for_moments(page, 1)
    for run in ended:
        expect(card(page, run)).to_be_visible()
    check_width(page)
    assert is_dark(page, "[data-testid=stApp]") == is_dark(page, "[data-board] .panel") == (scheme == "dark")
    for path in ("", "duel", "runs"):
        page = visit(lab, path, viewport=PHONE, color_scheme=scheme)
        expect(page.get_by_test_id("stMainBlockContainer")).to_be_visible()
        check_width(page)


def check_width(page: Page) -> None:
    """Neither the window nor Streamlit's own scrolled box reaches beyond the screen."""
    widths = page.evaluate("[document.scrollingElement, document.querySelector('[data-testid=stMain]')].map(box => box.scrollWidth)")
    assert max(widths) <= PHONE["width"], f"{page.url} is {widths} wide"


def is_dark(page: Page, selector: str) -> bool:
    """Whether what lies behind an element is dark: the first ancestor that has a colour of its own."""
    return bool(
        page.evaluate(
            """(selector) => {
                for (let element = document.querySelector(selector); element; element = element.parentElement) {
                    const [red, green, blue, alpha = 1] = getComputedStyle(element).backgroundColor.match(/[\\d.]+/g).map(Number);
                    if (alpha > 0) return red + green + blue < 384;
                }
            }""",
            selector,
        )
    )


def test_a_switch_of_the_theme_reaches_the_board(lab: Lab, visit: Visitors, ended: list[str]) -> None:
    page = visit(lab, duel_address(lab, ended[:1]), color_scheme="light")
    wait_for_moments(page, 1)
    assert not is_dark(page, "[data-testid=stApp]")
    page.emulate_media(color_scheme="dark")
    wait_until(lambda: is_dark(page, "[data-testid=stApp]"), "Streamlit's dark theme")
    colour = "getComputedStyle(document.querySelector('[data-board]')).getPropertyValue('--lab-background')"
    wait_until(lambda: "18" in page.evaluate(colour) or "12141a" in page.evaluate(colour).lower(), "the board's dark theme")
    expect(board(page)).to_be_visible()
