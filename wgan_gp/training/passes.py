"""How the gradients of an iteration are made: what every way does, the reference by autograd, and how it takes over from others."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from wgan_gp.config import Constraint, GradientPenalty, WeightClipping
from wgan_gp.errors import InvalidConfig
from wgan_gp.networks.structure import treats_samples_alone
from wgan_gp.networks.tracing import NotALine
from wgan_gp.theory.lipschitz import gradient_norms, interpolates, penalty_of_norms
from wgan_gp.theory.objective import critic_loss, generator_loss
from wgan_gp.training import guards

NORMS_WITHOUT_PENALTY = (
    64  # points at which the norm is measured where no penalty needs it, if the critic takes so few: a few percent of an iteration
)


class CriticFindings(NamedTuple):
    """What a critic update has found on its way, before the update."""

    real_values: Tensor  # D(real), in the critic's own shape
    fake_values: Tensor  # D(fake)
    penalty: Tensor  # lambda * GP, a scalar
    norms: Tensor  # gradient norms where they are measured


class Passes(Protocol):
    """Each sets the `.grad` of one net's parameters to the gradient of its loss, and changes no weight."""

    def critic(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        """real, fake: [m, ...]; epsilon: [m]. Where `measure` is False the norm may be left at 0."""
        ...

    def generator(self, latents: Tensor) -> Tensor:
        """latents: [m, latent_dim]. Returns the loss, a scalar."""
        ...


@dataclass(frozen=True)
class Pair:
    """The two nets with their optimisers; what the nets give is looked at."""

    generator: nn.Module
    critic: nn.Module
    generator_optimizer: Optimizer
    critic_optimizer: Optimizer
    samples: guards.Samples
    is_new: bool  # nothing is learnt yet: what torch says to the first batch is a fault of the nets

    def made(self, latents: Tensor) -> Tensor:
        """G(z): [m, ...]. Raises InvalidConfig."""
        with self.trying("generator", latents):
            return self.samples.made(self.generator(latents), len(latents))

    def judged(self, samples: Tensor) -> Tensor:
        """D(x): [m] or [m, 1]. Raises InvalidConfig."""
        return guards.checked_values(self.critic(samples), samples)

    def trying(self, name: str, samples: Tensor) -> AbstractContextManager[None]:
        """See `guards.trying`."""
        return guards.trying(name, samples, first=self.is_new)


@dataclass(frozen=True)
class Held:
    """How the critic is held. lambda and c are numbers, or scalars on the device that a captured iteration reads."""

    constraint: Constraint
    weight: float | Tensor  # lambda
    limit: float | Tensor  # c

    @classmethod
    def of(cls, held: Constraint) -> Self:
        """In numbers."""
        weight = held.weight if isinstance(held, GradientPenalty) else 0.0
        return cls(held, weight, held.limit if isinstance(held, WeightClipping) else math.inf)

    def points(self, critic: nn.Module, real: Tensor, fake: Tensor, epsilon: Tensor, measure: bool) -> tuple[Tensor | None, Tensor | None]:
        """Where the gradient norm is charged for, and where it is only measured, for the eye: [n, ...] each, or None."""
        where = self.constraint.points if isinstance(self.constraint, GradientPenalty) else "nowhere"
        ends = {"real": real, "fake": fake}
        if where != "line" and not measure:
            return ends.get(where), None
        line = interpolates(real, fake, epsilon)  # [G] 6
        if where == "line":
            return line, None
        return ends.get(where), line[:NORMS_WITHOUT_PENALTY] if treats_samples_alone(critic) else line  # all where it may need its batch

    def penalty(self, norms: Tensor) -> Tensor:
        """lambda * GP, a scalar, of the norms [n] at the points that are charged for."""
        assert isinstance(self.constraint, GradientPenalty)
        return self.weight * penalty_of_norms(norms, self.constraint.target, self.constraint.sides)


@dataclass(frozen=True)
class Autograd:
    """The reference: plain autograd, one operation after the other. What is set beside `pair` and `held` leaves out what is exact to."""

    pair: Pair
    held: Held
    takes_two: bool = False  # the critic: real and fake samples in one pass
    mask: AbstractContextManager[object] | None = None  # within it double backward computes no zeros

    def critic(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        """[G] Algorithm 1, lines 6 and 7, with the gradient of line 9; [A] line 5."""
        with self.pair.trying("critic", real):
            real_values, fake_values = self._values(real, fake)  # [m], [m]
            with self.mask or nullcontext():
                penalty, norms = self._penalty(real, fake, epsilon, measure)
            self.pair.critic_optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(critic_loss(real_values, fake_values) + penalty)
        return CriticFindings(real_values.detach(), fake_values.detach(), penalty.detach(), norms.detach())

    def generator(self, latents: Tensor) -> Tensor:
        """[G] Algorithm 1, line 12; [A] line 10. The gradient passes through the critic, and stops at no weight of it."""
        learnt = [parameter for parameter in self.pair.critic.parameters() if parameter.requires_grad]
        try:
            for parameter in learnt:
                parameter.requires_grad_(False)
            loss = generator_loss(self.pair.judged(self.pair.made(latents)))
            self.pair.generator_optimizer.zero_grad(set_to_none=True)
            with self.pair.trying("generator", latents):
                torch.autograd.backward(loss)
        finally:
            for parameter in learnt:
                parameter.requires_grad_(True)
        return loss.detach()

    def _values(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        if not self.takes_two:
            return self.pair.judged(real), self.pair.judged(fake)
        real_values, fake_values = self.pair.judged(torch.cat((real, fake))).split(len(real))  # type: ignore[no-untyped-call]
        return real_values, fake_values

    def _penalty(self, real: Tensor, fake: Tensor, epsilon: Tensor, measure: bool) -> tuple[Tensor, Tensor]:
        """The weighted penalty, and the gradient norms, which are measured for every constraint."""
        charged, measured = self.held.points(self.pair.critic, real, fake, epsilon, measure)
        penalty = norms = real.new_zeros(())
        if charged is not None:
            norms = gradient_norms(self.pair.critic, charged, create_graph=True)  # [m]
            penalty = self.held.penalty(norms)
        return penalty, norms if measured is None else gradient_norms(self.pair.critic, measured)


class Exact:
    """The cheapest passes that are exact. Where they give up, before anything has changed, others do it for the rest of the iteration."""

    def __init__(self, choose: Callable[[], Passes], reference: Passes) -> None:
        """choose: the passes for the critic as it is known to be; asked again where real samples show that it is another."""
        self._choose, self._reference = choose, reference
        self._taken = choose()

    def critic(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        """Raises InvalidConfig: what the reference says."""
        try:
            return self._taken.critic(real, fake, epsilon, measure=measure)
        except NotALine:
            self._taken = self._choose()
        except InvalidConfig:
            if self._taken == self._reference:
                raise
            self._taken = self._reference
        return self.critic(real, fake, epsilon, measure=measure)

    def generator(self, latents: Tensor) -> Tensor:
        """As the last critic update was made."""
        return self._taken.generator(latents)
