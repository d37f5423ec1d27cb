"""The papers' figures: each trains a few runs, is drawn from what they say, and is written in all formats."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from wgan_gp.config import RunConfig
from wgan_gp.errors import InvalidConfig
from wgan_gp.figures import gradient_norms, style, value_surfaces, weight_histograms
from wgan_gp.figures.trained import Trained, trained
from wgan_gp.imaging import table, write_whole

Say = Callable[[str], None]


PAPERS: Mapping[str, ModuleType] = {"value-surfaces": value_surfaces, "gradient-norms": gradient_norms, "weights": weight_histograms}
"""A figure's module: `configs(preset, seed)` are the runs it is made of, and `draw`, `table` and `results` say what becomes of them."""


def make(name: str, preset: str, seed: int, folder: Path, say: Say = lambda line: None) -> list[Path]:
    """Train a figure's runs and write it as PNG, SVG, PDF, its numbers as CSV, its findings as JSON. Returns the paths.

    `say` is told what begins. Raises InvalidConfig for a seed below 0 and for a folder that cannot be made, Refused where a run diverges.
    """
    if not 0 <= seed < 2**31:
        raise InvalidConfig(f"seed: {seed} was given; from 0 to {2**31 - 1} is allowed.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidConfig(f"out: {str(folder)!r} cannot be made a folder ({error.strerror}); give another.") from error
    return write(name, train_all(PAPERS[name].configs(preset, seed), say), folder)


def train_all(configs: Sequence[RunConfig], say: Say = lambda line: None) -> list[Trained]:
    """The runs of a figure, one after the other."""
    runs = []
    for config in configs:
        say(f"{config.data} {config.name}")
        runs.append(trained(config))
        if config.frozen is not None and config.constraint.kind == "gp":  # both critics of these points are there
            say(f"{config.data} truth")
    return runs


def summary(name: str, runs: Sequence[Trained]) -> dict[str, Any]:
    """What goes into JSON: the runs' configs and what was found."""
    settings = [run.config.model_dump(mode="json") for run in runs]
    return {"figure": name, "seed": runs[0].config.seed, "settings": settings, "results": PAPERS[name].results(runs)}


def write(name: str, runs: Sequence[Trained], folder: Path) -> list[Path]:
    """Write `name`.png, .svg, .pdf, .csv and .json into a folder that is there. Raises OSError."""
    figure = PAPERS[name].draw(runs)
    contents = {f".{form}": style.printed(figure, form) for form in style.FORMATS}
    contents |= {
        ".csv": table(*PAPERS[name].table(runs)),
        ".json": json.dumps(summary(name, runs), indent=2, allow_nan=False).encode(),
    }
    paths = [folder / f"{name}{ending}" for ending in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        write_whole(path, content)
    return paths
