"""A generator as a file: safetensors with the run's config in the header. Whatever comes from outside is checked before it is used.

Nothing in such a file is executed. Tensors are named `generator.*` and, where the critic comes along, `critic.*`; their names, shapes
and kinds have to be exactly those of the nets in the config, and are compared in the header, before any data is touched.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from wgan_gp.config import RunConfig, parse_config
from wgan_gp.errors import Damaged, InvalidConfig, UnknownGenerator
from wgan_gp.networks import build_critic, build_generator, meta_pair
from wgan_gp.shelf.generator import Generator
from wgan_gp.terminal import visible
from wgan_gp.theory.latent import latents_from_seeds

FORMAT = "wgan-gp-lab generator 1"
MOST_BYTES = 20_000_000  # of a file; the largest that ships has half a million
MOST_HEADER_BYTES = 200_000
KINDS = {torch.float32: ("F32", 4), torch.int64: ("I64", 8)}
STARTS = {b"PK": "a ZIP archive (as torch.save writes)", b"\x80": "a pickle", b"\x1f\x8b": "a gzip archive", b"\x89PNG": "a picture"}


def write_generator(generator: Generator) -> bytes:
    """The whole file, with the critic where it is known."""
    tensors = {f"generator.{name}": value for name, value in generator.module.state_dict().items()}
    if generator.critic is not None:
        tensors |= {f"critic.{name}": value for name, value in generator.critic.state_dict().items()}
    metadata = {"format": FORMAT, "config": generator.config.model_dump_json()}
    return _in_order(safetensors.torch.save({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, metadata))


def _in_order(blob: bytes) -> bytes:
    """The same file with its header in a fixed order: safetensors shuffles it, and equal generators should have equal checksums."""
    (length,) = struct.unpack("<Q", blob[:8])
    header = json.dumps(json.loads(blob[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + blob[8 + length :]


def load(path: Path) -> Generator:
    """The generator in this file. Raises UnknownGenerator where there is none, Damaged with the reason where it cannot be used."""
    try:
        if not path.is_file():  # a pipe would be waited for
            raise FileNotFoundError
        if path.stat().st_size > MOST_BYTES:
            raise Damaged(f"{_shown(path.name)}: {path.stat().st_size:,} bytes are too many; at most {MOST_BYTES:,} are allowed.")
        return read_generator(path.read_bytes(), path.stem)
    except OSError as error:
        raise UnknownGenerator(f"There is no file '{_shown(str(path), 300)}', or it cannot be read.") from error


def read_generator(blob: bytes, name: str) -> Generator:
    """The generator in the bytes of a file; `name` is what it is called from now on.

    Raises Damaged with one sentence: what is not a safetensors file, not of this Lab, does not fit its config, or is not finite.
    """
    try:
        config, entries, data_bytes = _read_header(blob)
        with_critic = any(entry.startswith("critic.") for entry in entries)
        _compare(entries, _expected(config, with_critic), data_bytes)
        tensors = safetensors.torch.load(blob)
        _check_numbers(tensors)
        module = _fill(build_generator(config.generator, config.latent_dim, config.shape, torch.Generator()), tensors, "generator.")
        # A critic that is not in the file is not built: its size in the config is held against nothing.
        critic = _fill(build_critic(config.critic, config.shape, torch.Generator()), tensors, "critic.") if with_critic else None
        _try(module, critic, config)
    except (_Unfit, SafetensorError) as error:
        raise Damaged(f"{_shown(name, 80)}: this is no generator that the Lab can use: {_shown(str(error), 300)}.") from None
    return Generator(name, config, module, critic)


class _Unfit(Exception):
    """Why a file cannot be used: the end of a sentence."""


def _read_header(blob: bytes) -> tuple[RunConfig, Mapping[str, Any], int]:
    """The config, the tensors' entries, and how many bytes of data follow."""
    if len(blob) > MOST_BYTES:
        raise _Unfit(f"{len(blob):,} bytes are too many, at most {MOST_BYTES:,} are allowed")
    if blob[8:9] != b"{":  # where a header begins: its length in front of it may begin like anything
        kind = next((kind for start, kind in STARTS.items() if blob.startswith(start)), None)
        raise _Unfit(f"it is {kind}, and only safetensors is read" if kind else "it is empty, cut off, or no safetensors file")
    (length,) = struct.unpack("<Q", blob[:8])
    if length > len(blob) - 8:
        raise _Unfit("it is cut off, or no safetensors file")
    if length > MOST_HEADER_BYTES:
        raise _Unfit(f"its header has {length:,} bytes, at most {MOST_HEADER_BYTES:,} are allowed")
    try:
        header = json.loads(blob[8 : 8 + length].decode(), object_pairs_hook=_without_doubles)
        metadata = header.pop("__metadata__")
        found, config = metadata["format"], metadata["config"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _Unfit("its header is not that of a generator of this Lab") from None
    if not isinstance(found, str) or not isinstance(config, str):
        raise _Unfit("its format and its config are no texts")
    if found != FORMAT:
        raise _Unfit(f"its format is '{_shown(found)}', and '{FORMAT}' is needed")
    return _config(config), header, len(blob) - 8 - length


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of the header. Of two values under one name another reader might take the other one, so there must not be two."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Unfit("a name is in its header twice")
    return found


def _shown(text: str, most: int = 60) -> str:
    """Text from outside as it may stand in a message: on one line, everything to be seen, cut off where it is long."""
    return visible(text[:most])[:most]


def _config(text: str) -> RunConfig:
    try:
        config = parse_config(text)
    except InvalidConfig as error:
        reason = str(error)
        said = "it is no JSON object" if reason.endswith("is no JSON object.") else _shown(reason, 200).rstrip(".")
        raise _Unfit(f"its config is not valid ({said})") from None
    if config.frozen is not None:
        raise _Unfit("it comes from a run in which only the critic learnt")
    return config


def _expected(config: RunConfig, with_critic: bool) -> dict[str, Tensor]:
    """Every tensor there has to be, on the meta device: shapes without memory."""
    generator, critic = meta_pair(config)
    expected = {f"generator.{name}": value for name, value in generator.state_dict().items()}
    return expected | ({f"critic.{name}": value for name, value in critic.state_dict().items()} if with_critic else {})


def _compare(entries: Mapping[str, Any], expected: Mapping[str, Tensor], data_bytes: int) -> None:
    strange, missing = sorted(entries.keys() - expected.keys()), sorted(expected.keys() - entries.keys())
    if strange or missing:
        raise _Unfit(f"the tensor '{_shown(strange[0])}' does not belong to it" if strange else f"the tensor '{missing[0]}' is missing")
    total = 0
    for name, tensor in expected.items():
        kind, size = KINDS[tensor.dtype]
        entry = entries[name]
        found = (entry.get("dtype"), entry.get("shape")) if isinstance(entry, dict) else (None, None)
        if found != (kind, list(tensor.shape)):
            raise _Unfit(f"{name} is {_kind_and_shape(*found)}, and {kind}{list(tensor.shape)} is needed")
        total += size * tensor.numel()
    if total != data_bytes:
        raise _Unfit(f"{data_bytes:,} bytes of weights are there, and {total:,} are needed")


def _kind_and_shape(kind: object, shape: object) -> str:
    """What an entry of the header says of its tensor, in words where it is not of the right form."""
    if not isinstance(kind, str) or not isinstance(shape, list) or not all(isinstance(side, int) for side in shape):
        return "not described by a kind and a shape"
    return _shown(kind, 20) + _shown(str(shape[:8]), 80)


def _check_numbers(tensors: Mapping[str, Tensor]) -> None:
    for name, value in tensors.items():
        if not bool(value.isfinite().all()):
            raise _Unfit(f"the weights in {name} are not all finite numbers")
        if name.endswith(".running_var") and bool((value < 0).any()):
            raise _Unfit(f"a variance in {name} is negative")


def _fill(module: nn.Module, tensors: Mapping[str, Tensor], prefix: str) -> nn.Module:
    module.load_state_dict({name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)})
    return module.eval()


@torch.no_grad()
def _try(module: nn.Module, critic: nn.Module | None, config: RunConfig) -> None:
    """Finite weights may still make numbers that are not: look at 16 seeds, at the usual scale and at the largest allowed."""
    latents = latents_from_seeds(range(16), config.latent_dim)
    samples = module(torch.cat((latents, 10 * latents)))
    if not bool(samples.isfinite().all()):
        raise _Unfit("the generator makes numbers that are not finite")
    if critic is not None and not bool(critic(samples).isfinite().all()):
        raise _Unfit("the critic makes numbers that are not finite")
