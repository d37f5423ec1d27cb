"""Whatever nets people write: the trainer gives the reference's numbers, or both refuse with the same sentence."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from wgan_gp.config import Constraint, GradientPenalty, WeightClipping
from wgan_gp.errors import InvalidConfig
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer

LATENT, BATCH, SIDE = 3, 8, 6
CONSTRAINTS = [GradientPenalty(), WeightClipping(limit=0.1)]
HELD = pytest.mark.parametrize("constraint", CONSTRAINTS, ids=["gp", "clip"])


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


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")  # torch.compile looks at what it is given
@HELD
@pytest.mark.parametrize("name", list(CRITICS))
def test_any_critic_gives_the_references_numbers(name: str, constraint: Constraint) -> None:
    assert_alike(*(train(kind, CRITICS[name], constraint) for kind in (ReferenceTrainer, Trainer)))


@HELD
@pytest.mark.parametrize("critic", ["view", "chain", "multilayer perceptron", "dropout"])
def test_any_generator_gives_the_references_numbers(critic: str, constraint: Constraint) -> None:
    for generator in (Unflattening, lambda: nn.Sequential(*chained_generator(), nn.Dropout(0.3)), lambda: nn.DataParallel(Unflattening())):
        assert_alike(*(train(kind, CRITICS[critic], constraint, generator) for kind in (ReferenceTrainer, Trainer)))


@HELD
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 0.0)])
def test_in_less_precision(dtype: torch.dtype, tolerance: float, constraint: Constraint) -> None:
    for critic in ("chain", "multilayer perceptron"):
        assert_alike(*(train(kind, CRITICS[critic], constraint, dtype=dtype) for kind in (ReferenceTrainer, Trainer)), tolerance)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")
@pytest.mark.parametrize("name", list(CRITICS))
def test_the_nets_stay_as_they_were_given(name: str) -> None:
    """Their layers, and how their weights lie in memory: others may hold views of them."""
    critic, generator = made(CRITICS[name], torch.float64), made(Unflattening, torch.float64)
    layout = {
        key: value.stride() for net in (critic, generator) for key, value in net.state_dict().items() if not nn.parameter.is_lazy(value)
    }
    trainer = Trainer(generator, critic, GradientPenalty(), images, latent_dim=LATENT, batch_size=BATCH)
    trainer.step()
    after = generator.state_dict() | critic.state_dict()
    assert {key: after[key].stride() for key in layout} == layout


def test_nothing_is_tried_before_the_first_step() -> None:
    calls: list[int] = []
    critic = made(Counting, torch.float64)
    critic.register_forward_hook(lambda *_: calls.append(1))
    numbers, state = torch.get_rng_state(), copy.deepcopy(critic.state_dict())

    def sampler(count: int, random: torch.Generator) -> Tensor:
        calls.append(count)
        return images(count, random)

    trainer = Trainer(
        made(Unflattening, torch.float64), critic, GradientPenalty(), sampler, latent_dim=LATENT, batch_size=BATCH, n_critic=2
    )
    assert trainer.path["critic_update"] == "masked"
    assert not calls
    assert torch.equal(numbers, torch.get_rng_state())
    assert all(torch.equal(state[name], value) for name, value in critic.state_dict().items())
    assert all(weight.grad is None for weight in critic.parameters())
    trainer.step()
    assert [count for count in calls if count == BATCH] == [BATCH, BATCH]
    assert torch.equal(numbers, torch.get_rng_state())


@HELD
def test_nets_that_share_weights(constraint: Constraint) -> None:
    trainers = []
    for kind in (ReferenceTrainer, Trainer):
        generator = made(lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)), torch.float64)
        critic = made(lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1)), torch.float64)
        critic[0].weight = generator[0].weight

        def sampler(count: int, random: torch.Generator) -> Tensor:
            return torch.randn(count, 4, generator=random, dtype=torch.float64)

        trainer = kind(generator, critic, constraint, sampler, latent_dim=4, batch_size=5, n_critic=3)
        for _ in range(3):
            trainer.step()
        trainers.append(trainer)
    assert_alike(*trainers)


class Patches(nn.Module):
    def __init__(self, shape: str) -> None:
        super().__init__()
        self.conv, self.shape = nn.Conv2d(1, 1, 3, padding=1), shape

    def forward(self, x: Tensor) -> Any:
        values = self.conv(x)
        if self.shape == "tuple":
            return values.mean((1, 2, 3)), values
        return {"patches": values, "scalar": values.mean(), "two": values[:, 0, 0, :2], "ones": values.mean((2, 3), keepdim=True)}[
            self.shape
        ]


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "patches": (lambda: Patches("patches"), r"critic: .*\[8\] or \[8, 1\], and float64 \[8, 1, 6, 6\] came"),
    "patches, chain": (lambda: nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 1, 3)), r"float64 \[8, 1, 2, 2\] came"),
    "scalar": (lambda: Patches("scalar"), r"float64 \[\] came"),
    "two values": (lambda: Patches("two"), r"float64 \[8, 2\] came"),
    "two values, chain": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(36, 2)), r"float64 \[8, 2\] came"),
    "ones behind": (lambda: Patches("ones"), r"float64 \[8, 1, 1, 1\] came.*flatten it"),
    "tuple": (lambda: Patches("tuple"), r"a tuple of Tensor, Tensor came"),
    "other samples": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(35, 1)), r"critic: it cannot be trained on 8, each \[1, 6, 6\], of"),
    "other channels": (lambda: nn.Sequential(nn.Conv2d(3, 1, 6), nn.Flatten()), "critic: it cannot be trained on 8"),
    "in place on the samples": (lambda: nn.Sequential(nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(36, 1)), "critic: .*in-place"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_is_no_critic_is_refused_by_both_before_a_weight_has_changed(name: str) -> None:
    make, pattern = REFUSED[name]
    sentences = []
    for kind in (ReferenceTrainer, Trainer):
        trainer = train(kind, make, GradientPenalty(), steps=0)
        before = copy.deepcopy([net.state_dict() for net in (trainer.generator, trainer.critic)])
        with pytest.raises(InvalidConfig, match=pattern) as error:
            trainer.step()
        sentences.append(str(error.value))
        for state, net in zip(before, (trainer.generator, trainer.critic), strict=True):
            assert all(torch.equal(state[key], value) for key, value in net.state_dict().items())
    assert sentences[0] == sentences[1]


def test_a_compiled_critic_that_torch_cannot_differentiate_twice_is_refused_by_both() -> None:
    sentences = []
    for kind in (ReferenceTrainer, Trainer):
        with pytest.raises(InvalidConfig, match=r"critic: it cannot be trained on .*double backward") as error:
            train(kind, lambda: torch.compile(Viewing(), backend="aot_eager"), GradientPenalty())  # type: ignore[arg-type, return-value]
        sentences.append(str(error.value))
    assert sentences[0] == sentences[1]


GENERATORS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "another shape": (
        lambda: nn.Linear(LATENT, 36),
        r"generator: 8 samples, each \[1, 6, 6\], of float64 on cpu were asked for, like the sampler's, and 8, each",
    ),
    "another count": (lambda: nn.Sequential(nn.Linear(LATENT, 72), nn.Flatten(0), nn.Unflatten(0, (16, 1, 6, 6))), "and 16, each"),
    "other latents": (lambda: nn.Linear(LATENT + 1, 36), "generator: it cannot be trained on 8, each"),
    "frozen": (lambda: chained_generator().requires_grad_(False), "generator: none of its weights may learn"),
    "no weights": (nn.Tanh, "generator: it has no weights"),
}


@pytest.mark.parametrize("name", list(GENERATORS))
def test_what_is_no_generator_is_refused_by_both(name: str) -> None:
    make, pattern = GENERATORS[name]
    sentences = []
    for kind in (ReferenceTrainer, Trainer):
        with pytest.raises(InvalidConfig, match=pattern) as error:
            train(kind, chain, GradientPenalty(), make)
        sentences.append(str(error.value))
    assert sentences[0] == sentences[1]
