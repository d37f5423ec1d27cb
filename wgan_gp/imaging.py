"""Arrays to pictures and tables: grids, PNG, GIF, ZIP, NPZ and CSV. Files are written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image, ImageDraw, ImageFont

from wgan_gp.errors import InvalidConfig

Pixels = NDArray[np.uint8]
Array = NDArray[Any]
LABEL_SIZE = 12  # pixels
LABEL_COLOUR = (128, 134, 145)  # can be read on white and on black


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


def times_in(room: int, pixels: int) -> int:
    """How many times larger an image of so many pixels fits into so much room; at least once."""
    return max(1, room // pixels)


def gif(frames: Pixels, milliseconds: int = 100, factor: int = 1) -> bytes:
    """An animated GIF that runs in a loop: uint8[n, H, W, C], each frame shown for so long (rounded to 10 ms, at least 20 ms).

    factor: every pixel is repeated so often in both directions. All frames share one palette: grey levels are exact, and so are colours
    where there are no more than 256 of them; else the nearest of 256 stands for each. Written frame by frame: Pillow's own animations
    leave out a frame that is like the one before it.
    """
    if not len(frames):
        raise InvalidConfig("frames: there is none; an animation has at least one.")
    places, palette = _palette(frames)
    time = max(20, 10 * round(milliseconds / 10))
    images = [Image.fromarray(places_of_frame.repeat(factor, axis=0).repeat(factor, axis=1)) for places_of_frame in places]
    for image in images:
        image.putpalette(palette)
    header, _ = GifImagePlugin.getheader(images[0], info={"loop": 0, "optimize": False})
    blocks = [block for image in images for block in GifImagePlugin.getdata(image, duration=time, include_color_table=False)]
    return b"".join([*header, *blocks, b";"])


def _palette(frames: Pixels) -> tuple[Pixels, bytes]:
    """For each pixel its place in a palette: uint8[n, H, W], and that palette, 256 times red, green and blue."""
    count, height, width, channels = frames.shape
    if channels == 1:
        return frames[..., 0], bytes(np.repeat(np.arange(256, dtype=np.uint8), 3))
    red, green, blue = (frames[..., channel].astype(np.uint32) for channel in range(3))
    colours, places = np.unique(red << 16 | green << 8 | blue, return_inverse=True)
    if len(colours) <= 256:
        table = np.zeros((256, 3), dtype=np.uint8)
        table[: len(colours)] = np.stack((colours >> 16, colours >> 8 & 255, colours & 255), axis=1)
        return places.reshape(count, height, width).astype(np.uint8), table.tobytes()
    reduced = Image.fromarray(frames.reshape(count * height, width, 3)).quantize(256, dither=Image.Dither.NONE)
    return np.asarray(reduced).reshape(count, height, width), bytes(reduced.getpalette() or ()).ljust(768, b"\0")


def sheet(images: Pixels, labels: Sequence[str], columns: int, factor: int, gap: int = 3) -> Pixels:
    """Enlarged images row by row, each with its label below where all labels fit: uint8[n, H, W, C] to uint8[.., .., 4], gaps clear."""
    count, height, width, _ = images.shape
    font = ImageFont.load_default(LABEL_SIZE)
    room = LABEL_SIZE + 3 if max(map(font.getlength, labels)) <= width * factor else 0
    rows, high, wide = -(-count // columns), height * factor + room + gap, width * factor + gap
    canvas = np.zeros((rows * high - gap, min(count, columns) * wide - gap, 4), dtype=np.uint8)
    places = [(index // columns * high, index % columns * wide) for index in range(count)]
    for image, (top, left) in zip(images, places, strict=True):
        cell = canvas[top : top + height * factor, left : left + width * factor]
        cell[..., :3], cell[..., 3] = enlarge(image, factor), 255
    if not room:
        return canvas
    picture = Image.fromarray(canvas)
    draw = ImageDraw.Draw(picture)
    for label, (top, left) in zip(labels, places, strict=True):
        draw.text((left + (wide - gap) / 2, top + height * factor + 1), label, (*LABEL_COLOUR, 255), font, anchor="ma")
    return np.asarray(picture)


def pairs(left: Pixels, right: Pixels) -> Pixels:
    """Two images side by side, with a grey line between: twice uint8[n, H, W, C] to uint8[n, H, 2 * W + 1, C]."""
    line = np.full((*left.shape[:2], 1, left.shape[3]), LABEL_COLOUR[0], dtype=np.uint8)
    return np.concatenate((left, line, right), axis=2)


def scatter(layers: Sequence[tuple[Array, str]], extent: float, size: int, dot: int = 2) -> Pixels:
    """Points in the plane on white, later layers over earlier ones: each [n, 2] and a colour such as `#0072B2`, to uint8[size, size, 3].

    extent: the picture shows [-extent, extent] on both axes; points outside are left out. A point is a square of `dot` pixels.
    """
    picture = np.full((size, size, 3), 255, dtype=np.uint8)
    inside = size - dot
    for points, colour in layers:
        places = np.round((np.nan_to_num(points, nan=9e9) / extent + 1) / 2 * inside)  # [n, 2]
        places = places[((places >= 0) & (places <= inside)).all(axis=1)].astype(int)
        ink = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
        for right, up in np.ndindex(dot, dot):
            picture[size - 1 - places[:, 1] - up, places[:, 0] + right] = ink
    return picture


def see_through(picture: Pixels) -> Pixels:
    """White becomes transparent, so that a picture lies well on a light and on a dark page: uint8[H, W, 3] to uint8[H, W, 4]."""
    cover = np.where((picture == 255).all(axis=-1, keepdims=True), 0, 255)
    return np.concatenate((picture, cover.astype(np.uint8)), axis=-1)


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP archive of these files, names and contents, not packed further; the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in files:
            packed.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def png(image: Pixels) -> bytes:
    """A PNG file of uint8[H, W, 1] (grey), uint8[H, W, 3] (colour) or uint8[H, W, 4] (with alpha).

    Packed by runs of equal bytes: of enlarged images a smaller file in half the time.
    """
    buffer = io.BytesIO()
    Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image).save(buffer, "PNG", compress_type=zlib.Z_RLE)
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
        writer.writerow(
            [int(value) if isinstance(value, int) or (float(value).is_integer() and abs(value) < 2**53) else value for value in row]
        )
    return buffer.getvalue().encode()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there, so that no half of it is ever seen. Raises OSError; nothing is left behind then."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
