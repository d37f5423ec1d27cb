"""The Lab as a web application: `streamlit run app.py`. The frame of every page is pages/lab.py; live data goes over our own routes."""

import streamlit as st

from wgan_gp.ui.board import base_path
from wgan_gp.ui.routes import routes

app = st.App("pages/lab.py", routes=routes(base_path()))
