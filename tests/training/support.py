"""Nets as people write them, beyond chains of torch's own layers, and how both trainers are given them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.utils.checkpoint import checkpoint

from wgan_gp.config import Constraint
from wgan_gp.training.step import ReferenceTrainer

LATENT, BATCH, SIDE = 3, 8, 6


class Viewing(nn.Module):
    """The most common critic there is: convolutions, `view`, a linear layer. `body` makes of it a critic of another kind."""

    def __init__(self, channels: int = 4) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, channels, 3, padding=1)
        self.body = nn.Sequential(nn.Conv2d(channels, channels, 3, stride=2, padding=1), nn.LeakyReLU(0.2))
        self.last = nn.Linear(channels * 9, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.body(F.relu(self.conv(x)))
        return self.last(x.view(x.size(0), -1))


class ViewingItsWeights(Viewing):
    def forward(self, x: Tensor) -> Tensor:
        flat = self.conv.weight.view(self.conv.weight.size(0), -1)
        return super().forward(x) + flat.square().mean()


class Squeezing(Viewing):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).view(-1)


class GroupsOfFour(Viewing):
    """Minibatch standard deviation, as in progressive GANs: four samples are looked at together."""

    def forward(self, x: Tensor) -> Tensor:
        groups = x.view(4, -1, *x.shape[1:])
        spread = groups.std(0).mean((1, 2, 3), keepdim=True).repeat(4, 1, 1, 1)
        return super().forward(x + spread)


class WholeBatch(Viewing):
    """Looks at its batch as pairs of halves: no other number of samples than the one it was written for."""

    def __init__(self, batch: int) -> None:
        super().__init__()
        self.batch = batch

    def forward(self, x: Tensor) -> Tensor:
        halves = x.view(2, self.batch // 2, *x.shape[1:])
        return super().forward((x.view_as(halves) + 0.1 * halves.flip(0)).view_as(x))


class Checkpointed(Viewing):
    """Keeps no activations: its body runs again in each backward pass."""

    def forward(self, x: Tensor) -> Tensor:
        x = checkpoint(lambda x: self.body(F.relu(self.conv(x))), x, use_reentrant=False)
        return self.last(x.view(x.size(0), -1))


class Counting(Viewing):
    """Keeps state per call: the tenth call is another one than the first."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.register_buffer("seen", torch.zeros(1, 1, 2, 2))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.seen += x.mean()
        return super().forward(x) * (1 + 0.1 * self.calls)


class ByFours(nn.Module):
    """A weight and a buffer with four dimensions that are no convolution's."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(-1, 1, 2 * 3 * 2 * 3).view(1, 2 * 3, 2 * 3, 1) * 0.3)
        self.register_buffer("shift", torch.ones(1, 1, SIDE, SIDE))
        self.last = nn.Linear(SIDE * SIDE, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu((x + self.shift.view(1, 1, SIDE, SIDE)) * self.weight.view(1, 1, SIDE, SIDE), 0.2)
        return self.last(x.flatten(1))


class MyConv(nn.Conv2d):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * 2


class Unflattening(nn.Module):
    """A generator that views: a linear layer, `view`, transposed convolutions, and `view` once more."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.up = nn.Linear(LATENT, 4 * 9), nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        images = self.up(F.relu(self.first(z)).view(-1, 4, 3, 3))
        return torch.tanh(images.view(len(z), -1)).view(-1, 1, SIDE, SIDE)


def chain(*extra: nn.Module, first: nn.Module | None = None) -> nn.Sequential:
    return nn.Sequential(first or nn.Conv2d(1, 4, 3, padding=1), nn.LeakyReLU(0.2), *extra, nn.Flatten(), nn.Linear(4 * SIDE * SIDE, 1))


def chained_generator() -> nn.Sequential:
    return nn.Sequential(nn.Linear(LATENT, 36), nn.Unflatten(1, (4, 3, 3)), nn.ReLU(), nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1))


def tied() -> nn.Module:
    net = nn.Sequential(nn.Flatten(), nn.Linear(36, 36), nn.ReLU(), nn.Linear(36, 36), nn.ReLU(), nn.Linear(36, 1))
    net[3].weight = net[1].weight
    return net


def twice() -> nn.Module:
    layer = nn.Linear(36, 36)
    return nn.Sequential(nn.Flatten(), layer, nn.ReLU(), layer, nn.ReLU(), nn.Linear(36, 1))


def partly_frozen() -> nn.Module:
    net = Viewing()
    net.conv.requires_grad_(False)
    return net


def hooked() -> nn.Module:
    net = chain()
    net[1].register_forward_hook(lambda _, __, values: values.view(len(values), -1).view_as(values) * 0.5)
    return net


def clipping_gradients() -> nn.Module:
    net = chain()
    net[0].weight.register_hook(lambda gradient: gradient.clamp(-1e-3, 1e-3))
    return net


def patched() -> nn.Module:
    net = chain()
    net[1].forward = lambda x: F.leaky_relu(x, 0.7)  # type: ignore[method-assign]
    return net


CRITICS: dict[str, Callable[[], nn.Module]] = {
    "view": Viewing,
    "view to [batch]": Squeezing,
    "view of weights": ViewingItsWeights,
    "minibatch deviation": GroupsOfFour,
    "state per call": Counting,
    "activation checkpointing": Checkpointed,
    "four dimensions, no convolution": ByFours,
    "subclass of Conv2d": lambda: chain(first=MyConv(1, 4, 3, padding=1)),
    "spectral norm": lambda: chain(first=parametrizations.spectral_norm(nn.Conv2d(1, 4, 3, padding=1))),
    "weight norm": lambda: chain(first=parametrizations.weight_norm(nn.Conv2d(1, 4, 3, padding=1))),
    "dropout": lambda: chain(nn.Dropout(0.5)),
    "wrapped": lambda: nn.DataParallel(Viewing()),
    "in place": lambda: nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(144, 1)),
    "lazy": lambda: nn.Sequential(nn.Flatten(), nn.LazyLinear(5), nn.ReLU(), nn.LazyLinear(1)),
    "tied weights": tied,
    "a layer twice": twice,
    "partly frozen": partly_frozen,
    "hooks": hooked,
    "hooks of weights": clipping_gradients,
    "patched on the instance": patched,
    "compiled": lambda: torch.compile(Viewing(), backend="eager"),  # type: ignore[return-value]
    "multilayer perceptron": lambda: nn.Sequential(nn.Flatten(), nn.Linear(36, 5), nn.ReLU(), nn.Linear(5, 1)),
    "chain": chain,
}


def images(count: int, random: torch.Generator, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(count, 1, SIDE, SIDE, generator=random, dtype=dtype)


def made(make: Callable[[], nn.Module], dtype: torch.dtype) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return make().to(dtype)


def train(
    kind: type[ReferenceTrainer],
    critic: Callable[[], nn.Module],
    constraint: Constraint,
    generator: Callable[[], nn.Module] = chained_generator,
    dtype: torch.dtype = torch.float64,
    steps: int = 3,
    **settings: Any,
) -> ReferenceTrainer:
    """A trainer after some steps; torch's common random numbers (dropout, lazy layers) are the same for all."""
    with torch.random.fork_rng():
        torch.manual_seed(4)
        nets = made(generator, dtype), made(critic, dtype)
        options = {"latent_dim": LATENT, "batch_size": BATCH, "n_critic": 2} | settings
        trainer = kind(*nets, constraint, lambda count, random: images(count, random, dtype), **options)
        for _ in range(steps):
            trainer.step()
    return trainer


def assert_alike(reference: ReferenceTrainer, trainer: ReferenceTrainer, tolerance: float = 1e-9) -> None:
    for net in ("generator", "critic"):
        expected, found = getattr(reference, net).state_dict(), getattr(trainer, net).state_dict()
        for name, one in expected.items():
            assert torch.allclose(one, found[name], rtol=tolerance, atol=tolerance), f"{net}.{name}"
