"""A panel of the board as a file: GET /lab/panel?panel=NAME&run=ID&...&step=N&format=png, svg, pdf or csv. Read-only.

matplotlib is imported with the first download. The server needs no torch: everything is read from the runs' files.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import anyio
import anyio.to_thread
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from wgan_gp.errors import Damaged, InvalidConfig, LabError
from wgan_gp.panels.texts import PANEL_TEXTS, text_of
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.ui.board import MOST_RUNS
from wgan_gp.ui.theme import run_label

TYPES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}
FRESH_SECONDS = 2.0  # so old may a file be without a look at its runs: a class that clicks together costs one drawing
_STEP = re.compile(r"[0-9]{1,10}", re.ASCII)


class Asked(NamedTuple):
    """What a link asks for. `steps`: none for the newest, one for all runs, or one for each."""

    panel: str
    runs: tuple[str, ...]
    steps: tuple[int, ...]
    form: str

    def step_of(self, place: int) -> int | None:
        """The iteration asked for of the run at this place, None for its newest."""
        return self.steps[min(place, len(self.steps) - 1)] if self.steps else None


class File(NamedTuple):
    """A finished file, and the state of the runs it was made from."""

    made: float
    state: object
    name: str
    content: bytes


async def panel(request: Request) -> Response:
    """The file, or one sentence: 400 for a link that is not understood, 404 where there is no such run or nothing recorded, 422 where
    the file of a run is damaged.

    A few threads of our own do the work, so that a class that downloads never holds up the live feed.
    """
    return await anyio.to_thread.run_sync(_answer, request.query_params, limiter=_limiter)


def _answer(query: QueryParams) -> Response:
    try:
        asked = parse(query)
        file = _files.get(asked)
    except InvalidConfig as error:
        return PlainTextResponse(str(error), 400, {"Cache-Control": "no-store"})
    except LabError as error:
        return PlainTextResponse(str(error), 422 if isinstance(error, Damaged) else 404, {"Cache-Control": "no-store"})
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, media_type=TYPES[asked.form], headers=headers)


def parse(query: QueryParams) -> Asked:
    """What is asked for. Raises InvalidConfig with what is allowed."""
    panel, form = query.get("panel", ""), query.get("format", "")
    if panel not in PANEL_TEXTS:
        raise InvalidConfig(f"panel: {panel[:40]!r} was given; there is: {', '.join(PANEL_TEXTS)}.")
    if form not in TYPES:
        raise InvalidConfig(f"format: {form[:40]!r} was given; there is: {', '.join(TYPES)}.")
    runs, steps = query.getlist("run"), query.getlist("step")
    if not 1 <= len(runs) <= MOST_RUNS or len(set(runs)) < len(runs):
        raise InvalidConfig(f"run: {len(runs)} were given; write run=ID from 1 to {MOST_RUNS} times, each another one.")
    if len(steps) not in (0, 1, len(runs)) or not all(_STEP.fullmatch(step) for step in steps):
        raise InvalidConfig(
            f"step: {', '.join(steps)[:40]!r} was given; write one iteration for all runs, one for each, or none for the newest."
        )
    return Asked(panel, tuple(runs), tuple(map(int, steps)), form)


class _Files:
    """The files made last. One is made at a time: matplotlib's style is the process's, and who asks for the same waits for it."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._lock = most_bytes, threading.Lock()
        self._held: OrderedDict[Asked, File] = OrderedDict()

    def get(self, asked: Asked) -> File:
        """The file that is asked for. Raises LabError."""
        with self._lock:
            held = self._held.pop(asked, None)
            if held is None or time.monotonic() - held.made > FRESH_SECONDS:
                held = _current(asked, held)
            self._held[asked] = held
            while sum(len(file.content) for file in self._held.values()) > self._most and len(self._held) > 1:
                self._held.popitem(last=False)
            return held


_files = _Files(most_bytes=16_000_000)
_limiter = anyio.CapacityLimiter(4)


def _current(asked: Asked, held: File | None) -> File:
    """The file as the runs are now: the one that is held where nothing changed."""
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(RunReader(path_of(run))) for run in asked.runs]
        state = [_state(reader, asked.step_of(place)) for place, reader in enumerate(readers)]
        if held is not None and held.state == state:
            return held._replace(made=time.monotonic())
        name, content = _make(asked, readers)
        return File(time.monotonic(), state, name, content)


def _state(reader: RunReader, step: int | None) -> tuple[object, ...]:
    """What decides a run's picture: where one of these differs, it is drawn anew."""
    status = reader.status()
    shown = reader.latest_moment() if step is None else reader.moment_at(step)
    return status.attempt, status.step, reader.last_seq(), shown and (shown.seq, shown.step), reader.config()


def _make(asked: Asked, readers: Sequence[RunReader]) -> tuple[str, bytes]:
    from wgan_gp.figures import panels, recording, style, tables  # half a second: only those who download wait for it

    over_time = panels.panel_named(asked.panel).over_time
    seen: dict[str, int] = {}
    recordings: list[Any] = []
    for place, reader in enumerate(readers):
        config = reader.config()
        shade = seen[config.constraint.kind] = seen.get(config.constraint.kind, -1) + 1
        recordings.append(recording.read(reader, run_label(config), shade, asked.step_of(place), over_time=over_time))
    newest = max((found.moment.step for found in recordings if found.moment), default=0)
    name = file_name(asked.panel, newest, asked.runs, asked.form)
    try:
        if asked.form == "csv":
            return name, tables.write(*panels.panel_table(asked.panel, recordings))
        alone = all(found.config.frozen for found in recordings)
        title = text_of(asked.panel, critic_alone=alone).title
        return name, style.printed(panels.draw_panel(asked.panel, recordings, title), asked.form)
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:  # each array is of its kind, and they do not fit together
        traceback.print_exc()
        raise Damaged(f"What {' and '.join(asked.runs)} recorded does not fit together: the panel cannot be drawn.") from error


def file_name(panel: str, step: int, runs: Sequence[str], form: str) -> str:
    """`<panel>-<iteration>-<short ids>.<format>`: of ids (letters, digits, hyphens) the first for its data, of each what tells it apart."""
    data = runs[0].split("-")[0]
    short = [run.removeprefix(f"{data}-") for run in runs]
    return f"{panel}-{step}-{'-'.join([data, *short])}"[:120].rstrip("-") + f".{form}"
