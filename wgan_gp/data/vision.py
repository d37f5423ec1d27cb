"""Image sets that torchvision downloads once, with checksums: MNIST, Fashion-MNIST, Kuzushiji-MNIST and CIFAR-10."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import torch
from filelock import FileLock
from torch import Tensor

from wgan_gp.data.images import ImageSet
from wgan_gp.errors import DataMissing
from wgan_gp.home import home


@dataclass(frozen=True)
class Download:
    """Where torchvision looks below its root, and which files it wants there: name, size in bytes, MD5.

    unpacked: the CRC-32 of what is in them, which gzip keeps as well, where a packed file was at hand to read it from.
    """

    class_name: str
    folder: str
    files: tuple[tuple[str, int, str], ...]
    unpacked: tuple[int, ...] = ()


DOWNLOADS: Mapping[str, Download] = {
    "mnist": Download(
        "MNIST",
        "MNIST/raw",
        (
            ("train-images-idx3-ubyte.gz", 9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
            ("train-labels-idx1-ubyte.gz", 28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
            ("t10k-images-idx3-ubyte.gz", 1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
            ("t10k-labels-idx1-ubyte.gz", 4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
        ),
        unpacked=(0xE9F4D8B3, 0xE0CB4AD2, 0x91373BDF, 0x4AB9EFF9),
    ),
    "fashion-mnist": Download(
        "FashionMNIST",
        "FashionMNIST/raw",
        (
            ("train-images-idx3-ubyte.gz", 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            ("train-labels-idx1-ubyte.gz", 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
            ("t10k-images-idx3-ubyte.gz", 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
            ("t10k-labels-idx1-ubyte.gz", 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
        ),
        unpacked=(0xB4F29F28, 0x741A4657, 0x678FE0B1, 0x80142C1F),
    ),
    "kmnist": Download(
        "KMNIST",
        "KMNIST/raw",
        (
            ("train-images-idx3-ubyte.gz", 18_165_135, "bdb82020997e1d708af4cf47b453dcf7"),
            ("train-labels-idx1-ubyte.gz", 29_497, "e144d726b3acfaa3e44228e80efcd344"),
            ("t10k-images-idx3-ubyte.gz", 3_041_136, "5c965bf0a639b31b8f53240b1b52f4d7"),
            ("t10k-labels-idx1-ubyte.gz", 5_120, "7320c461ea6c1c855c0b718fb2a4b134"),
        ),
    ),
    "cifar10": Download("CIFAR10", "", (("cifar-10-python.tar.gz", 170_498_071, "c58f30108f718f92721af3b95e74349a"),)),
}


def data_folder() -> Path:
    """Where data sets lie: `data` below the Lab's home."""
    return home() / "data"


def load_vision(name: str, root: Path | None = None) -> ImageSet:
    """The set of this name; its files are downloaded on first use with a progress bar and checked by MD5.

    root: the folder torchvision looks in, by default `data_folder()`. Raises DataMissing with the files, their sizes and the folder.
    """
    root = root or data_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{name}.lock"):  # two runs of a duel want the same files at the same moment
            found = ImageSet(name, _images(name, root, train=True), _images(name, root, train=False))
            wrong = unpacked_in_error(name, root)
    except (OSError, URLError, RuntimeError, ValueError, AssertionError, EOFError, LookupError, TypeError, zlib.error) as error:
        raise DataMissing(damaged_message(name, root) if is_complete(name, root) else missing_message(name, root)) from error
    if wrong is not None:
        raise DataMissing(wrong_message(name, root, wrong))
    return found


def is_complete(name: str, root: Path | None = None) -> bool:
    """Whether all files of this set are here, packed or unpacked."""
    folder = (root or data_folder()) / DOWNLOADS[name].folder
    return all((folder / file).is_file() or (folder / file.removesuffix(".gz")).is_file() for file, _, _ in DOWNLOADS[name].files)


def unpacked_in_error(name: str, root: Path) -> Path | None:
    """The first unpacked file that holds something else than its packed one: torchvision reads it as it is. None where all is well.

    What no packed file tells and no checksum is noted for is in error too: it could be anything.
    """
    download = DOWNLOADS[name]
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
    folder = root / DOWNLOADS[name].folder
    return (
        f"The data set {name} is not on this machine and could not be downloaded. "
        f"Put these files into {folder} and start again: {_files(name)}."
    )


def damaged_message(name: str, root: Path) -> str:
    """The same where there are files that cannot be read."""
    folder = root / DOWNLOADS[name].folder
    return (
        f"The data set {name} cannot be read: a file in {folder} is cut off, altered or of another set. "
        f"Empty that folder, put these files there and start again: {_files(name)}."
    )


def wrong_message(name: str, root: Path, wrong: Path) -> str:
    """The same where an unpacked file can be read, and holds other pictures or labels."""
    return (
        f"The data set {name} cannot be read: {wrong} is not what was published (altered or of another set, or nothing says what it is). "
        f"Remove it, put these files into {root / DOWNLOADS[name].folder} where they are missing, and start again: {_files(name)}."
    )


def _files(name: str) -> str:
    return "; ".join(f"{file} ({size:,} bytes, MD5 {md5})" for file, size, md5 in DOWNLOADS[name].files)


def _images(name: str, root: Path, *, train: bool) -> Tensor:
    """uint8[n, channels, size, size]."""
    import torchvision  # a second to import, and only these sets need it

    data = getattr(torchvision.datasets, DOWNLOADS[name].class_name)(str(root), train=train, download=True).data
    if isinstance(data, Tensor):
        return data.unsqueeze(1)  # grey: [n, size, size]
    return torch.from_numpy(data).permute(0, 3, 1, 2).contiguous()  # colour: [n, size, size, 3]
