"""Critics as people write them: a forward that is one layer after the other takes the explicit way, any other says why it does not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.training.support import LATENT, assert_alike, made
from wgan_gp.config import Constraint, GradientPenalty, Unconstrained, WeightClipping
from wgan_gp.networks.tracing import MOST_TRACES, Layers, NotALine
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer

SIDE = 8
CONSTRAINTS = pytest.mark.parametrize(
    "constraint", [GradientPenalty(), GradientPenalty(points="real", sides="one"), WeightClipping(limit=0.1), Unconstrained()], ids=str
)


class FlatInside(nn.Module):
    """As in caogang/wgan-gp: `view(-1, 1, s, s)`, an inner Sequential with ReLU in place, `view(-1, n)`, `view(-1)`."""

    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(1, 4, 5, stride=2, padding=2), nn.ReLU(True), nn.Conv2d(4, 8, 5, stride=2, padding=2), nn.ReLU(True)
        )
        self.output = nn.Linear(8 * 2 * 2, 1)

    def forward(self, input: Tensor) -> Tensor:
        input = input.view(-1, 1, SIDE, SIDE)
        out = self.main(input)
        out = out.view(-1, 8 * 2 * 2)
        out = self.output(out)
        return out.view(-1)


class FlatFirst(nn.Module):
    """As in eriklindernoren/PyTorch-GAN: `view(img.shape[0], -1)`, then a Sequential with LeakyReLU in place."""

    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(SIDE * SIDE, 16), nn.LeakyReLU(0.2, inplace=True), nn.Linear(16, 8), nn.LeakyReLU(0.2, inplace=True), nn.Linear(8, 1)
        )

    def forward(self, img: Tensor) -> Tensor:
        img_flat = img.view(img.shape[0], -1)
        return self.model(img_flat)


class SizeFirst(nn.Module):
    """As in EmilienDupont/wgan-gp: the batch's size by `size()[0]`, features, `view`, a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.image_to_features = nn.Sequential(nn.Conv2d(1, 4, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(4, 8, 4, 2, 1), nn.LeakyReLU(0.2))
        self.features_to_value = nn.Sequential(nn.Linear(8 * 2 * 2, 1))

    def forward(self, input_data: Tensor) -> Tensor:
        batch_size = input_data.size()[0]
        x = self.image_to_features(input_data)
        x = x.view(batch_size, -1)
        return self.features_to_value(x)


class Convolved(nn.Module):
    """As in Zeleni9/pytorch-wgan, without its norms: convolutions down to one pixel, then `squeeze`."""

    def __init__(self) -> None:
        super().__init__()
        self.main_module = nn.Sequential(nn.Conv2d(1, 4, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True))
        self.output = nn.Sequential(nn.Conv2d(4, 1, 4, 1, 0))

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.main_module(x)).squeeze()


class Functional(nn.Module):
    """Functions in place of layers, methods, keywords, a list of layers, and settings that are no layers."""

    def __init__(self) -> None:
        super().__init__()
        self.opt = SimpleNamespace(slope=0.1)
        self.first = nn.Conv2d(1, 3, 3, padding=1)
        self.rest = nn.ModuleList([nn.Linear(3 * SIDE * SIDE, 6), nn.Linear(6, 5), nn.Linear(5, 1)])

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.first(x), negative_slope=self.opt.slope, inplace=True)
        x = torch.flatten(x, start_dim=1)
        for layer in self.rest[:-1]:
            x = torch.relu(layer(x)).contiguous()
        return self.rest[-1](x).squeeze(-1)


class Toy(nn.Module):
    """The toy critic of caogang/wgan-gp, three layers, for images in rows."""

    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Sequential(nn.Linear(64, 9), nn.ReLU(True), nn.Linear(9, 9), nn.ReLU(True), nn.Linear(9, 1))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.main(inputs.reshape(inputs.size(0), 64)).view(-1)


class Upwards(nn.Module):
    """A generator with a forward of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.up = nn.Linear(LATENT, 4 * 16), nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        return torch.tanh(self.up(F.relu(self.first(z)).view(-1, 4, 4, 4)))


LINES: dict[str, Callable[[], nn.Module]] = {
    "flat inside": FlatInside,
    "flat first": FlatFirst,
    "size first": SizeFirst,
    "convolved": Convolved,
    "functional": Functional,
    "toy": Toy,
    "in a sequence": lambda: nn.Sequential(Toy(), nn.Identity()),
}


def images(count: int, random: torch.Generator) -> Tensor:
    return torch.randn(count, 1, SIDE, SIDE, generator=random, dtype=torch.float64)


def trained(kind: type[ReferenceTrainer], make: Callable[[], nn.Module], constraint: Constraint, steps: int = 3, **settings: Any) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        nets = made(Upwards, torch.float64), made(make, torch.float64)
        options = {"latent_dim": LATENT, "batch_size": 6, "n_critic": 2} | settings
        trainer = kind(*nets, constraint, images, **options)
        for _ in range(steps):
            scalars = trainer.step()
    trainer.said = torch.stack([value.double() for value in scalars]) if steps else None
    return trainer


@CONSTRAINTS
@pytest.mark.parametrize("name", list(LINES))
def test_a_line_of_layers_takes_the_explicit_way_and_gives_the_references_numbers(name: str, constraint: Constraint) -> None:
    reference, trainer = (trained(kind, LINES[name], constraint, batch_size=70) for kind in (ReferenceTrainer, Trainer))
    assert_alike(reference, trainer)
    assert torch.allclose(reference.said, trainer.said, rtol=1e-9, atol=1e-9)
    assert trainer.way == trainer.path["critic_update"] == "explicit"
    assert "not_explicit" not in trainer.path


def test_a_batch_of_one_is_refused_where_the_critic_squeezes_it_away_and_taken_elsewhere() -> None:
    for name in LINES:
        if name == "convolved":
            continue  # a scalar for a single sample: no critic, as the next line says
        assert_alike(*(trained(kind, LINES[name], GradientPenalty(), batch_size=1) for kind in (ReferenceTrainer, Trainer)))
    said = []
    for kind in (ReferenceTrainer, Trainer):
        with pytest.raises(Exception, match=r"float64 \[\] came") as error:
            trained(kind, Convolved, GradientPenalty(), batch_size=1)
        said.append(str(error.value))
    assert said[0] == said[1]


# --- what is no line ----------------------------------------------------------------------------------------------------------


class Keeping(FlatFirst):
    """Keeps its samples for somebody who looks at them later."""

    def forward(self, img: Tensor) -> Tensor:
        self.seen = img
        return super().forward(img)


class Listing(FlatFirst):
    def __init__(self) -> None:
        super().__init__()
        self.log: list[str] = []

    def forward(self, img: Tensor) -> Tensor:
        self.log.append("called")
        return super().forward(img)


class Skipping(Functional):
    def forward(self, x: Tensor) -> Tensor:
        hidden = self.first(x)
        return self.rest[-1](self.rest[1](self.rest[0]((hidden + F.relu(hidden)).flatten(1))))


class Overwriting(Functional):
    """An activation in place whose result nobody takes: the tensor is another one all the same."""

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.first(x)
        F.relu(hidden, inplace=True)
        return self.rest[-1](self.rest[1](self.rest[0](hidden.flatten(1))))


class Branching(FlatFirst):
    def forward(self, img: Tensor) -> Tensor:
        if img.mean() > 0:
            return super().forward(img) * 2
        return super().forward(img)


class Counting(FlatFirst):
    calls = 0

    def forward(self, img: Tensor) -> Tensor:
        type(self).calls += 1
        return super().forward(img)


class Drawing(FlatFirst):
    def forward(self, img: Tensor) -> Tensor:
        return super().forward(img + 0.1 * torch.randn(1, dtype=img.dtype))


class Mixing(FlatFirst):
    """Halves of the batch change places: no sample stays alone."""

    def forward(self, img: Tensor) -> Tensor:
        return self.model(img.view(-1, 2 * SIDE * SIDE).view(-1, SIDE * SIDE)).view(len(img), -1)


class OfFixedBatch(FlatFirst):
    def forward(self, img: Tensor) -> Tensor:
        return self.model(img.view(6, -1))


class WithOwnWeights(FlatFirst):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, img: Tensor) -> Tensor:
        return super().forward(img) * self.scale


OTHERS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "keeps a tensor": (Keeping, "its forward keeps something of each call"),
    "keeps a list": (Listing, "its forward keeps something of each call"),
    "skips": (Skipping, "add takes something else"),
    "overwrites": (Overwriting, "takes something else"),
    "branches": (Branching, "its forward cannot be traced"),
    "draws": (Drawing, "its forward calls getattr, which is not followed"),
    "mixes": (Mixing, "its forward cannot be traced"),
    "wrapped": (lambda: nn.DataParallel(FlatFirst()), "its forward cannot be traced"),
    "one size of batch": (OfFixedBatch, "calls view in a way that is not followed"),
    "weights of its own": (WithOwnWeights, "its forward uses scale outside of a layer"),
    "a layer of another kind": (lambda: nn.Sequential(FlatFirst(), nn.Softplus()), r"its layer Softplus.* is not written out"),
    "frozen": (lambda: FlatFirst().requires_grad_(False).requires_grad_(True).apply(_freeze_first), "weights that are frozen"),
}


def _freeze_first(part: nn.Module) -> None:
    if isinstance(part, nn.Linear) and part.in_features == SIDE * SIDE:
        part.requires_grad_(False)


@pytest.mark.parametrize("name", list(OTHERS))
def test_what_is_no_line_keeps_out_of_it_and_says_why(name: str) -> None:
    make, why = OTHERS[name]
    numbers = torch.get_rng_state()
    reference, trainer = (trained(kind, make, GradientPenalty()) for kind in (ReferenceTrainer, Trainer))
    assert torch.equal(numbers, torch.get_rng_state())
    assert_alike(reference, trainer)
    assert trainer.way != "explicit"
    assert re.search(why, trainer.path["not_explicit"])


class Growing(FlatFirst):
    """Its way changes with a setting."""

    def __init__(self) -> None:
        super().__init__()
        self.extra = False

    def forward(self, img: Tensor) -> Tensor:
        values = super().forward(img)
        return F.leaky_relu(values, 0.3) if self.extra else values


def test_a_setting_that_changes_the_way_is_followed_and_one_that_never_rests_is_left() -> None:
    reference, trainer = (trained(kind, Growing, GradientPenalty()) for kind in (ReferenceTrainer, Trainer))
    for extra in (True, False, True):
        for each in (reference, trainer):
            each.critic.extra = extra
            each.step()
        assert trainer.way == "explicit"
        assert_alike(reference, trainer)
    for round in range(MOST_TRACES):
        for each in (reference, trainer):
            each.critic.extra = round
            each.step()
    assert trainer.path["not_explicit"] == "its settings change again and again"
    assert_alike(reference, trainer)


class Deceiving(FlatFirst):
    """Another thing for tensors than for what stands in for them."""

    def forward(self, img: Tensor) -> Tensor:
        values = super().forward(img)
        return values * 2 if type(values) is Tensor else values


def test_a_trace_that_real_samples_contradict_is_not_used() -> None:
    reference, trainer = (trained(kind, Deceiving, GradientPenalty()) for kind in (ReferenceTrainer, Trainer))
    assert_alike(reference, trainer)
    assert trainer.path["not_explicit"] == "its forward does something else with real samples than its trace says"


def test_to_trace_changes_nothing_of_the_net_and_shares_its_weights() -> None:
    critic = Functional()
    before = copy.deepcopy(critic.state_dict())
    layers = Layers().of(critic)
    assert [type(layer).__name__ for layer in layers] == [
        "Conv2d", "LeakyReLU", "Flatten", "Linear", "ReLU", "Identity", "Linear", "ReLU", "Identity", "Linear", "Reshape",
    ]  # fmt: skip
    assert layers[0] is critic.first
    assert layers[1].negative_slope == 0.1  # type: ignore[union-attr]
    assert all(torch.equal(value, before[name]) for name, value in critic.state_dict().items())


def test_nets_that_are_no_line_are_named() -> None:
    with pytest.raises(NotALine, match="takes more than samples"):
        Layers().of(_TwoInputs())


class _TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.layer(x)
