"""One sentence for whatever made a run fail: what, and what to do about it."""

from __future__ import annotations

import os
import re
import sys

from wgan_gp.errors import LabError, is_out_of_memory

_SIZE = re.compile(r"(?:[Tt]ried to allocate|DefaultCPUAllocator: .*?allocate) ([0-9.]+ ?(?:[KMGT]i?B|bytes))")
_FREE = re.compile(r"([0-9.]+ [KMGT]i?B) is free")


def sentence(error: BaseException) -> str:
    """What a person should read; the traceback goes to the log."""
    if isinstance(error, LabError):
        return str(error)
    if is_out_of_memory(error):
        needed, free = _SIZE.search(str(error)), _FREE.search(str(error))
        return (
            f"Out of memory: needed {_amount(needed.group(1)) if needed else 'an unknown amount'}, "
            f"free {free.group(1) if free else _free_memory()}. A smaller batch_size, width or channels needs less."
        )
    first_line = (str(error).splitlines() or [""])[0][:200]
    return f"Training failed: {type(error).__name__}{first_line and f': {first_line}'}. The run's log has the details."


def _amount(text: str) -> str:
    number, _, unit = text.partition(" ")
    return _gibibytes(float(number)) if unit == "bytes" else text


def _free_memory() -> str:
    """Free memory of the host, where the system tells."""
    if sys.platform == "win32" or "SC_AVPHYS_PAGES" not in os.sysconf_names:
        return "unknown"
    return _gibibytes(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def _gibibytes(size: float) -> str:
    return f"{size / 2**30:.1f} GiB"
