"""A browser keeps its runs across reloads: by a cookie that comes with the page, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Scope

from wgan_gp.ui import visitors
from wgan_gp.ui.visitors import COOKIE, MOST_RUNS, MOST_VISITORS, Visitors, own, owned


def page(_: Request) -> Response:
    return HTMLResponse("<p>page</p>")


def data(_: Request) -> Response:
    return PlainTextResponse("data")


APP = Starlette(routes=[Route("/", page), Route("/data", data)], middleware=[Middleware(Visitors)])


def cookie_from(path: str, cookie: str = "") -> str:
    """What an answer sets as a cookie; empty for none."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"cookie", cookie.encode("latin-1"))] if cookie else []
    scope: Scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    with ThreadPoolExecutor(1) as pool:  # a browser's tests in this process may have a loop of their own
        pool.submit(lambda: asyncio.run(APP(scope, receive, send))).result()
    assert sent[0]["status"] == 200
    return dict(sent[0]["headers"]).get(b"set-cookie", b"").decode()


def test_a_page_brings_a_cookie_once_and_data_bring_none() -> None:
    assert cookie_from("/data") == ""
    first = cookie_from("/")
    assert first.startswith(f"{COOKIE}=")
    assert "HttpOnly" in first
    assert "SameSite=Lax" in first
    assert cookie_from("/", first.split(";")[0]) == ""
    assert cookie_from("/") not in ("", first)


def test_cookies_that_are_none_are_borne() -> None:
    assert cookie_from("/", "a b=c;;=\x80").startswith(COOKIE)


@pytest.fixture
def as_visitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    context = SimpleNamespace(cookies={})
    monkeypatch.setattr(st, "context", context)
    visitors._owned.clear()
    yield context
    visitors._owned.clear()


def test_each_browser_has_its_own_runs_and_one_without_cookies_has_none(as_visitor: SimpleNamespace) -> None:
    own(["of-nobody"])
    assert owned() == set()
    as_visitor.cookies = {COOKIE: "one"}
    own(["a", "b"])
    as_visitor.cookies = {COOKIE: "two"}
    assert owned() == set()
    own(["c"])
    assert owned() == {"c"}
    as_visitor.cookies = {COOKIE: "one"}
    assert owned() == {"a", "b"}


def test_what_is_kept_is_bounded(as_visitor: SimpleNamespace) -> None:
    for visitor in range(MOST_VISITORS + 5):
        as_visitor.cookies = {COOKIE: str(visitor)}
        own([f"run-{visitor}"])
    assert len(visitors._owned) == MOST_VISITORS
    as_visitor.cookies = {COOKIE: "0"}
    assert owned() == set()
    own([f"run-{place}" for place in range(MOST_RUNS + 5)])
    assert len(owned()) == MOST_RUNS
    assert f"run-{MOST_RUNS + 4}" in owned()
