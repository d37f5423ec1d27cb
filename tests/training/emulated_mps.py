"""An Apple GPU where there is none: within `EmulatedMps` torch has a device "mps" that refuses what the real one refuses.

Its tensors are ordinary ones on the CPU whose memory is known to lie "on the device". Refused are: float64 on the device, also on the way
to the CPU (the real one converts before it copies), NumPy arrays of its tensors, and operations that mix devices. Convolutions that the
real device gets silently wrong (channels_last slices, weights that are not contiguous: pytorch #180984, #192212) are refused aloud.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode

MPS, CPU = torch.device("mps"), torch.device("cpu")
NO_FLOAT64 = "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64. Please use float32 instead."

_resident: dict[int, StorageWeakRef] = {}  # storages "on the device"; a weak reference keeps their address from being used again
_MOVES = {Tensor.to, Tensor.cpu, Tensor.copy_, Tensor.type, torch.nn.Module.to}
_CONVOLUTIONS = {F.conv2d, F.conv_transpose2d, torch.ops.aten.convolution_backward}
_HOST = {Tensor.numpy, Tensor.__array__}
_INDEXING = {Tensor.__getitem__, Tensor.__setitem__}

Fault = Callable[[Any, Any], Any]  # of a function and its result: the result as the broken device has it


class _Generator(torch.Generator):
    """Random numbers of the device: those of the CPU, under its name."""

    def __new__(cls, device: torch.device | str = CPU) -> _Generator:
        there = torch.device(device).type == "mps"
        made = super().__new__(cls, CPU if there else device)
        made.place = MPS if there else torch.device(device)
        return made

    @property
    def device(self) -> torch.device:
        """Where its numbers are."""
        return self.place


class EmulatedMps(TorchFunctionMode):
    """The device itself. `fault` breaks it: it is given each function with its result, and may change it or raise."""

    def __init__(self, fault: Fault | None = None) -> None:
        super().__init__()
        self._fault = fault
        self.refused: list[str] = []
        self.used = 0  # operations on the device

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        keywords = dict(keywords or {})
        if function in (torch._C._nn._parse_to, torch.device):  # only reads what a call names
            return function(*arguments, **keywords)
        tensors = list(_tensors((arguments, keywords)))
        held = [tensor for tensor in tensors if on_device(tensor)]
        if function == Tensor.device.__get__:  # type: ignore[attr-defined]
            return MPS if held else function(*arguments)
        if held and function in _HOST:
            raise self._refusal(TypeError("can't convert mps:0 device type tensor to numpy. Use Tensor.cpu() first."))
        target = _target(function, arguments, keywords)
        mixed = held and function not in _MOVES | _INDEXING and any(tensor.dim() and not on_device(tensor) for tensor in tensors)
        if held and function in _CONVOLUTIONS:
            self._check_convolution(tensors)
        if keywords.get("device") is not None and torch.device(keywords["device"]).type == "mps":
            keywords["device"] = CPU
        result = function(*_without_mps(arguments), **keywords)
        if mixed and any(True for _ in _tensors(result)):
            raise self._refusal(RuntimeError(f"Expected all tensors to be on the same device, mps:0 and cpu in {function}."))
        result = self._settle(function, result, target, held)
        self.used += bool(held)
        return self._fault(function, result) if self._fault and held else result

    def _settle(self, function: Any, result: Any, target: torch.device | None, held: list[Tensor]) -> Any:
        """The result where it belongs; refused where the device has no such numbers."""
        there = target.type == "mps" if target else bool(held)
        moved = function in (Tensor.to, Tensor.cpu) and target is not None and there != bool(held)
        found = list(_tensors(result))
        if (there or (held and function in _MOVES)) and any(tensor.dtype == torch.float64 for tensor in found):
            raise self._refusal(TypeError(NO_FLOAT64))
        if moved and isinstance(result, Tensor):
            result = result.clone()  # moved: other memory
            found = [result]
        for tensor in found:
            _mark(tensor, there)
        return result

    def _check_convolution(self, tensors: list[Tensor]) -> None:
        for tensor in tensors:
            if tensor.dim() == 4 and not tensor.is_contiguous():
                raise self._refusal(AssertionError(f"MPS convolves a tensor with strides {tensor.stride()}: silently wrong there."))

    def _refusal(self, error: Exception) -> Exception:
        self.refused.append(str(error))
        return error


@contextmanager
def emulated_mps(patch: pytest.MonkeyPatch, fault: Fault | None = None) -> Iterator[EmulatedMps]:
    """A machine with an Apple GPU, which `auto` takes."""
    patch.setattr(torch, "Generator", _Generator)
    patch.setattr(torch.backends.mps, "is_available", cache(lambda: True))
    patch.setattr(torch.mps, "driver_allocated_memory", lambda: 0)
    with EmulatedMps(fault) as device:
        yield device


def on_device(tensor: Tensor) -> bool:
    """Whether this tensor's memory lies on the emulated device."""
    held = _resident.get(tensor.untyped_storage()._cdata)
    return held is not None and not held.expired()


def _mark(tensor: Tensor, there: bool) -> None:
    storage = tensor.untyped_storage()
    if there:
        _resident[storage._cdata] = StorageWeakRef(storage)
    else:
        _resident.pop(storage._cdata, None)


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)


def _target(function: Any, arguments: Any, keywords: Any) -> torch.device | None:
    """The device that a call names; None where the result stays where its inputs are."""
    if function is Tensor.cpu:
        return CPU
    if keywords.get("device") is not None:
        return torch.device(keywords["device"])
    if function is Tensor.to:
        return next((torch.device(part) for part in arguments[1:] if isinstance(part, str | torch.device)), None)
    return None


def _without_mps(arguments: Any) -> Any:
    return tuple(CPU if isinstance(part, torch.device) and part.type == "mps" else part for part in arguments)
