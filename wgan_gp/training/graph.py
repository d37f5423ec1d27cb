"""A whole iteration as one CUDA graph: small nets on a GPU are bound by the launching of their kernels, and a graph is one launch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

_WARM_UPS = 3  # runs before the capture, as torch asks for: libraries choose their kernels then


class Graph:
    """`work` captured: `replay()` does it again on the same memory, with the next random numbers of `random`."""

    def __init__(self, work: Callable[[], Tensor], state: Callable[[], Sequence[Tensor]], random: torch.Generator) -> None:
        """Warm up and capture. Whether that succeeds or not, weights, optimisers and random numbers are as they were before.

        work: launches kernels only, and returns what is wanted of them; state: all that `work` changes, new tensors of a first run too.
        Raises RuntimeError where `work` cannot be captured, because it waits for the device, for example; `random` is spoilt then.
        """
        device = random.device
        before = [(tensor, tensor.clone()) for tensor in state()]
        numbers, common_numbers = random.get_state(), torch.cuda.get_rng_state(device)
        self._graph = torch.cuda.CUDAGraph()
        with warnings.catch_warnings():  # newer torch registers by itself and says that this is deprecated; older torch needs it
            warnings.simplefilter("ignore")
            self._graph.register_generator_state(random)
        try:
            with torch.cuda.device(device):
                side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
                side.wait_stream(torch.cuda.current_stream())
                with torch.cuda.stream(side):
                    for _ in range(_WARM_UPS):
                        work()
                torch.cuda.current_stream().wait_stream(side)
                random.set_state(numbers)
                with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
                    self._result = work()
        finally:
            torch.cuda.set_rng_state(common_numbers, device)
            _put_back(before, state())
        random.set_state(numbers)

    def replay(self) -> Tensor:
        """Do the work once more. Returns a copy of its result; nothing waits for the device."""
        self._graph.replay()
        return self._result.clone()


@torch.no_grad()
def _put_back(before: Sequence[tuple[Tensor, Tensor]], now: Sequence[Tensor]) -> None:
    """In place, since the graph holds the memory. What the warm-up has made is an optimiser's state, which begins at zero."""
    known = {id(tensor) for tensor, _ in before}
    for tensor, value in before:
        tensor.copy_(value)
    for tensor in now:
        if id(tensor) not in known:
            tensor.zero_()
