"""What a module is made of, where that is a plain chain of layers, and how strong its gradients are from layer to layer."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.module import _global_backward_hooks, _global_backward_pre_hooks, _has_any_global_hook

from wgan_gp.theory.lipschitz import NORM_LAYERS
from wgan_gp.theory.objective import critic_loss
from wgan_gp.theory.precision import device_with_float64


def layers_of(module: nn.Module) -> Iterator[nn.Module]:
    """The layers of nested nn.Sequential in the order they are applied; any other module is one layer."""
    if type(module) is nn.Sequential:
        for part in module:
            yield from layers_of(part)
    else:
        yield module


def is_plain(module: nn.Module) -> bool:
    """Whether calling its layers one after the other is all that calling the module does: no hooks, no parametrisations, no patches."""
    if _has_any_global_hook():  # type: ignore[no-untyped-call]
        return False
    return not any(_has_hooks(part) or "parametrizations" in part._modules for part in module.modules())


def has_hooks(module: nn.Module) -> bool:
    """Whether calling the module or a part of it runs more than its class's forward: hooks, a forward in its place, a compiled one."""
    return _has_any_global_hook() or any(map(_has_hooks, module.modules()))  # type: ignore[no-untyped-call]


def _has_hooks(part: nn.Module) -> bool:
    return bool(
        part._forward_hooks
        or part._forward_pre_hooks
        or part._backward_hooks
        or part._backward_pre_hooks
        or "forward" in part.__dict__
        or part._compiled_call_impl is not None
    )


def has_backward_hooks(module: nn.Module) -> bool:
    """Whether hooks run in a backward pass of the module: those of all modules count."""
    return bool(_global_backward_hooks or _global_backward_pre_hooks) or any(
        part._backward_hooks or part._backward_pre_hooks for part in module.modules()
    )


def has_layer_norms(critic: nn.Module) -> bool:
    """Whether `layer_norms` can measure this critic: a plain chain in which only linear layers and norm layers have weights."""
    layers = list(layers_of(critic))
    weighted = [layer for layer in layers if any(True for _ in layer.parameters())]
    known = all(type(layer) is nn.Linear or isinstance(layer, NORM_LAYERS) for layer in weighted)
    return is_plain(critic) and known and len(layers) > 1 and bool(weighted) and type(weighted[-1]) is nn.Linear


def layer_norms(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """||d(critic loss) / d(activations of a layer)||_2 over the batch and the units, for each linear layer: float64 [layers], on the CPU.

    real, fake: [batch, ...]; see `has_layer_norms` for the critics this is for. A layer's activations are what leaves its ReLU; the last
    layer's are the critic's values. The loss is E[D(fake)] - E[D(real)], without the penalty, so that all critics are asked the same.
    In float64: under clipping the norms leave what float32 can hold. The critic itself stays as it is.
    """
    place = device_with_float64(real.device)
    passed = torch.cat((real, fake)).to(place).double().requires_grad_()
    activations: list[Tensor] = []
    with torch.enable_grad():
        for layer in layers_of(critic):
            if isinstance(layer, nn.Linear):
                weight, bias = (None if p is None else p.detach().to(place).double() for p in (layer.weight, layer.bias))
                activations.append(nn.functional.linear(passed, weight, bias))
                passed = activations[-1]
                continue
            if any(True for _ in layer.parameters()):
                layer = copy.deepcopy(layer).to(place).double()
            passed = layer(passed)
            if activations:  # an activation function, a norm layer, or the squeeze at the end
                activations[-1] = passed
        gradients = torch.autograd.grad(critic_loss(passed[: len(real)], passed[len(real) :]), activations)
    return torch.stack([gradient.norm() for gradient in gradients]).cpu()
