"""Words from outside in a terminal, whatever it can show; and files that a command is asked to write, checked before any work is done."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from wgan_gp.errors import InvalidConfig


def visible(text: str) -> str:
    """The text on one line, everything in it to be seen: control characters, escapes and turned directions are written out."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def prepare_streams() -> None:
    """Letters that the terminal's encoding does not have are written out, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def ending_of(path: Path) -> str:
    """The ending that says what a file is, in small letters: `.png` of `GRID.PNG`."""
    return path.suffix.lower()


def target_file(text: str, endings: Sequence[str], field: str = "out") -> Path:
    """The file to write. Raises InvalidConfig for another ending, a folder, or a folder that is not there."""
    target = Path(text)
    shown = visible(text)[:300]
    if ending_of(target) not in endings:
        allowed = " or ".join(filter(None, (", ".join(endings[:-1]), endings[-1])))
        raise InvalidConfig(f"{field}: '{shown}' has no known ending; write {allowed}.")
    folder = target.absolute().parent
    if not folder.is_dir():
        raise InvalidConfig(f"{field}: there is no folder '{visible(str(folder))}'.")
    if target.is_dir():
        raise InvalidConfig(f"{field}: '{shown}' is a folder; write the name of a file.")
    return target
