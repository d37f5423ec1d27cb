"""Double backward without its zeros: ReLU and LeakyReLU as a product with a constant mask.

Their second derivative is zero; autograd would compute these zeros and carry them through the whole graph, 2 of 12 passes.
"""

from __future__ import annotations

from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_RELU = {torch.relu, Tensor.relu, F.relu}
_LEAKY_RELU = {F.leaky_relu, torch._C._nn.leaky_relu}


class MaskedActivations(TorchFunctionMode):
    """Within it ReLU and LeakyReLU are x * mask: the same values and the same gradients. Everything else, also in place, is as it was.

    So is what runs under hooks for saved tensors: activation checkpointing counts them, and repeats the forward outside of this mode.
    """

    def __init__(self, *, met: bool) -> None:
        super().__init__()
        self.met = met  # whether the last work within it called such activations; before the first, what is thought of it

    def __enter__(self) -> Self:
        self.met = False
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        keywords = keywords or {}
        slope = _slope(function, arguments, keywords)
        if slope is None or torch._C._autograd._top_saved_tensors_default_hooks(False) is not None:
            return function(*arguments, **keywords)
        self.met = True
        values = arguments[0] if arguments else keywords["input"]
        return values * torch.where(values.detach() > 0, values.new_ones(()), values.new_full((), slope))


def holds_activations(critic: nn.Module) -> bool:
    """Whether there is something to mask, as far as the layers tell; a forward of somebody's own may call more."""
    return any(isinstance(part, nn.ReLU | nn.LeakyReLU) and not part.inplace for part in critic.modules())


def _slope(function: Any, arguments: Any, keywords: Any) -> float | None:
    """The slope below zero where the call is one of a ReLU or LeakyReLU that makes a new tensor; None for everything else."""
    if function not in _RELU and function not in _LEAKY_RELU:
        return None
    place = 1 if function in _RELU else 2
    if keywords.get("inplace", False) or (len(arguments) > place and arguments[place]):
        return None
    return 0.0 if function in _RELU else float(keywords.get("negative_slope", arguments[1] if len(arguments) > 1 else 0.01))
