"""The price of watching, in figures: python tests/benchmarks/watching.py [--only fetch,viewers,open,draws,start,cold]
[--json FILE].

A script, not a test: figures depend on the machine and on who else uses it (the load average stands beside them). It starts a real
server with a home of its own, real workers and, for what is seen, Chromium. Only `start` has warm workers (WGAN_GP_WARM).
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import platform
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from starlette.requests import Request

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a script, from anywhere

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.support import (
    CHROMIUM_FLAGS,
    Lab,
    board,
    chromium,
    duel_address,
    end_runs,
    number,
    press,
    runs_in_address,
    settled,
    status,
    wait_for_moments,
    wait_until,
)
from wgan_gp.config import override
from wgan_gp.errors import LabError
from wgan_gp.presets import preset
from wgan_gp.runs import launcher, names, record, warm
from wgan_gp.training.events import COLUMNS, Ended, Moment, Scalars, Scene, Started
from wgan_gp.ui import routes

VIEWERS, PER_SECOND = 30, 2
PHASE, ROUNDS = 5.0, 4  # seconds; on and off by turns, so that drifts of the machine hit both alike
ITERATIONS, MOMENTS = 100_000, 400


@dataclass(frozen=True)
class Figure:
    """One measured number; `bound` is what it may be at most (or at least, where `least`)."""

    what: str
    value: float
    unit: str
    bound: float | None = None
    least: bool = False

    @property
    def verdict(self) -> str:
        if self.bound is None:
            return ""
        return "holds" if (self.value >= self.bound if self.least else self.value <= self.bound) else "BROKEN"


# --- runs and requests --------------------------------------------------------------------------------------------------------------


def start_duel(*methods: str) -> list[str]:
    """Runs with the interface's defaults that do not end by themselves, once they have moments."""
    configs = [override(preset("8gaussians", method), ["steps=10000000", "schedule=constant"]) for method in methods]  # type: ignore[arg-type]
    runs = launcher.start(configs)
    wait_until(lambda: all(moments_of(run) >= 20 for run in runs), "twenty moments", 120)
    return runs


def moments_of(run: str) -> int:
    with record.RunReader(names.path_of(run)) as reader:
        return reader.moment_count()


def cursors_after(body: bytes) -> tuple[list[str], int, bool]:
    """What to ask next, how many moments came, and whether there is more at once."""
    cursors, moments, more, at = [], 0, False, 0
    while at < len(body):
        head, size = struct.unpack_from("<II", body, at)
        header = json.loads(body[at + 8 : at + 8 + head])
        at += 8 + head + size
        moments += header["kind"] == "moment"
        if header["kind"] == "status":
            cursor = header["cursor"]
            cursors.append(f"{header['run']}:{cursor['attempt']}:{cursor['seq']}:{cursor['step']}")
            more = more or header["more"]
    return cursors, moments, more


def query(cursors: list[str]) -> str:
    return "&".join(f"run={cursor}" for cursor in cursors)


def caught_up(ask: Callable[[list[str]], bytes], runs: list[str]) -> list[str]:
    """Fetch all there is, as a board does on opening."""
    cursors, more = [f"{run}:0:0:0" for run in runs], True
    while more:
        cursors, _, more = cursors_after(ask(cursors))
    return cursors


# --- (a) what a fetch costs the server ------------------------------------------------------------------------------------------------


def fetch(lab: Lab, _: Browser) -> Iterator[Figure]:
    runs = start_duel("clip", "gp")
    connection = http.client.HTTPConnection("127.0.0.1", lab.port)

    def inside(cursors: list[str]) -> bytes:
        scope = {"type": "http", "method": "GET", "path": "/lab/feed", "headers": [], "query_string": query(cursors).encode()}
        return bytes(routes.feed(Request(scope)).body)

    def outside(cursors: list[str]) -> bytes:
        connection.request("GET", f"/lab/feed?{query(cursors)}")
        return connection.getresponse().read()

    for ask, name, bound in ((inside, "fetch of new moments, inside the server", 3.0), (outside, "the same over HTTP", None)):
        wall, busy, moments, size = timed_fetches(ask, runs)
        yield Figure(f"{name}: processor time, median", busy, "ms") if bound else Figure(f"{name}: moments in one answer", moments, "")
        yield Figure(f"{name}: wall time beside two trainers, median", wall, "ms", bound)
        yield Figure(f"{name}: size", size, "kB")
    connection.close()
    for run in runs:
        launcher.pause(run)
    wait_until(lambda: all(status(run).state == "paused" for run in runs), "a pause")
    for ask, name in ((inside, "inside"), (outside, "over HTTP")):
        yield Figure(f"three moments of each of two runs, nothing else going, {name}: wall time, median", repeated(ask, runs), "ms", 3.0)
    for run in runs:
        routes.readers.drop(run)


def timed_fetches(ask: Callable[[list[str]], bytes], runs: list[str], count: int = 60) -> tuple[float, float, float, float]:
    """Medians of wall and processor time (ms), moments and size (kB) of fetches at the pace of a board."""
    cursors, found = caught_up(ask, runs), []
    for _ in range(count):
        time.sleep(0.3)
        wall, busy = time.perf_counter(), time.thread_time()
        body = ask(cursors)
        taken = 1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - busy)
        cursors, moments, _ = cursors_after(body)
        if moments:
            found.append((*taken, moments, len(body) / 1e3))
    medians = [statistics.median(column) for column in zip(*found, strict=True)]
    return medians[0], medians[1], medians[2], medians[3]


def repeated(ask: Callable[[list[str]], bytes], runs: list[str], count: int = 200) -> float:
    """The median (ms) of one and the same fetch: three moments and their rows for each run."""
    back = [cursor.split(":") for cursor in caught_up(ask, runs)]
    cursors = [f"{run}:{attempt}:{int(seq) - 3}:{int(step) - 10}" for run, attempt, seq, step in back]
    assert cursors_after(ask(cursors))[1] == 6
    times = []
    for _ in range(count):
        began = time.perf_counter()
        ask(cursors)
        times.append(1e3 * (time.perf_counter() - began))
    return statistics.median(times)


# --- (b) a class of viewers beside a trainer ------------------------------------------------------------------------------------------


def viewers(lab: Lab, _: Browser) -> Iterator[Figure]:
    (still,) = start_duel("clip")
    launcher.stop(still)  # not paused: that would hold a place, and the trainer would leave a core to the server
    wait_until(lambda: status(still).state == "stopped", "a stop")
    (run,) = start_duel("gp")
    times: list[float] = []
    came = 0
    rates: dict[bool, list[float]] = {True: [], False: []}
    for phase in range(2 * ROUNDS):
        watched = phase % 2 == 1
        if watched:
            command = [sys.executable, __file__, "--viewers", lab.url, run, still]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
            assert process.stdout
            assert process.stdout.readline() == "ready\n"  # caught up: only what is new is asked from here on
        began, step = time.monotonic(), status(run).step
        time.sleep(PHASE)
        rates[watched].append((status(run).step - step) / (time.monotonic() - began))
        if watched:
            answer = json.loads(process.communicate("\n", timeout=60)[0])
            times += answer["times"]
            came += answer["moments"]
    off, on = (statistics.median(rates[watched]) for watched in (False, True))
    name = f"{VIEWERS} viewers at {PER_SECOND} Hz"
    yield Figure(f"{name}: fetches a second", len(times) / (PHASE * ROUNDS), "/s")
    yield Figure(f"{name}: new moments in a fetch, mean", came / len(times), "")
    yield Figure(f"{name}: a fetch, median", 1e3 * float(np.quantile(times, 0.5)), "ms")
    yield Figure(f"{name}: a fetch, 95 %", 1e3 * float(np.quantile(times, 0.95)), "ms", 300)
    for watched, what in ((False, "the trainer alone"), (True, f"the trainer with {VIEWERS} viewers")):
        yield Figure(f"{what}, median of {ROUNDS} phases", statistics.median(rates[watched]), "iterations/s")
        yield Figure(f"{what}, slowest phase", min(rates[watched]), "iterations/s")
        yield Figure(f"{what}, fastest phase", max(rates[watched]), "iterations/s")
    yield Figure("the trainer is slowed by", 100 * (1 - on / off), "%", 25)


async def watch(url: str, runs: list[str]) -> dict[str, object]:
    """Seconds of each fetch of thirty viewers, and the moments they got, from "ready" to the end of a line on stdin."""
    found: list[tuple[float, int]] = []
    ready, ended = asyncio.Barrier(VIEWERS + 1), asyncio.Event()
    tasks = [asyncio.create_task(viewer(url, runs, number / VIEWERS / PER_SECOND, ready, ended, found)) for number in range(VIEWERS)]
    await ready.wait()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    ended.set()
    await asyncio.gather(*tasks)
    return {"times": [seconds for seconds, _ in found], "moments": sum(moments for _, moments in found)}


async def viewer(
    url: str, runs: list[str], offset: float, ready: asyncio.Barrier, ended: asyncio.Event, found: list[tuple[float, int]]
) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    cursors, more = [f"{run}:0:0:0" for run in runs], True
    while more:
        cursors, _, more = cursors_after(await ask_over(reader, writer, parts.netloc, cursors))
    await ready.wait()
    due = time.monotonic() + offset
    while not ended.is_set():
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if ended.is_set():
            break
        began = time.monotonic()
        body = await ask_over(reader, writer, parts.netloc, cursors)
        taken = time.monotonic() - began
        cursors, moments, _ = cursors_after(body)
        found.append((taken, moments))
        due = max(due + 1 / PER_SECOND, time.monotonic())
    writer.close()


async def ask_over(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, cursors: list[str]) -> bytes:
    """One GET on a connection that stays open."""
    writer.write(f"GET /lab/feed?{query(cursors)} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    assert head.startswith("http/1.1 200"), head
    return await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))


# --- (c) opening a long run -------------------------------------------------------------------------------------------------------------

# In milliseconds since the navigation began: when the latest moment was shown and the curve had a value, and when all moments had come.
MARKS = f"""
new MutationObserver(() => {{
  const board = document.querySelector("[data-board]");
  if (!board) return;
  const seen = (window.marks ??= {{}});
  const curve = board.querySelector(".panel-estimate .legend .value")?.textContent;
  if (board.dataset.shownStep === "{ITERATIONS}" && Number(board.dataset.draws) > 0 && curve) seen.drawn ??= performance.now();
  if (Number(board.dataset.moments) >= {MOMENTS}) seen.all ??= performance.now();
}}).observe(document, {{ subtree: true, childList: true, attributes: true }});
"""
FEEDS = "performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/lab/feed'))"


def long_run() -> str:
    """A finished run of 100,000 iterations and 400 moments as large as real ones."""
    (template,) = start_duel("gp")
    with record.RunReader(names.path_of(template)) as reader:
        latest, scene = reader.latest_moment(), reader.scene()
    end_runs()
    assert latest
    assert scene
    random = np.random.default_rng(0)
    with record.RunWriter.create(override(preset("8gaussians", "gp"), [f"steps={ITERATIONS}"])) as writer:
        writer.begin_attempt(os.getpid())
        writer.write(Started("cpu (synthetic)", 0))
        writer.write(Scene(scene))
        every = ITERATIONS // MOMENTS
        for step in range(every, ITERATIONS + 1, every):
            rows = random.normal(size=(every, len(COLUMNS)))
            rows[:, 0] = np.arange(step - every + 1, step + 1)
            rows[:, 1] = rows[:, 0] / 50
            writer.write(Scalars(rows))
            writer.write(Moment(step, step / 50, latest.blob))
        writer.write(Ended("finished", ITERATIONS))
        return writer.path.stem


def open_long(lab: Lab, browser: Browser) -> Iterator[Figure]:
    run = long_run()
    found: list[dict[str, float]] = []
    with window(browser, MARKS) as page:
        for _ in range(6):
            page.goto(duel_address(lab, [run]))
            page.wait_for_function("window.marks?.all && window.marks.drawn")
            found.append(page.evaluate(f"({{...window.marks, asked: {FEEDS}[0].startTime, answered: {FEEDS}[0].responseEnd}})"))
    cold, *found = found  # the first fills the browser's cache
    median = {key: statistics.median(one[key] for one in found) / 1e3 for key in found[0]}
    asked = median["asked"]
    yield Figure(f"opening {ITERATIONS:,} iterations: from the link to latest moment and curve on the screen", median["drawn"], "s", 1.0)
    yield Figure("the same in a browser that was never here", cold["drawn"] / 1e3, "s")
    yield Figure("of which until the board asks (Streamlit's page, our modules)", asked, "s")
    yield Figure("of which the first answer", median["answered"] - asked, "s")
    yield Figure("of which decoding and drawing", median["drawn"] - median["answered"], "s")
    yield Figure(f"until all {MOMENTS} moments have come", median["all"], "s")
    yield Figure("size of the file", names.path_of(run).stat().st_size / 1e6, "MB")


# --- (d) and (e) what is seen ----------------------------------------------------------------------------------------------------------


def draws(lab: Lab, browser: Browser) -> Iterator[Figure]:
    runs = start_duel("clip", "gp")
    with window(browser) as page:
        page.goto(duel_address(lab, runs))
        wait_for_moments(page, 10)
        page.wait_for_timeout(3000)  # what was stored has been played
        stored, drawn, began = sum(map(moments_of, runs)), number(board(page), "data-draws"), time.monotonic()
        page.wait_for_timeout(15_000)
        seconds = time.monotonic() - began
        drawn, stored = number(board(page), "data-draws") - drawn, sum(map(moments_of, runs)) - stored
    yield Figure("moments drawn a second, two live 2-D runs together", drawn / seconds, "/s", 10, least=True)
    yield Figure("moments that came a second, both runs together: no board can draw more", stored / seconds, "/s")
    end_runs()
    with window(browser) as page:
        page.goto(duel_address(lab, runs))
        wait_for_moments(page, 10)
        page.locator("[data-action=speed]").select_option("8")
        page.locator("[data-action=play]").click()
        drawn, began = number(board(page), "data-draws"), time.monotonic()
        page.wait_for_function("document.querySelector('[data-board]').dataset.mode !== 'play'")
        yield Figure(
            "the same runs played at 8x: moments drawn a second",
            (number(board(page), "data-draws") - drawn) / (time.monotonic() - began),
            "/s",
        )


def start(lab: Lab, browser: Browser) -> Iterator[Figure]:
    """With warm workers; `cold` is the same in a server that keeps none."""
    found: list[dict[str, float]] = []
    for _ in range(5):
        wait_until(lambda: warm_workers_rest(lab), "warm workers", 60)
        with window(browser) as page:
            page.goto(lab.url)
            wait_for_moments(page)
            page.wait_for_timeout(1500)
            settled(page)  # the replay has told the page its states: a rerun while runs are being started would be another measurement
            began = time.monotonic()
            with noted(began) as times:
                press(page, "Start a duel")
                page.wait_for_url("**/duel?*")
                times["page"] = time.monotonic() - began
                page.wait_for_function("document.querySelectorAll('[data-run]:not([data-step=\"\"])[data-step]').length == 2")
                times["both"] = time.monotonic() - began
                wait_until(lambda times=times: "moment" in times, "the worker's times")  # type: ignore[misc]
            found.append(times)
            assert len(runs_in_address(page)) == 2
        end_runs()
    median = {key: statistics.median(times[key] for times in found) for key in found[0]}
    yield Figure('from "Start a duel" to the first picture of both runs', median["both"], "s", 2.0 if warm.wanted() >= 2 else None)
    yield Figure("the slowest of five", max(times["both"] for times in found), "s")
    yield Figure("until the workers hold their runs", median["started"], "s")
    yield Figure("until the page has changed to the duel", median["page"], "s")
    yield Figure("until they train (torch imported, networks and data made)", median["running"], "s")
    yield Figure("until both have stored their first moment", median["moment"], "s")
    yield Figure("from there to the screen (fetch and drawing)", median["both"] - median["moment"], "s")


def warm_workers_rest(lab: Lab) -> bool:
    """Whether the server has all its warm workers and none takes processor time: they tell nobody else that they are ready."""
    looks = []
    for _ in range(4):
        looks.append(warm_workers(lab))
        time.sleep(0.5)  # `ps` counts whole seconds, and says who sleeps
    first = looks[0]
    return len(first) == warm.wanted() and all(look == first for look in looks) and all(state.startswith("S") for state, _ in first)


def warm_workers(lab: Lab) -> list[tuple[str, str]]:
    """State and processor time of each."""
    table = subprocess.run(["ps", "-A", "-o", "ppid=,stat=,time=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in table.splitlines()]
    return [(state, spent) for parent, state, spent, *command in rows if parent == str(lab.process.pid) and command[-1] == "--warm"]


@contextmanager
def noted(began: float) -> Iterator[dict[str, float]]:
    """Notes in the background when all live runs had started, trained, and stored a moment, in seconds since `began`."""
    times: dict[str, float] = {}
    ended = threading.Event()
    before = {run.id for run in record.list_runs()}

    def look() -> None:
        while not ended.wait(0.02):
            with suppress(LabError):
                runs = [run for run in record.list_runs() if run.id not in before]
                if len(runs) < 2:
                    continue
                now = time.monotonic() - began
                if all(run.attempt for run in runs):
                    times.setdefault("started", now)
                if all(run.state == "running" for run in runs):
                    times.setdefault("running", now)
                if all(moments_of(run.id) for run in runs):
                    times.setdefault("moment", now)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield times
    finally:
        ended.set()
        thread.join()


@contextmanager
def window(browser: Browser, script: str = "") -> Iterator[Page]:
    """A browser window of a laptop's size."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    if script:
        context.add_init_script(script)
    try:
        yield context.new_page()
    finally:
        context.close()


# --- the table ----------------------------------------------------------------------------------------------------------------------------

PARTS: dict[str, Callable[[Lab, Browser], Iterator[Figure]]] = {
    "fetch": fetch,
    "viewers": viewers,
    "open": open_long,
    "draws": draws,
    "start": start,
    "cold": start,
}


def machine() -> dict[str, str]:
    packages = ("streamlit", "starlette", "uvicorn", "torch", "numpy", "playwright")
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
    }


@contextmanager
def server(home: Path, keeps: str) -> Iterator[Lab]:
    """A server that keeps so many warm workers ("" for the default); its runs end with it."""
    os.environ["WGAN_GP_WARM"] = keeps
    lab = Lab(home)
    lab.start()
    try:
        yield lab
    finally:
        end_runs()
        lab.end()


def measure(names_of_parts: list[str]) -> list[dict[str, object]]:
    """All figures; each part begins with nothing running."""
    rows: list[dict[str, object]] = []
    # The last worker may still be leaving when its run has ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        os.environ["WGAN_GP_HOME"] = folder
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        try:
            for name in names_of_parts:
                load = os.getloadavg()[0]
                with server(Path(folder), keeps="" if name == "start" else "0") as lab:
                    for figure in PARTS[name](lab, browser):
                        rows.append({"part": name, **asdict(figure), "verdict": figure.verdict, "load_before": round(load, 2)})
                        bound = "" if figure.bound is None else f"{'at least' if figure.least else 'at most'} {figure.bound:g}"
                        print(f"{name:8} {figure.what:88} {figure.value:9.2f} {figure.unit:13} {bound:14} {figure.verdict}", flush=True)
                    print(f"{'':8} (load average before: {load:.2f})", flush=True)
        finally:
            browser.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, separated by commas: {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--viewers", nargs=3, metavar=("URL", "RUN", "RUN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.viewers:
        print(json.dumps(asyncio.run(watch(options.viewers[0], options.viewers[1:]))))
        return
    for name, value in machine().items():
        print(f"{name}: {value}")
    rows = measure(options.only.split(","))
    if options.json:
        options.json.write_text(json.dumps({**machine(), "figures": rows}, indent=1))


if __name__ == "__main__":
    main()
