"""A duel from the first click to the last: real server, real workers, real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.support import (
    Lab,
    Visitors,
    board,
    button,
    card,
    config,
    copy_of,
    duel_address,
    expect_state,
    number,
    picture_of,
    press,
    runs_in_address,
    status,
    wait_for_moments,
    wait_for_number,
    wait_for_state,
    wait_until,
)
from wgan_gp.runs import launcher, record

pytestmark = pytest.mark.browser

ENDED = ("stopped", "finished")


@pytest.fixture
def duel(lab: Lab, visit: Visitors, live: Callable[[], list[str]]) -> Page:
    """A small live duel, opened by its link, steered by this visitor."""
    page = visit(lab, duel_address(lab, live()))
    press(page, "Take control")
    wait_for_moments(page, 6)
    return page


def steps(page: Page) -> list[int]:
    return [status(run).step for run in runs_in_address(page)]


def scrub(page: Page, share: float) -> None:
    """Drag the one scrubber to this share of its length."""
    handle = page.locator("[data-action=scrub]")
    low, high = (float(handle.get_attribute(end) or 0) for end in ("min", "max"))
    handle.fill(f"{low + share * (high - low):.0f}")


def changes(picture: Callable[[], str], before: str) -> None:
    wait_until(lambda: picture() != before, "the picture to change")


def test_one_click_on_home_starts_a_duel_that_is_seen_learning(lab: Lab, visit: Visitors) -> None:
    page = visit(lab)
    press(page, "Start a duel")
    page.wait_for_url("**/duel?*")
    runs = runs_in_address(page)
    assert [run.split("-")[1] for run in runs] == ["clip", "gp"]
    wait_for_moments(page)
    expect_state(page, runs, "running")
    for run in runs:
        for panel in ("samples", "samples-field"):
            before = picture_of(page, panel, run)
            assert before.startswith("drawn")
            changes(lambda panel=panel, run=run: picture_of(page, panel, run), before)  # type: ignore[misc]
    for panel in ("estimate", "norms", "truth", "losses", "norms-over-time", "interpolation", "weights"):
        page.locator(f"[data-panel-name='{panel}']").scroll_into_view_if_needed()  # a chart may be built anew meanwhile, its panel stays
        wait_until(lambda panel=panel: picture_of(page, panel).startswith("drawn"), panel)  # type: ignore[misc]
    press(page, "Stop")
    expect_state(page, runs, "stopped")
    expect(button(page, "Pause")).to_be_disabled()


def test_pause_holds_still_steps_count_and_resume_goes_on(duel: Page) -> None:
    runs = runs_in_address(duel)
    press(duel, "Pause")
    expect_state(duel, runs, "paused")
    expect(button(duel, "Pause")).to_be_disabled()
    held = steps(duel)
    for run in runs:  # played out to the end, then nothing more comes
        expect(card(duel, run)).to_contain_text(re.compile(r"Paused", re.I))
    duel.wait_for_timeout(700)
    assert steps(duel) == held
    press(duel, "+10")
    wait_until(lambda: steps(duel) == [step + 10 for step in held], "ten more iterations")
    expect_state(duel, runs, "paused")
    press(duel, "Resume")
    expect_state(duel, runs, "running")
    wait_until(lambda: all(now > step + 10 for now, step in zip(steps(duel), held, strict=True)), "training to go on")


def test_controls_follow_a_run_that_was_paused_again_before_the_board_looked(duel: Page) -> None:
    runs = runs_in_address(duel)
    press(duel, "Pause")
    expect_state(duel, runs, "paused")
    expect(button(duel, "Resume")).to_be_enabled()
    held: list[Route] = []
    duel.route("**/lab/feed*", lambda route: held.append(route))  # the board does not see what comes now, but the page does
    for run in runs:
        launcher.unpause(run)
    wait_for_state(runs, "running")
    duel.get_by_text("Projector").click()
    expect(button(duel, "Resume")).to_be_disabled()
    for run in runs:
        launcher.pause(run)
    wait_for_state(runs, "paused")
    duel.unroute("**/lab/feed*")  # lets those go that were held
    expect(button(duel, "Resume")).to_be_enabled()


def test_the_scrubber_moves_everything_and_live_returns(duel: Page) -> None:
    runs = runs_in_address(duel)
    shown = wait_for_moments(duel, 20)
    rule = duel.locator(".rule").first
    before = {panel: picture_of(duel, panel) for panel in ("samples", "samples-field", "norms")}
    scrub(duel, 0.1)
    expect(board(duel)).to_have_attribute("data-mode", "scrub")
    wait_until(lambda: number(board(duel), "data-shown-step") < shown, "an earlier moment")
    past = number(board(duel), "data-shown-step")
    for panel, picture in before.items():
        changes(lambda panel=panel: picture_of(duel, panel), picture)  # type: ignore[misc]
    place = rule.get_attribute("style")
    scrub(duel, 0.6)
    wait_until(lambda: number(board(duel), "data-shown-step") > past, "a later moment")
    wait_until(lambda: rule.get_attribute("style") != place, "the rule in the curves to follow")
    held = number(board(duel), "data-shown-step")
    wait_for_number(duel, "[data-board]", "data-moments", number(board(duel), "data-moments"))
    assert number(board(duel), "data-shown-step") == held  # new moments come, and the past stays on the screen
    assert all(number(card(duel, run), "data-step") <= held for run in runs)
    duel.locator("[data-action=live]").click()
    expect(board(duel)).to_have_attribute("data-mode", "live")
    wait_for_number(duel, "[data-board]", "data-shown-step", held)


def test_the_keyboard_plays_steps_and_returns_to_live(duel: Page) -> None:
    wait_for_moments(duel, 20)
    shown = number(board(duel), "data-shown-step")
    board(duel).focus()
    duel.keyboard.press("Space")
    expect(board(duel)).to_have_attribute("data-mode", "play")
    wait_until(lambda: number(board(duel), "data-shown-step") < shown, "playing from the start")
    duel.keyboard.press("Space")
    expect(board(duel)).to_have_attribute("data-mode", "scrub")
    held = number(board(duel), "data-shown-step")
    duel.keyboard.press("ArrowRight")
    wait_until(lambda: number(board(duel), "data-shown-step") > held, "the next moment")
    later = number(board(duel), "data-shown-step")
    duel.keyboard.press("ArrowLeft")
    wait_until(lambda: number(board(duel), "data-shown-step") < later, "the moment before")
    duel.keyboard.press("Home")
    wait_until(lambda: number(board(duel), "data-shown-step") == 0, "the first moment")
    expect(board(duel)).to_have_attribute("data-mode", "scrub")
    duel.keyboard.press("l")
    expect(board(duel)).to_have_attribute("data-mode", "live")


def test_the_projector_enlarges_pictures_and_letters_on_every_page_and_all_fits_720_lines(duel: Page) -> None:
    duel.set_viewport_size({"width": 1280, "height": 720})
    letters = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    picture = duel.locator(".card .picture").first

    def width() -> float:
        box = picture.bounding_box()
        return box["width"] if box else 0.0

    wait_for_moments(duel)
    before, small = width(), duel.evaluate(letters)
    duel.get_by_text("Projector").click()
    wait_until(lambda: width() > before and duel.evaluate(letters) > small, "larger pictures and letters")
    for what in (".transport", "[data-panel-name=norms] .body", "[data-panel-name=norms] .look", "[data-panel-name=estimate] .look"):
        box = duel.locator(what).bounding_box()
        assert box, what
        assert 0 < box["y"] < box["y"] + box["height"] <= 720, what
    tops = duel.eval_on_selector_all(".card .picture", "all => all.map(one => one.getBoundingClientRect().top)")
    assert max(tops) - min(tops) < 1
    assert duel.evaluate("document.documentElement.scrollWidth <= innerWidth")
    duel.get_by_role("link", name="Runs", exact=True).click()
    expect(duel.get_by_role("heading", name="Runs")).to_be_visible()
    assert duel.evaluate(letters) > small


def test_live_settings_reach_the_runs_they_belong_to(duel: Page) -> None:
    runs = runs_in_address(duel)
    press(duel, "Settings")
    duel.get_by_role("textbox", name="Iterations").fill("9000000")
    duel.get_by_label("Learning rate α").fill("0.00125")
    duel.get_by_label("Penalty weight λ").fill("3.5")
    duel.get_by_label("Clipping limit c").fill("0.02")
    press(duel, "Apply")
    expect(duel.get_by_text("The change takes effect")).to_be_visible()
    wait_until(lambda: all(config(run).critic_optimizer.learning_rate == 0.00125 for run in runs), "the new learning rate")
    assert [status(run).steps for run in runs] == [9_000_000] * 2
    clip, gp = (config(run).constraint for run in runs)
    assert (clip.kind, clip.limit) == ("clip", 0.02)
    assert (gp.kind, gp.weight) == ("gp", 3.5)
    expect_state(duel, runs, "running")


def test_a_reload_leaves_the_owner_in_control_and_a_shared_link_makes_viewers(duel: Page, lab: Lab, visit: Visitors) -> None:
    runs = runs_in_address(duel)
    duel.reload()
    wait_for_moments(duel)
    assert runs_in_address(duel) == runs
    expect(button(duel, "Pause")).to_be_enabled()
    expect(duel.get_by_text("You are watching.")).to_have_count(0)

    friend = visit(lab, duel.url)
    wait_for_moments(friend)
    expect(friend.get_by_text("You are watching.")).to_be_visible()
    expect(button(friend, "Pause")).to_have_count(0)
    press(duel, "Pause")
    expect_state(friend, runs, "paused")  # what the owner does is seen by the viewer


def test_a_killed_server_stops_no_run_and_the_open_page_recovers(duel: Page, lab: Lab, visit: Visitors) -> None:
    visit.tolerate(r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_SOCKET|ERR_EMPTY_RESPONSE|WebSocket")
    visit.tolerate("Client Error in reaching server endpoint|Streamlit server is not responding")  # its page says so as well
    runs = runs_in_address(duel)
    workers = [(status(run).pid, status(run).attempt) for run in runs]
    lab.kill()
    expect(duel.get_by_text("The Lab's server does not answer; trying again.")).to_be_visible()
    before = steps(duel)
    wait_until(lambda: all(now > step for now, step in zip(steps(duel), before, strict=True)), "the runs to go on by themselves")
    shown = number(board(duel), "data-shown-step")
    lab.start()
    wait_for_number(duel, "[data-board]", "data-shown-step", shown)
    expect(duel.get_by_text("The Lab's server does not answer; trying again.")).to_be_hidden()
    expect_state(duel, runs, "running")
    assert [(status(run).pid, status(run).attempt) for run in runs] == workers
    assert {run.id for run in record.list_runs() if run.state == "running"} == set(runs)


def test_restart_begins_anew_with_the_same_seed(duel: Page) -> None:
    old = runs_in_address(duel)
    press(duel, "Restart")
    wait_until(lambda: bool(runs_in_address(duel)) and not set(runs_in_address(duel)) & set(old), "new runs in the address")
    new = runs_in_address(duel)
    wait_for_state(old, *ENDED)
    wait_for_moments(duel)
    assert [config(run) for run in new] == [config(run) for run in old]
    expect(card(duel, new[0])).to_be_visible()
    expect(card(duel, old[0])).to_have_count(0)


def test_a_run_deleted_while_watched_says_so(lab: Lab, visit: Visitors, ended: list[str]) -> None:
    gone, stays = copy_of(ended[0]), ended[1]
    page = visit(lab, duel_address(lab, [gone, stays]))
    wait_for_moments(page, 1)
    expect(card(page, gone)).to_be_visible()
    record.delete(gone)
    expect(page.get_by_text(re.compile(rf"There is no run .{gone}|{gone} was deleted")).first).to_be_visible()
    expect(card(page, stays)).to_have_attribute("data-state", "finished")
