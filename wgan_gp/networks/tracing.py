"""The layers of a net as its forward calls them: read from nn.Sequential, and traced with torch.fx where somebody wrote a forward.

What is traced counts only where it is one layer after the other, and for as long as the net's modules and their settings stay the same.
A trace says what a forward does with a stand-in for its samples: whoever calculates with it holds it once against the net itself, on
real ones (`Layers.proven`).
"""

from __future__ import annotations

import copy
import operator
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn

from wgan_gp.networks.layers import Reshape, Squeeze
from wgan_gp.theory.layers import is_plain, layers_of

MOST_TRACES = 5  # a net whose settings change again and again, a counter in its forward for example, is not followed any longer


class NotALine(Exception):
    """Why the layers of a net are not known, as half a sentence."""


class Layers:
    """What the forward of one net calls one after the other. Cheap to ask before every iteration."""

    def __init__(self) -> None:
        self._settings: object = None  # of the net when it was traced
        self._found: list[nn.Module] | NotALine = []
        self._traces = 0
        self.proven = False  # whether the trace was held against the net

    def of(self, net: nn.Module) -> list[nn.Module]:
        """The layers. Raises NotALine."""
        if not is_plain(net):
            raise NotALine("it has hooks, parametrisations or a forward put in its place")
        layers = list(layers_of(net))
        if all(map(_is_torchs, layers)):
            self.proven = True
            return layers
        settings = list(_settings(net))
        if settings != self._settings:
            self._settings, self.proven = settings, False
            self._found = self._trace(net)
        if isinstance(self._found, NotALine):
            raise self._found
        return self._found

    def distrust(self) -> NotALine:
        """The net gives other values than its trace, which is not used again. Returns the reason."""
        self._found = NotALine("its forward does something else with real samples than its trace says")
        return self._found

    def _trace(self, net: nn.Module) -> list[nn.Module] | NotALine:
        self._traces += 1
        if self._traces > MOST_TRACES:
            return NotALine("its settings change again and again")
        try:
            return _follow(_graph_of(net), net)
        except NotALine as error:
            return error


def _is_torchs(layer: nn.Module) -> bool:
    """Whether a layer is one of torch's or the Lab's own, not a subclass; whoever knows it reads its settings himself."""
    return type(layer).__module__.startswith(("torch.nn.modules.", "wgan_gp.networks."))


def _settings(net: nn.Module) -> Iterator[object]:
    """What decides the way through a net: its modules, and the plain values in those that somebody wrote."""
    for part in net.modules():
        yield id(part)
        if not _is_torchs(part):
            yield from (value for value in vars(part).values() if isinstance(value, bool | int | float | str | tuple))


# --- the trace ----------------------------------------------------------------------------------------------------------------


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return _is_torchs(m) and type(m) is not nn.Sequential


def _graph_of(net: nn.Module) -> fx.Graph:
    """The calls of a forward. Made of a copy with the same weights: nothing of the net changes, nor do torch's random numbers."""
    tensors = {id(tensor): tensor for tensor in (*net.parameters(), *net.buffers())}
    cuda = [tensor.device for tensor in tensors.values() if tensor.device.type == "cuda"][:1]
    try:
        with torch.random.fork_rng(cuda), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            twin = copy.deepcopy(net, tensors)
            before = _state(twin)
            graph = _Tracer().trace(twin)
    except Exception as error:  # whatever a forward of somebody's own does with what is no tensor
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise NotALine(f"its forward cannot be traced ({reason[:100].rstrip('.')})") from error
    if _state(twin) != before:
        raise NotALine("its forward keeps something of each call")
    return graph


def _state(net: nn.Module) -> list[tuple[str, int, int]]:
    """Everything that hangs on a net's modules: by identity, and by length where it is a collection."""
    return [
        (name, id(value), len(value) if isinstance(value, list | dict | set) else 0)
        for part in net.modules()
        for name, value in vars(part).items()
    ]


def _follow(graph: fx.Graph, net: nn.Module) -> list[nn.Module]:
    """The layers along a graph in which each node takes what the last one gave, but for questions about the batch's size."""
    layers: list[nn.Module] = []
    line: list[fx.Node] = []  # the samples, and what became of them
    sizes, counts = set[fx.Node](), set[fx.Node]()  # nodes that are a whole shape, and those that are the number of samples
    for node in graph.nodes:
        if node.op == "placeholder" and not line:
            line.append(node)
            continue
        if _asks_size(node, line):
            (sizes if len(node.args) == 1 or node.args[1:] == ("shape",) else counts).add(node)
            continue
        if node.target is operator.getitem and node.args[0] in sizes and node.args[1] == 0:
            counts.add(node)
            continue
        _check_follows(node, line)
        if node.op == "output":
            return layers
        layers.append(_layer(node, net, counts))
        line.append(node)
    raise NotALine("its forward returns nothing")


def _check_follows(node: fx.Node, line: Sequence[fx.Node]) -> None:
    """Raises NotALine for a node that does not take what the last one gave."""
    if node.op == "placeholder":
        raise NotALine("its forward takes more than samples")
    if node.op == "get_attr":
        raise NotALine(f"its forward uses {node.target} outside of a layer")
    if not line or not node.args or node.args[0] is not line[-1]:
        raise NotALine(f"{_name(node)} takes something else than what the layer before it gives")


def _asks_size(node: fx.Node, line: Sequence[fx.Node]) -> bool:
    asks = (node.op == "call_method" and node.target == "size") or (node.target is getattr and node.args[1] == "shape")
    return bool(asks and node.args[0] in line and not node.kwargs and (len(node.args) == 1 or node.args[1] in (0, "shape")))


def _layer(node: fx.Node, net: nn.Module, counts: set[fx.Node]) -> nn.Module:
    """The layer that does what this node does to the samples it takes."""
    if node.op == "call_module":
        if len(node.args) > 1 or node.kwargs:
            raise NotALine(f"{_name(node)} takes more than samples")
        return net.get_submodule(str(node.target))
    make = _LAYERS.get(_name(node)) if node.op in ("call_method", "call_function") else None
    if make is None or not (node.op == "call_method" or _is_torchs_function(node.target)):
        raise NotALine(f"its forward calls {_name(node)}, which is not followed")
    try:
        return make(counts, *node.args[1:], **node.kwargs)
    except TypeError:
        raise NotALine(f"its forward calls {_name(node)} in a way that is not followed") from None


def _name(node: fx.Node) -> str:
    return str(node.target) if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))


def _is_torchs_function(function: Any) -> bool:
    return any(getattr(place, getattr(function, "__name__", ""), None) is function for place in (torch, F, torch._C._nn))


# Each takes the nodes that are the number of samples, then the call's arguments after the samples. TypeError: not that way.


def _relu(_: object, inplace: bool = False) -> nn.Module:
    return nn.ReLU(inplace)


def _leaky_relu(_: object, negative_slope: float = 0.01, inplace: bool = False) -> nn.Module:
    if not isinstance(negative_slope, int | float):
        raise TypeError
    return nn.LeakyReLU(negative_slope, inplace)


def _flatten(_: object, start_dim: int = 0, end_dim: int = -1) -> nn.Module:
    if start_dim != 1 or end_dim != -1:
        raise TypeError
    return nn.Flatten()


def _view(counts: set[fx.Node], *shape: Any, **named: Any) -> nn.Module:
    """`x.view(x.size(0), -1)`, `x.view(-1, 1, 28, 28)`, `x.view(-1)`: the samples stay apart, which a proof on real ones must show."""
    first, *others = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else (*shape, *named.get("shape", ()))
    whole = all(isinstance(side, int) for side in others)
    if not whole or not (first in counts or (first == -1 and -1 not in others)):
        raise TypeError
    return Reshape(lambda _: others)


def _squeeze(_: object, dim: int | None = None) -> nn.Module:
    if dim == 1:
        return Squeeze()
    if dim == -1:
        return Reshape(lambda shape: shape[:-1] if shape[-1:] == (1,) else shape)
    if dim is not None:
        raise TypeError
    return Reshape(lambda shape: [side for side in shape if side != 1])


_LAYERS: dict[str, Callable[..., nn.Module]] = {
    "relu": _relu,
    "relu_": lambda _: nn.ReLU(inplace=True),
    "leaky_relu": _leaky_relu,
    "leaky_relu_": lambda _, negative_slope=0.01: _leaky_relu(_, negative_slope, inplace=True),
    "tanh": lambda _: nn.Tanh(),
    "sigmoid": lambda _: nn.Sigmoid(),
    "flatten": _flatten,
    "view": _view,
    "reshape": _view,
    "squeeze": _squeeze,
    "contiguous": lambda _: nn.Identity(),
}
