import gzip
import hashlib
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits as sklearn_digits

from wgan_gp import data, datafiles
from wgan_gp.config import DATA_SHAPES
from wgan_gp.data import shapes, vision
from wgan_gp.data.images import ImageSet, to_grey_levels, to_unit
from wgan_gp.errors import DataMissing


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_an_embedded_set_has_the_shape_its_config_says(name: str) -> None:
    images = data.load(name)
    assert isinstance(images, ImageSet)
    random = torch.Generator().manual_seed(0)
    for batch in (images.sample(7, random), images.sample_held_out(7, random)):
        assert batch.shape == (7, *DATA_SHAPES[name].shape)
        assert batch.dtype == torch.float32
        assert batch.min() >= -1
        assert batch.max() <= 1
    assert images.images.dtype == torch.uint8


def test_digits_are_scikit_learns_and_the_two_parts_share_no_place() -> None:
    images = data.load("digits")
    assert isinstance(images, ImageSet)
    assert len(images.images) + len(images.held_out) == 1797
    first = torch.from_numpy(sklearn_digits().images[0] * 255 / 16).round().to(torch.uint8)
    assert torch.equal(images.images[0, 0], first)


def test_grey_levels_survive_the_way_to_the_net_and_back() -> None:
    levels = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(to_grey_levels(to_unit(levels)), levels)


def test_every_mode_of_shapes_is_there_and_is_recognised() -> None:
    images = data.load("shapes")
    assert isinstance(images, ImageSet)
    assert len(shapes.MODES) == 48
    for part in (images.images, images.held_out):
        found = torch.bincount(shapes.nearest_modes(part), minlength=48)
        assert found.min() == found.max() == len(part) // 48
    assert len(torch.cat((images.images, images.held_out)).unique(dim=0)) == 768


def idx(path: Path, array: np.ndarray) -> None:
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes()))


PICTURES = np.arange(5 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(5, 28, 28)


@pytest.fixture(params=[True, False], ids=["checksums noted", "checksums in the packed files"])
def fashion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """The folder of a small Fashion-MNIST whose packed files were put there by hand, with its own checksums."""
    import torchvision

    download = datafiles.DOWNLOADS["fashion-mnist"]
    folder = tmp_path / download.folder
    folder.mkdir(parents=True)
    files, unpacked = [], []
    for file, _, _ in download.files:
        idx(folder / file, PICTURES if "images" in file else np.arange(5, dtype=np.uint8))
        content = (folder / file).read_bytes()
        files.append((file, len(content), hashlib.md5(content).hexdigest()))
        unpacked.append(zlib.crc32(gzip.decompress(content)))
    small = replace(download, files=tuple(files), unpacked=tuple(unpacked) if request.param else ())
    monkeypatch.setattr(datafiles, "DOWNLOADS", datafiles.DOWNLOADS | {"fashion-mnist": small})
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "resources", [(file, md5) for file, _, md5 in files])
    return folder


def test_files_put_by_hand_where_the_message_says_are_found(fashion: Path, tmp_path: Path) -> None:
    for _ in range(2):  # packed, and unpacked
        images = vision.load_vision("fashion-mnist", tmp_path)
        assert torch.equal(images.images, torch.from_numpy(PICTURES).unsqueeze(1))


def _alter(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("part", [0, 1, 2, 3])
def test_other_pictures_of_the_right_size_are_not_the_set(fashion: Path, tmp_path: Path, part: int) -> None:
    vision.load_vision("fashion-mnist", tmp_path)
    file = fashion / datafiles.DOWNLOADS["fashion-mnist"].files[part][0].removesuffix(".gz")
    _alter(file)
    with pytest.raises(DataMissing, match=rf"The data set fashion-mnist cannot be read: {re.escape(str(file))} is not what was published"):
        vision.load_vision("fashion-mnist", tmp_path)
    file.unlink()  # what the sentence asks for
    vision.load_vision("fashion-mnist", tmp_path)


def test_unpacked_files_alone_are_taken_where_their_checksums_are_known(fashion: Path, tmp_path: Path) -> None:
    vision.load_vision("fashion-mnist", tmp_path)
    for file in fashion.glob("*.gz"):
        file.unlink()
    if datafiles.DOWNLOADS["fashion-mnist"].unpacked:
        assert len(vision.load_vision("fashion-mnist", tmp_path).images) == 5
    else:
        with pytest.raises(DataMissing, match="nothing says what it is"):
            vision.load_vision("fashion-mnist", tmp_path)


def test_without_a_network_the_message_names_files_sizes_and_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torchvision

    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])  # nobody answers there
    with pytest.raises(DataMissing) as caught:
        vision.load_vision("mnist", tmp_path)
    message = str(caught.value)
    assert str(tmp_path / "MNIST/raw") in message
    assert "train-images-idx3-ubyte.gz (9,912,422 bytes, MD5 f68b3c2dcbeaaa9fbdd348bbdeb94873)" in message


CHECKSUMS: dict[str, Callable[[object], list[str]]] = {
    name: (lambda kind: [md5 for _, md5 in kind.resources])
    for name in ("mnist", "fashion-mnist", "kmnist")  # type: ignore[attr-defined]
} | {"cifar10": lambda kind: [kind.tgz_md5]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", list(CHECKSUMS))
def test_the_checksums_in_our_message_are_torchvisions(name: str) -> None:
    import torchvision

    download = datafiles.DOWNLOADS[name]
    assert [md5 for _, _, md5 in download.files] == CHECKSUMS[name](getattr(torchvision.datasets, download.class_name))


@pytest.mark.parametrize("content", [b"", b"\x00\x00\x08\x03\x00\x00\xea\x60" + b"\0" * 50, b"no such header" * 20])
def test_damaged_files_are_said_to_be_damaged(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / datafiles.DOWNLOADS["mnist"].folder
    folder.mkdir(parents=True)
    for file, _, _ in datafiles.DOWNLOADS["mnist"].files:
        (folder / file.removesuffix(".gz")).write_bytes(content)
    with pytest.raises(DataMissing, match=r"The data set mnist cannot be read: a file in .* is cut off, altered or of another set"):
        vision.load_vision("mnist", tmp_path)
