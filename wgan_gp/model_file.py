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
from wgan_gp.generators import LoadedGenerator, build_pair
from wgan_gp.networks import meta_pair
from wgan_gp.theory.latent import latents_from_seeds

FORMAT = "wgan-gp-lab generator 1"
MOST_BYTES = 20_000_000  # of a file; the largest that ships has half a million
MOST_HEADER_BYTES = 200_000
KINDS = {torch.float32: ("F32", 4), torch.int64: ("I64", 8)}
STARTS = {b"PK": "a ZIP archive (as torch.save writes)", b"\x80": "a pickle", b"\x1f\x8b": "a gzip archive", b"\x89PNG": "a picture"}


def write_generator(generator: LoadedGenerator) -> bytes:
    """The whole file, with the critic where it is known."""
    tensors = {f"generator.{name}": value for name, value in generator.module.state_dict().items()}
    if generator.critic is not None:
        tensors |= {f"critic.{name}": value for name, value in generator.critic.state_dict().items()}
    metadata = {"format": FORMAT, "config": generator.config.model_dump_json()}
    return safetensors.torch.save({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, metadata)


def load(path: Path) -> LoadedGenerator:
    """The generator in this file. Raises UnknownGenerator where there is none, Damaged with the reason where it cannot be used."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Damaged(f"{path.name}: {path.stat().st_size:,} bytes are too many; at most {MOST_BYTES:,} are allowed.")
        return read_generator(path.read_bytes(), path.stem)
    except OSError as error:
        raise UnknownGenerator(f"There is no file {str(path)!r}, or it cannot be read.") from error


def read_generator(blob: bytes, name: str) -> LoadedGenerator:
    """The generator in the bytes of a file; `name` is what it is called from now on.

    Raises Damaged with one sentence: what is not a safetensors file, not of this Lab, does not fit its config, or is not finite.
    """
    try:
        config, entries, data_bytes = _read_header(blob)
        with_critic = any(entry.startswith("critic.") for entry in entries)
        _compare(entries, _expected(config, with_critic), data_bytes)
        tensors = safetensors.torch.load(blob)
    except (_Unfit, SafetensorError) as error:
        raise Damaged(f"{name}: this is no generator that the Lab can use: {error}.") from None
    bad = next((tensor for tensor, value in tensors.items() if not bool(value.isfinite().all())), None)
    if bad is not None:
        raise Damaged(f"{name}: the weights in {bad} are not all finite numbers.")
    module, critic = build_pair(config)
    _fill(module, tensors, "generator.")
    if with_critic:
        _fill(critic, tensors, "critic.")
    _try(module, config, name)
    return LoadedGenerator(name, config, module, critic if with_critic else None)


class _Unfit(Exception):
    """Why a file cannot be used: the end of a sentence."""


def _read_header(blob: bytes) -> tuple[RunConfig, Mapping[str, Any], int]:
    """The config, the tensors' entries, and how many bytes of data follow."""
    if len(blob) > MOST_BYTES:
        raise _Unfit(f"{len(blob):,} bytes are too many, at most {MOST_BYTES:,} are allowed")
    for start, kind in STARTS.items():
        if blob.startswith(start):
            raise _Unfit(f"it is {kind}, and only safetensors is read")
    if len(blob) < 8:
        raise _Unfit("it is empty or cut off")
    (length,) = struct.unpack("<Q", blob[:8])
    if length > len(blob) - 8:
        raise _Unfit("it is cut off, or no safetensors file")
    if length > MOST_HEADER_BYTES:
        raise _Unfit(f"its header has {length:,} bytes, at most {MOST_HEADER_BYTES:,} are allowed")
    try:
        header = json.loads(blob[8 : 8 + length])
        metadata = header.pop("__metadata__")
        found, config = metadata["format"], metadata["config"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _Unfit("its header is not that of a generator of this Lab") from None
    if found != FORMAT:
        raise _Unfit(f"its format is {str(found)[:60]!r}, and {FORMAT!r} is needed")
    return _config(config), header, len(blob) - 8 - length


def _config(text: object) -> RunConfig:
    if not isinstance(text, str):
        raise _Unfit("its config is no text")
    try:
        config = parse_config(text)
    except InvalidConfig as error:
        raise _Unfit(f"its config is not valid ({str(error)[:200].rstrip('.')})") from None
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
        raise _Unfit(f"the tensor {strange[0][:60]!r} does not belong to it" if strange else f"the tensor {missing[0]!r} is missing")
    total = 0
    for name, tensor in expected.items():
        kind, size = KINDS[tensor.dtype]
        entry = entries[name]
        found = (entry.get("dtype"), entry.get("shape")) if isinstance(entry, dict) else (None, None)
        if found != (kind, list(tensor.shape)):
            raise _Unfit(f"{name} is {found[0]}{found[1]}"[:160] + f", and {kind}{list(tensor.shape)} is needed")
        total += size * tensor.numel()
    if total != data_bytes:
        raise _Unfit(f"{data_bytes:,} bytes of weights are there, and {total:,} are needed")


def _fill(module: nn.Module, tensors: Mapping[str, Tensor], prefix: str) -> None:
    module.load_state_dict({name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)})
    module.eval()


@torch.no_grad()
def _try(module: nn.Module, config: RunConfig, name: str) -> None:
    """Finite weights may still make numbers that are not."""
    if not bool(module(latents_from_seeds(range(16), config.latent_dim)).isfinite().all()):
        raise Damaged(f"{name}: the generator makes numbers that are not finite.")
