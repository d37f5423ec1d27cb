"""Sessions of tabs that were closed: Streamlit keeps up to 128 of them, each with three open files, until others take their places."""

from __future__ import annotations

import asyncio
import time

import streamlit as st
from streamlit.runtime import get_instance


async def close_left() -> None:
    """Close the sessions that nobody has come back to for three quarters of `server.disconnectedSessionTTL`. Goes on until cancelled.

    Beyond that time Streamlit itself gives them up, but it looks only when somebody leaves, and lets go of their files with the next
    garbage collection.
    """
    runtime, patience = get_instance(), 0.75 * float(st.get_option("server.disconnectedSessionTTL"))
    left: dict[str, float] = {}  # since when nobody is there, by id
    while manager := getattr(runtime, "_session_mgr", None):  # there is no public list of sessions
        await asyncio.sleep(patience / 6)
        now = time.monotonic()
        left = {info.session.id: left.get(info.session.id, now) for info in manager.list_sessions() if info.client is None}
        for session, since in left.items():
            if now - since > patience:
                runtime.close_session(session)
