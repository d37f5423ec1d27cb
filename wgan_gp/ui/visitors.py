"""Who owns which runs across reloads and tabs: a cookie tells a browser from the others, for as long as the server lives.

It guards nothing: whoever wants to may take control, as before. It only spares the owner the question after a reload.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "lab-visitor"
MOST_VISITORS, MOST_RUNS = 500, 200


class Visitors:
    """Gives each browser a cookie of its own with the first page it asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with a cookie on pages that come without one."""
        if scope["type"] != "http" or _known(dict(scope["headers"]).get(b"cookie", b"")):
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", f"{COOKIE}={secrets.token_urlsafe(16)}; Path=/; HttpOnly; SameSite=Lax")
            await send(message)

        await self._app(scope, receive, with_cookie)


def _known(cookies: bytes) -> bool:
    try:
        return COOKIE in SimpleCookie(cookies.decode("latin-1"))
    except CookieError:
        return False


_lock = threading.Lock()
_owned: OrderedDict[str, dict[str, None]] = OrderedDict()  # by visitor, those seen last at the end; runs in the order they came


def own(runs: Iterable[str]) -> None:
    """This browser's runs from now on. Nothing for a browser that keeps no cookies."""
    visitor = _visitor()
    if not visitor:
        return
    with _lock:
        mine = _owned.setdefault(visitor, {})
        _owned.move_to_end(visitor)
        mine.update(dict.fromkeys(runs))
        for name in list(mine)[:-MOST_RUNS]:
            del mine[name]
        while len(_owned) > MOST_VISITORS:
            _owned.popitem(last=False)


def owned() -> set[str]:
    """The runs of this browser."""
    with _lock:
        return set(_owned.get(_visitor(), {}))


def _visitor() -> str:
    return str(st.context.cookies.get(COOKIE, ""))
