"""The page Gradients in a real browser: set up, train four small critics, watch, set up again; a link brings it all."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support import (
    Lab,
    Visitors,
    board,
    card,
    config,
    expect_state,
    number,
    picture_of,
    press,
    runs_in_address,
    settled,
    wait_for_moments,
    wait_until,
)
from tests.e2e.test_modules import Call, js, page  # noqa: F401
from tests.e2e.test_pages import PHONE, check_width

pytestmark = pytest.mark.browser

PANELS = ("layers", "layers-over-time", "weights", "weights-over-time", "norms", "estimate")


def address(lab: Lab, runs: list[str], **fields: object) -> str:
    return f"{lab.url}/gradients?{'&'.join([*(f'run={run}' for run in runs), *(f'{key}={value}' for key, value in fields.items())])}"


def fields(tab: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(tab.evaluate("location.href")).query)


def enter(tab: Page, label: str, value: str) -> None:
    field = tab.get_by_role("spinbutton", name=label, exact=True)
    field.fill(value)
    field.press("Enter")
    settled(tab)


def expect_drawn(tab: Page) -> None:
    for panel in PANELS:
        tab.locator(f"[data-panel-name='{panel}']").scroll_into_view_if_needed()
        wait_until(lambda panel=panel: picture_of(tab, panel).startswith("drawn"), panel)  # type: ignore[misc]


def test_four_critics_are_set_up_trained_watched_and_set_up_again(lab: Lab, visit: Visitors) -> None:
    tab = visit(lab, "gradients?depth=2&width=8")  # sliders by the address
    expect(tab.get_by_role("slider", name=re.compile("Depth"))).to_have_value("2")
    expect(tab.get_by_role("slider", name=re.compile("Width"))).to_have_value("8")
    enter(tab, "Clipping limit c, first critic", "0.2")
    enter(tab, "Iterations", "30")
    enter(tab, "Seed", "4")
    expected = {"depth": ["2"], "width": ["8"], "c1": ["0.2"], "steps": ["30"], "seed": ["4"]}
    wait_until(lambda: fields(tab) == expected, "the set-up in the address")
    press(tab, "Train four critics")
    tab.wait_for_url("**/gradients?*run=*")
    runs = runs_in_address(tab)
    assert [run.split("-")[1] for run in runs] == ["clip", "clip", "clip", "gp"]
    assert config(runs[0]).constraint.model_dump()["limit"] == 0.2
    assert {(config(run).seed, config(run).steps, config(run).critic.model_dump()["depth"]) for run in runs} == {(4, 30, 2)}
    wait_for_moments(tab, 8)
    expect_state(tab, runs, "finished")
    expect_drawn(tab)
    expect(tab.locator("[data-panel-name='layers'] .body")).to_have_attribute("aria-label", re.compile("powers of ten per layer"))
    expect(tab.get_by_text("2 hidden ReLU layers of 8, 30 iterations")).to_be_visible()

    tab.get_by_text("Set up:").click()
    enter(tab, "Iterations", "20")
    press(tab, "Train four critics")
    wait_until(lambda: runs_in_address(tab) != runs, "the new runs")
    again = runs_in_address(tab)
    assert {(config(run).seed, config(run).steps, config(run).critic.model_dump()["depth"]) for run in again} == {(4, 20, 2)}
    assert config(again[0]).constraint.model_dump()["limit"] == 0.2
    expect_state(tab, again, "finished")


def test_a_link_brings_the_runs_and_what_was_set_up(lab: Lab, visit: Visitors, four: list[str]) -> None:
    tab = visit(lab, address(lab, four, depth=5))
    wait_for_moments(tab, 4)
    for run in four:
        expect(card(tab, run)).to_be_visible()
    expect(tab.get_by_text("3 hidden ReLU layers of 8, 40 iterations")).to_be_visible()
    tab.get_by_text("Set up:").click()
    expect(tab.get_by_role("slider", name=re.compile("Depth"))).to_have_value("5")
    expect(tab.get_by_role("slider", name=re.compile("Width"))).to_have_value("8")
    expect(tab.get_by_role("spinbutton", name="Iterations", exact=True)).to_have_value("40")


def test_the_layers_follow_the_scrubber_and_keep_their_axis(lab: Lab, visit: Visitors, four: list[str]) -> None:
    tab = visit(lab, address(lab, four))
    wait_for_moments(tab, 8)
    expect_drawn(tab)
    tab.locator("[data-panel-name='layers']").scroll_into_view_if_needed()
    shown = number(board(tab), "data-shown-step")
    before = picture_of(tab, "layers")
    handle = tab.locator("[data-action=scrub]")
    handle.fill(handle.get_attribute("min") or "0")
    wait_until(lambda: number(board(tab), "data-shown-step") < shown, "the first moment")
    wait_until(lambda: picture_of(tab, "layers") != before, "the layers of the first moment")
    handle.fill(handle.get_attribute("max") or "0")
    wait_until(lambda: picture_of(tab, "layers") == before, "the same picture at the end")


def test_the_histograms_share_their_bins_until_they_are_told_not_to(lab: Lab, visit: Visitors, four: list[str]) -> None:
    tab = visit(lab, address(lab, four))
    wait_for_moments(tab, 8)
    panel = tab.locator("[data-panel-name='weights']")
    panel.scroll_into_view_if_needed()
    wait_until(lambda: picture_of(tab, "weights").startswith("drawn"), "the weights")
    same = panel.get_by_label("same bins for all")
    expect(same).to_be_checked()
    before = picture_of(tab, "weights")
    same.uncheck()
    wait_until(lambda: picture_of(tab, "weights") != before, "an axis of its own")
    expect(panel.get_by_text(re.compile("within 1 % of .c"))).to_have_count(3)


def test_a_penalised_critic_alone_has_no_share_at_a_limit(lab: Lab, visit: Visitors, four: list[str]) -> None:
    tab = visit(lab, address(lab, four[3:]))
    wait_for_moments(tab, 2)
    panel = tab.locator("[data-panel-name='weights-over-time']")
    panel.scroll_into_view_if_needed()
    expect(panel.get_by_text("No run here is clipped: there is no ±c.")).to_be_visible()
    expect(panel.locator(".body")).to_have_attribute("aria-label", re.compile("now no clipped run"))
    for other in ("layers", "layers-over-time", "weights", "norms", "estimate"):
        tab.locator(f"[data-panel-name='{other}']").scroll_into_view_if_needed()
        wait_until(lambda name=other: picture_of(tab, name).startswith("drawn"), other)  # type: ignore[misc]


def test_nothing_is_wider_than_a_phone(lab: Lab, visit: Visitors, four: list[str]) -> None:
    tab = visit(lab, address(lab, four), viewport=PHONE, color_scheme="dark")
    wait_for_moments(tab, 4)
    check_width(tab)
    tab.get_by_text("Set up:").click()
    expect(tab.get_by_role("button", name="Train four critics")).to_be_visible()
    check_width(tab)


# --- the module that computes -----------------------------------------------------------------------------------------------------


def test_slopes_are_numpys_and_zeros_are_left_out(js: Call) -> None:  # noqa: F811
    layers = np.random.default_rng(0).normal(size=13)
    found = js("summary.js", "return js.slope(values[0])", layers.tolist())
    assert found == pytest.approx(-np.polyfit(np.arange(13), layers, 1)[0])
    gap = "return [js.slope([-Infinity, -4, -3, -2]), js.slope([-Infinity, -Infinity, 0])].map(String)"
    assert js("summary.js", gap) == ["-1", "NaN"]
    words = "return [0.466, -1.07, 0.001, -0.001, NaN].map(js.slopeWords)"
    assert js("panels/layers.js", words) == ["+0.47", "\u22121.07", "0.00", "0.00", ""]
    assert js("format.js", "return [0, 5, -12].map(js.powerOfTen)") == ["10\u2070", "10\u2075", "10\u207b\u00b9\u00b2"]


def test_limits_are_whole_powers_of_ten_that_only_grow(js: Call) -> None:  # noqa: F811
    body = "const held = new js.PowerLimits(); return values.map(([list, key]) => held.grow(list, key));"
    found = js("panels/layers.js", body, [[], "a"], [[-0.5, 0.2], "a"], [[-3.2], "a"], [[0], "a"], [[-26, 3], "a"], [[2], "b"])
    assert found == [[-1, 1], [-1, 1], [-4, 1], [-4, 1], [-30, 5], [1, 3]]
