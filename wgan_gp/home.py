"""Where the Lab keeps what it makes and fetches, `$WGAN_GP_HOME`, by default `~/.wgan-gp`; and where what ships with it lies."""

from __future__ import annotations

import os
from pathlib import Path

from wgan_gp.errors import Refused

SHIPPED = Path(__file__).resolve().parents[1] / "pretrained"
"""Trained generators, feature extractors and recordings that ship."""


def home() -> Path:
    """The Lab's folder, whether or not it exists yet. Raises Refused where no folder is given and the system knows of no home."""
    try:
        return Path(os.environ.get("WGAN_GP_HOME") or "~/.wgan-gp").expanduser()
    except RuntimeError:  # no HOME and no entry for this user, as in some containers; or the ~name of nobody
        raise Refused("This user has no home folder: set WGAN_GP_HOME to a folder that can be written to.") from None
