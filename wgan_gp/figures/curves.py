"""Axes over time, and the panel of layers over time: it draws into a figure and returns what its caption says of the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from wgan_gp.figures import style
from wgan_gp.figures.parts import cells, rows_of
from wgan_gp.figures.recording import Moment, Recording
from wgan_gp.figures.states import handles, head, layer_sizes
from wgan_gp.figures.style import FAINT

_TOP = ("data", "axes fraction")  # a place on the x axis, at the upper end


def layers_over_time(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """The norm of the loss's gradient at each layer, a picture for each run."""
    found = [recording for recording in recordings if _holding(recording, "layers")]
    axes = cells(figure, rows_of(len(found)), 2.6, 2.3)
    for axis, recording in zip(axes, found, strict=True):
        moments = _holding(recording, "layers")
        sizes = layer_sizes(np.array([moment.arrays["layers"] for moment in moments]))
        colour, _ = style.look(recording.method, recording.shade)
        fan = LinearSegmentedColormap.from_list("layers", ["#D1D5DB", colour, "#111827"])
        steps = np.array([moment.step for moment in moments])
        for layer, size in enumerate(sizes.T):
            axis.plot(steps, np.where(size > 0, size, np.nan), color=fan(layer / max(1, len(sizes.T) - 1)), lw=1)
        axis.set_yscale("log")
        axis.set(xlabel="iteration", ylabel="norm of the loss gradient")
        style.lines_behind(axis)
        head(axis, recording.label, colour, f"layers 1 (light) to {sizes.shape[1]} (dark)")
    _same_height(axes)
    _rule(axes, recordings)
    for axis, recording in zip(axes, found, strict=True):
        _mark_changes([axis], [recording])
    return ["‖∂(critic loss) / ∂(activations of the layer)‖ over batch and units, without the penalty; a gap: the gradient is 0."]


# --- small parts -------------------------------------------------------------------------------------------------------------------


def axes_over_time(
    figure: Figure, recordings: Sequence[Recording], names: Sequence[tuple[str, str]], width: float, height: float
) -> list[Axes]:
    """A picture for each (unit, title), with the runs' legend above and a rule at the shown iteration."""
    axes = cells(figure, rows_of(len(names)), width, height)
    for axis, (unit, name) in zip(axes, names, strict=True):
        axis.set(xlabel="iteration", ylabel=unit)
        axis.set_title(name, loc="left", fontweight="bold")
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.locator_params(axis="x", nbins=5)
        style.lines_behind(axis)
    style.legend_above(figure, handles(recordings))
    _rule(axes, recordings)
    _mark_changes(axes, recordings)
    return axes


def _rule(axes: Sequence[Axes], recordings: Sequence[Recording]) -> None:
    """A dotted line at each run's shown iteration, where that is not its newest."""
    chosen = [recording for recording in recordings if is_past(recording)]
    same = len({recording.moment.step for recording in chosen if recording.moment}) == 1
    for recording in chosen[:1] if same else chosen:
        assert recording.moment is not None
        colour = FAINT if same else style.look(recording.method, recording.shade)[0]
        for axis in axes:
            axis.axvline(recording.moment.step, color=colour, lw=0.8, ls=":")


def _mark_changes(axes: Sequence[Axes], recordings: Sequence[Recording]) -> None:
    """A dashed upright line in a run's colour where it was changed while it went on, with what was changed."""
    for recording in recordings:
        colour, _ = style.look(recording.method, recording.shade)
        for after, words in recording.changes:
            for axis in axes:
                axis.axvline(after, color=colour, lw=0.8, ls=(0, (1, 2)))
                axis.annotate(
                    words, (after, 1), (2, -2), xycoords=("data", "axes fraction"), textcoords="offset points", va="top", size=5.5
                )


def is_past(recording: Recording) -> bool:
    """Whether an earlier moment than the newest is shown."""
    return bool(recording.moment and recording.moments and recording.moment.step < recording.moments[-1].step)


def _holding(recording: Recording, name: str) -> list[Moment]:
    """The moments that hold this array."""
    return [moment for moment in recording.moments if name in moment.arrays]


def _same_height(axes: Sequence[Axes]) -> None:
    ends = np.array([axis.get_ylim() for axis in axes])
    for axis in axes:
        axis.set_ylim(ends[:, 0].min(), ends[:, 1].max())
