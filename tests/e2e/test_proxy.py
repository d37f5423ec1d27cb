"""The board follows the page's own base: below a proxy that strips a prefix or keeps it; and where the module does not come, it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.proxy import Proxy
from tests.e2e.support import PATIENCE, Lab
from wgan_gp.runs import record

PREFIXES = ["/hub/user/ann%20b/proxy/8501", "/duel"]  # with a space, and with the name of a page


@pytest.fixture(scope="module")
def based(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server that knows of its prefix. Nobody starts a run there: no worker waits for one."""
    lab = Lab(tmp_path_factory.mktemp("based"), base="/course/lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGAN_GP_WARM", "0")
        lab.start()
    yield lab
    lab.end()


def runs_of(lab: Lab) -> Path:
    """The folder of its runs."""
    folder = lab.home / "runs"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context.new_page()
    context.close()


def expect_a_live_board(page: Page, url: str) -> None:
    """The board has its style, its moments, and a panel that can be downloaded."""
    page.goto(url)
    board = page.locator(".lab-board")
    expect(board).to_have_attribute("data-board", "ready", timeout=PATIENCE * 1000)
    expect(board).not_to_have_attribute("data-moments", "0")
    assert board.evaluate("board => getComputedStyle(board.querySelector('.card')).display") != "block"
    expect(page.locator("[data-board=missing]")).to_have_count(0)
    menu = board.locator("details.download").first
    menu.locator("summary").click()
    link = menu.locator("a[data-format=csv]")
    with page.expect_download() as download:
        link.click()
    assert "iteration" in Path(download.value.path()).read_text()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_below_a_proxy_that_strips_its_prefix(lab: Lab, page: Page, live: Callable[[], list[str]], prefix: str) -> None:
    runs = live()
    with Proxy(lab.port, prefix) as proxy:
        expect_a_live_board(page, f"{proxy.url}/duel?run={runs[0]}&run={runs[1]}")
        page.goto(f"{proxy.url}/")
        expect(page.locator(".lab-board")).to_have_attribute("data-board", "ready", timeout=PATIENCE * 1000)


def test_a_server_with_a_prefix_of_its_own_alone_and_behind_a_proxy(based: Lab, page: Page, ended: list[str]) -> None:
    for run in ended:
        record.export_clean(run, runs_of(based) / f"{run}.sqlite")
    address = f"duel?run={ended[0]}&run={ended[1]}"
    expect_a_live_board(page, f"{based.url}/{address}")
    with Proxy(based.port, "/course/lab", strip=False) as proxy:
        expect_a_live_board(page, f"{proxy.url}/{address}")


@pytest.mark.parametrize("address", ["", "duel?run=8gaussians-gp-recorded"])
def test_where_the_module_does_not_come_the_place_of_the_board_says_so(lab: Lab, page: Page, address: str) -> None:
    with Proxy(lab.port, "/hub") as proxy:
        proxy.behind_a_login = "/lab/web/board.js"
        page.goto(f"{proxy.url}/{address}")
        words = page.locator("[data-board=missing]")
        expect(words).to_contain_text(f"cannot be shown: {proxy.url}/lab/web/board.js could not be loaded", timeout=PATIENCE * 1000)
        expect(words).to_be_visible()


def test_an_answer_that_is_not_the_labs_is_said(lab: Lab, page: Page) -> None:
    with Proxy(lab.port, "/hub") as proxy:
        proxy.behind_a_login = "/lab/feed"
        page.goto(f"{proxy.url}/duel?run=8gaussians-gp-recorded")
        expect(page.locator(".lab-board")).to_contain_text("Something else answers in place of the Lab's server", timeout=PATIENCE * 1000)
