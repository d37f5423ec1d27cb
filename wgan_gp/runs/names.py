"""Where runs live and what they are called: the only place that turns a string into a path."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from pathlib import Path

from wgan_gp.config import RunConfig
from wgan_gp.errors import Refused, UnknownRun
from wgan_gp.home import SHIPPED, home

SUFFIX = ".sqlite"
RECORDINGS = SHIPPED / "recordings"
_LONGEST_ID = 64
# At least one hyphen, so that no id is a device name of Windows (con, nul, com1).
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){1,6}", re.ASCII)
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)  # what systems say of flock where a file system has none
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def runs_folder() -> Path:
    """The folder of all run files. It need not exist yet."""
    return home().absolute() / "runs"


def writable_runs_folder() -> Path:
    """The folder of all run files, made where it is missing. Raises Refused with the reason where it cannot be written to."""
    folder = runs_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    if not os.access(folder, os.W_OK):
        raise cannot_write(folder, OSError(errno.EACCES, "read-only, or not yours"))
    return folder


def cannot_write(folder: Path, error: OSError) -> Refused:
    """The refusal for a folder that takes no files (read-only, no rights, full), or lies where files cannot be locked."""
    if error.errno in _NO_LOCKS:
        return Refused(
            f"Runs cannot be written to {folder}: its file system has no file locks, by which the Lab knows which runs are alive. "
            "Set WGAN_GP_HOME to a folder on a disk of this machine."
        )
    reason = (error.strerror or str(error)).lower()
    return Refused(f"Runs cannot be written to {folder}: {reason}. Set WGAN_GP_HOME to a folder that can be written to.")


def new_id(config: RunConfig) -> str:
    """A fresh id such as `8gaussians-gp-k3f9a2xq`: data, constraint, and 40 random bits."""
    return f"{config.data}-{config.constraint.kind}-" + "".join(secrets.choice(_BASE32) for _ in range(8))


def is_id(text: object) -> bool:
    """Whether `text` is written as an id; there may still be no such run."""
    return isinstance(text, str) and len(text) <= _LONGEST_ID and _ID.fullmatch(text) is not None


def path_of(run_id: str) -> Path:
    """The file of a run or of a shipped recording. Raises UnknownRun for every string that is not the id of one.

    The id is matched in full first and the resolved path is compared afterwards, so that neither a clever string nor a symlink
    leads out of the two folders.
    """
    if is_id(run_id):
        for folder in (runs_folder(), RECORDINGS):
            resolved = (folder / f"{run_id}{SUFFIX}").resolve()
            if resolved == folder.resolve() / f"{run_id}{SUFFIX}" and resolved.is_file():
                return resolved
    raise UnknownRun(f"There is no run {shown(run_id)}: it was deleted, or never was.")


def shown(value: object) -> str:
    """A value from outside as it may stand in a message: texts quoted, everything escaped, and cut off where it is long."""
    text = repr(value[:41] if isinstance(value, str) else value)
    return text if len(text) <= 43 else f"{text[:43]}..."


def is_recording(path: Path) -> bool:
    """Whether this file is one of the recordings that ship with the Lab (never written to)."""
    return path.parent == RECORDINGS


def is_strange(path: Path) -> bool:
    """Whether something is there that is no file of its own: a link, a folder, a pipe, a device."""
    try:
        return not stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def companions(path: Path) -> list[Path]:
    """All that can lie beside a run's file, whether or not it does: SQLite's own files, then ours."""
    return [path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")] + [
        reserve_path(path),
        log_path(path),
        lock_path(path),
    ]


def lock_path(path: Path) -> Path:
    """The lock that a run's worker holds for its whole life."""
    return path.with_suffix(".lock")


def log_path(path: Path) -> Path:
    """What a run's worker prints, and the traceback when it fails."""
    return path.with_suffix(".log")


def reserve_path(path: Path) -> Path:
    """Room set aside on the disk while a run is written."""
    return path.with_suffix(".reserve")
