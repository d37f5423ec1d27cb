"""Pixel characters from a made-up file of parts: what is drawn where, which are drawn, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from wgan_gp import data, datafiles
from wgan_gp.config import DATA_SHAPES
from wgan_gp.data.images import ImageSet
from wgan_gp.data.nouns import ADDRESS, characters, load_nouns
from wgan_gp.datafiles import parts_file
from wgan_gp.errors import DataMissing

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
GREY, WHITE = (16, 16, 16), (255, 255, 255)


def part(top: int, right: int, bottom: int, left: int, *runs: tuple[int, int]) -> dict[str, str]:
    numbers = [0, top, right, bottom, left, *(number for run in runs for number in run)]
    return {"filename": "part", "data": "0x" + bytes(numbers).hex()}


def made_up() -> dict[str, Any]:
    """Two bodies, an accessory with a hole, one empty head and one of a pixel, glasses in the lower right corner."""
    return {
        "bgcolors": ["101010", "ffffff"],
        "palette": ["", "ff0000", "00ff00", "0000ff"],
        "images": {
            "bodies": [part(10, 6, 12, 2, (12, 1)), part(10, 6, 12, 2, (12, 2))],
            "accessories": [part(11, 6, 11, 2, (1, 3), (2, 0), (1, 3))],
            "heads": [part(0, 0, 0, 0), part(0, 1, 0, 0, (1, 1))],
            "glasses": [part(31, 32, 31, 31, (1, 2))],
        },
    }


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the parts are looked for, in a home of this test's own; they are there."""
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    place = tmp_path / "data" / "nouns" / "image-data.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(made_up()))
    assert parts_file() == place
    return place


def refusal(file: Path) -> str:
    with pytest.raises(DataMissing) as caught:
        data.load("nouns")
    message = str(caught.value)
    assert message.startswith("The data set nouns ")
    assert message.endswith(f" Put {ADDRESS} there, as {file}, and start again; the characters are put together from the parts in it.")
    assert "\n" not in message
    return message


def by_hand(background: int, body: int, head: int) -> torch.Tensor:
    """The picture of these parts: uint8[3, 32, 32]."""
    picture = torch.empty(32, 32, 3, dtype=torch.uint8)
    picture[:] = torch.tensor((GREY, WHITE)[background])
    picture[10:13, 2:6] = torch.tensor((RED, GREEN)[body])
    picture[11, 2] = picture[11, 5] = torch.tensor(BLUE)
    if head:
        picture[0, 0] = torch.tensor(RED)
    picture[31, 31] = torch.tensor(GREEN)
    return picture.permute(2, 0, 1)


def test_characters_are_put_together_from_back_to_front() -> None:
    found = characters(count=64)
    assert found.images.dtype == torch.uint8
    assert found.parts.shape == (64, 5)
    for image, (background, body, accessory, head, glasses) in zip(found.images, found.parts.tolist(), strict=True):
        assert (accessory, glasses) == (0, 0)
        assert torch.equal(image, by_hand(background, body, head))
    assert len(found.parts.unique(dim=0)) == 8  # all that there are


def test_the_same_file_gives_the_same_characters_each_part_as_likely_as_the_others() -> None:
    before = torch.get_rng_state()
    one, other = characters(count=2000), characters(count=2000)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(one.images, other.images)
    for column in (0, 1, 3):
        assert float(one.parts[:, column].float().mean()) == pytest.approx(0.5, abs=0.05)


def test_the_set_holds_out_every_eighth() -> None:
    images = data.load("nouns")
    assert isinstance(images, ImageSet)
    whole = characters().images
    assert torch.equal(images.held_out, whole[7::8])
    assert torch.equal(images.images, whole[torch.arange(len(whole)) % 8 != 7])
    assert images.images.shape == (14_000, *DATA_SHAPES["nouns"].shape)
    assert images.sample(5, torch.Generator().manual_seed(0)).shape == (5, 3, 32, 32)


def test_a_folder_may_be_given(file: Path, tmp_path: Path) -> None:
    other = parts_file(tmp_path / "else")
    other.parent.mkdir(parents=True)
    file.rename(other)
    assert len(load_nouns(tmp_path / "else").held_out) == 2000


def test_without_the_file_the_message_names_address_and_place(file: Path) -> None:
    assert datafiles.at_hand("nouns")
    file.unlink()
    assert not datafiles.at_hand("nouns")
    assert "is not on this machine. Put https://raw.githubusercontent.com/nounsDAO/" in refusal(file)


Change = Callable[[dict[str, Any]], object]
WRONG: dict[str, Change] = {
    "no palette": lambda found: found.pop("palette"),
    "no backgrounds": lambda found: found.update(bgcolors=[]),
    "a layer missing": lambda found: found["images"].pop("heads"),
    "a layer empty": lambda found: found["images"].update(heads=[]),
    "images as a list": lambda found: found.update(images=[1]),
    "a part that is a number": lambda found: found["images"].update(heads=[7]),
    "data that are a number": lambda found: found["images"].update(heads=[{"data": 7}]),
    "no hexadecimal": lambda found: found["images"].update(heads=[{"data": "0xzz"}]),
    "a cut run": lambda found: found["images"].update(heads=[{"data": "0x000001000001"}]),
    "a cut box": lambda found: found["images"].update(heads=[{"data": "0x0000"}]),
    "rows that are not full": lambda found: found["images"].update(heads=[part(0, 2, 0, 0, (1, 1))]),
    "more rows than the box has": lambda found: found["images"].update(heads=[part(0, 1, 0, 0, (2, 1))]),
    "a box beyond the right": lambda found: found["images"].update(heads=[part(0, 33, 0, 32, (1, 1))]),
    "a box beyond the bottom": lambda found: found["images"].update(heads=[part(32, 1, 32, 0, (1, 1))]),
    "a colour that is not there": lambda found: found["images"].update(heads=[part(0, 1, 0, 0, (1, 4))]),
    "a colour of two bytes": lambda found: found["palette"].append("ff00"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=list(WRONG))
def test_a_file_of_another_form_is_refused(file: Path, change: Change) -> None:
    found = made_up()
    change(found)
    file.write_text(json.dumps(found))
    assert "image-data.json is not the project's file, or it is cut off." in refusal(file)


@pytest.mark.parametrize("text", ["", "[", "<html>404</html>", "[1]", '"a"', "[" * 100_000, " " * 5_000_001])
def test_what_is_no_such_json_is_refused(file: Path, text: str) -> None:
    file.write_text(text)
    assert "cannot be read" in refusal(file)
