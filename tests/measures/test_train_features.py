"""Training an extractor: on the right labels, the same file each time, and a sentence where it cannot be done."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wgan_gp.data.shapes import MODES, nearest_modes
from wgan_gp.errors import DataMissing, InvalidConfig, Refused
from wgan_gp.measures.feature_index import INDEX, read_index
from wgan_gp.measures.features import load_extractor
from wgan_gp.measures.train_features import labelled, train_features


def quiet(_: str) -> None:
    pass


def test_the_same_seed_gives_the_same_file_and_another_one_another(tmp_path: Path) -> None:
    said: list[str] = []
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    cards = [train_features("digits", seed, said.append, folder=tmp_path / str(n), iterations=40) for n, seed in enumerate((0, 0, 1))]
    assert cards[0] == cards[1]
    assert cards[0].sha256 != cards[2].sha256
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)  # nothing is drawn from the global source
    assert any(f"FD-{cards[0].name}" in line for line in said)
    extractor = load_extractor("digits", tmp_path / "0")
    assert extractor is not None
    assert extractor.card == cards[0]
    assert (extractor.card.iterations, extractor.card.seed) == (40, 0)
    assert 0.3 < extractor.card.accuracy <= 1


def test_an_entry_is_added_to_those_there_are(tmp_path: Path) -> None:
    for data in ("shapes", "digits"):
        train_features(data, 0, quiet, folder=tmp_path, iterations=2)
    assert list(read_index(tmp_path)) == ["digits", "shapes"]
    train_features("digits", 5, quiet, folder=tmp_path, iterations=2)
    assert {name: card.seed for name, card in read_index(tmp_path).items()} == {"digits": 5, "shapes": 0}
    assert json.loads((tmp_path / INDEX).read_text())["shapes"]["classes"][0] == "circle orange upper left"


def test_labels_belong_to_their_images() -> None:
    shapes = labelled("shapes")
    for images, labels in ((shapes.images.images, shapes.labels), (shapes.images.held_out, shapes.held_out_labels)):
        assert torch.equal(nearest_modes(images), labels)
    assert len(shapes.classes) == len(MODES)
    digits = labelled("digits")
    means = torch.stack([digits.images.images[digits.labels == digit].float().mean(dim=0).flatten() for digit in range(10)])
    nearest = torch.cdist(digits.images.held_out.float().flatten(1), means).argmin(dim=1)
    assert (nearest == digits.held_out_labels).double().mean() > 0.8  # what a mean of each class tells already


@pytest.fixture
def drawings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with bright and dark "cats" and "dogs"."""
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    folder = tmp_path / "data" / "quickdraw"
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for thing, level, count in (("cat", 0, 64), ("dog", 128, 48)):
        np.save(folder / f"{thing}.npy", random.integers(level, level + 128, (count, 784), dtype=np.uint8))
    return folder


def test_drawings_are_told_apart_by_whatever_classes_lie_there(drawings: Path, tmp_path: Path) -> None:
    found = labelled("quickdraw-cat")
    assert found.classes == ("cat", "dog")
    assert found.labels.tolist() == [0] * 56 + [1] * 42
    assert ((found.images.held_out.float().mean(dim=(1, 2, 3)) > 128) == (found.held_out_labels == 1)).all()
    card = train_features("quickdraw-cat", 0, quiet, folder=tmp_path / "features", iterations=30)
    assert (card.classes, card.accuracy) == (("cat", "dog"), 1)
    (drawings / "dog.npy").unlink()
    with pytest.raises(DataMissing, match="at least one other thing"):
        labelled("quickdraw-cat")
    (drawings / "cat.npy").unlink()
    with pytest.raises(DataMissing, match=r"cat\.npy"):
        labelled("quickdraw-cat")


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    for name in ("8gaussians", "nothing"):
        with pytest.raises(InvalidConfig, match="features are learnt from images: digits, "):
            train_features(name, 0, quiet, folder=tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Refused, match="cannot be written"):
        train_features("digits", 0, quiet, folder=tmp_path / "file" / "features", iterations=1)
