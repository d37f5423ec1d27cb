"""The generators that ship: their cards and files, first with files made here, then those of the folder itself."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.runs.support import NASTY_IDS
from wgan_gp.config import DATA_SHAPES, RunConfig, override
from wgan_gp.errors import Damaged, UnknownGenerator
from wgan_gp.generators import Generator, generate, load_generator
from wgan_gp.networks import build_nets
from wgan_gp.shelf.cards import FOLDER, Card, card, cards, generator_bytes
from wgan_gp.shelf.file import read_generator, write_generator

NAMES = ["8gaussians-clip", "8gaussians-gp", "digits-clip", "digits-gp"]  # in the order of cards()
NETS = ["latent_dim=2", 'generator={"kind": "mlp", "width": 4, "depth": 2}', 'critic={"kind": "mlp", "width": 4, "depth": 2}']


def write_card(folder: Path, name: str, **values: Any) -> None:
    """A generator that was never trained, and its card; `values` replace what the card says."""
    data, method = name.rsplit("-", 1)
    config = override(RunConfig(), [*NETS, f"data={data}", f'constraint={{"kind": "{method}"}}'])
    blob = write_generator(Generator(name, config, build_nets(config)[0].eval()))
    (folder / "cards").mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.safetensors").write_bytes(blob)
    said = {
        "name": name, "data": data, "method": method, "credit": "nobody", "licence": "CC0", "recipe": "none",
        "config": config.model_dump(), "iterations": 1, "seconds": 0.5, "device": "cpu", "torch": "2.10",
        "sha256": hashlib.sha256(blob).hexdigest(), "bytes": len(blob),
    }  # fmt: skip
    (folder / "cards" / f"{name}.json").write_text(json.dumps(said | values))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four generators, written in another order than they are listed in."""
    for name in reversed(NAMES):
        write_card(tmp_path / "pretrained", name)
    return tmp_path / "pretrained"


# --- cards --------------------------------------------------------------------------------------------------------------------------


def test_cards_come_in_the_order_of_the_sets_and_clipping_first(folder: Path) -> None:
    found = cards(folder)
    assert [one.name for one in found] == NAMES
    assert [one.title for one in found] == ["8 Gaussians"] * 2 + ["Handwritten digits (8 x 8)"] * 2
    for one in found:
        assert card(one.name, folder) == one
        assert one.config.constraint.kind == one.method
        generator = read_generator(generator_bytes(one.name, folder), one.name)
        assert generator.config == one.config
        assert generate(generator, range(3)).shape == (3, *((2,) if generator.config.shape.is_plane else (8, 8, 1)))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.6, "60 s"),
        (92.1, "1.5 min"),
        (131, "2.2 min"),
        (3000, "50 min"),
        (5940, "99 min"),
        (6000, "1.7 h"),
        (4e5, "111.1 h"),
    ],
)
def test_how_long_it_trained_is_said_in_one_style(folder: Path, seconds: float, words: str) -> None:
    assert card(NAMES[0], folder).model_copy(update={"seconds": seconds}).duration == words


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert cards(tmp_path / "nowhere") == []
    with pytest.raises(UnknownGenerator):
        card("digits-gp", tmp_path / "nowhere")


def test_an_unknown_name_lists_the_names_there_are(folder: Path) -> None:
    for ask in (card, generator_bytes):
        with pytest.raises(UnknownGenerator) as caught:
            ask("mnist-gp", folder)
        assert str(caught.value) == f"There is no generator 'mnist-gp'; there is: {', '.join(sorted(NAMES))}."


@pytest.mark.parametrize(
    "broken",
    [b"", b"{", b"[]", b"\xff\xfe", b"{}", b"[" * 100_000, b'{"name": "digits-gp"}', b"null"],
    ids=["empty", "cut", "a list", "no text", "no fields", "nested", "most missing", "null"],
)
def test_a_card_that_cannot_be_read_is_left_out_and_named_when_it_is_asked_for(folder: Path, broken: bytes) -> None:
    (folder / "cards" / "digits-gp.json").write_bytes(broken)
    assert [one.name for one in cards(folder)] == [name for name in NAMES if name != "digits-gp"]
    for ask in (card, generator_bytes):
        with pytest.raises(Damaged, match=r"^digits-gp: its card in pretrained/cards cannot be read: "):
            ask("digits-gp", folder)
    assert read_generator(generator_bytes("digits-clip", folder), "it").config.data == "digits"


@pytest.mark.parametrize(
    "values",
    [
        {"sha256": "0" * 63}, {"sha256": "Z" * 64}, {"bytes": 0}, {"method": "none"}, {"iterations": "many"}, {"more": 1},
        {"seconds": -1}, {"config": {"latent_dim": 10**9}},
        pytest.param(
            {"report": {"model": "x"}},
        ),
    ],
    ids=str,
)  # fmt: skip
def test_a_card_with_a_value_out_of_range_is_left_out(folder: Path, values: dict[str, Any]) -> None:
    write_card(folder, "digits-gp", **values)
    assert [one.name for one in cards(folder)] == [name for name in NAMES if name != "digits-gp"]
    with pytest.raises(Damaged, match=r"^digits-gp: its card"):
        card("digits-gp", folder)


def test_a_card_of_a_set_that_is_none_is_left_out(folder: Path) -> None:
    write_card(folder, "digits-gp", data="nonsense")
    assert [one.name for one in cards(folder)] == [name for name in NAMES if name != "digits-gp"]


# --- names --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one generator, and cards and files outside of where they belong, that a clever name might reach."""
    root = tmp_path_factory.mktemp("guarded")
    folder = root / "pretrained"
    write_card(folder, "digits-gp")
    for place in (root, folder, folder / "cards" / "below"):
        place.mkdir(exist_ok=True)
        shutil.copy(folder / "cards" / "digits-gp.json", place / "secret.json")
    shutil.copy(folder / "digits-gp.safetensors", root / "secret.safetensors")
    return folder


@contextmanager
def reads_nothing() -> Iterator[None]:
    """Any file that is read fails the test."""

    def read_bytes(path: Path) -> bytes:
        raise AssertionError(f"{path} was read")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", read_bytes)
        yield


LIKE_PATHS = ["../secret", "below/secret", "./digits-gp", "cards/digits-gp", "../cards/digits-gp", "a/b", "/etc/passwd", "digits-gp.json"]
LIKE_PATHS += [
    "digits-gp\n",
    "DIGITS-GP",
    "digits-gp/",
    "digits-gp\0",
    "\0",
    "..\u2215secret",
    "digits\u2215gp",
    "\ud800",
    "<b>digits-gp</b>",
]


@given(
    st.text(st.characters(), max_size=60)
    | st.text("abdgip-/.\\\0%2e\u2215\u202e~: \n", max_size=20)
    | st.sampled_from(NASTY_IDS + LIKE_PATHS)
)
@example("secret")
@settings(deadline=None, max_examples=300)
def test_no_string_leaves_the_folder(guarded: Path, name: str) -> None:
    if name == "digits-gp" or len(name) > 240:  # names that long have a test of their own
        return
    for ask in (card, generator_bytes):
        with pytest.raises(UnknownGenerator) as caught, reads_nothing():
            ask(name, guarded)
        assert str(caught.value) == f"There is no generator {name[:80]!r}; there is: digits-gp."
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", [*(path for path in NASTY_IDS + LIKE_PATHS if len(path) < 240)])
def test_each_name_that_is_like_a_path_is_unknown(guarded: Path, name: str) -> None:
    with pytest.raises(UnknownGenerator), reads_nothing():
        card(name, guarded)
    with pytest.raises(UnknownGenerator):
        load_generator(name)


@pytest.mark.parametrize(
    "name",
    [
        "../" * 100, "\u2215" * 300, "A" * 300, "a" * 240,
        "a" * 300,
        "a" * 10**6,
    ],
    ids=lambda name: f"{name[:3]!r}, {len(name)}",
)  # fmt: skip
def test_a_long_name_is_unknown(guarded: Path, name: str) -> None:
    with pytest.raises(UnknownGenerator) as caught:
        card(name, guarded)
    assert len(str(caught.value)) < 600


# --- files --------------------------------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_what_it_was_is_named_and_the_others_work(folder: Path) -> None:
    file = folder / "digits-gp.safetensors"
    blob = file.read_bytes()
    altered = bytearray(blob)
    altered[-1] ^= 1
    for content, reason in (
        (blob[:-1], f"its file has {len(blob) - 1:,} bytes and should have {len(blob):,}"),
        (b"", f"its file has 0 bytes and should have {len(blob):,}"),
        (blob + b"\0", f"its file has {len(blob) + 1:,} bytes"),
        (bytes(altered), "its file was altered, the checksum is not the one on its card"),
        (bytes(len(blob)), "its file was altered"),
        (None, "its file digits-gp.safetensors is missing or cannot be read"),
    ):
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        else:
            file.mkdir()  # is there and cannot be read
        with pytest.raises(Damaged) as caught:
            generator_bytes("digits-gp", folder)
        assert str(caught.value).startswith(f"digits-gp: {reason}")
        assert str(caught.value).endswith("; fetch the folder pretrained anew.")
        assert [one.name for one in cards(folder)] == NAMES
        assert generate(read_generator(generator_bytes("digits-clip", folder), "it"), [0]).shape == (1, 8, 8, 1)
    file.rmdir()
    with pytest.raises(Damaged, match=r"^digits-gp: its file digits-gp\.safetensors is missing"):
        generator_bytes("digits-gp", folder)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_any_other_byte_is_seen(guarded: Path, data: st.DataObject) -> None:
    file = guarded / "digits-gp.safetensors"
    blob = file.read_bytes()
    place, flip = data.draw(st.integers(0, len(blob) - 1)), data.draw(st.integers(1, 255))
    try:
        file.write_bytes(blob[:place] + bytes([blob[place] ^ flip]) + blob[place + 1 :])
        with pytest.raises(Damaged, match="was altered"):
            generator_bytes("digits-gp", guarded)
        file.write_bytes(blob[:place])
        with pytest.raises(Damaged, match=f"its file has {place:,} bytes"):
            generator_bytes("digits-gp", guarded)
    finally:
        file.write_bytes(blob)
    assert generator_bytes("digits-gp", guarded) == blob


# --- what ships ---------------------------------------------------------------------------------------------------------------------

PROMISED = [f"{data}-{method}" for data in ("8gaussians", "swissroll", "digits", "mnist", "fashion-mnist") for method in ("gp", "clip")]
SHIPPED = sorted({path.stem for path in (FOLDER / "cards").glob("*.json")} | {path.stem for path in FOLDER.glob("*.safetensors")})


def test_both_methods_ship_for_every_set_that_was_promised_and_every_card_can_be_read() -> None:
    names = [one.name for one in cards()]
    assert set(PROMISED) <= set(names)
    assert sorted(names) == SHIPPED


@pytest.mark.parametrize("name", sorted({*PROMISED, *SHIPPED}))
def test_a_generator_that_ships_does_what_its_card_says(name: str) -> None:
    said: Card = card(name)
    assert said.name == name == f"{said.data}-{said.method}"
    assert (said.config.data, said.config.constraint.kind) == (said.data, said.method)
    assert said.credit.strip()
    assert said.licence.strip()
    assert said.recipe.strip()
    blob = (FOLDER / f"{name}.safetensors").read_bytes()
    assert (len(blob), hashlib.sha256(blob).hexdigest()) == (said.bytes, said.sha256)
    generator = load_generator(name)
    assert generator.name == name
    assert generator.config == said.config
    samples = generate(generator, range(4))
    shape = DATA_SHAPES[said.data]
    assert samples.shape == ((4, 2) if shape.is_plane else (4, shape.size, shape.size, shape.channels))
    assert samples.dtype == (np.float32 if shape.is_plane else np.uint8)
    assert np.isfinite(samples).all()
    assert len(np.unique(samples.reshape(4, -1), axis=0)) == 4


def test_the_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 40_000_000
