"""Which files image sets want, where they lie, and whether they are here. Without torch: pages ask before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wgan_gp.home import home

DRAWINGS = "https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap"
CHARACTERS = "https://raw.githubusercontent.com/nounsDAO/nouns-monorepo/master/packages/nouns-assets/src/image-data.json"


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


def is_complete(name: str, root: Path | None = None) -> bool:
    """Whether all files of this set are here, packed or unpacked."""
    folder = (root or data_folder()) / DOWNLOADS[name].folder
    return all((folder / file).is_file() or (folder / file.removesuffix(".gz")).is_file() for file, _, _ in DOWNLOADS[name].files)


def drawings_file(name: str, root: Path | None = None) -> Path:
    """Where the drawings of a set such as `quickdraw-cat` lie: `quickdraw/cat.npy` below the data folder."""
    return (root or data_folder()) / "quickdraw" / f"{name.removeprefix('quickdraw-')}.npy"


def drawings_address(file: Path) -> str:
    """Where that file is offered."""
    return f"{DRAWINGS}/{file.name.replace(' ', '%20')}"


def parts_file(root: Path | None = None) -> Path:
    """Where the file with the parts of `nouns` lies: `nouns/image-data.json` below the data folder."""
    return (root or data_folder()) / "nouns" / "image-data.json"


def at_hand(name: str) -> bool:
    """Whether the set of this name can be loaded without a download."""
    if name in DOWNLOADS:
        return is_complete(name)
    if name == "nouns":
        return parts_file().is_file()
    return drawings_file(name).is_file() if name.startswith("quickdraw-") else True


@dataclass(frozen=True)
class Missing:
    """What a set lacks here: a sentence, and an address to copy where a person has to fetch a file."""

    words: str
    address: str = ""


def missing(name: str) -> Missing | None:
    """What has to come here before the first start; None where everything is here."""
    if at_hand(name):
        return None
    if name in DOWNLOADS:
        download = DOWNLOADS[name]
        size = sum(size for _, size, _ in download.files) / 1e6
        return Missing(
            f"Its files are not on this machine yet: the first start fetches them ({size:.0f} MB). Without internet, put "
            f"{', '.join(file for file, _, _ in download.files)} into {data_folder() / download.folder} first."
        )
    file, address = (parts_file(), CHARACTERS) if name == "nouns" else (drawings_file(name), drawings_address(drawings_file(name)))
    return Missing(f"Its file is not on this machine. Fetch it from the address below and put it there as {file}; then start.", address)
