"""float64, wherever numbers come from: Apple's GPUs have none, not even on the way to the CPU, so what moves is converted last."""

from __future__ import annotations

import torch
from torch import Tensor

CPU = torch.device("cpu")


def float64(values: Tensor) -> Tensor:
    """`values` in float64 on the CPU, of any shape. Autograd passes through."""
    return values.cpu().double()


def device_with_float64(device: torch.device) -> torch.device:
    """This device where it computes in float64, else the CPU."""
    return CPU if device.type == "mps" else device


def share_of(chosen: Tensor) -> float:
    """The share of a mask's elements that are True: bool[n], on any device, to a number."""
    return int(chosen.sum()) / chosen.numel()
