"""A board in a real browser with a run of somebody else on it: what cannot be drawn is left out, and the other run is shown."""

from __future__ import annotations

import pytest

from tests.e2e.support import Lab, Visitors, card, copy_of, duel_address, picture_of, wait_for_moments, wait_for_number, wait_until
from tests.runs import attacks
from wgan_gp.runs import names

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("what", ["moment one number", "moment no safetensors", "moment huge header", "scene extent", "moment other shape"])
def test_a_moment_that_cannot_be_drawn_does_not_hide_the_other_run(lab: Lab, visit: Visitors, ended: list[str], what: str) -> None:
    damaged, sound = copy_of(ended[0]), ended[1]
    dict(attacks.blobs())[what](names.path_of(damaged))
    page = visit(lab, duel_address(lab, [damaged, sound]))
    visit.tolerate("The board could not")
    wait_for_moments(page, 1)
    wait_until(lambda: picture_of(page, "samples", sound).startswith("drawn"), "the sound run's picture")
    wait_for_number(page, "[data-board]", "data-draws", 0)
    page.locator("[data-action=scrub]").fill("0")
    wait_until(lambda: page.locator("[data-board]").get_attribute("data-shown-step") == "0", "the first moment")


@pytest.mark.parametrize("what", ["moment.step text", "scalars.last NULL", "scene.blob text"])
def test_a_damaged_run_says_why_in_its_card(lab: Lab, visit: Visitors, ended: list[str], what: str) -> None:
    damaged, sound = copy_of(ended[0]), ended[1]
    dict(attacks.cells(names.path_of(damaged)))[what](names.path_of(damaged))
    page = visit(lab, duel_address(lab, [damaged, sound]))
    wait_for_moments(page, 1)
    card(page, damaged).get_by_text(f"The file of {damaged} holds what no run can hold").wait_for()
    wait_until(lambda: picture_of(page, "samples", sound).startswith("drawn"), "the sound run's picture")
