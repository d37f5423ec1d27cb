"""Arrays to pictures and tables: grids, PNG, NPZ and CSV. Files are written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Array = NDArray[Any]


def grid(images: Pixels, columns: int | None = None, gap: int = 1) -> Pixels:
    """Lay out images row by row: uint8[n, H, W, C] to uint8[rows * (H + gap) - gap, columns * (W + gap) - gap, C]; gaps and rest are white.

    columns: by default the smallest number that makes the grid no higher than wide.
    """
    count, height, width, channels = images.shape
    columns = columns or max(1, int(np.ceil(np.sqrt(count))))
    rows = -(-count // columns)
    canvas = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), 255, dtype=np.uint8)
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        canvas[top : top + height, left : left + width] = image
    return canvas


def enlarge(image: Pixels, factor: int) -> Pixels:
    """Repeat every pixel `factor` times in both directions, so that small pictures stay crisp: uint8[H, W, C]."""
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def png(image: Pixels) -> bytes:
    """A PNG file of uint8[H, W, 1] (grey) or uint8[H, W, 3] (colour)."""
    buffer = io.BytesIO()
    Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image).save(buffer, "PNG")
    return buffer.getvalue()


def npz(**arrays: Array) -> bytes:
    """A compressed NPZ file of these arrays; loads with allow_pickle=False."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def table(columns: Sequence[str], rows: Array) -> bytes:
    """A CSV file with a header: rows [n, len(columns)]. Whole numbers are written without a decimal point."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows.tolist():
        writer.writerow([int(value) if float(value).is_integer() else value for value in row])
    return buffer.getvalue().encode()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there, so that no half of it is ever seen. Raises OSError; nothing is left behind then."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
