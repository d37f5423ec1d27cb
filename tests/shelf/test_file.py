"""Files from outside: what is no generator of the Lab is refused with one sentence, and nothing in it is executed or believed."""

import gzip
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wgan_gp.config import RunConfig, override
from wgan_gp.errors import Damaged, UnknownGenerator
from wgan_gp.generators import Generator, generate, judged, load_generator
from wgan_gp.networks import build_nets
from wgan_gp.shelf.file import FORMAT, MOST_BYTES, MOST_HEADER_BYTES, load, read_generator, write_generator

ROOT = Path(__file__).parents[2]
IMAGES = [
    "data=digits", "latent_dim=4",
    'generator={"kind": "conv", "channels": 2}', 'critic={"kind": "conv", "channels": 2}',
]  # fmt: skip
POINTS = ['generator={"kind": "mlp", "width": 4, "depth": 2}', 'critic={"kind": "mlp", "width": 4, "depth": 2}']
NASTY_NAME = "<img src=x onerror=alert(1)> **b** $x$ [a](javascript:1) \u202egnp.exe"
Header = dict[str, Any]


@cache
def made(*given: str) -> Generator:
    """An untrained generator with its critic."""
    config = override(RunConfig(), list(given))
    module, critic = build_nets(config)
    return Generator("made", config, module.eval(), critic.eval())


def without_critic(generator: Generator) -> Generator:
    return Generator(generator.name, generator.config, generator.module)


def blob_of(*given: str) -> bytes:
    return write_generator(made(*given))


GOOD = blob_of(*IMAGES)


def split(blob: bytes) -> tuple[Header, bytes]:
    """The header and the data of a file."""
    (length,) = struct.unpack("<Q", blob[:8])
    return json.loads(blob[8 : 8 + length]), blob[8 + length :]


def joined(header: object, data: bytes = b"") -> bytes:
    """A file with this header: raw bytes, or what JSON makes of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def changed(change: Callable[[Header], object], blob: bytes = GOOD) -> bytes:
    """The file with its header changed in place."""
    header, data = split(blob)
    change(header)
    return joined(header, data)


def with_config(text: object, blob: bytes = GOOD) -> bytes:
    return changed(lambda header: header["__metadata__"].update(config=text), blob)


def with_settings(*given: str, blob: bytes = GOOD) -> bytes:
    """The file with a config that is valid and another one."""
    config = override(RunConfig.model_validate_json(split(blob)[0]["__metadata__"]["config"]), list(given))
    return with_config(config.model_dump_json(), blob)


def with_numbers(name: str, value: float, blob: bytes = GOOD) -> bytes:
    """The file with one tensor (F32) filled with a number."""
    header, data = split(blob)
    start, end = header[name]["data_offsets"]
    return joined(header, data[:start] + struct.pack("<f", value) * ((end - start) // 4) + data[end:])


def refusal(blob: bytes, name: str = "upload") -> str:
    """Why a file is refused: one printable line that names the file and is not the file itself."""
    with pytest.raises(Damaged) as caught:
        read_generator(blob, name)
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert message.endswith(".")
    assert message.isprintable()
    assert len(message) < 450
    assert "Traceback" not in message
    return message


def refused_or_usable(blob: bytes, like: Generator) -> None:
    """Whatever was done to a file, there is a refusal or a generator with nets of the same shapes that makes numbers."""
    try:
        found = read_generator(blob, "upload")
    except Damaged:
        refusal(blob)
        return
    assert shapes(found.module) == shapes(like.module)
    assert found.critic is not None
    assert like.critic is not None
    assert shapes(found.critic) == shapes(like.critic)
    samples, values = judged(found, [3])
    assert samples.shape[0] == 1
    assert np.isfinite(samples).all()
    assert np.isfinite(values).all()


def shapes(module: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


# --- what is written is what is read ------------------------------------------------------------------------------------------------

KINDS_OF_NETS = {
    "conv, batch norm": IMAGES,
    "conv, layer norm": [*IMAGES, "generator.norm=layer", "critic.norm=layer"],
    "points": POINTS,
    "points, batch norm": [*POINTS, "generator.norm=batch"],
    "mlp to images": ["data=digits", *POINTS],
    "colour": ["data=cifar10", *IMAGES[1:]],
    "odd sides": ["data=mnist", *IMAGES[1:]],
}


@pytest.mark.parametrize("given", KINDS_OF_NETS.values(), ids=KINDS_OF_NETS)
def test_a_generator_comes_back_bit_for_bit(given: list[str], tmp_path: Path) -> None:
    generator = made(*given)
    blob = write_generator(generator)
    back = read_generator(blob, "back")
    assert (back.name, back.config) == ("back", generator.config)
    assert not back.module.training
    for there, here in zip(judged(back, range(70), 1.5), judged(generator, range(70), 1.5), strict=True):
        assert np.array_equal(there, here)
    assert split(write_generator(back)) == split(blob)

    (tmp_path / "mine.safetensors").write_bytes(write_generator(without_critic(generator)))
    for alone in (load(tmp_path / "mine.safetensors"), load_generator(tmp_path / "mine.safetensors")):
        assert alone.name == "mine"
        assert alone.critic is None
        assert np.array_equal(generate(alone, range(70)), generate(generator, range(70)))


@pytest.mark.parametrize("length", [0x280, 0x380, 0x580, 0x4B50, 0x8B1F], ids=hex)
def test_the_headers_length_may_begin_like_a_pickle_or_an_archive(length: int) -> None:
    header, data = split(blob_of(*POINTS) if length < 0x600 else GOOD)
    like = made(*POINTS) if length < 0x600 else made(*IMAGES)
    if length < 0x600:  # short: the generator alone, and of its config only what it needs
        like = without_critic(like)
        header, data = split(write_generator(like))
        config = json.dumps({"generator": {"kind": "mlp", "width": 4, "depth": 2}})
        header["__metadata__"]["config"] = config
    text = json.dumps(header, separators=(",", ":")).encode()
    if len(text) > length:
        length += 0x400
    blob = joined(text.ljust(length), data)
    assert blob[:1] in (b"\x80", b"\x50", b"\x1f")
    assert shapes(read_generator(blob, "it").module) == shapes(like.module)


def test_a_name_in_the_config_stays_what_it_is() -> None:
    assert read_generator(with_settings(f"name={NASTY_NAME}"), "upload").config.name == NASTY_NAME


# --- what would be executed ---------------------------------------------------------------------------------------------------------


class Evil:
    """Unpickling one makes a folder."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def torch_saved(thing: object, *, as_zip: bool) -> bytes:
    target = io.BytesIO()
    torch.save(thing, target, _use_new_zipfile_serialization=as_zip)
    return target.getvalue()


def tarred(content: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(entry := tarfile.TarInfo("pickle"), io.BytesIO(content[: entry.size]))
    return target.getvalue()


def npy(thing: object) -> bytes:
    target = io.BytesIO()
    np.save(target, np.array([thing], dtype=object), allow_pickle=True)
    return target.getvalue()


def executables(evil: Evil) -> dict[str, bytes]:
    """Files whose loading, by the reader they are for, executes something."""
    pickled = pickle.dumps(evil)
    return {
        **{f"pickle protocol {protocol}": pickle.dumps(evil, protocol) for protocol in range(6)},
        "torch.save": torch_saved({"generator.0.weight": evil}, as_zip=True),
        "torch.save of old": torch_saved({"generator.0.weight": evil}, as_zip=False),
        "torch.jit": zipped({"a/data.pkl": pickled, "a/constants.pkl": pickled, "a/code/__torch__.py": b"import os", "a/version": b"3"}),
        "pt2": zipped({"a/archive_format": b"pt2", "a/data/constants/evil": pickled, "a/models/model.json": b"{}"}),
        "slip": zipped({"../../evil.py": b"", "/etc/evil": b""}),
        "bomb": zipped({"zeros": gzip.compress(bytes(10**6))}),
        "tar": tarred(pickled),
        "gzip": gzip.compress(pickled),
        "npy": npy(evil),
        "pickle after a length": struct.pack("<Q", len(pickled)) + pickled,
        "pickle behind a generator": GOOD + pickled,
        "archive behind a generator": GOOD + zipped({"a/data.pkl": pickled}),
    }


@pytest.mark.parametrize("kind", executables(Evil(Path())))
def test_nothing_is_executed(kind: str, tmp_path: Path) -> None:
    marker, file = tmp_path / "executed", tmp_path / "model.safetensors"
    pickle.loads(pickle.dumps(Evil(tmp_path / "it-would-work")))
    assert (tmp_path / "it-would-work").exists()
    blob = executables(Evil(marker))[kind]
    file.write_bytes(blob)
    refusal(blob)
    for read in (load, load_generator):
        with pytest.raises(Damaged, match=r"^model: "):
            read(file)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it-would-work", "model.safetensors"]


@pytest.mark.parametrize(
    ("start", "said"),
    [(b"PK\x03\x04", "ZIP"), (pickle.dumps({}), "pickle"), (gzip.compress(b"", mtime=0), "gzip"), (b"\x89PNG\r\n\x1a\n", "picture")],
)
def test_the_message_says_what_it_is(start: bytes, said: str) -> None:
    assert f"{said}" in refusal(start + bytes(100))


# --- what does not fit --------------------------------------------------------------------------------------------------------------

FIRST, LAST = "generator.0.weight", "critic.3.bias"


def entry(name: str = FIRST, **values: object) -> bytes:
    return changed(lambda header: header[name].update(values))


def swapped(one: str, other: str) -> bytes:
    """Two tensors in each other's place."""

    def swap(header: Header) -> None:
        header[one]["data_offsets"], header[other]["data_offsets"] = header[other]["data_offsets"], header[one]["data_offsets"]

    return changed(swap)


def moved(by: int, name: str = FIRST) -> bytes:
    start, end = split(GOOD)[0][name]["data_offsets"]
    return entry(data_offsets=[start + by, end + by])


def doubled(what: str) -> bytes:
    """The header with one name twice: a reader that takes the first sees another file than one that takes the last."""
    header, data = split(GOOD)
    text = json.dumps(header)
    match what:
        case "tensor":
            text = f'{{"{FIRST}":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}},{text[1:]}'
        case "metadata":
            text = f'{text[:-1]},"__metadata__":{json.dumps(header["__metadata__"])}}}'
        case "config":
            text = text.replace('"config":', '"config":"{}","config":', 1)
        case "shape":
            text = text.replace('"shape":', '"shape":[9,9],"shape":', 1)
    return joined(text.encode(), data)


def crowd(number: int) -> bytes:
    """So many tensors of no size."""
    header = {"__metadata__": split(GOOD)[0]["__metadata__"]}
    return joined(header | {f"t{index}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for index in range(number)})


NESTED = "[" * 100_000
MISFITS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "seven bytes": (bytes(7), "it is empty"),
    "zeros": (bytes(1000), "no safetensors file"),
    "text": (b"<html>" * 100, "no safetensors file"),
    "too large": (joined({}, bytes(MOST_BYTES)), "bytes are too many"),
    "trailing byte": (GOOD + b"\0", "bytes of weights are there"),
    "last byte missing": (GOOD[:-1], "bytes of weights are there"),
    # the header's length
    **{
        f"header of {length}": (struct.pack("<Q", length) + GOOD[8:], "it is cut off, or no safetensors file")
        for length in (2**63, 2**64 - 1, 10**9, len(GOOD))
    },
    "header too long": (joined(b"{" + b" " * MOST_HEADER_BYTES + b"}"), "its header has 200,002 bytes, at most 200,000 are allowed"),
    "header too short": (struct.pack("<Q", len(GOOD) - len(split(GOOD)[1]) - 24) + GOOD[8:], "its header is not that"),
    # the header's text
    "nested": (joined((f'{{"a":{NESTED}').encode()), "its header is not that"),
    "nested dicts": (joined(b'{"a":' * 30_000), "its header is not that"),
    "nested format": (changed(lambda header: header["__metadata__"].update(format=json.loads("[" * 500 + "]" * 500))), "are no texts"),
    "utf-16": (joined(b"{\0" + json.dumps(split(GOOD)[0]).encode("utf-16-le")[2:], split(GOOD)[1]), "its header is not that"),
    "not utf-8": (joined(b'{"\xff": 1}'), "its header is not that"),
    "list": (joined(b'{"__metadata__":[]}'), "its header is not that"),
    "no metadata": (changed(lambda header: header.pop("__metadata__")), "its header is not that"),
    **{
        f"metadata {value!r}": (changed(lambda header, value=value: header.update(__metadata__=value)), "its header is not that")
        for value in (None, 1, "text", [], ["format", "config"], {}, {"format": FORMAT})
    },
    "metadata with a number": (changed(lambda header: header["__metadata__"].update(more=1)), "this is no generator"),
    "metadata with a dict": (changed(lambda header: header["__metadata__"].update(more={"a": []})), "this is no generator"),
    **{f"twice: {what}": (doubled(what), "a name is in its header twice") for what in ("tensor", "metadata", "config", "shape")},
    # its format and config
    "other format": (changed(lambda header: header["__metadata__"].update(format="pt")), "its format is 'pt'"),
    "newer format": (changed(lambda header: header["__metadata__"].update(format=FORMAT[:-1] + "2")), "generator 2', and 'wgan-gp-lab gen"),
    "format of a checkpoint": (
        changed(lambda header: header["__metadata__"].update(format="wgan-gp-lab checkpoint 1")),
        "its format is 'wgan-gp-lab checkpoint 1'",
    ),
    "format as a list": (changed(lambda header: header["__metadata__"].update(format=[FORMAT])), "are no texts"),
    "nasty format": (changed(lambda header: header["__metadata__"].update(format="\u202e\n\ud800" * 9999)), "its format is '\\u202e"),
    "config as a dict": (with_config({"data": "digits"}), "are no texts"),
    **{f"config {text[:9]!r}": (with_config(text), "it is no JSON object") for text in ("", "nope", "[1]", '"a"', NESTED, "\ud800")},
    "config out of range": (with_config('{"latent_dim": 1e9}'), "latent_dim: 1000000000"),
    "config with NaN": (with_config('{"generator_optimizer": {"kind": "adam", "learning_rate": NaN}}'), "its config is not valid"),
    "config with a strange setting": (with_config(json.dumps({"\u202e<b>\n" + "z" * 5000: 1})), "\\u202e<b>\\nzz"),
    "config with a long name": (with_config(json.dumps({"name": "z" * 100_000})), "its config is not valid (name:"),
    "config with an unknown set": (with_config('{"data": "../../etc/passwd"}'), "its config is not valid (data:"),
    "config that is empty": (with_config("{}"), "does not belong to it"),
    "critic alone": (
        with_settings('frozen={"kind": "noise"}', blob=blob_of(*POINTS)),
        "it comes from a run in which only the critic learnt",
    ),
    "generator of another run": (
        with_settings('frozen={"kind": "snapshot", "run": "../../x"}', blob=blob_of(*POINTS)),
        "it comes from a run in which only the critic learnt",
    ),
    "a tanh for a relu changes no shape, more channels do": (with_settings("generator.channels=3"), "is F32["),
    "a level more": (with_settings("generator.levels=2"), "is missing"),
    "a hidden layer more": (with_settings("critic.hidden=3"), "is missing"),
    "too many levels": (
        with_config('{"data": "digits", "generator": {"kind": "conv", "levels": 4}}'),
        "generator.levels: 4 is too many for digits",
    ),
    "enormous generator": (with_settings("generator.channels=256"), "and F32["),
    "enormous critic": (with_settings('critic={"kind": "mlp", "width": 4096, "depth": 32}'), "does not belong to it"),
    # the tensors
    "1e5 tensors": (crowd(100_000), "its header has"),
    "many tensors": (crowd(3000), "the tensor 't0' does not belong to it"),
    "no tensors": (crowd(0), "is missing"),
    "extra tensor": (
        changed(lambda header: header.update({"generator.9.weight": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}})),
        "the tensor 'generator.9.weight' does not belong to it",
    ),
    "nasty tensor": (changed(lambda header: header.update({"\u202e\n<b>" * 99: {}})), "the tensor '\\u202e\\n<b>"),
    "missing tensor": (changed(lambda header: header.pop(FIRST)), f"the tensor '{FIRST}' is missing"),
    "half a critic": (changed(lambda header: header.pop(LAST)), f"the tensor '{LAST}' is missing"),
    "wrong name": (changed(lambda header: header.update({"weight": header.pop(FIRST)})), "the tensor 'weight' does not belong to it"),
    "wrong shape": (entry(shape=[4, 32]), f"{FIRST} is F32[4, 32], and F32[32, 4] is needed"),
    "flat shape": (entry(shape=[128]), f"{FIRST} is F32[128], and"),
    "1e9 numbers": (entry(shape=[10**9, 10**9]), f"{FIRST} is F32[1000000000, 1000000000], and"),
    "overflowing shape": (entry(shape=[2**63, 2**63, 4]), f"{FIRST} is F32[9223372036854775808, "),
    "huge shape": (entry(shape=[10**4000]), f"{FIRST} is F32[1000"),
    "long shape": (entry(shape=[1] * 20_000), f"{FIRST} is F32[1, 1, 1, 1, 1, 1, 1, 1], and"),
    "negative shape": (entry(shape=[-32, -4]), f"{FIRST} is F32[-32, -4], and"),
    "shape of floats": (entry(shape=[32.0, 4.0]), "this is no generator"),
    "shape of fractions": (entry(shape=[32.5, 4]), "not described by a kind and a shape"),
    "shape of truths": (entry("critic.3.bias", shape=[True]), "this is no generator"),
    "nested shape": (entry(shape=json.loads("[" * 500 + "]" * 500)), "not described by a kind and a shape"),
    "shape as text": (entry(shape="32, 4"), "not described by a kind and a shape"),
    "no entry": (changed(lambda header: header.update({FIRST: None})), "not described by a kind and a shape"),
    "entry as a list": (changed(lambda header: header.update({FIRST: ["F32", [32, 4], [0, 512]]})), "not described by a kind"),
    **{f"kind {kind}": (entry(dtype=kind), f"{FIRST} is {kind}[32, 4], and F32") for kind in ("F16", "BOOL", "I32", "F64", "", "x")},
    "kind as a list": (entry(dtype=["F32"]), "not described by a kind and a shape"),
    "kind as a long text": (entry(dtype="z" * 10_000), "is zzzz"),
    "counter as a float": (entry("generator.2.num_batches_tracked", dtype="F64"), "is F64[], and I64[] is needed"),
    # the offsets
    **{f"moved by {by}": (moved(by), "this is no generator") for by in (-10_000, -4, -1, 1, 4, 10_000, 2**62, 2**64)},
    "swapped ends": (entry(data_offsets=list(reversed(split(GOOD)[0][FIRST]["data_offsets"]))), "this is no generator"),
    "overlap": (entry(data_offsets=split(GOOD)[0][LAST]["data_offsets"]), "this is no generator"),
    "swapped with a smaller one": (swapped(FIRST, LAST), "this is no generator"),
    **{
        f"offsets {value!r}": (entry(data_offsets=value), "this is no generator")
        for value in (None, [], [0], [0, 1, 2], ["0", "512"], [0.0, 512.0], {})
    },
    # the numbers
    "NaN": (with_numbers(FIRST, float("nan")), f"the weights in {FIRST} are not all finite numbers"),
    "Inf": (with_numbers(LAST, float("inf")), f"the weights in {LAST} are not all finite numbers"),
    "negative variance": (with_numbers("generator.2.running_var", -1e-3), "a variance in generator.2.running_var is negative"),
    "variance of minus epsilon": (with_numbers("generator.2.running_var", -1e-5), "a variance in generator.2.running_var is negative"),
    "overflowing generator": (
        with_numbers("generator.4.weight", 3e38, with_numbers("generator.2.bias", 3e38, blob_of(*POINTS))),
        "the generator makes numbers that are not finite",
    ),
    "overflowing critic": (with_numbers("critic.3.weight", 3e38), "the critic makes numbers that are not finite"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_what_does_not_fit_is_refused_with_the_reason(case: str) -> None:
    blob, reason = MISFITS[case]
    message = refusal(blob)
    assert reason in message
    assert message.count("z") < 200


def test_the_name_of_the_file_stands_in_the_message_on_one_line() -> None:
    with pytest.raises(Damaged) as caught:
        read_generator(b"", "\u202e<b>\n\ud800" + "z" * 1000)
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith("\\u202e<b>\\n\\ud800zzz")
    assert len(str(caught.value)) < 300


# --- whatever is done to a file -----------------------------------------------------------------------------------------------------


@given(st.integers(0, len(GOOD) - 1))
@settings(deadline=None, max_examples=200)
def test_a_file_that_is_cut_is_refused(length: int) -> None:
    refusal(GOOD[:length])


HEADER_END = len(GOOD) - len(split(GOOD)[1])


@given(st.integers(0, HEADER_END - 1), st.integers(1, 255))
@settings(deadline=None, max_examples=300)
def test_a_header_with_a_flipped_byte_is_refused_or_describes_the_same_nets(place: int, flip: int) -> None:
    broken = bytearray(GOOD)
    broken[place] ^= flip
    refused_or_usable(bytes(broken), made(*IMAGES))


@given(st.integers(HEADER_END, len(GOOD) - 1), st.integers(1, 255))
@settings(deadline=None, max_examples=100)
def test_data_with_a_flipped_byte_are_refused_or_make_numbers(place: int, flip: int) -> None:
    broken = bytearray(GOOD)
    broken[place] ^= flip
    refused_or_usable(bytes(broken), made(*IMAGES))


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["F32", "I64", FORMAT]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_a_header_with_anything_in_any_place_is_refused_or_describes_the_same_nets(data: st.DataObject) -> None:
    header, weights = split(GOOD)
    name = data.draw(st.sampled_from(sorted(header)))
    place = data.draw(st.sampled_from([header, header[name]]))
    place[name if place is header else data.draw(st.sampled_from(sorted(header[name])))] = data.draw(anything)
    refused_or_usable(joined(header, weights), made(*IMAGES))


@given(st.binary(max_size=200), st.booleans())
@settings(deadline=None, max_examples=100)
def test_any_bytes_are_refused(content: bytes, framed: bool) -> None:
    refusal(joined(b"{" + content) if framed else content)


@given(st.text(st.characters(), max_size=60) | anything.map(json.dumps))
@settings(deadline=None, max_examples=200)
def test_any_config_is_refused_or_fits(text: str) -> None:
    refused_or_usable(with_config(text), made(*IMAGES))


@given(st.integers(1, 2000))
@settings(deadline=None, max_examples=50)
def test_nesting_of_any_depth_is_refused(depth: int) -> None:
    nested = json.dumps(split(GOOD)[0])[:-1] + ',"generator.x":' + "[" * depth + "]" * depth + "}"
    refusal(joined(nested.encode(), split(GOOD)[1]))


# --- without memory -----------------------------------------------------------------------------------------------------------------

MEASURE = """
import re, sys
from pathlib import Path
from wgan_gp.errors import Damaged
from wgan_gp.shelf.file import read_generator

def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

files = sorted(Path(sys.argv[1]).iterdir())
read_generator(files[0].read_bytes(), "good")
for file in files:
    blob, before = file.read_bytes(), peak()
    try:
        answer = "read" if read_generator(blob, "it").critic is None else "read with critic"
    except Damaged:
        answer = "refused"
    print(file.name, answer, round(peak() - before), sep="\\t")
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists() or "VmHWM" not in Path("/proc/self/status").read_text(), reason="the peak of memory is Linux"
)
def test_a_small_file_takes_no_memory_whatever_its_header_says(tmp_path: Path) -> None:
    huge = 'critic={"kind": "mlp", "width": 4096, "depth": 32}'  # two gigabytes
    critic_entries = {
        f"critic.{layer}.weight": {"dtype": "F32", "shape": [4096, 4096], "data_offsets": [0, 0]} for layer in range(1, 66, 2)
    }
    cases = {
        "0 good": (GOOD, "read with critic"),
        "1 huge critic that is not there": (with_settings(huge, blob=write_generator(without_critic(made(*IMAGES)))), "read"),
        "2 huge critic": (with_settings(huge), "refused"),
        "3 huge critic promised": (changed(lambda header: header.update(critic_entries), with_settings(huge)), "refused"),
        "4 huge generator": (with_settings("data=cifar10", "generator.channels=256", "latent_dim=1024"), "refused"),
        "5 huge MLP": (with_settings('generator={"kind": "mlp", "width": 4096, "depth": 32}', "latent_dim=1024"), "refused"),
        "6 huge tensor": (entry(shape=[10**9, 10**9]), "refused"),
        "7 huge header": (struct.pack("<Q", 10**9) + GOOD[8:], "refused"),
        "8 huge offsets": (entry(data_offsets=[0, 2**40]), "refused"),
        "9 nested": (joined(b'{"a":' + b"[" * 150_000), "refused"),
    }
    for name, (blob, _) in cases.items():
        (tmp_path / name).write_bytes(blob)
    command = [sys.executable, "-W", "error", "-c", MEASURE, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [line.split("\t") for line in done.stdout.splitlines()]
    assert {name: answer for name, answer, _ in found} == {name: answer for name, (_, answer) in cases.items()}
    assert max(int(megabytes) for *_, megabytes in found) < 60, done.stdout


# --- files --------------------------------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.safetensors").mkdir()
    for name in ("no.safetensors", "folder.safetensors", "nul\0.safetensors", "\ud800.safetensors", "a" * 300 + ".safetensors"):
        for read in (load, load_generator):
            with pytest.raises(UnknownGenerator, match=r"^There is no file '.*', or it cannot be read\.$"):
                read(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(UnknownGenerator):
        load(tmp_path / "pipe.safetensors")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.safetensors").open("wb") as file:
        file.truncate(2**40)  # more than fits into memory
    with pytest.raises(Damaged, match=r"^large\.safetensors: 1,099,511,627,776 bytes are too many; at most 20,000,000 are allowed\.$"):
        load(tmp_path / "large.safetensors")


def test_a_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.safetensors").write_bytes(GOOD[: len(GOOD) // 2])
    with pytest.raises(Damaged, match=r"^mine: this is no generator that the Lab can use: .*\.$"):
        load_generator(str(tmp_path / "mine.safetensors"))
