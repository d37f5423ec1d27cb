"""Which device a run takes: the one place where CUDA, Apple's MPS and the CPU differ."""

from __future__ import annotations

import platform
import time

import psutil
import torch

from wgan_gp.errors import DeviceMissing

EARLY_SECONDS = 20.0  # by then everything is loaded and has run: memory should not grow any more


def resolve_device(name: str) -> torch.device:
    """`auto` takes CUDA, then MPS, then the CPU; a device asked for by name and missing is an error.

    Raises DeviceMissing with what is there.
    """
    return candidates(name)[0]


def candidates(name: str) -> list[torch.device]:
    """The devices that may be meant, the fastest first; the last of `auto` is the CPU. Raises DeviceMissing with what is there."""
    present = available_devices()
    if name == "auto":
        return [torch.device(kind) for kind in present]
    kind, _, index = name.partition(":")
    if kind not in present or (kind == "cuda" and int(index or 0) >= torch.cuda.device_count()):
        raise DeviceMissing(f"device: {name!r} is not on this machine; there is: {', '.join(present)}.")
    return [torch.device(name)]


def available_devices() -> list[str]:
    """The kinds of device on this machine, the fastest first."""
    present = ["cpu"]
    if torch.backends.mps.is_available():
        present.insert(0, "mps")
    if torch.cuda.is_available():
        present.insert(0, "cuda")
    return present


def device_names() -> list[str]:
    """What a run may be told to take beside auto: the kinds of device, and each GPU by its number where there are several."""
    names = available_devices()
    count = torch.cuda.device_count() if "cuda" in names else 0
    return names if count < 2 else [*(f"cuda:{number}" for number in range(count)), *names[1:]]


def describe_device(device: torch.device) -> str:
    """A name a person recognises: `cuda (NVIDIA H200)`, `cpu (x86_64)`."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{device} ({platform.machine() or 'unknown'})"


def choose_precision(device: torch.device, *, tf32: bool) -> None:
    """Whether products of float32 matrices on CUDA may be made in TF32: for the whole process. Elsewhere there is no choice."""
    if device.type == "cuda":
        precision = "tf32" if tf32 else "ieee"
        torch.backends.cuda.matmul.fp32_precision = precision
        torch.backends.cudnn.conv.fp32_precision = precision  # type: ignore[attr-defined]


class Memory:
    """Follows the memory of a training from its beginning: alike early and late where it is flat."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._began, self._early = device, time.perf_counter(), 0

    def facts(self) -> dict[str, float]:
        """Megabytes (10^6 bytes): what this process holds now, and held at the last call of the first seconds, or at the first.

        On a GPU also its tensors' peak (MPS: what its driver holds now).
        """
        used = {"resident_mb": psutil.Process().memory_info().rss}
        if self._device.type == "cuda":
            used["gpu_peak_mb"] = torch.cuda.max_memory_allocated(self._device)
        elif self._device.type == "mps":
            used["gpu_mb"] = torch.mps.driver_allocated_memory()
        if not self._early or time.perf_counter() - self._began < EARLY_SECONDS:
            self._early = used["resident_mb"]
        return {name: round(size / 1e6, 1) for name, size in (used | {"resident_mb_early": self._early}).items()}


def has_fused_optimisers(device: torch.device) -> bool:
    """Whether torch updates all weights of a net in one call on this device."""
    return device.type in ("cpu", "cuda")
