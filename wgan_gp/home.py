"""Where the Lab keeps what it makes and fetches: `$WGAN_GP_HOME`, by default `~/.wgan-gp`."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The Lab's folder, whether or not it exists yet."""
    return Path(os.environ.get("WGAN_GP_HOME") or Path.home() / ".wgan-gp")
