"""What a module is made of, where that is a plain chain of layers."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn


def layers_of(module: nn.Module) -> Iterator[nn.Module]:
    """The layers of nested nn.Sequential in the order they are applied; any other module is one layer."""
    if type(module) is nn.Sequential:
        for part in module:
            yield from layers_of(part)
    else:
        yield module


def is_plain(module: nn.Module) -> bool:
    """Whether calling its layers one after the other is all that calling the module does: no hooks, no parametrisations."""
    parts = list(module.modules())
    return not any(
        part._forward_hooks or part._forward_pre_hooks or part._backward_hooks or hasattr(part, "parametrizations") for part in parts
    )
