"""Panels over time. A function draws into a figure and returns what its caption says of the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from wgan_gp.figures import style
from wgan_gp.figures.parts import cells, finite, round_up, rows_of
from wgan_gp.figures.recording import NORM_KINDS, Moment, Recording
from wgan_gp.figures.states import handles, head, layer_sizes
from wgan_gp.figures.style import FAINT
from wgan_gp.imaging import Array
from wgan_gp.runs.thinning import reduce_rows
from wgan_gp.training.events import COLUMNS

MOST_ROWS = 2000  # of a curve that are drawn: the least and the largest estimates stay
MOST_DOTS = 50
TERMS = {"real": "−E[D(real)]", "fake": "E[D(fake)]", "penalty": "λ · GP", "generator_loss": "generator loss"}
_ESTIMATE = COLUMNS.index("estimate")


def drawn_rows(recording: Recording) -> Array:
    """The rows of the curve that are drawn: float32[at most MOST_ROWS, len(COLUMNS)]."""
    return reduce_rows(recording.curve, _ESTIMATE, MOST_ROWS)


def smoothing(recordings: Sequence[Recording]) -> float:
    """Iterations over which curves are averaged: a 1-2-5 step of about 1/150 of what was reached."""
    return round_up(max(1.0, *(float(recording.curve[-1, 0]) / 150 for recording in recordings if len(recording.curve)), 1.0))


def smoothed(steps: Array, values: Array, width: float) -> Array:
    """Exponential mean; the weight follows the distance in iterations, since rows are not evenly spaced. NaN stays NaN."""
    out = np.full(len(values), np.nan)
    mean, at = np.nan, 0.0
    for i, (step, value) in enumerate(zip(steps.astype(float), values.astype(float), strict=True)):
        if np.isfinite(value):
            mean = value if np.isnan(mean) else mean + (value - mean) * -np.expm1(-(step - at) / width)
            at, out[i] = step, mean
    return out


def estimate(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """The critic's estimate, smoothed over the raw values, and on held-out data."""
    (axis,) = axes_over_time(figure, recordings, [("E[D(real)] − E[D(fake)], units of D", "")], 6.4, 3.6)
    width = smoothing(recordings)
    _column(axis, recordings, "estimate", width)
    for recording in recordings:
        held = [moment for moment in recording.moments if len(moment.arrays.get("estimates", ())) > 1]
        dots = held[:: -max(1, -(-len(held) // MOST_DOTS))][::-1]
        colour, _ = style.look(recording.method, recording.shade)
        heights = [moment.arrays["estimates"][1] for moment in dots]
        axis.plot([moment.step for moment in dots], heights, ls="", marker="o", ms=2.6, mfc="white", mec=colour, mew=0.7)
        _include(axis, np.array(heights))
    return [_smoothing_note(width) + "; circles: held-out data."]


def losses(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """The loss term by term."""
    axes = axes_over_time(figure, recordings, [("units of D", term) for term in TERMS.values()], 3.3, 2.1)
    width = smoothing(recordings)
    for axis, column in zip(axes, TERMS, strict=True):
        _column(axis, recordings, column, width)
    terms = "Critic loss = −E[D(real)] + E[D(fake)] + λ · GP; the generator loss is −E[D(fake)], its level is arbitrary"
    return [f"{terms}. {_smoothing_note(width)}."]


def _smoothing_note(width: float) -> str:
    return f"Lines: exponential mean over {width:,.0f} iteration{'s' if width > 1 else ''}, the raw values faint behind"


def _column(axis: Axes, recordings: Sequence[Recording], column: str, width: float) -> None:
    """Raw and smoothed values of one column; a few wild raw values do not set the axis."""
    lows, highs = [], []
    for recording in recordings:
        rows = drawn_rows(recording)
        steps, values = rows[:, 0], rows[:, COLUMNS.index(column)]
        if not len(finite(values)):
            continue
        colour, dash = style.look(recording.method, recording.shade)
        line = smoothed(steps, values, width)
        axis.plot(steps, values, color=colour, alpha=0.25, lw=0.6)
        axis.plot(steps, line, color=colour, ls=dash, lw=1.4)
        lows += [np.quantile(finite(values), 0.005), finite(line).min()]
        highs += [np.quantile(finite(values), 0.995), finite(line).max()]
    if lows and max(highs) > min(lows):
        pad = 0.05 * (max(highs) - min(lows))
        axis.set_ylim(min(lows) - pad, max(highs) + pad)


def _include(axis: Axes, values: Array) -> None:
    """Widen the axis to nearly all of these values; a few wild ones do not count."""
    if len(some := finite(values)):
        low, high = axis.get_ylim()
        least, most = np.quantile(some, (0.02, 0.98))
        axis.set_ylim(min(low, least - 0.02 * (high - low)), max(high, most + 0.02 * (high - low)))


def norms_over_time(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """Median and the band from 10 to 90 % of the critic's gradient norms."""
    kinds = [kind for kind in NORM_KINDS if any(_holding(recording, f"quantiles_{kind}") for recording in recordings)]
    axes = axes_over_time(figure, recordings, [("gradient norm", NORM_KINDS[kind]) for kind in kinds], 3.3, 2.1)
    for axis, kind in zip(axes, kinds, strict=True):
        highs = []
        for recording in recordings:
            moments = _holding(recording, f"quantiles_{kind}")
            colour, dash = style.look(recording.method, recording.shade)
            steps = [moment.step for moment in moments]
            low, middle, high = np.array([moment.arrays[f"quantiles_{kind}"] for moment in moments]).reshape(-1, 3).T
            axis.fill_between(steps, low, high, color=colour, alpha=0.18, lw=0)
            axis.plot(steps, middle, color=colour, ls=dash, lw=1.4)
            highs += [np.quantile(high, 0.99)] if len(high) else []
        axis.axhline(1, color=FAINT, ls=(0, (3, 3)), lw=0.7)
        axis.set_ylim(0, 1.05 * max(1.2, *highs))
    return ["‖∇D(x)‖. Line: median; band: 10 to 90 %; dashed: 1, the penalty's aim."]


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


def is_past(recording: Recording) -> bool:
    """Whether an earlier moment than the newest is shown."""
    return bool(recording.moment and recording.moments and recording.moment.step < recording.moments[-1].step)


def _holding(recording: Recording, name: str) -> list[Moment]:
    """The moments that hold this array."""
    return [moment for moment in recording.moments if name in moment.arrays]


def _line(axis: Axes, recording: Recording, moments: Sequence[Moment], value: Callable[[Moment], float]) -> None:
    colour, dash = style.look(recording.method, recording.shade)
    axis.plot([moment.step for moment in moments], [float(value(moment)) for moment in moments], color=colour, ls=dash, lw=1.4)


def _same_height(axes: Sequence[Axes]) -> None:
    ends = np.array([axis.get_ylim() for axis in axes])
    for axis in axes:
        axis.set_ylim(ends[:, 0].min(), ends[:, 1].max())
