"""The recordings that ship: what a page shows before anything was started on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from wgan_gp.config import RunConfig
from wgan_gp.errors import LabError, UnknownRun
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.ui.words import literal

DUEL = ("8gaussians-clip-recorded", "8gaussians-gp-recorded")
CRITIC_LAB = ("8gaussians-clip-alone-recorded", "8gaussians-gp-alone-recorded")
GRADIENTS = ("swissroll-clip-deep-recorded", "swissroll-gp-deep-recorded")


def recorded(runs: Sequence[str]) -> Mapping[str, RunConfig]:
    """The configs of these recordings by id; where one is not there or damaged, none of them and a sentence on the page."""
    try:
        return {run: _config(run) for run in runs}
    except UnknownRun:
        st.info("The recording is not in pretrained/recordings.")
    except LabError as error:
        st.warning(literal(str(error)), icon=":material/broken_image:")
    return {}


def _config(run: str) -> RunConfig:
    with RunReader(path_of(run)) as reader:
        return reader.config()
