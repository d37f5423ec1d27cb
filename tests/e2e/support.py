"""What browser tests and benchmarks share: a real server of its own, small runs, and questions to the page."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from wgan_gp.config import RunConfig, override
from wgan_gp.errors import LabError
from wgan_gp.presets import Method, preset
from wgan_gp.runs import launcher, locks, names, record, starting

ROOT = Path(__file__).parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
SMALL = ["critic.width=8", "generator.width=8", "batch_size=16", "n_critic=1", "device=cpu", "threads=1"]
ALIVE = ("queued", "starting", "running", "paused")
PATIENCE = 60.0  # seconds: other tests and other people use these cores, too


# --- processes --------------------------------------------------------------------------------------------------------------------


def chromium() -> str | None:
    """Debian's chromium; the tests download no browser."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def free_port() -> int:
    """Below those that the system gives to clients: who is killed finds his port free when he comes back, whatever else goes on."""
    while True:
        port = SystemRandom().randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


class Lab:
    """A real server with a home of its own, that can be killed and started again on the same port."""

    def __init__(self, home: Path, base: str = "") -> None:
        self.home, self.port, self._base = home, free_port(), base
        self.url = f"http://127.0.0.1:{self.port}{base}"
        self.log = home / "server.log"
        home.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]
        command += ["--server.baseUrlPath", self._base] if self._base else []
        environment = os.environ | {"WGAN_GP_HOME": str(self.home)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while not self.healthy():
            assert self.process.poll() is None, f"The server ended: {self.log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, "The server does not answer."
            time.sleep(0.05)

    def healthy(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    def kill(self) -> None:
        """kill -9, as a crash would."""
        self.process.kill()
        self.process.wait(10)

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


def end_runs() -> None:
    """End all runs of this home through the launcher; a worker that does not listen within a while is killed."""
    for run in record.list_runs():
        if run.state in ALIVE:
            with contextlib.suppress(LabError):
                launcher.stop(run.id)
    deadline = time.monotonic() + 15
    while (alive := [run for run in record.list_runs() if run.state in ALIVE]) and time.monotonic() < deadline:
        time.sleep(0.05)
    for run in alive:
        if run.pid is not None and locks.is_held(names.lock_path(names.path_of(run.id))):
            os.kill(run.pid, signal.SIGKILL)
    starting.reap()


# --- runs -------------------------------------------------------------------------------------------------------------------------


def small(*settings: str, method: Method = "gp") -> RunConfig:
    """A config that trains hundreds of iterations a second beside a browser."""
    return override(preset("8gaussians", method), [*SMALL, *settings])


def start_small(*settings: str) -> list[str]:
    """A clipped run and one with a penalty. Without settings they go on until they are stopped."""
    runs = launcher.start([small(*(settings or ["steps=10000000"]), method=method) for method in ("clip", "gp")])
    wait_until(lambda: all(status(run).step > 0 for run in runs), "the first iterations")
    return runs


def copy_of(run_id: str) -> str:
    """The same run under a new id: a worker of its own would take seconds."""
    copy = names.new_id(config(run_id))
    record.export_clean(run_id, names.runs_folder() / f"{copy}.sqlite")
    return copy


def status(run_id: str) -> record.Status:
    with record.RunReader(names.path_of(run_id)) as reader:
        return reader.status()


def config(run_id: str) -> RunConfig:
    with record.RunReader(names.path_of(run_id)) as reader:
        return reader.config()


def wait_for_state(run_ids: Sequence[str], *states: str) -> None:
    wait_until(lambda: all(status(run).state in states for run in run_ids), f"{run_ids} to be {states}")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """For what no browser can wait for. Fails with `what` was awaited."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Waited {seconds:g} s in vain for {what}."
        time.sleep(0.05)


# --- the browser ------------------------------------------------------------------------------------------------------------------

# An error box may come and go between two looks at the page: it is told to the console, and a console error is a fault.
WATCH_FOR_EXCEPTIONS = """
new MutationObserver(() => {
  const box = document.querySelector("[data-testid=stException]");
  if (box && !box.dataset.told) { box.dataset.told = 1; console.error("stException: " + box.textContent); }
}).observe(document, { childList: true, subtree: true });
"""
# On a deep link Streamlit first asks below the page's own path: its own two 404s.
STREAMLITS_OWN = re.compile(r"/\w+/_stcore/(health|host-config)$")


class Faults:
    """What a browser context must not do: errors in the console or in scripts, error boxes, requests to foreign hosts."""

    def __init__(self, context: BrowserContext, lab: Lab) -> None:
        self.found: list[str] = []
        self.tolerated: list[re.Pattern[str]] = []
        self._host = urlsplit(lab.url).netloc
        context.add_init_script(WATCH_FOR_EXCEPTIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.found.append(f"page error: {error.error}"))
        context.on("request", self._request)

    def tolerate(self, pattern: str) -> None:
        """For tests that cause an error on purpose."""
        self.tolerated.append(re.compile(pattern))

    def check(self) -> None:
        assert not (left := [fault for fault in self.found if not any(p.search(fault) for p in self.tolerated)]), left

    def _console(self, message: ConsoleMessage) -> None:
        place = message.location.get("url", "")
        if message.type == "error" and not ("404" in message.text and STREAMLITS_OWN.search(urlsplit(place).path)):
            self.found.append(f"console: {message.text} ({place})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self._host:
            self.found.append(f"foreign host: {request.url}")


class Visitors:
    """Opens pages as visitors would: each in a browser context of its own, watched for faults."""

    def __init__(self, new_context: Callable[..., BrowserContext]) -> None:
        self._new_context = new_context
        self.faults: list[Faults] = []

    def __call__(self, lab: Lab, path: str = "", **settings: Any) -> Page:
        """A new visitor on this page of the Lab, once it has settled."""
        context = self._new_context(**({"viewport": {"width": 1280, "height": 900}} | settings))
        context.set_default_timeout(PATIENCE * 1000)
        self.faults.append(Faults(context, lab))
        page = context.new_page()
        page.goto(f"{lab.url}/{path.removeprefix(lab.url).lstrip('/')}")
        return settled(page)

    def tolerate(self, pattern: str) -> None:
        """For tests that cause an error on purpose."""
        for faults in self.faults:
            faults.tolerate(pattern)

    def check(self) -> None:
        for faults in self.faults:
            faults.check()


def settled(page: Page) -> Page:
    """Wait until Streamlit is connected and no script runs."""
    page.locator("[data-testid='stApp'][data-test-connection-state='CONNECTED'][data-test-script-state='notRunning']").wait_for()
    return page


def duel_address(lab: Lab, run_ids: Sequence[str]) -> str:
    return f"{lab.url}/duel?{'&'.join(f'run={run}' for run in run_ids)}"


def runs_in_address(page: Page) -> list[str]:
    # Asked of the page itself: `page.url` stands still while a test waits without talking to the browser.
    return re.findall(r"[?&]run=([a-z0-9-]+)", page.evaluate("location.href"))


def board(page: Page) -> Locator:
    return page.locator("[data-board='ready']")


def card(page: Page, run_id: str) -> Locator:
    return page.locator(f"[data-run='{run_id}']")


def number(element: Locator, attribute: str) -> int:
    return int(element.get_attribute(attribute) or 0)


def wait_for_number(page: Page, selector: str, attribute: str, above: float) -> int:
    """Wait until an attribute is a number above `above`, and return it."""
    page.wait_for_function(
        """([selector, attribute, above]) => {
            const text = document.querySelector(selector)?.getAttribute(attribute);
            return text && Number(text) > above;
        }""",
        arg=[selector, attribute, above],
    )
    return number(page.locator(selector).first, attribute)


def wait_for_moments(page: Page, at_least: int = 2) -> int:
    """Wait until the board is ready, holds so many moments and shows one of a trained generator."""
    board(page).wait_for()
    wait_for_number(page, "[data-board]", "data-moments", at_least - 1)
    return wait_for_number(page, "[data-board]", "data-shown-step", 0)


def press(page: Page, name: str) -> None:
    """Press one of the page's buttons, as soon as it can be pressed."""
    button(page, name).click()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def picture_of(page: Page, panel: str, run_id: str | None = None) -> str:
    """A fingerprint of a canvas's pixels: drawn, empty or missing, its size and a hash."""
    inside = f"[data-run='{run_id}'] " if run_id else ""
    return str(page.evaluate(PIXELS, f"{inside}canvas[data-panel='{panel}']"))


PIXELS = """(selector) => {
    const canvas = document.querySelector(selector);
    if (!canvas) return "missing";
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let [hash, ink] = [7, 0];
    for (let i = 0; i < data.length; i++) { hash = (hash * 31 + data[i]) | 0; if (i % 4 === 3 && data[i]) ink++; }
    return `${ink ? "drawn" : "empty"} ${canvas.width}x${canvas.height} ${hash}`;
}"""


def expect_state(page: Page, run_ids: Sequence[str], *states: str) -> None:
    """The cards say so: what the viewer sees, not what the file holds."""
    for run_id in run_ids:
        expect(card(page, run_id)).to_have_attribute("data-state", re.compile(f"^({'|'.join(states)})$"), timeout=PATIENCE * 1000)
