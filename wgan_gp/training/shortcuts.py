"""Which shortcuts are exact for two nets as they are now. Asked before every iteration: it looks at modules, and calls none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

from wgan_gp.networks.structure import keep_samples_apart
from wgan_gp.networks.tracing import Layers, NotALine
from wgan_gp.theory.layers import has_backward_hooks, has_hooks
from wgan_gp.training.chain import Chain


@dataclass(frozen=True)
class Shortcuts:
    """What may be left out without another result."""

    chain: Chain | None = None  # the critic's update, written out
    no_chain: str = ""  # why there is none, as half a sentence
    critic_takes_two: bool = False  # real and fake samples in one pass
    generator_takes_all: bool = False  # all latents of an iteration in one pass
    masks: bool = False  # where there is no chain: activations as products with a mask

    @classmethod
    def of(cls, generator: nn.Module, critic: nn.Module, layers: tuple[Layers, Layers]) -> Self:
        """Those of these nets. None where they share weights, so that each update changes both, or where another order of sums shows.

        layers: what is known of the generator's forward, and of the critic's.
        """
        one, other = _tensors(generator), _tensors(critic)
        if not _is_precise(one + other) or not _memory(one).isdisjoint(_memory(other)):
            return cls(no_chain="the nets share weights, or calculate in less than float32")
        takes_all = _keeps_apart(generator, layers[0])
        try:
            return cls(Chain.of(layers[1].of(critic)), "", True, takes_all)
        except NotALine as reason:
            return cls(None, str(reason), _keeps_apart(critic, layers[1]), takes_all, masks=not has_backward_hooks(critic))


def _keeps_apart(net: nn.Module, layers: Layers) -> bool:
    try:
        return keep_samples_apart(layers.of(net))
    except NotALine:
        return False


def keeps_no_state(net: nn.Module) -> bool:
    """Whether a call of the net is known to do nothing but launch kernels: torch's own layers or the Lab's in nn.Sequential, no hooks."""
    return not has_hooks(net) and all(type(part).__module__.startswith(("torch.nn.", "wgan_gp.networks.")) for part in net.modules())


def weights_have_hooks(net: nn.Module) -> bool:
    """Whether a backward pass runs code of somebody's own for a weight."""
    return any(weight._backward_hooks or weight._post_accumulate_grad_hooks for weight in net.parameters())


def built_in(net: nn.Module) -> Iterator[Any]:
    """What a captured call of the net has built in: its modules with their settings, where its weights lie, and which of them learn."""
    for part in net.modules():
        yield part
        yield from (value for value in vars(part).values() if isinstance(value, bool | int | float | str | tuple))
    for tensor in (*net.parameters(), *net.buffers()):
        yield tensor.data_ptr(), tensor.dtype, tensor.requires_grad


def _tensors(net: nn.Module) -> list[Tensor]:
    """Weights and statistics of all its parts. In one walk: it is asked for before every iteration."""
    return [tensor for part in net.modules() for tensor in (*part._parameters.values(), *part._buffers.values()) if tensor is not None]


def _is_precise(tensors: list[Tensor]) -> bool:
    """Whether a net calculates in float32 or float64, and not in what autocast takes."""
    exact = all(tensor.dtype in (torch.float32, torch.float64) for tensor in tensors if tensor.is_floating_point())
    return exact and not torch.is_autocast_enabled(tensors[0].device.type)


def _memory(tensors: list[Tensor]) -> set[int]:
    """Where they lie; weights that are not made yet lie nowhere."""
    return {tensor.untyped_storage().data_ptr() for tensor in tensors if not nn.parameter.is_lazy(tensor) and tensor.numel()}
