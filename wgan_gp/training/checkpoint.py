"""The whole training state to bytes and back: nets, moving average, optimisers, random state, counters. Safetensors, nothing executable."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from wgan_gp.config import RunConfig, parse_config
from wgan_gp.errors import Damaged, LabError
from wgan_gp.training.step import ReferenceTrainer

FORMAT = "wgan-gp-lab checkpoint 1"


def save_checkpoint(trainer: ReferenceTrainer, config: RunConfig, seconds: float, extra: Mapping[str, Tensor] = {}) -> bytes:
    """Everything training needs to go on exactly, as one safetensors blob.

    The data position is part of the random state: data are drawn from it. `extra` is what else belongs to the state, by name.
    """
    tensors = {"random": trainer.random.get_state()} | _state(trainer) | {f"extra.{name}": value for name, value in extra.items()}
    counters = {"iteration": trainer.iteration, "critic_updates": trainer.critic_updates, "seconds": seconds}
    metadata = {"format": FORMAT, "config": config.model_dump_json(), "counters": json.dumps(counters)}
    return safetensors.torch.save({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, metadata)


def load_checkpoint(blob: bytes, trainer: ReferenceTrainer) -> float:
    """Put the state of `blob` into a trainer built from the same config. Returns the seconds of training so far.

    Raises Damaged where the blob is not a checkpoint of these nets; the trainer must not be used then.
    """
    metadata, tensors = checkpoint_metadata(blob), _tensors(blob)
    try:
        counters = json.loads(metadata["counters"])
        iteration, updates, seconds = int(counters["iteration"]), int(counters["critic_updates"]), float(counters["seconds"])
        for part, module in _modules(trainer).items():
            module.load_state_dict(_below(tensors, part))
        for part, optimiser in _optimisers(trainer).items():
            _load_optimiser(optimiser, _below(tensors, part))
        trainer.random.set_state(tensors["random"])
    except (LookupError, RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise Damaged(f"The checkpoint does not fit the run's networks: {_first_line(error)}") from error
    trainer.iteration, trainer.critic_updates = iteration, updates
    return seconds


def checkpoint_metadata(blob: bytes) -> dict[str, str]:
    """The texts in the header: format, config, counters. Raises Damaged."""
    try:
        (length,) = struct.unpack("<Q", blob[:8])
        metadata = json.loads(blob[8 : 8 + length])["__metadata__"]
    except (struct.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged("The checkpoint is truncated or not a safetensors file.") from error
    found = {name: str(metadata.get(name)) for name in ("format", "config", "counters")} if isinstance(metadata, dict) else {}
    if found.get("format") != FORMAT:
        raise Damaged(f"The checkpoint has the format {found.get('format', '')[:60]!r}; this version reads {FORMAT!r}.")
    return found


def checkpoint_config(blob: bytes) -> RunConfig:
    """The config as it was when the checkpoint was made, live changes included. Raises Damaged."""
    try:
        return parse_config(checkpoint_metadata(blob)["config"])
    except LabError as error:
        raise Damaged(f"The checkpoint's config cannot be read: {error}") from error


def checkpoint_extra(blob: bytes) -> dict[str, Tensor]:
    """What was saved as `extra`; empty where nothing was. Raises Damaged."""
    return _below(_tensors(blob), "extra")


def sampling_weights(blob: bytes) -> dict[str, Tensor]:
    """The state dict of the generator to draw pictures with: the moving average where there is one. Raises Damaged."""
    tensors = _tensors(blob)
    return _below(tensors, "averaged") or _below(tensors, "generator")


def critic_weights(blob: bytes) -> dict[str, Tensor]:
    """The state dict of the critic. Raises Damaged."""
    return _below(_tensors(blob), "critic")


def weights_sha256(trainer: ReferenceTrainer) -> str:
    """SHA-256 over names and bytes of all weights and buffers of generator and critic, in order of their names."""
    digest = hashlib.sha256()
    for part in ("generator", "critic"):
        for name, value in sorted(_modules(trainer)[part].state_dict().items()):
            digest.update(f"{part}.{name}".encode())
            digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def first_bad_tensor(trainer: ReferenceTrainer) -> str | None:
    """The name of the first tensor of nets and optimisers that holds a number that is not finite; None where all is well.

    An optimiser's overflow counts: Adam's second moment at infinity silently ends all learning.
    """
    return next((name for name, value in _state(trainer).items() if not bool(value.isfinite().all())), None)


def _state(trainer: ReferenceTrainer) -> dict[str, Tensor]:
    """Every tensor of nets and optimisers, by name."""
    tensors: dict[str, Tensor] = {}
    for part, module in _modules(trainer).items():
        tensors |= {f"{part}.{name}": value for name, value in module.state_dict().items()}
    for part, optimiser in _optimisers(trainer).items():
        for index, state in optimiser.state_dict()["state"].items():
            tensors |= {f"{part}.{index}.{key}": value for key, value in state.items()}
    return tensors


def _modules(trainer: ReferenceTrainer) -> dict[str, nn.Module]:
    modules = {"generator": trainer.generator, "critic": trainer.critic}
    return modules if trainer.averaged is None else modules | {"averaged": trainer.averaged}


def _optimisers(trainer: ReferenceTrainer) -> dict[str, torch.optim.Optimizer]:
    return {"generator_optimizer": trainer.generator_optimizer, "critic_optimizer": trainer.critic_optimizer}


def _load_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Optimiser states are named `<index>.<key>`; groups (learning rates) stay as they were built."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, key = name.split(".", 1)
        parameter = parameters[int(index)]
        if value.shape == parameter.shape:  # laid out in memory like its parameter: fused optimisers walk through both side by side
            value = torch.empty_like(parameter, device="cpu").copy_(value)
        state.setdefault(int(index), {})[key] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def _tensors(blob: bytes) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load(blob)
    except (SafetensorError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise Damaged(f"The checkpoint cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def _below(tensors: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): value for name, value in tensors.items() if name.startswith(f"{part}.")}
