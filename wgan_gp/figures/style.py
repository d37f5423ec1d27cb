"""How figures look, and a `Figure` as the bytes of a PNG, SVG or PDF file."""

from __future__ import annotations

import contextlib
import functools
import io
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from wgan_gp.colours import COLOURS

FORMATS = ("png", "svg", "pdf")
INK = COLOURS["light"]
FAINT = "#4B5563"
FAKE = TEXT = "#111827"
GRID = "#E5E7EB"
DIVERGING = LinearSegmentedColormap.from_list("value", [INK["low"], INK["middle"], INK["high"]])
_FONT = "DejaVu Sans"  # comes with matplotlib, the same on every machine
_STYLE: Any = {
    "font.family": _FONT,
    "font.size": 8,
    "axes.titlesize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "pdf.fonttype": 42,  # TrueType, embedded
    "svg.fonttype": "none",  # letters stay text, to be searched and edited; where the font is missing another one stands in
    "svg.hashsalt": "wgan-gp",  # the same bytes for the same numbers
}
_TITLE: Any = {"x": 0.01, "ha": "left", "fontsize": 10, "fontweight": "bold"}
_DASHES: Sequence[Any] = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (4.5, 1.5, 1, 1.5)))


def styled() -> contextlib.AbstractContextManager[None]:
    """The style, while a figure is made or printed. It is set for the whole process: one thread at a time."""
    context: contextlib.AbstractContextManager[None] = matplotlib.rc_context(_STYLE)
    return context


def printed(figure: Figure, form: str) -> bytes:
    """The figure as a file: "png" (200 dots an inch), "svg" or "pdf". The same figure gives the same bytes."""
    figure.set_dpi(200)
    buffer = io.BytesIO()
    write_to: Any
    with styled():
        if form == "png":
            write_to, metadata = FigureCanvasAgg(figure).print_png, {"Software": None}
        elif form == "svg":
            write_to, metadata = FigureCanvasSVG(figure).print_svg, {"Date": None}
        else:
            write_to, metadata = FigureCanvasPdf(figure).print_pdf, {"CreationDate": None}
        write_to(buffer, metadata=metadata)
    return buffer.getvalue()


def look(method: str, shade: int = 0) -> tuple[str, Any]:
    """Colour and dash of a run, as on the board: a second run of a method is darker and dashed."""
    share = min(0.6, 0.3 * shade)
    (r, g, b), (x, y, z) = to_rgb(INK.get(method, INK["none"])), to_rgb(TEXT)
    mixed = (r + share * (x - r), g + share * (y - g), b + share * (z - b))
    return to_hex(mixed), _DASHES[shade % len(_DASHES)]


def plain(text: str) -> str:
    """A text from outside as matplotlib draws it literally: on one line, no mathematics, letters the font has."""
    spaced = (" " if unicodedata.category(letter).startswith(("C", "Z")) else letter for letter in text)
    drawn = "".join(letter if ord(letter) in _letters() else "\N{WHITE SQUARE}" for letter in spaced).replace("$", r"\$")
    return f" {drawn}" if drawn.startswith("_") else drawn  # a legend leaves out what begins with _


@functools.cache
def _letters() -> frozenset[int]:
    return frozenset(get_font(findfont(_FONT)).get_charmap())


def dot(colour: str, size: float, label: str) -> Line2D:
    """A point's entry in a legend."""
    return Line2D([], [], color=colour, marker="o", ms=size, ls="", label=label)


def title(figure: Figure, text: str, size: float = 10) -> None:
    """What the figure shows, above it."""
    figure.suptitle(text, **_TITLE | {"fontsize": size})


def caption(figure: Figure, paragraphs: Sequence[str], *, grow: bool = False) -> None:
    """Small text below the figure, wrapped to its width; with `grow` the figure gets higher by it."""
    width = int(20.5 * figure.get_figwidth())  # letters
    lines = [line for part in paragraphs for line in textwrap.wrap(part, width)]
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=6.5, color=FAINT)
    if grow:
        figure.set_figheight(figure.get_figheight() + 0.11 * len(lines))


def wrapped(text: str, width: int) -> str:
    """A text from outside on lines of at most `width` letters."""
    return "\n".join(textwrap.wrap(plain(text), width)) or " "


def legend_above(figure: Figure, handles: Sequence[Any]) -> None:
    """A legend between the title, which must be there, and the pictures; the figure gets higher by it."""
    longest = max(len(handle.get_label()) for handle in handles)
    columns = max(1, min(len(handles), int((figure.get_figwidth() - 0.2) / (0.45 + 0.06 * longest))))
    rows = -(-len(handles) // columns)
    whole: Any = figure.transFigure
    from_the_top = figure.dpi_scale_trans + ScaledTranslation(0, 1, whole)  # in inches
    legend = figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.08, -0.26), bbox_transform=from_the_top, ncols=columns, frameon=False,
        borderpad=0, borderaxespad=0,
    )  # fmt: skip
    legend.set_in_layout(False)  # its place is that of the empty lines below the title
    figure.suptitle(figure.get_suptitle() + rows * "\n ", **_TITLE)
    figure.set_figheight(figure.get_figheight() + 0.17 * rows)


def lines_behind(axis: Axes) -> None:
    """Faint horizontal lines behind what is drawn."""
    axis.grid(axis="y", lw=0.4, color=GRID)
    axis.set_axisbelow(True)
