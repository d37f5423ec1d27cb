"""The Lab as a web application: `streamlit run app.py`. The frame of every page is pages/lab.py; live data goes over our own routes."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import streamlit as st
from starlette.middleware import Middleware

from wgan_gp.errors import LabError
from wgan_gp.runs import launcher, warm
from wgan_gp.ui import sessions
from wgan_gp.ui.board import base_path
from wgan_gp.ui.routes import routes
from wgan_gp.ui.visitors import Visitors


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, object]]:
    """Runs outlive the server; at its start those that still wait get their turn, for nobody else may be there to give it."""
    with contextlib.suppress(LabError):  # a read-only home: the first page says so
        launcher.start_next()
    try:
        warm.keep()
    except LabError as error:  # the Lab works without, only slower
        print(f"wgan_gp: {error}", file=sys.stderr)
    closing = asyncio.create_task(sessions.close_left())
    try:
        yield {}
    finally:
        closing.cancel()
        warm.close()


app = st.App("pages/lab.py", routes=routes(base_path()), lifespan=lifespan, middleware=[Middleware(Visitors)])
