"""Quick, Draw! from the file that was put there by hand, and what is at hand without a download."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from wgan_gp import data, datafiles
from wgan_gp.config import DATA_SHAPES
from wgan_gp.data.images import ImageSet
from wgan_gp.data.quickdraw import load_drawings
from wgan_gp.datafiles import DRAWINGS as ADDRESS
from wgan_gp.datafiles import drawings_file
from wgan_gp.errors import DataMissing

DRAWINGS = np.random.default_rng(0).integers(0, 256, (20, 784), dtype=np.uint8)
NPY_START = b"\x93NUMPY\x01\x00"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the drawings of cats are looked for, in a home of this test's own."""
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    place = tmp_path / "data" / "quickdraw" / "cat.npy"
    place.parent.mkdir(parents=True)
    assert drawings_file("quickdraw-cat") == place
    return place


def refusal(file: Path) -> str:
    """The message: which set, what is wrong, which address, and which place."""
    with pytest.raises(DataMissing) as caught:
        data.load("quickdraw-cat")
    message = str(caught.value)
    assert message.startswith("The data set quickdraw-cat ")
    assert message.endswith(f" Put {ADDRESS}/cat.npy there, as {file}, and start again.")
    assert "\n" not in message
    return message


def npy(header: str, content: bytes = b"") -> bytes:
    return NPY_START + len(header).to_bytes(2, "little") + header.encode() + content


@pytest.mark.parametrize("shape", [(20, 784), (20, 28, 28)], ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
def test_drawings_are_read_and_every_eighth_is_held_out(file: Path, shape: tuple[int, ...], order: str) -> None:
    np.save(file, np.asarray(DRAWINGS.reshape(shape), order=order))
    images = data.load("quickdraw-cat")
    assert isinstance(images, ImageSet)
    pictures = torch.from_numpy(DRAWINGS.reshape(20, 1, 28, 28))
    assert torch.equal(images.held_out, pictures[[7, 15]])
    assert torch.equal(images.images, pictures[[row for row in range(20) if row % 8 != 7]])
    assert images.images.dtype == torch.uint8
    assert images.images.shape[1:] == DATA_SHAPES["quickdraw-cat"].shape
    batch = images.sample(5, torch.Generator().manual_seed(0))
    assert batch.shape == (5, 1, 28, 28)
    assert (batch.min() >= -1, batch.max() <= 1) == (True, True)


def test_a_folder_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "else" / "quickdraw").mkdir(parents=True)
    np.save(drawings_file("quickdraw-cat", tmp_path / "else"), DRAWINGS)
    assert len(load_drawings("quickdraw-cat", tmp_path / "else").images) == 18


def test_without_the_file_the_message_names_address_and_place(file: Path) -> None:
    assert refusal(file).startswith("The data set quickdraw-cat is not on this machine. Put https://storage.googleapis.com/")
    file.mkdir()
    assert "is not on this machine" in refusal(file)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (DRAWINGS.astype(np.float32), "float32[20, 784]"),
        (DRAWINGS.astype(np.int8), "int8[20, 784]"),
        (DRAWINGS[:15], "uint8[15, 784]"),
        (DRAWINGS[:0], "uint8[0, 784]"),
        (DRAWINGS[:, :783], "uint8[20, 783]"),
        (DRAWINGS.T, "uint8[784, 20]"),
        (DRAWINGS[:, :0], "uint8[20, 0]"),
        (DRAWINGS[0], "uint8[784]"),
        (np.array(["cat"] * 20), "<U3[20]"),
        pytest.param(np.uint8(7), "uint8[]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_kind_or_shape_is_refused_with_what_it_is(file: Path, array: np.ndarray, said: str) -> None:
    np.save(file, array)
    assert f"holds {said}; uint8[n, 784] with n from 16 is needed." in refusal(file)


class Evil:
    """Unpickling one makes a folder."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("kind", ["an array of objects", "a bare pickle", "a record with an object"])
def test_a_pickle_in_the_file_is_not_executed(file: Path, tmp_path: Path, kind: str) -> None:
    evil, marker = Evil(tmp_path / "executed"), tmp_path / "executed"
    array = np.array([evil, *[None] * 19], dtype=object)
    if kind == "an array of objects":
        np.save(file, array, allow_pickle=True)
    elif kind == "a bare pickle":
        file.write_bytes(array.dumps())
    else:
        record = np.zeros(20, dtype=[("pixels", np.uint8, 784), ("more", object)])
        record["more"][0] = evil
        np.save(file, record, allow_pickle=True)
    assert "cannot be read" in refusal(file)
    assert not marker.exists()
    np.load(file, allow_pickle=True)  # it would have worked
    assert marker.exists()


HEADER = "{'descr': '|u1', 'fortran_order': False, 'shape': (20, 784), }"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(NPY_START, id="start alone"),
        pytest.param(b"<html>404</html>", id="a page"),
        pytest.param(npy(HEADER, bytes(20 * 784 - 1)), id="a byte missing"),
        pytest.param(npy(HEADER.replace("20", "-20"), bytes(20 * 784)), id="negative"),
        pytest.param(npy(HEADER.replace("20", "__import__('os').getcwd()")), id="code for a shape"),
        pytest.param(npy(HEADER.replace("|u1", "nonsense")), id="unknown kind"),
        pytest.param(
            npy(HEADER.replace("20", "1000000000000")),
            id="more than there is memory for",
        ),
        pytest.param(
            npy(HEADER[:-4]),
            id="cut header",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_broken_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert "cannot be read" in refusal(file)


def test_an_archive_of_arrays_is_refused(file: Path) -> None:
    with file.open("wb") as stream:
        np.savez(stream, DRAWINGS)
    refusal(file)


# --- at hand ------------------------------------------------------------------------------------------------------------------------


def test_drawings_are_at_hand_where_their_file_is(file: Path) -> None:
    assert not datafiles.at_hand("quickdraw-cat")
    np.save(file, DRAWINGS)
    assert datafiles.at_hand("quickdraw-cat")


@pytest.mark.parametrize("name", ["8gaussians", "25gaussians", "swissroll", "moons", "circles", "digits", "shapes"])
def test_what_is_made_or_embedded_is_always_at_hand(name: str) -> None:
    assert datafiles.at_hand(name)
    data.load(name)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
@pytest.mark.parametrize("ending", ["", ".gz"], ids=["unpacked", "packed"])
def test_a_set_is_at_hand_once_all_its_files_are_there(name: str, ending: str) -> None:
    download = datafiles.DOWNLOADS[name]
    folder = datafiles.data_folder() / download.folder
    folder.mkdir(parents=True)
    for file, _, _ in download.files:
        assert not datafiles.at_hand(name)
        (folder / (file.removesuffix(".gz") + ending)).write_bytes(b"")
    assert datafiles.at_hand(name)
    assert not datafiles.at_hand("cifar10")


def test_every_set_can_be_asked_for() -> None:
    assert {name for name in DATA_SHAPES if not datafiles.at_hand(name)} == {
        "mnist",
        "fashion-mnist",
        "kmnist",
        "cifar10",
        "quickdraw-cat",
        "nouns",
    }
