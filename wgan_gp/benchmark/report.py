"""What was compared, as JSON and as a table for people or for Markdown."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from wgan_gp.benchmark.compare import LARGEST_PARITY_ERROR, Row, Speeds
from wgan_gp.training.device import describe_device

COLUMNS = (
    *("network", "textbook it/s", "reference it/s", "fast it/s", "fast / textbook"),
    *("textbook GF/it", "fast GF/it", "GEMM share", "parity error"),
)


def as_json(rows: Sequence[Row], device: torch.device) -> list[dict[str, Any]]:
    """One object a row, flat; null where there is no figure."""
    machine = {"device": describe_device(device), "threads": torch.get_num_threads(), "torch": torch.__version__}
    return [
        {"name": row.name, "parity_error": row.parity_error if math.isfinite(row.parity_error) else None}
        | (asdict(row.speeds) if row.speeds else dict.fromkeys(Speeds.__annotations__))
        | machine
        for row in rows
    ]


def heading(device: torch.device) -> str:
    """The machine, and what the table's columns mean."""
    return (
        f"{describe_device(device)}, CPU threads: {torch.get_num_threads()} ({torch.backends.cpu.get_cpu_capability()}), "
        f"torch {torch.__version__}, {datetime.date.today()}\n\n"
        "it: an iteration, 5 critic updates and 1 generator update. fast / textbook: median (10 to 90 %) of the rounds' ratios.\n"
        "GF/it: counted flops of an iteration. GEMM share: fast GF per second, of those of matrix products in the same process.\n"
        "parity error: largest relative difference of a weight tensor between the loops, trained alike in float64."
    )


def table(rows: Sequence[Row], *, markdown: bool = False) -> str:
    """The rows under their columns' names."""
    lines = [COLUMNS, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [[cell.rjust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    for cells, line in zip(texts, lines, strict=True):
        cells[0] = line[0].ljust(widths[0])
    if not markdown:
        return "\n".join("  ".join(cells) for cells in texts)
    texts.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in texts)


def _cells(row: Row) -> tuple[str, ...]:
    if row.speeds is None:
        return (row.name, *["-"] * (len(COLUMNS) - 2), f"{row.parity_error:.0e}, not below {LARGEST_PARITY_ERROR:.0e}")
    speeds = row.speeds
    return (
        row.name,
        f"{speeds.textbook_per_s:,.2f}",
        f"{speeds.reference_per_s:,.2f}",
        f"{speeds.fast_per_s:,.2f}",
        f"{speeds.ratio:.2f} ({speeds.ratio_low:.2f} to {speeds.ratio_high:.2f})",
        f"{speeds.textbook_gflop:.2f}",
        f"{speeds.gflop:.2f}",
        f"{speeds.gemm_share:.0%}",
        f"{row.parity_error:.0e}",
    )
