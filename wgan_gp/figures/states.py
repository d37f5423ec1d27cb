"""Panels that show one moment of each run. A function draws into a figure and returns what its caption says of the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wgan_gp.figures import parts, style
from wgan_gp.figures.parts import cells, finite, round_up, rows_of, span
from wgan_gp.figures.recording import Recording
from wgan_gp.figures.style import FAINT, FAKE, INK
from wgan_gp.imaging import Array, grid
from wgan_gp.panels.charts import POINTS

NORM_BINS = 40
NORM_END = (2.0, 5.0)  # where the axis of gradient norms ends: at least, at most
WEIGHT_BINS = 41  # odd, so that one is centred on 0


def arrays(recording: Recording) -> dict[str, Array]:
    """The arrays of the shown moment; none before the first."""
    return dict(recording.moment.arrays) if recording.moment else {}


def field_of(recording: Recording, optimum: bool = False) -> Array | None:
    """The critic's value over the plane minus its mean over real data, float32[g, g], the lowest y first; or the exact optimum's."""
    source, before = (recording.scene, "optimum_") if optimum else (arrays(recording), "")
    if f"{before}field" not in source:
        return None
    return source[f"{before}field"].astype(np.float32) * source[f"{before}field_scale"]


def optima(recordings: Iterable[Recording]) -> list[Recording]:
    """The first run of each data set whose exact optimum is known."""
    found: dict[str, Recording] = {}
    for recording in recordings:
        if "optimum_field" in recording.scene:
            found.setdefault(recording.config.data, recording)
    return list(found.values())


def norm_edges(recordings: Sequence[Recording], kind: str) -> Array:
    """Edges of the bins of gradient norms, the same for all runs; what lies beyond the last is gathered in the last bin."""
    far = [
        np.quantile(values, 0.9) for recording in recordings if len(values := finite(arrays(recording).get(f"norms_{kind}", np.zeros(0))))
    ]
    end = min(NORM_END[1], max(NORM_END[0], round_up(float(max(far, default=0)))))
    return np.linspace(0, end, NORM_BINS + 1)


def weight_edges(recording: Recording) -> Array:
    """Edges of the bins of weights: to 1.2 c under clipping, else so that few are beyond."""
    held = recording.config.constraint
    if held.kind == "clip":
        reach = 1.2 * held.limit
    else:
        reach = round_up(max(1.2 * _quantile(np.abs(finite(arrays(recording)["weights_critic"])), 0.97), 1e-6))
    return np.linspace(-reach, reach, WEIGHT_BINS + 1)


def _quantile(values: Array, q: float) -> float:
    return float(np.quantile(values, q)) if len(values) else 0.0


def shares(values: Array, edges: Array) -> Array:
    """The share of the values in each bin; what lies beyond an end is gathered in the bin there."""
    counts, _ = np.histogram(np.clip(finite(values), edges[0], edges[-1]), edges)
    return counts / max(1, len(finite(values)))


def handles(recordings: Sequence[Recording]) -> list[Line2D]:
    """The runs' entries in a legend."""
    looks = [(recording, *style.look(recording.method, recording.shade)) for recording in recordings]
    return [Line2D([], [], color=colour, ls=dash, lw=1.4, label=style.plain(recording.label)) for recording, colour, dash in looks]


def head(axis: Axes, label: str, colour: str, note: str = "") -> None:
    """The name above a picture, in its run's colour, with lines of small text."""
    axis.set_title(style.wrapped(label, 34), color=colour, fontweight="bold", loc="left", pad=6 + 7 * len(note.splitlines()))
    axis.text(0, 1.02, note.replace("-", "−"), transform=axis.transAxes, fontsize=6.2, color=FAINT)


def iteration(recording: Recording) -> str:
    """Which iteration of it is shown."""
    return f"iteration {recording.moment.step:,}" if recording.moment else "no moment yet"


# --- samples -----------------------------------------------------------------------------------------------------------------------


def samples(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """Points over the critic's value, the exact optimum beside them where it is known; or pictures."""
    best = optima(recordings)
    places: list[tuple[Recording, bool]] = [(recording, False) for recording in recordings]
    rows = rows_of(len(places))
    if best:  # a row for each data set, its optimum at the end
        groups = [[r for r in recordings if r.config.data == data] for data in dict.fromkeys(r.config.data for r in recordings)]
        places = [(r, o) for group in groups for r, o in [*((r, False) for r in group), *((b, True) for b in best if b in group)]]
        rows = [len(group) + sum(b in group for b in best) for group in groups]
    axes = cells(figure, rows, 2.4, 2.3)
    figure.set_layout_engine("compressed")  # pictures keep their shape: no gaps between them
    limit, spacing = _scale(recordings)
    drawn = [axis for axis, place in zip(axes, places, strict=True) if _sample(axis, *place, limit, spacing)]
    if not drawn:
        return ["Pictures at fixed latents, the same throughout."]
    parts.value_bar(drawn, limit)
    frozen = any("arrows" in arrays(recording) for recording in recordings)
    notes = [
        "Grey: real points; coloured or dark: generated or fake points.",
        f"Colours: D(x) minus its mean over real data, on one scale; level lines {spacing:g} apart.",
    ]
    return [*notes, "Arrows: ∇D(x); their length grows evenly up to slope 1, then ever slower."] if frozen else notes


def _scale(recordings: Sequence[Recording]) -> tuple[float, float]:
    """Limit of colour and distance of level lines, the same for all; the exact optimum decides where it is known."""
    best = [field_of(recording, optimum=True) for recording in optima(recordings)]
    fields = [finite(f) for f in best or map(field_of, recordings) if f is not None and np.isfinite(f).any()]
    if not fields:
        return 1.0, 1.0
    width = max(float(values.max() - values.min()) for values in fields)
    size = max(float(np.quantile(np.abs(values), 0.95)) for values in fields)  # without the corners, which few points reach
    limit = max(0.5, float(np.ceil(2 * size)) / 2) if best else round_up(size)
    return limit, round_up(width / 40) if width > 40 else 1.0


def _sample(axis: Axes, recording: Recording, optimum: bool, limit: float, spacing: float) -> bool:
    """One picture; whether it is a plane with a value."""
    colour, _ = style.look(recording.method, recording.shade)
    if optimum:
        colour = INK["truth"]
    pictures = arrays(recording).get("samples", np.zeros((0, 2)))
    if pictures.ndim == 4:
        head(axis, recording.label, colour, iteration(recording))
        picture(axis, grid(pictures))
        return False
    values = field_of(recording, optimum)
    note = _field_note(values, spacing) if values is not None else ""
    head(axis, "Exact optimum" if optimum else recording.label, colour, note if optimum else f"{iteration(recording)}\n{note}".rstrip())
    plane(axis, recording)
    if values is not None and np.isfinite(values).all():
        side = len(values)
        x0, x1, y0, y1 = extent(recording)
        parts.value_surface(axis, np.linspace(x0, x1, side), np.linspace(y0, y1, side), values, limit, spacing)
    frozen = recording.config.frozen is not None
    ink = {"alpha": 0.35} if frozen else {"alpha": 0.9, "colour": colour, "size": 3.0}
    parts.points_over(axis, recording.scene.get("real", np.zeros((0, 2))), pictures, most=512, **ink)
    slopes = recording.scene.get("optimum_arrows") if optimum else arrays(recording).get("arrows")
    if slopes is not None:
        parts.arrows(axis, recording.scene["arrow_points"], slopes)
    return values is not None


def _field_note(values: Array, spacing: float) -> str:
    low, high = span(values)
    if not np.isfinite(values).all():
        return "D is not a number"
    flat = np.floor(high / spacing) < np.ceil(low / spacing)
    return f"D from {low:.2g} to {high:.2g}" + (": no line" if flat else "")


def extent(recording: Recording) -> Array:
    """x0, x1, y0, y1 of the plane."""
    return recording.scene.get("extent", np.array([-3.0, 3.0, -3.0, 3.0]))


def plane(axis: Axes, recording: Recording) -> None:
    """The data's plane: both axes alike."""
    x0, x1, y0, y1 = (float(value) for value in extent(recording))
    axis.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal", xlabel="x₁", ylabel="x₂")
    axis.locator_params(nbins=4)


def picture(axis: Axes, pixels: Array) -> None:
    """A picture uint8[H, W, C] with crisp pixels."""
    axis.imshow(pixels if pixels.shape[-1] == 3 else pixels[..., 0], cmap="gray", vmin=0, vmax=255, interpolation="none")
    axis.set_axis_off()


# --- slopes and weights ------------------------------------------------------------------------------------------------------------


def norms(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """The distribution of the critic's gradient norms, a picture for each kind of points."""
    kinds = [kind for kind in POINTS if any(f"norms_{kind}" in arrays(recording) for recording in recordings)]
    axes = cells(figure, rows_of(len(kinds)), 3.2 if len(kinds) == 4 else 2.4, 2.1)
    for axis, kind in zip(axes, kinds, strict=True):
        edges = norm_edges(recordings, kind)
        for recording in (r for r in recordings if f"norms_{kind}" in arrays(r)):
            colour, dash = style.look(recording.method, recording.shade)
            found = 100 * shares(arrays(recording)[f"norms_{kind}"], edges)
            axis.stairs(found, edges, color=colour, ls=dash, lw=1.3)
            axis.stairs(found, edges, color=colour, alpha=0.15, fill=True)
        for best in optima(recordings):
            if f"optimum_norms_{kind}" in best.scene:
                axis.stairs(100 * shares(best.scene[f"optimum_norms_{kind}"], edges), edges, color=INK["truth"], lw=1.3)
        axis.axvline(1, color=FAINT, ls=(0, (3, 3)), lw=0.7)
        axis.set(xlim=(0, edges[-1]), ylim=(0, None), xlabel="units of D per unit of x", ylabel="share, %")
        axis.set_title(POINTS[kind].figure, loc="left")
    green = [Line2D([], [], color=INK["truth"], lw=1.3, label="exact optimum")] if optima(recordings) else []
    style.legend_above(figure, [*handles(recordings), *green])
    return ["‖∇D(x)‖; dashed: 1, the penalty's aim. The last bin also holds what lies beyond it."]


def weights(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """Histograms of the critic's weights, each run on its own axis."""
    found = [recording for recording in recordings if "weights_critic" in arrays(recording)]
    for axis, recording in zip(cells(figure, rows_of(len(found)), 2.6, 2.2), found, strict=True):
        values, edges = arrays(recording)["weights_critic"], weight_edges(recording)
        colour, _ = style.look(recording.method, recording.shade)
        parts.weight_bars(axis, edges, shares(values, edges), colour)
        head(axis, recording.label, colour, f"{iteration(recording)}{_weight_note(recording, values)}")
        axis.set_xlabel("weight of the critic")
    return [
        "All weights and biases of the critic, from evenly spaced quantiles of a fixed choice of them.",
        "The axes differ; end bins also hold what lies beyond.",
    ]


def _weight_note(recording: Recording, values: Array) -> str:
    held = recording.config.constraint
    if held.kind != "clip":
        return "; from {:.2g} to {:.2g}".format(*span(values))
    share = arrays(recording).get("weights_share")
    near = float(share[0]) if share is not None else float(np.mean(np.abs(np.abs(values) - held.limit) <= 0.01 * held.limit))
    return f"; {100 * near:.0f} % within 1 % of ±c"


def layers(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """The norm of the loss's gradient by each layer's activations, one line per run."""
    figure.set_size_inches(6.4, 4.2)
    axis = figure.subplots()
    found = [recording for recording in recordings if "layers" in arrays(recording)]
    for recording in found:
        size = layer_sizes(arrays(recording)["layers"])
        colour, dash = style.look(recording.method, recording.shade)
        slope = f"{parts.layer_slope(size):+.2f}".replace("-", "−")
        label = f"{style.plain(recording.label)} ({slope})"
        parts.layer_norms(axis, size, {"color": colour, "ls": dash, "marker": "o", "ms": 3}, label)
    parts.layer_axis(axis, max(len(arrays(recording)["layers"]) for recording in found))
    return [
        "A flat line hands every layer a gradient of the same size.",
        "The loss is without the penalty, the norm over batch and units; a gap: the gradient is 0.",
    ]


def layer_sizes(logarithms: Array) -> Array:
    """10 to the recorded logarithms, float64; 0 where there is nothing to draw."""
    size = 10.0 ** logarithms.astype(np.float64)
    return np.where(np.isfinite(size), size, 0.0)


# --- between latents, and against the optimum --------------------------------------------------------------------------------------


def interpolation(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """The generator's way between two latents: a path in the plane, or strips of pictures."""
    found = [recording for recording in recordings if {"path", "strips"} & arrays(recording).keys()]
    flat = any("strips" in arrays(recording) for recording in found)
    axes = cells(figure, [1] * len(found) if flat else rows_of(len(found)), 6.4 if flat else 2.4, 1.5 if flat else 2.4)
    figure.set_layout_engine("compressed", h_pad=0.1)  # names keep away from the title
    for axis, recording in zip(axes, found, strict=True):
        colour, _ = style.look(recording.method, recording.shade)
        head(axis, recording.label, colour, iteration(recording))
        held = arrays(recording)
        if "strips" in held:
            strips = held["strips"]
            picture(axis, grid(strips.reshape(-1, *strips.shape[2:]), columns=strips.shape[1]))
            continue
        plane(axis, recording)
        real, path = recording.scene.get("real", np.zeros((0, 2))), held["path"]
        axis.scatter(real[:, 0], real[:, 1], s=1.5, c=INK["real"], alpha=0.4, linewidths=0)
        axis.plot(path[:, 0], path[:, 1], color=colour, lw=1, marker="o", ms=2, zorder=3)
        axis.scatter(path[[0, -1], 0], path[[0, -1], 1], s=22, c=colour, zorder=4)
    dots = "Dots: even steps in the latent, large ones the ends; grey: real data."
    return ["G(z) with z on the great circle between two fixed latents (slerp)." + ("" if flat else f" {dots}")]


def scatter(figure: Figure, recordings: Sequence[Recording]) -> list[str]:
    """Learnt against optimal value, a square for each run."""
    found = [recording for recording in recordings if "values" in arrays(recording) and "optimum_values" in recording.scene]
    for axis, recording in zip(cells(figure, rows_of(len(found)), 2.4, 2.55), found, strict=True):
        colour, _ = style.look(recording.method, recording.shade)
        best, learned, kind = recording.scene["optimum_values"], arrays(recording)["values"], recording.scene["values_kind"]
        head(axis, recording.label, colour, f"{iteration(recording)}; correlation {parts.correlation(best, learned):.2f}")
        ends = span(np.concatenate((best, learned)))
        axis.plot(ends, ends, color=INK["truth"], lw=1, ls="--")
        for value, ink in ((0, INK["real"]), (1, FAKE)):
            axis.plot(best[kind == value], learned[kind == value], ls="", marker="o", ms=2.2, mew=0, color=ink, alpha=0.7)
        axis.set(xlabel="optimal value", ylabel="learnt value", aspect="equal", adjustable="datalim")
    points: list[Any] = [style.dot(INK["real"], 3, "real points"), style.dot(FAKE, 3, "fake points"),
                         Line2D([], [], color=INK["truth"], ls="--", lw=1, label="learnt = optimal")]  # fmt: skip
    style.legend_above(figure, points)
    return ["Both minus their means over real points; the correlation is that of the points drawn."]
