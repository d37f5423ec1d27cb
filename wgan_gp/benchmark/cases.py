"""The nets that are timed, from toy to paper size, and data to train them on: all made from a seed, nothing is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from wgan_gp.config import DATA_SHAPES, ConvCritic, ConvGenerator, MLPCritic, MLPGenerator
from wgan_gp.data.draws import draws_alone
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.errors import InvalidConfig
from wgan_gp.networks.conv import conv_critic, conv_generator
from wgan_gp.networks.layers import initialise
from wgan_gp.networks.mlp import mlp_critic, mlp_generator
from wgan_gp.training.step import Sampler

Nets = tuple[nn.Module, nn.Module]

_TABLE_SIZE = 1024  # samples held in memory to draw batches from


@dataclass(frozen=True)
class Case:
    """A generator and a critic with the sizes they are trained at."""

    name: str
    make: Callable[[], Nets]
    shape: tuple[int, ...]  # of one sample
    latent_dim: int
    batch_size: int

    def nets(self, dtype: torch.dtype = torch.float32) -> Nets:
        """The generator and the critic on the CPU: the same weights at each call. Biases are not 0, so that errors in them show."""
        random = torch.Generator().manual_seed(0)
        generator, critic = self.make()
        for net in (generator, critic):
            initialise(net, random)
            for name, parameter in net.named_parameters():
                if name.endswith("bias"):
                    nn.init.normal_(parameter, std=0.05, generator=random)
        return generator.to(dtype), critic.to(dtype)

    def sampler(self, device: torch.device, dtype: torch.dtype = torch.float32) -> Sampler:
        """Draws batches [count, *shape] from a table on `device`: no data loading in what is timed."""
        random = torch.Generator().manual_seed(1)
        if self.shape == (2,):
            table = PLANE_SETS["8gaussians"].sample(_TABLE_SIZE, random)
        else:
            table = torch.rand(_TABLE_SIZE, *self.shape, generator=random) * 2 - 1
        table = table.to(device, dtype)

        @draws_alone
        def sample(count: int, random: torch.Generator) -> Tensor:
            return table[torch.randint(_TABLE_SIZE, (count,), generator=random, device=random.device)]

        return sample


def _toy(width: int) -> Nets:
    """The Lab's nets for the plane, as in [G]: three hidden layers, ReLU."""
    shape = DATA_SHAPES["8gaussians"]
    return mlp_generator(MLPGenerator(width=width), 2, shape), mlp_critic(MLPCritic(width=width), shape)


def _mlp_28() -> Nets:
    """Multilayer perceptrons for MNIST as many tutorials have them, without batch norm."""
    generator: list[nn.Module] = []
    inputs = 100
    for outputs in (128, 256, 512, 1024):
        generator += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2)]
        inputs = outputs
    critic = nn.Sequential(nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1))
    return nn.Sequential(*generator, nn.Linear(inputs, 784), nn.Tanh()), critic


def _conv16_32() -> Nets:
    """Four convolutions from 16 channels for 32 x 32 colour images, and their mirror image as generator; no norm in either."""
    generator: list[nn.Module] = [nn.Linear(128, 128 * 2 * 2), nn.Unflatten(1, (128, 2, 2)), nn.ReLU()]
    critic: list[nn.Module] = []
    channels = (3, 16, 32, 64, 128)
    for below, above in pairwise(channels):
        critic += [nn.Conv2d(below, above, 5, stride=2, padding=2), nn.LeakyReLU(0.2)]
    for above, below in pairwise(reversed(channels)):
        generator += [nn.ConvTranspose2d(above, below, 4, stride=2, padding=1), nn.ReLU()]
    generator[-1] = nn.Tanh()
    return nn.Sequential(*generator), nn.Sequential(*critic, nn.Flatten(), nn.Linear(128 * 2 * 2, 1))


def _conv_28(channels: int, latent_dim: int) -> Nets:
    """The Lab's nets for 28 x 28 images; batch norm in the generator."""
    shape = DATA_SHAPES["fashion-mnist"]
    return conv_generator(ConvGenerator(channels=channels), latent_dim, shape), conv_critic(ConvCritic(channels=channels), shape)


class FlattenedCritic(nn.Module):
    """A critic as most repositories write it: layers in a Sequential with ReLU in place, `view`, and a linear layer behind."""

    def __init__(self, main: Sequence[nn.Module], features: int, image: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.main, self.output = nn.Sequential(*main), nn.Linear(features, 1)
        self.features, self.image = features, image

    def forward(self, samples: Tensor) -> Tensor:
        """samples: [batch, ...]. Returns [batch]."""
        out = self.main(samples.view(-1, *self.image) if self.image else samples)
        values: Tensor = self.output(out.view(-1, self.features))
        return values.view(-1)


def _module_512() -> Nets:
    """The toy critic of 3 x 512, as a module of somebody's own."""
    sizes = (2, 512, 512, 512)
    layers = [layer for below, above in pairwise(sizes) for layer in (nn.Linear(below, above), nn.ReLU(inplace=True))]
    return _toy(512)[0], FlattenedCritic(layers, 512)


def _module_28() -> Nets:
    """Three convolutions for MNIST, as a module of somebody's own, beside a generator of the Lab's."""
    sides = ((1, 32), (32, 64), (64, 128))
    layers = [layer for below, above in sides for layer in (nn.Conv2d(below, above, 5, 2, 2), nn.ReLU(inplace=True))]
    return _conv_28(32, 64)[0], FlattenedCritic(layers, 128 * 4 * 4, (1, 28, 28))


CASES = {
    case.name: case
    for case in (
        Case("toy-128", lambda: _toy(128), (2,), latent_dim=2, batch_size=256),
        Case("toy-512", lambda: _toy(512), (2,), latent_dim=2, batch_size=256),
        Case("mlp-28", _mlp_28, (784,), latent_dim=100, batch_size=64),
        Case("conv16-32", _conv16_32, (3, 32, 32), latent_dim=128, batch_size=64),
        Case("conv32-28", lambda: _conv_28(32, 64), (1, 28, 28), latent_dim=64, batch_size=64),
        Case("conv64-28", lambda: _conv_28(64, 128), (1, 28, 28), latent_dim=128, batch_size=64),
        Case("module-512", _module_512, (2,), latent_dim=2, batch_size=256),
        Case("module-28", _module_28, (1, 28, 28), latent_dim=64, batch_size=64),
    )
}


def find_cases(names: Sequence[str] | None = None) -> list[Case]:
    """The cases of these names, or all. Raises InvalidConfig with the names there are."""
    for name in names or ():
        if name not in CASES:
            raise InvalidConfig(f"only: {name!r} is not known; there is: {', '.join(CASES)}.")
    return [CASES[name] for name in names or CASES]
