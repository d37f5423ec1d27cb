"""Which device a run takes: the one place where CUDA, Apple's MPS and the CPU differ."""

from __future__ import annotations

import platform

import torch

from wgan_gp.errors import DeviceMissing


def resolve_device(name: str) -> torch.device:
    """`auto` takes CUDA, then MPS, then the CPU; a device asked for by name and missing is an error.

    Raises DeviceMissing with what is there.
    """
    present = available_devices()
    if name == "auto":
        return torch.device(present[0])
    kind, _, index = name.partition(":")
    if kind not in present or (kind == "cuda" and int(index or 0) >= torch.cuda.device_count()):
        raise DeviceMissing(f"device: {name!r} is not on this machine; there is: {', '.join(present)}.")
    return torch.device(name)


def available_devices() -> list[str]:
    """The kinds of device on this machine, the fastest first."""
    present = ["cpu"]
    if torch.backends.mps.is_available():
        present.insert(0, "mps")
    if torch.cuda.is_available():
        present.insert(0, "cuda")
    return present


def describe_device(device: torch.device) -> str:
    """A name a person recognises: `cuda (NVIDIA H200)`, `cpu (x86_64)`."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{device} ({platform.machine() or 'unknown'})"


def has_fused_optimisers(device: torch.device) -> bool:
    """Whether torch updates all weights of a net in one call on this device."""
    return device.type in ("cpu", "cuda")
