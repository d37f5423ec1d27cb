"""Every way of making gradients sets the same ones, and where one gives up before anything has changed another takes over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from wgan_gp.config import Adam, Constraint, GradientPenalty, Unconstrained, WeightClipping
from wgan_gp.errors import InvalidConfig
from wgan_gp.networks.tracing import Layers, NotALine
from wgan_gp.training.chain import Chain
from wgan_gp.training.explicit import Explicit
from wgan_gp.training.masked import MaskedActivations
from wgan_gp.training.passes import NORMS_WITHOUT_PENALTY, Autograd, Charge, CriticFindings, Exact, Pair, Passes
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer

BATCH = NORMS_WITHOUT_PENALTY + 6


def points(count: int, random: torch.Generator) -> Tensor:
    return torch.randn(count, 2, generator=random, dtype=torch.float64)


def trainer(constraint: Constraint, kind: type[ReferenceTrainer] = ReferenceTrainer) -> ReferenceTrainer:
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)).double()
    critic = nn.Sequential(nn.Linear(2, 6), nn.LeakyReLU(0.1), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1)).double()
    return kind(generator, critic, constraint, points, latent_dim=3, batch_size=BATCH, n_critic=3, critic_optimizer=Adam())


def explicit(pair: Pair, charge: Charge | None) -> Explicit:
    layers = Layers()
    chain = Chain.of(layers.of(pair.critic))
    return Explicit(pair, charge, chain, chain.gradients, layers)


WAYS: dict[str, Callable[[Pair, Charge | None], Passes]] = {
    "together": lambda pair, charge: Autograd(pair, charge, takes_two=True),
    "masked": lambda pair, charge: Autograd(pair, charge, mask=MaskedActivations(met=False)),
    "explicit": explicit,
}


def gradients(net: nn.Module) -> list[Tensor]:
    return [weight.grad.clone() for weight in net.parameters() if weight.grad is not None]


@pytest.mark.parametrize("measure", [False, True])
@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize(
    "constraint", [GradientPenalty(), GradientPenalty(points="fake", sides="one"), WeightClipping(), Unconstrained()], ids=str
)
def test_every_way_sets_the_references_gradients(constraint: Constraint, way: str, measure: bool) -> None:
    ours = trainer(constraint)
    (batch, *_), pair = list(ours._batches()), ours._pair()
    weight, latents = torch.tensor(10.0, dtype=torch.float64), ours._latents()
    before = [value.clone() for net in (pair.generator, pair.critic) for value in net.parameters()]
    said = []
    for passes in (Autograd(pair, Charge.of(constraint)), WAYS[way](pair, Charge.of(constraint, weight))):
        found = passes.critic(*batch, measure=measure)
        by_critic = gradients(pair.critic)
        pair.critic_optimizer.zero_grad(set_to_none=True)
        loss = passes.generator(latents)
        said.append((*by_critic, *gradients(pair.generator), found.real_values, found.fake_values, found.penalty, loss))
        said[-1] += (found.norms,) if measure or constraint.kind == "gp" else ()
        assert not gradients(pair.critic)
    assert len(said[0]) == len(said[1]) >= 14
    for expected, got in zip(*said, strict=True):
        torch.testing.assert_close(got, expected)
    assert all(map(torch.equal, before, (value for net in (pair.generator, pair.critic) for value in net.parameters())))


class Giving:
    """Passes that give up, or say that they were asked."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name, self.error, self.asked = name, error, 0

    def critic(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return CriticFindings(real, fake, epsilon, epsilon)

    def generator(self, latents: Tensor) -> Tensor:
        return torch.tensor(len(self.name))


NOTHING = torch.zeros(1), torch.zeros(1), torch.zeros(1)


def test_a_trace_that_is_wrong_is_replaced_by_what_is_chosen_then() -> None:
    wrong, next_best, reference = Giving("wrong", NotALine("it is not")), Giving("next best"), Giving("reference")
    choices = iter([wrong, next_best])
    passes = Exact(lambda: next(choices), reference)
    for _ in range(3):
        passes.critic(*NOTHING, measure=False)
    assert (wrong.asked, next_best.asked, reference.asked) == (1, 3, 0)
    assert int(passes.generator(NOTHING[0])) == len("next best")


def test_what_is_refused_is_left_to_the_reference_for_the_rest_of_the_iteration() -> None:
    refusing, reference = Giving("refusing", InvalidConfig("no")), Giving("reference")
    passes = Exact(lambda: refusing, reference)
    for _ in range(3):
        passes.critic(*NOTHING, measure=False)
    assert (refusing.asked, reference.asked) == (1, 3)
    assert int(passes.generator(NOTHING[0])) == len("reference")


def test_the_reference_has_the_last_word_and_says_it_once() -> None:
    for first in (Giving("refusing", InvalidConfig("no")), None):
        reference = Giving("reference", InvalidConfig("what the reference says"))
        with pytest.raises(InvalidConfig, match="what the reference says"):
            Exact(lambda first=first, last=reference: first or last, reference).critic(*NOTHING, measure=False)
        assert reference.asked == 1


@pytest.mark.parametrize("kind", [ReferenceTrainer, Trainer])
def test_epsilon_is_drawn_by_a_function_once_for_each_critic_update(kind: type[ReferenceTrainer]) -> None:
    drawn: list[torch.Generator] = []

    def ones(count: int, random: torch.Generator) -> Tensor:
        drawn.append(random)
        return torch.ones(count, dtype=torch.float64)

    penalties = []
    for where in ("line", "real"):  # every interpolate is a real sample, where epsilon is 1
        ours = trainer(GradientPenalty(points=where), kind)
        ours.draw_epsilon = ones
        penalties.append(float(ours.step().penalty))
        assert drawn[-4:] == [ours.random] * 3
        drawn.clear()
    assert penalties[0] == pytest.approx(penalties[1])
