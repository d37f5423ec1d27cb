"""A real server, a real browser, and a visitor that fails the test on every fault of the page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.support import CHROMIUM_FLAGS, PATIENCE, Lab, Visitors, chromium, end_runs, start_small, status, wait_for_state
from wgan_gp.config import override
from wgan_gp.presets import gradients_presets
from wgan_gp.runs import launcher

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where chromium is. Without it these tests are skipped on a laptop, and fail where the CI promises to have it."""
    path = chromium()
    if path is None and os.environ.get("CI"):
        pytest.fail("There is no chromium here, and CI is set: apt-get install chromium.")
    if path is None:
        pytest.skip("There is no chromium here: apt-get install chromium.")
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium_path: str) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium_path, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def base_url() -> str:
    """None for pytest-playwright: addresses are whole. (The plugin's own fixture warns with pytest 9, and warnings are errors.)"""
    return ""


@pytest.fixture(scope="session")
def server(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for all tests; a test that needs a cold one starts its own."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    lab.start()
    yield lab
    lab.end()


@pytest.fixture
def lab(server: Lab, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """The server, with the library's calls in its home. Runs left behind are ended (they would slow the next test), the live duel not."""
    monkeypatch.setenv("WGAN_GP_HOME", str(server.home))
    if "live" not in request.fixturenames:
        end_runs()
    if not server.healthy():
        server.start()
    yield server
    if "live" not in request.fixturenames:
        end_runs()


@pytest.fixture(scope="session")
def _shared(server: Lab) -> Iterator[dict[str, list[str]]]:
    """Runs that several tests share, since a worker takes seconds to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGAN_GP_HOME", str(server.home))
        yield {}
        end_runs()


@pytest.fixture
def live(lab: Lab, _shared: dict[str, list[str]]) -> Callable[[], list[str]]:
    """Gives two small runs that are training now, whatever the test before did to them."""

    def running() -> list[str]:
        runs = _shared.get("live", [])
        for run in runs:
            if status(run).state == "paused":
                launcher.unpause(run)
        if not runs or any(status(run).state not in ("running", "paused") for run in runs):
            end_runs()
            _shared["live"] = start_small()
        return _shared["live"]

    return running


@pytest.fixture
def ended(lab: Lab, _shared: dict[str, list[str]]) -> list[str]:
    """Two small runs that have finished."""
    if "ended" not in _shared:
        _shared["ended"] = start_small("steps=30")
        wait_for_state(_shared["ended"], "finished")
    return _shared["ended"]


@pytest.fixture
def four(lab: Lab, _shared: dict[str, list[str]]) -> list[str]:
    """Four small critics of the page Gradients that have finished."""
    if "four" not in _shared:
        _shared["four"] = launcher.start(
            [override(c, ["threads=1", "batch_size=16"]) for c in gradients_presets(depth=3, width=8, steps=40)]
        )
        wait_for_state(_shared["four"], "finished")
    return _shared["four"]


@pytest.fixture
def cold_lab(chromium_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A server of its own that nobody has asked anything yet, with no worker warm."""
    lab = Lab(tmp_path / "cold")
    monkeypatch.setenv("WGAN_GP_HOME", str(lab.home))
    monkeypatch.setenv("WGAN_GP_WARM", "0")
    lab.start()
    yield lab
    end_runs()
    lab.end()


@pytest.fixture
def visit(new_context: Callable[..., BrowserContext]) -> Iterator[Visitors]:
    """Opens pages as visitors would; fails the test on every fault that one of the pages showed."""
    visitors = Visitors(new_context)
    yield visitors
    visitors.check()
