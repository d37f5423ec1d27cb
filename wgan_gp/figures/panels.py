"""Every panel of the board as a figure and as a table, from recorded runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from wgan_gp.errors import InvalidConfig, Refused
from wgan_gp.figures import curves, facts, overtime, states, style, tables
from wgan_gp.figures.recording import Recording
from wgan_gp.panels.charts import POINTS
from wgan_gp.panels.sentences import said
from wgan_gp.panels.table import OVER_TIME
from wgan_gp.panels.texts import text_of


@dataclass(frozen=True)
class Panel:
    """How a panel is drawn and tabled, and what a run must have recorded: one of `needs` in its moments, or a curve."""

    draw: Callable[[Figure, Sequence[Recording]], list[str]]
    table: Callable[[Sequence[Recording]], tables.Table]
    needs: tuple[str, ...] = ()
    over_time: bool = False

    def possible(self, recording: Recording) -> bool:
        """Whether this run has something to show."""
        if not self.needs:
            return len(recording.curve) > 0
        moments = recording.moments if self.over_time else (recording.moment,) if recording.moment else ()
        return any(name in moment.arrays for moment in moments for name in self.needs)


PANELS: Mapping[str, Panel] = {
    "samples": Panel(states.samples, tables.samples, ("samples",)),
    "norms": Panel(states.norms, tables.norms, tuple(f"norms_{kind}" for kind in POINTS)),
    "interpolation": Panel(states.interpolation, tables.interpolation, ("path", "strips")),
    "weights": Panel(states.weights, tables.weights, ("weights_critic",)),
    "scatter": Panel(states.scatter, tables.scatter, ("values",)),
    "layers": Panel(states.layers, tables.layers, ("layers",)),
    "layers-over-time": Panel(curves.layers_over_time, tables.layers_over_time, ("layers",), over_time=True),
} | {
    name: Panel(partial(overtime.draw, panel), partial(overtime.table, panel), overtime.needs(panel), over_time=True)
    for name, panel in OVER_TIME.items()
}


def draw_panel(name: str, recordings: Sequence[Recording], title: str = "") -> Figure:
    """The panel as a figure, its caption naming the runs.

    Raises InvalidConfig for a name there is not, Refused where the runs recorded nothing for it.
    """
    panel, shown = _shown(name, recordings)
    with style.styled():
        figure = Figure(layout="constrained")
        style.title(figure, title or name)
        notes = panel.draw(figure, shown)
        if panel.over_time and any(map(curves.is_past, shown)):
            notes.append("Dotted: the iteration chosen on the board.")
        looks = text_of(name, critic_alone=all(recording.config.frozen for recording in shown)).look
        notes.append(said([look for look in looks if look.caption], facts.shown(shown)))
        style.caption(figure, [" ".join(filter(None, notes)), *(_run_line(recording) for recording in shown)], grow=True)
    return figure


def panel_table(name: str, recordings: Sequence[Recording]) -> tables.Table:
    """Column names and rows of the panel's numbers. Raises as `draw_panel`."""
    panel, shown = _shown(name, recordings)
    return panel.table(shown)


def panel_named(name: str) -> Panel:
    """The panel of this name. Raises InvalidConfig with the names there are."""
    if name not in PANELS:
        raise InvalidConfig(f"panel: {name[:40]!r} was given; there is: {', '.join(PANELS)}.")
    return PANELS[name]


def _shown(name: str, recordings: Sequence[Recording]) -> tuple[Panel, list[Recording]]:
    panel = panel_named(name)
    shown = [recording for recording in recordings if panel.possible(recording)]
    if not shown:
        raise Refused(f"These runs have recorded nothing for the panel {name!r}; choose other runs, or try again when they have begun.")
    return panel, shown


def _run_line(recording: Recording) -> str:
    """Which run this is, in one line: what it learns, how it is held, its seed, and the iteration that is shown."""
    config = recording.config
    said = [
        config.shape.name,
        config.constraint.in_words,
        f"n_critic {config.n_critic}, batch {config.batch_size}, seed {config.seed}",
        f"{states.iteration(recording)} of {config.steps:,}",
    ]
    if config.frozen is not None:
        said.insert(1, "only the critic learns")
    together = [part.replace("seed ", "seed\N{NO-BREAK SPACE}").replace(" of ", "\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}") for part in said]
    return f"{style.plain(recording.label)} (run {recording.id}): {'; '.join(together)}."
