"""The page Critic lab in a real browser: every control, the live board beside the exact optimum, links, and the paper's nine panels."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support import (
    Lab,
    Visitors,
    card,
    config,
    expect_state,
    picture_of,
    press,
    runs_in_address,
    settled,
    wait_for_moments,
    wait_until,
)
from wgan_gp.config import ShiftedCopy, Snapshot
from wgan_gp.panels.table import CRITIC_PANELS

pytestmark = pytest.mark.browser


def fill(page: Page, label: str, value: float) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(f"{value:.12g}")
    field.press("Enter")
    settled(page)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def value(page: Page, label: str) -> str:
    return page.get_by_label(label, exact=True).input_value()


def train(page: Page, name: str = "Train both critics") -> list[str]:
    before = runs_in_address(page)
    press(page, name)
    wait_until(lambda: runs_in_address(page) != before and bool(runs_in_address(page)), "the new runs in the address")
    return runs_in_address(page)


def test_both_critics_are_seen_learning_beside_the_exact_optimum(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "critic_lab")
    fill(page, "Units per layer", 8)
    fill(page, "Iterations", 1_000_000)
    runs = train(page)
    assert [run.split("-")[1] for run in runs] == ["clip", "gp"]
    wait_for_moments(page, 4)
    expect_state(page, runs, "running")
    expect(card(page, "optimum")).to_have_attribute("data-state", "known")
    expect(card(page, "optimum")).to_contain_text(re.compile(r"exact W.*512.real and 512.fake"))
    optimum = picture_of(page, "samples-field", "optimum")
    assert optimum.startswith("drawn")
    for run in runs:
        before = picture_of(page, "samples-field", run)
        wait_until(lambda run=run, before=before: picture_of(page, "samples-field", run) != before, "the surface to change")  # type: ignore[misc]
    for panel in CRITIC_PANELS[1:]:
        page.locator(f"[data-panel-name='{panel}']").scroll_into_view_if_needed()
        wait_until(lambda panel=panel: picture_of(page, panel).startswith("drawn"), panel)  # type: ignore[misc]
    assert picture_of(page, "samples-field", "optimum") == optimum  # nothing in it moves
    arrows = page.get_by_label("arrows", exact=True)
    arrows.scroll_into_view_if_needed()
    arrows.uncheck()
    wait_until(lambda: picture_of(page, "samples-field", "optimum") + picture_of(page, "samples", "optimum") != optimum, "no arrows")
    press(page, "Stop")
    expect_state(page, runs, "stopped")


def test_every_control_changes_what_is_trained_and_the_link_brings_it_back(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "critic_lab")
    choose(page, "Data", "Swiss roll")
    choose(page, "Fake points", "Real data, shifted")
    numbers = {"Shift to the right": 0.5, "Shift upwards": -0.25, "Clipping limit c": 0.05, "Penalty weight λ": 7, "Seed": 3}
    numbers |= {"Units per layer": 9, "Iterations": 12}
    for label, number in numbers.items():
        fill(page, label, number)
    choose(page, "Penalty sides", "one")
    choose(page, "End early", "under 5 %")
    link = page.evaluate("location.href")
    other = visit(lab, link)
    for label, number in numbers.items():
        expect(other.get_by_label(label, exact=True)).to_have_value(f"{number:g}")
    for label in ("Data", "Fake points", "Penalty sides", "End early"):
        assert value(other, label) == value(page, label), label
    runs = train(other)
    clip, gp = map(config, runs)
    assert clip.constraint.model_dump() == {"kind": "clip", "limit": 0.05}
    assert gp.constraint.model_dump() == {"kind": "gp", "weight": 7, "target": 1, "sides": "one", "points": "line"}
    for made in (clip, gp):
        assert made.frozen == ShiftedCopy(x=0.5, y=-0.25)
        assert (made.data, made.critic.width, made.steps, made.seed, made.tolerance) == ("swissroll", 9, 12, 3, 0.05)  # type: ignore[union-attr]
    expect_state(other, runs, "finished")
    # The runs alone bring the set-up, too: their values stand in the fields.
    third = visit(lab, f"critic_lab?run={runs[0]}&run={runs[1]}")
    third.get_by_text("Set up:").click()
    wait_until(lambda: value(third, "Clipping limit c") == "0.05", "the runs' values in the fields")
    assert (value(third, "Units per layer"), value(third, "Shift upwards")) == ("9", "-0.25")


def test_a_generator_of_a_run_can_be_faced(lab: Lab, visit: Visitors, ended: list[str]) -> None:
    page = visit(lab, "critic_lab?fake=A+run%27s+generator")
    fill(page, "Iterations", 5)
    source = value(page, "Run")
    expect(page.get_by_label("Data", exact=True)).to_be_disabled()
    runs = train(page)
    assert all(config(run).frozen == Snapshot(run=source) for run in runs)
    expect_state(page, runs, "finished")
    expect(card(page, "optimum")).to_have_attribute("data-state", "known")


def test_the_papers_three_data_sets_come_as_nine_panels(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "critic_lab?width=8&updates=40")
    runs = train(page, "The paper's three data sets")
    assert [run.rsplit("-", 1)[0] for run in runs] == [
        f"{data}-{method}" for data in ("8gaussians", "25gaussians", "swissroll") for method in ("clip", "gp")
    ]
    expect_state(page, runs, "finished")
    for name in [*runs, "optimum:8 Gaussians", "optimum:25 Gaussians", "optimum:Swiss roll"]:
        card(page, name).scroll_into_view_if_needed()
        wait_until(lambda name=name: picture_of(page, "samples-field", name).startswith("drawn"), name)  # type: ignore[misc]


def test_the_page_fits_a_telephone_and_nonsense_in_the_address_is_taken_calmly(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "critic_lab?c=-5&fake=nothing&updates=many&run=not-a-run", viewport={"width": 390, "height": 844})
    assert value(page, "Clipping limit c") == "0.01"
    expect(page.get_by_text("not-a-run")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
