"""Image sets that torchvision downloads once, with checksums: MNIST, Fashion-MNIST, Kuzushiji-MNIST and CIFAR-10."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from urllib.error import URLError

import torch
from filelock import FileLock
from torch import Tensor

from wgan_gp import datafiles
from wgan_gp.data.images import ImageSet
from wgan_gp.errors import DataMissing


def load_vision(name: str, root: Path | None = None) -> ImageSet:
    """The set of this name; its files are downloaded on first use with a progress bar and checked by MD5.

    root: the folder torchvision looks in, by default the Lab's. Raises DataMissing with the files, their sizes and the folder.
    """
    root = root or datafiles.data_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{name}.lock"):  # two runs of a duel want the same files at the same moment
            found = ImageSet(name, _images(name, root, train=True), _images(name, root, train=False))
            wrong = unpacked_in_error(name, root)
    except (OSError, URLError, RuntimeError, ValueError, AssertionError, EOFError, LookupError, TypeError, zlib.error) as error:
        raise DataMissing(damaged_message(name, root) if datafiles.is_complete(name, root) else missing_message(name, root)) from error
    if wrong is not None:
        raise DataMissing(wrong_message(name, root, wrong))
    return found


def unpacked_in_error(name: str, root: Path) -> Path | None:
    """The first unpacked file that holds something else than its packed one: torchvision reads it as it is. None where all is well.

    What no packed file tells and no checksum is noted for is in error too: it could be anything.
    """
    download = datafiles.DOWNLOADS[name]
    for place, (file, _, md5) in enumerate(download.files):
        packed, unpacked = (root / download.folder / part for part in (file, file.removesuffix(".gz")))
        if not file.endswith("-ubyte.gz"):
            continue  # torchvision itself checks what it unpacks of CIFAR-10
        known = download.unpacked[place] if download.unpacked else _checksum_in(packed, md5)
        if zlib.crc32(unpacked.read_bytes()) != known:
            return unpacked
    return None


def _checksum_in(packed: Path, md5: str) -> int | None:
    """The CRC-32 of what is in a gzip file, as its last eight bytes say it; None where the file is not the one with this MD5."""
    content = packed.read_bytes() if packed.is_file() else b""
    return int.from_bytes(content[-8:-4], "little") if hashlib.md5(content, usedforsecurity=False).hexdigest() == md5 else None


def missing_message(name: str, root: Path) -> str:
    """What to do by hand: which files, how large, with which checksum, where to."""
    folder = root / datafiles.DOWNLOADS[name].folder
    return (
        f"The data set {name} is not on this machine and could not be downloaded. "
        f"Put these files into {folder} and start again: {_files(name)}."
    )


def damaged_message(name: str, root: Path) -> str:
    """The same where there are files that cannot be read."""
    folder = root / datafiles.DOWNLOADS[name].folder
    return (
        f"The data set {name} cannot be read: a file in {folder} is cut off, altered or of another set. "
        f"Empty that folder, put these files there and start again: {_files(name)}."
    )


def wrong_message(name: str, root: Path, wrong: Path) -> str:
    """The same where an unpacked file can be read, and holds other pictures or labels."""
    folder = root / datafiles.DOWNLOADS[name].folder
    return (
        f"The data set {name} cannot be read: {wrong} is not what was published (altered or of another set, or nothing says what it is). "
        f"Remove it, put these files into {folder} where they are missing, and start again: {_files(name)}."
    )


def _files(name: str) -> str:
    return "; ".join(f"{file} ({size:,} bytes, MD5 {md5})" for file, size, md5 in datafiles.DOWNLOADS[name].files)


def _images(name: str, root: Path, *, train: bool) -> Tensor:
    """uint8[n, channels, size, size]."""
    import torchvision  # a second to import, and only these sets need it

    data = getattr(torchvision.datasets, datafiles.DOWNLOADS[name].class_name)(str(root), train=train, download=True).data
    if isinstance(data, Tensor):
        return data.unsqueeze(1)  # grey: [n, size, size]
    return torch.from_numpy(data).permute(0, 3, 1, 2).contiguous()  # colour: [n, size, size, 3]
