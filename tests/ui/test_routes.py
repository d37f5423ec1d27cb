"""The Lab's own routes over real HTTP: what is new and nothing twice, and no string that leads to a file."""

from __future__ import annotations

import http.client
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pytest

from tests.runs.support import NASTY_IDS, checkpoint, scalars, small_config, started
from wgan_gp.runs import record
from wgan_gp.training.events import COLUMNS, Ended, Moment, Scene
from wgan_gp.ui import routes


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Frame(NamedTuple):
    header: dict[str, Any]
    payload: bytes


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    yield tmp_path
    for run in record.list_runs():
        routes.readers.drop(run.id)


def get(port: int, path: str, headers: dict[str, str] | None = None) -> Answer:
    """The path goes over the wire as it stands: no client tidies it up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def frames_of(body: bytes) -> list[Frame]:
    """The frames of an answer; what is left over is an error."""
    frames, at = [], 0
    while at < len(body):
        head, size = struct.unpack_from("<II", body, at)
        start = at + 8 + head
        frames.append(Frame(json.loads(body[at + 8 : start]), body[start : start + size]))
        assert len(frames[-1].payload) == size
        at = start + size
    return frames


def feed(port: int, *cursors: str) -> list[Frame]:
    answer = get(port, "/lab/feed?" + "&".join(f"run={quote(cursor, safe=':')}" for cursor in cursors))
    assert answer.status == 200, answer
    return frames_of(answer.body)


def of_kind(frames: list[Frame], kind: str) -> list[Frame]:
    return [frame for frame in frames if frame.header["kind"] == kind]


def cursor_after(frames: list[Frame]) -> str:
    """What a client asks next: it echoes the status's cursor."""
    header = of_kind(frames, "status")[0].header
    return f"{header['run']}:{header['cursor']['attempt']}:{header['cursor']['seq']}:{header['cursor']['step']}"


def steps_of(frames: list[Frame]) -> list[int]:
    """The iterations of the curve rows that came."""
    rows = [np.frombuffer(frame.payload, "<f4").reshape(frame.header["rows"], len(COLUMNS)) for frame in of_kind(frames, "curve")]
    return [int(step) for table in rows for step in table[:, 0]]


def moment_of(step: int, size: int = 10) -> Moment:
    return Moment(step, step / 100, bytes([step % 256]) * size)


@pytest.fixture
def writer() -> Iterator[record.RunWriter]:
    """A run as its worker writes it: 20 iterations, two moments."""
    with record.RunWriter.create(small_config(steps=1000)) as writer:
        writer.begin_attempt(4242)
        for event in (started(), Scene(b"scene"), scalars(1, 20), moment_of(10), moment_of(20)):
            writer.write(event)
        yield writer


# --- what is new, and nothing twice -----------------------------------------------------------------------------------------------


def test_opening_gives_status_scene_curve_and_moments_in_this_order(port: int, writer: record.RunWriter) -> None:
    run = writer.path.stem
    frames = feed(port, f"{run}:0:0:0")
    assert [frame.header["kind"] for frame in frames] == ["status", "scene", "curve", "moment", "moment", "moment"]
    assert {frame.header["run"] for frame in frames} == {run}
    status = frames[0].header
    assert (status["step"], status["steps"], status["attempt"], status["view"], status["more"]) == (20, 1000, 1, "plane", False)
    assert status["constraint"]["kind"] == "gp"
    assert status["cursor"] == {"attempt": 1, "seq": 2, "step": 20}
    assert frames[1].payload == b"scene"
    assert frames[2].header["columns"] == list(COLUMNS)
    assert steps_of(frames) == list(range(1, 21))
    moments = of_kind(frames, "moment")
    assert [moment.header["seq"] for moment in moments] == [2, 1, 2]  # the newest first, then all from the oldest
    assert all(moment.payload == moment_of(moment.header["step"]).blob for moment in moments)


def test_the_answer_is_bytes_that_nobody_caches(port: int, writer: record.RunWriter) -> None:
    answer = get(port, f"/lab/feed?run={writer.path.stem}:0:0:0")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "no-store"


def test_a_cursor_gets_what_is_new_and_nothing_twice(port: int, writer: record.RunWriter) -> None:
    cursor = cursor_after(feed(port, f"{writer.path.stem}:0:0:0"))
    assert [frame.header["kind"] for frame in feed(port, cursor)] == ["status"]
    for first in (21, 31):
        writer.write(scalars(first, first + 9))
        writer.write(moment_of(first + 9))
        frames = feed(port, cursor)
        assert steps_of(frames) == list(range(first, first + 10))
        assert [moment.header["step"] for moment in of_kind(frames, "moment")] == [first + 9]
        assert not of_kind(frames, "scene")
        cursor = cursor_after(frames)


def test_several_runs_are_told_apart(port: int, writer: record.RunWriter) -> None:
    with record.RunWriter.create(small_config(constraint={"kind": "clip"})) as other:
        frames = feed(port, f"{writer.path.stem}:0:0:0", f"{other.path.stem}:0:0:0")
    statuses = of_kind(frames, "status")
    assert [status.header["run"] for status in statuses] == [writer.path.stem, other.path.stem]
    assert [status.header["constraint"]["kind"] for status in statuses] == ["gp", "clip"]
    assert (statuses[1].header["state"], statuses[1].header["place"]) == ("queued", 1)
    assert {frame.header["run"] for frame in of_kind(frames, "moment")} == {writer.path.stem}


def test_a_new_attempt_sends_from_the_start(port: int, writer: record.RunWriter) -> None:
    writer.write(checkpoint(20))
    writer.write(scalars(21, 40))
    writer.write(moment_of(40))
    cursor = cursor_after(feed(port, f"{writer.path.stem}:0:0:0"))
    writer.begin_attempt(4243)
    frames = feed(port, cursor)
    assert of_kind(frames, "status")[0].header["attempt"] == 2
    assert steps_of(frames) == list(range(1, 21))  # what came after the checkpoint is gone
    assert {moment.header["step"] for moment in of_kind(frames, "moment")} == {10, 20}
    assert len(of_kind(frames, "scene")) == 1


def test_more_goes_through_all_moments_in_answers_of_a_bounded_size(port: int, writer: record.RunWriter) -> None:
    size = 150_000
    for step in range(30, 330, 10):
        writer.write(scalars(step - 9, step))
        writer.write(moment_of(step, size))
    cursor, seen, answers, more = f"{writer.path.stem}:0:0:0", [], 0, True
    newest_first: list[int] = []
    while more:
        frames = feed(port, cursor)
        moments = of_kind(frames, "moment")
        assert sum(len(moment.payload) for moment in moments) <= routes.MOST_MOMENT_BYTES + 2 * size
        steps = [moment.header["step"] for moment in moments]
        if not answers:
            newest_first, steps = steps[:1], steps[1:]
        seen += steps
        answers += 1
        cursor, more = cursor_after(frames), of_kind(frames, "status")[0].header["more"]
        assert answers < 50
    assert newest_first == [320]
    assert seen == list(range(10, 330, 10))
    assert answers > 3


def test_a_long_curve_comes_reduced_and_goes_on_in_full(port: int) -> None:
    with record.RunWriter.create(small_config(steps=100_000)) as writer:
        writer.begin_attempt(1)
        writer.write(started())
        writer.write(scalars(1, 30_000))
        writer.flush()
        frames = feed(port, f"{writer.path.stem}:0:0:0")
        steps = steps_of(frames)
        assert len(steps) <= routes.MOST_CURVE_ROWS
        assert (steps[0], steps[-1]) == (1, 30_000)
        assert steps == sorted(set(steps))
        writer.write(scalars(30_001, 30_050))
        writer.flush()
        assert steps_of(feed(port, cursor_after(frames))) == list(range(30_001, 30_051))


def test_a_deleted_run_is_gone_in_its_place(port: int, writer: record.RunWriter) -> None:
    with record.RunWriter.create(small_config()) as other:
        stays = other.path.stem
    writer.write(Ended("finished", 20))
    writer.close()
    run = writer.path.stem
    cursor = cursor_after(feed(port, f"{run}:0:0:0"))
    record.delete(run)
    for asked in (cursor, f"{run}:0:0:0"):
        gone, status = feed(port, asked, f"{stays}:0:0:0")[:2]
        assert (gone.header["kind"], gone.header["run"]) == ("gone", run)
        assert run in gone.header["message"]
        assert (status.header["kind"], status.header["run"]) == ("status", stays)


# --- what nobody should ask -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", NASTY_IDS)
def test_a_nasty_id_is_no_run_and_no_file(port: int, writer: record.RunWriter, run: str) -> None:
    answer = get(port, f"/lab/feed?run={quote(run, safe='')}:0:0:0")
    assert answer.status == 200
    (frame,) = frames_of(answer.body)
    assert frame.header["kind"] == "gone"
    assert "There is no run" in frame.header["message"]
    assert frame.payload == b""
    assert len(answer.body) < 1000


MALFORMED = [
    "", "?", "?run=", "?run=:::", "?run=a", "?run=a:0", "?run=a:0:0", "?run=a:x:0:0", "?run=a:0:0:1.5", "?run=a:0:0:nan", "?run=a:0::0",
    "?other=a:0:0:0", "?run=a:0:0:0&run=a", "?run=a:0:0:" + "9" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("query", MALFORMED)
def test_a_malformed_query_is_refused_in_one_sentence(port: int, query: str) -> None:
    answer = get(port, f"/lab/feed{query}")
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.body.startswith(b"Write run=")


@pytest.mark.parametrize("count", [5, 9, 200])
def test_too_many_runs_are_refused(port: int, writer: record.RunWriter, count: int) -> None:
    answer = get(port, "/lab/feed?" + "&".join([f"run={writer.path.stem}:0:0:0"] * count))
    assert answer.status == (400 if count > routes.MOST_RUNS else 200)


@pytest.mark.parametrize(
    "numbers", ["1:-1:0", "1:0:-5", "-1:0:0", "1:99999999999999999999999:0", "1:0:99999999999999999999999", f"{2**70}:1:1"]
)
def test_a_cursor_out_of_range_is_no_fault_of_the_server(port: int, writer: record.RunWriter, numbers: str) -> None:
    answer = get(port, f"/lab/feed?run={writer.path.stem}:{numbers}")
    assert answer.status in (200, 400)
    assert b"Traceback" not in answer.body
    if answer.status == 200:
        assert frames_of(answer.body)[0].header["kind"] == "status"


def test_only_get_is_answered(port: int, writer: record.RunWriter) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", f"/lab/feed?run={writer.path.stem}:0:0:0", body=b"x")
        assert connection.getresponse().status == 405
    finally:
        connection.close()


# --- the board's files ------------------------------------------------------------------------------------------------------------

LEAVING = [
    "../routes.py", "..%2froutes.py", "%2e%2e/routes.py", "%2e%2e%2froutes.py", "panels/../../routes.py", "..%5croutes.py",
    "%252e%252e/routes.py", "....//routes.py", "/etc/passwd", "%2fetc%2fpasswd", "../../../../../../../etc/passwd", "board.js%00.css",
    "", ".", "panels", "panels/", "x" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("path", LEAVING)
def test_no_path_leads_out_of_the_folder(port: int, path: str) -> None:
    answer = get(port, f"/lab/web/{path}")
    assert answer.status == 404
    assert b"import" not in answer.body
    assert b"root:" not in answer.body


@pytest.mark.parametrize(
    "file", sorted(path for path in routes.WEB.rglob("*") if path.suffix in (".js", ".css")), ids=lambda path: path.name
)
def test_files_come_with_their_type_and_are_asked_for_again(port: int, file: Path) -> None:
    path = f"/lab/web/{file.relative_to(routes.WEB).as_posix()}"
    answer = get(port, path)
    assert answer.status == 200
    assert answer.body == file.read_bytes()
    assert answer.headers["content-type"].split(";")[0] == ("text/javascript" if file.suffix == ".js" else "text/css")
    assert answer.headers["cache-control"] == "no-cache"
    again = get(port, path, {"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
