"""Read-only HTTP: what is new of the runs a board shows, as bytes, panels as files (in `downloads`), and the board's own files.

Of what is live the server decodes nothing, draws nothing and keeps nothing per viewer: it passes on what the worker wrote.
"""

from __future__ import annotations

import json
import mimetypes
import struct
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from wgan_gp.errors import LabError, Refused, UnknownRun
from wgan_gp.runs import launcher
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.training.events import COLUMNS
from wgan_gp.ui import downloads
from wgan_gp.ui.board import MOST_RUNS

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
    except UnknownRun as error:
        readers.drop(cursor.run)
        yield _frame({"kind": "gone", "run": cursor.run[:80], "message": str(error)})
    except Refused:
        return  # in use for a moment: the board keeps what it has and asks again
    except LabError as error:
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
    seq = moments[-1][0] if moments else cursor.seq
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
        "passed_over": status.facts.get("passed_over"),  # devices that were not trusted, a sentence each
    }
    shown = ("name", "attempt", "state", "step", "steps", "seconds", "rate", "left", "device", "message", "silent")
    yield _frame(header | {field: getattr(status, field) for field in shown})
    if opening and (scene := reader.scene()):
        yield _frame({"kind": "scene", "run": run}, scene)
    if len(rows):
        yield _frame({"kind": "curve", "run": run, "columns": COLUMNS, "rows": len(rows)}, rows.astype("<f4").tobytes())
    for number, at, seconds, blob in ([latest] if latest else []) + moments:
        yield _frame({"kind": "moment", "run": run, "seq": number, "step": at, "seconds": seconds}, blob)


def _frame(header: dict[str, Any], payload: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<II", len(text), len(payload)) + text + payload


class _Readers:
    """Open readers, the ones used last: opening a file costs more than a whole answer."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._open: OrderedDict[str, RunReader] = OrderedDict()

    def get(self, run: str) -> RunReader:
        """The reader of a run. Raises UnknownRun."""
        with self._lock:
            reader = self._open.pop(run, None) or RunReader(path_of(run))
            self._open[run] = reader
            old = self._open.popitem(last=False)[1] if len(self._open) > self._most else None
        if old is not None:
            old.close()
        return reader

    def drop(self, run: str) -> None:
        """Forget a run that has gone."""
        with self._lock:
            reader = self._open.pop(run, None)
        if reader is not None:
            reader.close()


readers = _Readers(most=64)


class _WebFiles(StaticFiles):
    """The board's modules; browsers ask again each time and are told 'not modified', so that an update is never half old."""

    def file_response(self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        return response
