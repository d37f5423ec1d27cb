"""What the board shows, as frozen values, and its mounting as a Streamlit component (components v2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import streamlit as st

from wgan_gp.config import RunConfig
from wgan_gp.errors import Damaged
from wgan_gp.measures.feature_index import read_index
from wgan_gp.measures.table import COLUMNS
from wgan_gp.panels.charts import POINTS, Text
from wgan_gp.panels.facts import facts
from wgan_gp.panels.sentences import Sentence
from wgan_gp.panels.table import DUEL_PANELS, OVER_TIME
from wgan_gp.panels.texts import CRITIC_TEXTS, PANEL_TEXTS
from wgan_gp.runs.record import Status
from wgan_gp.ui.theme import COLOURS, run_label

_OVER_TIME = {name: asdict(panel) for name, panel in OVER_TIME.items()}  # as JSON has it, made once
_POINTS = {kind: asdict(points) for kind, points in POINTS.items()}
MOST_RUNS = 6  # on one board: two critics for each of three data sets


def duel_panels(configs: Iterable[RunConfig]) -> tuple[str, ...]:
    """The panels of a duel: exact answers are known in the plane, and images are judged where a feature extractor ships for them."""
    configs = list(configs)
    plane = any(config.shape.is_plane for config in configs)
    possible = {"truth": plane, "bracket": plane, "quality": any(_judged(config) for config in configs)}
    return tuple(name for name in DUEL_PANELS if possible.get(name, True))


def _judged(config: RunConfig) -> bool:
    try:
        return config.data in read_index()
    except Damaged:  # then runs are not judged either
        return False


# Streamlit takes a one-line string for a path. The module itself comes from our own route; the loader waits for it, and says so where it
# does not come. A proxy may have put the page anywhere: the page's own scripts lie below its base, and so do our routes.
_LOADER = """
export default function (component) {
  const script = [...document.scripts].map(({ src }) => src).find((src) => src.includes("/static/js/"));
  const base = script ? script.slice(0, script.lastIndexOf("/static/js/") + 1) : new URL(".", document.baseURI).href;
  const address = `${base}lab/web/board.js`;
  const words = document.createElement("p");
  words.setAttribute("role", "alert");
  words.dataset.board = "missing";
  const say = (what) => {
    if (gone) return;
    words.textContent = `The live pictures cannot be shown: ${address} ${what}. `
      + "Reload the page; behind a proxy, see that everything below the page's path reaches the Lab.";
    component.parentElement.append(words);
  };
  let cleanup = null, gone = false;
  const late = setTimeout(() => say("has not arrived yet"), 10000);
  import(address).then((board) => {
    words.remove();
    if (!gone) cleanup = board.default(component);
  }).catch((error) => {
    console.warn("The Lab's board:", error);
    say("could not be loaded");
  }).finally(() => clearTimeout(late));
  return () => { gone = true; clearTimeout(late); words.remove(); if (cleanup) cleanup(); };
}
"""


@dataclass(frozen=True)
class BoardRun:
    """One run on a board. `shade` tells runs of one method apart: 0, 1, 2, ...; runs of one `group` stand in one row under its name."""

    id: str
    label: str
    method: str
    shade: int = 0
    group: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # what sentences may ask


def board_runs(configs: Mapping[str, RunConfig], groups: Mapping[str, str] = {}) -> list[BoardRun]:
    """The runs of a board in the order given, each with its legend and its shade; `groups` names the row of a run."""
    seen: dict[str, int] = {}
    runs = []
    for run_id, config in configs.items():
        method = config.constraint.kind
        seen[method] = seen.get(method, -1) + 1
        runs.append(BoardRun(run_id, run_label(config), method, seen[method], groups.get(run_id, ""), facts(config)))
    return runs


def board(
    runs: Sequence[BoardRun],
    panels: Sequence[str] = DUEL_PANELS,
    *,
    key: str,
    projector: bool = False,
    compact: bool = False,
    autoplay: Mapping[str, Any] | None = None,
    optimum: bool = False,
    small: bool = False,
    statuses: Mapping[str, Status] = {},
    look: Sequence[Sentence] = (),
) -> None:
    """Mount the board. When the browser sees that a run's state changed, the page reruns and its controls follow; nothing else does.

    statuses: how the runs stand as far as the page knows; where the browser sees another state, the page reruns.

    optimum: a further card for each group of runs, with the exact optimum of a critic whose generator stands still.
    look: what is said over the samples, in place of what the table says.
    small: the runs' cards are low, with a small picture, so that the first two panels have the screen.
    """
    texts = {name: _text(text) for name, text in (*PANEL_TEXTS.items(), *(CRITIC_TEXTS.items() if optimum else ()))}
    if look:
        texts["samples"]["look"] = [asdict(sentence) for sentence in look]
    data = {
        "runs": [asdict(run) for run in runs],
        "panels": list(panels),
        "colours": {name: dict(table) for name, table in COLOURS.items()},
        "texts": texts,
        "columns": dict(COLUMNS),
        "over_time": {name: table for name, table in _OVER_TIME.items() if name in panels},
        "points": _POINTS,
        "projector": projector,
        "compact": compact,
        "autoplay": dict(autoplay) if autoplay else None,
        "optimum": optimum,
        "small": small,
        "states": {run: status.state for run, status in statuses.items()} or None,
    }
    mounted = st.components.v2.component("lab_board", js=_LOADER, isolate_styles=False)
    mounted(key=key, data=data, on_states_change=_nothing)


def _text(text: Text) -> dict[str, Any]:
    """A panel's text as JSON has it, without its charts."""
    return {"title": text.title, "look": [asdict(sentence) for sentence in text.look], "formula": text.formula, "source": text.source}


def base_path() -> str:
    """The path prefix of the server, '' or '/prefix'."""
    prefix = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{prefix}" if prefix else ""


def _nothing() -> None:
    """A state change needs no work of its own: the rerun that follows reads the runs again."""
