"""Counting the floating-point operations of matrix products and convolutions, while they happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten


def count_flops(work: Callable[[], object]) -> int:
    """The flops of `work()`, backward and double backward included: two for each multiply-add, as torch counts.

    Counted are matrix products and convolutions, where nearly all arithmetic of a net is; not sums, activations and optimisers.
    Padding counts like any pixel. What a compiled function or a CUDA graph does is not seen.
    torch.utils.flop_counter.FlopCounterMode has the same formulas, but follows modules with hooks that fail in a double backward.
    """
    counter = _Counter()
    with counter:
        work()
    return counter.flops


class _Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operation below autograd: those of a backward pass, too."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        kwargs = kwargs or {}
        formula = flop_registry.get(func._overloadpacket) or _VECTOR_PRODUCTS.get(func._overloadpacket)
        if formula is None and func.has_kernel_for_dispatch_key(torch._C.DispatchKey.CompositeImplicitAutograd):
            with self:  # under inference_mode operations arrive whole: look inside
                return func.decompose(*args, **kwargs)
        result = func(*args, **kwargs)
        if formula is not None:
            self.flops += int(formula(*args, **kwargs, out_val=result))
        return result


def _vector_product(*factors: torch.Tensor, **_: object) -> int:
    """addmv, mv and dot: each number of the first factor (after what is added) is used once."""
    return 2 * factors[-2].numel()


_VECTOR_PRODUCTS = {aten.addmv: _vector_product, aten.mv: _vector_product, aten.dot: _vector_product}  # torch has none for these
