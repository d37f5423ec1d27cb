"""Read-only HTTP: what is new of the runs a board shows, as bytes, panels as files (in `downloads`), and the board's own files.

Of what is live the server decodes nothing, draws nothing and keeps nothing per viewer: it passes on what the worker wrote.
"""

from __future__ import annotations

import json
import mimetypes
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from wgan_gp.errors import LabError, Refused
from wgan_gp.runs import launcher
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.runs.states import LIVE, for_browsers
from wgan_gp.training.events import COLUMNS
from wgan_gp.ui import downloads
from wgan_gp.ui.board import MOST_RUNS
from wgan_gp.ui.history import history

WEB = Path(__file__).with_name("web")
MOST_CURVE_ROWS = 2000
QUEUE_SECONDS = 1.0  # so old may a place in the queue be: all viewers of waiting runs share one look
MOST_MOMENT_BYTES = 1_000_000  # per run and answer; the board asks again at once while there is more


class Cursor(NamedTuple):
    """How far a board has read a run: which attempt, the last moment's number, the last iteration of the curves."""

    run: str
    attempt: int
    seq: int
    step: int


def routes(base: str = "") -> list[BaseRoute]:
    """The Lab's routes below `base`, the path prefix of the server (`server.baseUrlPath`)."""
    mimetypes.add_type("text/javascript", ".js")  # some systems register another type, and browsers then refuse modules
    return [
        Route(f"{base}/lab/feed", feed),
        Route(f"{base}/lab/panel", downloads.panel),
        Mount(f"{base}/lab/web", _WebFiles(directory=WEB)),
    ]


def feed(request: Request) -> Response:
    """GET /lab/feed?run=<id>:<attempt>:<seq>:<step>&...: frames of status, scene, curve and moments for each run.

    Runs in a thread of the server's pool, since it reads files. A frame is two lengths (u32), a JSON header and a payload.
    """
    try:
        cursors = [_cursor(text) for text in request.query_params.getlist("run")]
    except ValueError:
        cursors = []
    if not 1 <= len(cursors) <= MOST_RUNS:
        return PlainTextResponse(f"Write run=<id>:<attempt>:<seq>:<step>, from 1 to {MOST_RUNS} times.", 400)
    body = b"".join(frame for cursor in cursors for frame in _frames(cursor))
    return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


def _cursor(text: str) -> Cursor:
    run, *numbers = text.rsplit(":", 3)
    if len(numbers) != 3 or not all(number.isascii() and number.isdigit() and len(number) <= 15 for number in numbers):
        raise ValueError(text)
    return Cursor(run, *map(int, numbers))


def _frames(cursor: Cursor) -> Iterator[bytes]:
    try:
        yield from list(_run_frames(cursor, readers.get(cursor.run)))
    except Refused:
        return  # in use for a moment: the board keeps what it has and asks again
    except LabError as error:
        readers.drop(cursor.run)
        yield _frame({"kind": "gone", "run": cursor.run[:80], "message": str(error)})


def _run_frames(cursor: Cursor, reader: RunReader) -> Iterator[bytes]:
    run = cursor.run
    status = reader.status()
    if cursor.attempt != status.attempt:
        cursor = Cursor(run, status.attempt, 0, 0)
    opening = cursor.seq == 0
    moments = reader.moments(cursor.seq, MOST_MOMENT_BYTES)
    latest = reader.latest_moment() if opening else None
    rows = reader.scalars(cursor.step, MOST_CURVE_ROWS if cursor.step == 0 else None)
    seq = moments[-1].seq if moments else cursor.seq
    step = int(rows[-1, 0]) if len(rows) else cursor.step
    config = reader.config()
    header: dict[str, Any] = {
        "kind": "status",
        "run": run,
        "data": config.data,
        "view": "plane" if config.shape.is_plane else "images",
        "constraint": config.constraint.model_dump(),
        "n_critic": config.n_critic,
        "place": launcher.queue_place(run, QUEUE_SECONDS) if status.state == "queued" else None,
        "cursor": {"attempt": status.attempt, "seq": seq, "step": step},
        "more": seq < reader.last_seq(),
        "is": for_browsers(status.state),
        "passed_over": status.facts.get("passed_over"),  # devices that were not trusted, a sentence each
    }
    shown = ("name", "attempt", "state", "step", "steps", "seconds", "rate", "left", "device", "message", "silent")
    if opening or reader.changes():
        header["history"] = history(reader)
    yield _frame(header | {field: getattr(status, field) for field in shown})
    if opening and (scene := reader.scene()):
        yield _frame({"kind": "scene", "run": run}, scene)
    if len(rows):
        yield _frame({"kind": "curve", "run": run, "columns": COLUMNS, "rows": len(rows)}, rows.astype("<f4").tobytes())
    for moment in ([latest] if latest else []) + moments:
        yield _frame({"kind": "moment", "run": run, "seq": moment.seq, "step": moment.step, "seconds": moment.seconds}, moment.blob)
    if status.state not in LIVE:  # asked rarely, and a file that is held can be deleted by nobody on Windows
        reader.close()


def _frame(header: dict[str, Any], payload: bytes = b"") -> bytes:
    text = json.dumps(header, allow_nan=False).encode()
    return struct.pack("<II", len(text), len(payload)) + text + payload


@dataclass
class _Held:
    """A reader, and when it was asked for last (monotonic)."""

    reader: RunReader
    used: float


class _Readers:
    """Open readers of the runs that are being watched: to open a file costs about as much as an answer.

    At most so many, those used last; and one that nobody has asked for so many seconds is closed, by a thread that lives as long as
    there is one.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._lock = threading.Lock()  # guards what follows; no file is opened or read under it
        self._held: dict[str, _Held] = {}
        self._sweeps = False

    def get(self, run: str) -> RunReader:
        """The reader of a run. Raises UnknownRun, Damaged, Refused."""
        with self._lock:
            held = self._held.get(run)
            if held is not None:
                held.used = time.monotonic()
                return held.reader
        reader = RunReader(path_of(run))
        with self._lock:
            held = self._held.setdefault(run, _Held(reader, time.monotonic()))  # somebody else may have been first
            if not self._sweeps:
                self._sweeps = True
                threading.Thread(target=self._sweep, name="readers", daemon=True).start()
        if held.reader is not reader:
            reader.close()
        self._let_go(self._surplus())
        return held.reader

    def drop(self, run: str) -> None:
        """Forget a run that has gone."""
        self._let_go([run])

    def _surplus(self) -> list[str]:
        with self._lock:
            oldest_first = sorted(self._held, key=lambda run: self._held[run].used)
        return oldest_first[: max(0, len(oldest_first) - self._most)]

    def _let_go(self, runs: Sequence[str]) -> None:
        with self._lock:
            gone = [self._held.pop(run) for run in runs if run in self._held]
        for held in gone:
            held.reader.close()

    def _sweep(self) -> None:
        while True:
            time.sleep(self._seconds / 2)
            with self._lock:
                old = [run for run, held in self._held.items() if time.monotonic() - held.used > self._seconds]
            self._let_go(old)
            with self._lock:
                if not self._held:
                    self._sweeps = False
                    return


readers = _Readers(most=64, seconds=5.0)


class _WebFiles(StaticFiles):
    """The board's modules; browsers ask again each time and are told 'not modified', so that an update is never half old."""

    def file_response(self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        return response
