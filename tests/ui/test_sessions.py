"""A real server forgets the sessions of closed tabs, and holds no more files afterwards than before."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.e2e.support import Lab

TABS = 20


def open_and_close(lab: Lab) -> None:
    """One tab: the first page, until its script has finished."""
    with connect(f"ws://127.0.0.1:{lab.port}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as socket:
        asked = BackMsg()
        asked.rerun_script.page_name = ""
        socket.send(asked.SerializeToString())
        said = ForwardMsg()
        while said.WhichOneof("type") != "script_finished":
            said.ParseFromString(socket.recv(60))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows counts handles, not files")
def test_tabs_that_were_closed_leave_no_file_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WGAN_GP_WARM", "0")
    monkeypatch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", "8")
    lab = Lab(tmp_path)
    lab.start()
    try:
        server = psutil.Process(lab.process.pid)
        open_and_close(lab)
        before = server.num_fds()
        for _ in range(TABS):
            open_and_close(lab)
        assert server.num_fds() > before + 2 * TABS  # a session that was left can still be come back to
        deadline = time.monotonic() + 60
        while server.num_fds() > before and time.monotonic() < deadline:
            time.sleep(0.2)
        assert server.num_fds() <= before
    finally:
        lab.end()
    assert "Traceback" not in lab.log.read_text()
