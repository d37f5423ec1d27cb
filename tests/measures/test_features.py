"""The feature extractors that ship: whole, small, as good as their cards say, and refused where they were touched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors
import torch

from wgan_gp.config import DATA_SHAPES
from wgan_gp.errors import Damaged
from wgan_gp.measures.feature_index import FOLDER, INDEX, read_index
from wgan_gp.measures.features import FEATURES, FeatureNet, load_extractor
from wgan_gp.measures.train_features import labelled

ROOT = Path(__file__).parents[2]
SHIPPED = ("digits", "fashion-mnist", "mnist", "quickdraw-cat", "shapes")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the folder that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "features"))


def test_these_ship() -> None:
    assert tuple(read_index()) == SHIPPED
    assert {path.name for path in FOLDER.iterdir()} == {INDEX, *(f"{data}.safetensors" for data in SHIPPED)}


@pytest.mark.parametrize("data", SHIPPED)
def test_an_extractor_gives_features_and_says_what_it_is(data: str) -> None:
    extractor = load_extractor(data)
    assert extractor is not None
    card, file = extractor.card, FOLDER / f"{data}.safetensors"
    assert extractor.name == f"FD-{data}-{card.sha256[:8]}"
    assert file.stat().st_size < 500_000
    assert not extractor.module.training
    images = torch.randint(256, (3, *DATA_SHAPES[data].shape), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    features = extractor.features(images)
    assert (features.shape, features.dtype) == ((3, FEATURES), torch.float32)
    assert not features.requires_grad
    assert torch.allclose(extractor.features(images[1:2]), features[1:2], atol=1e-4)  # alone as among others
    with safetensors.safe_open(file, "pt") as opened:
        said = json.loads(opened.metadata()["extractor"])
    assert said == {"name": f"features-{data}"} | json.loads(card.model_dump_json(exclude={"sha256"}))


@pytest.mark.parametrize(("data", "least"), [("digits", 0.95), ("shapes", 0.99)])
def test_the_accuracy_on_the_card_is_that_on_held_out_images(data: str, least: float) -> None:
    extractor = load_extractor(data)
    assert extractor is not None
    found = labelled(data)
    said = extractor.module.head(extractor.features(found.images.held_out)).argmax(dim=1)
    accuracy = float((said == found.held_out_labels).double().mean())
    assert accuracy == pytest.approx(extractor.card.accuracy, abs=5e-3)
    assert accuracy >= least
    assert len(found.classes) == len(extractor.card.classes)


def test_where_none_ships_there_is_none(tmp_path: Path) -> None:
    assert load_extractor("kmnist") is None
    assert load_extractor("digits", tmp_path) is None


def test_a_file_that_was_touched_is_refused_in_a_sentence(copy: Path) -> None:
    file = copy / "digits.safetensors"
    whole = file.read_bytes()
    for blob in (whole[:-1], whole[:100], b"", whole[:-4] + b"\0\0\0\1", b"\x80\x04pickle"):
        file.write_bytes(blob)
        with pytest.raises(Damaged, match=r"^digits: the feature extractor's file was altered or cut off, .*\.$"):
            load_extractor("digits", copy)
    file.unlink()
    with pytest.raises(Damaged, match=r"^digits: the feature extractor's file is missing.*\.$"):
        load_extractor("digits", copy)


def test_weights_that_do_not_fit_and_a_broken_index_are_refused(copy: Path) -> None:
    index = json.loads((copy / INDEX).read_text())
    shutil.copy(copy / "mnist.safetensors", copy / "digits.safetensors")
    index["digits"]["sha256"] = index["mnist"]["sha256"]
    (copy / INDEX).write_text(json.dumps(index))
    with pytest.raises(Damaged, match="do not fit its net"):
        load_extractor("digits", copy)
    for text in ("", "[]", '{"digits": {}}', '{"digits": 3}', "\xff"):
        (copy / INDEX).write_text(text, encoding="latin-1")
        with pytest.raises(Damaged, match="index of the feature extractors"):
            load_extractor("digits", copy)


@pytest.mark.parametrize("data", [name for name, shape in DATA_SHAPES.items() if not shape.is_plane])
def test_the_net_fits_every_image_set(data: str) -> None:
    shape = DATA_SHAPES[data]
    net = FeatureNet(shape, 10)
    assert net(torch.zeros(2, *shape.shape)).shape == (2, 10)
    assert sum(parameter.numel() for parameter in net.parameters()) * 4 < 490_000


def test_the_index_is_read_without_torch() -> None:
    code = "import sys; from wgan_gp.measures.feature_index import read_index; print('digits' in read_index(), 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "True False\n"
