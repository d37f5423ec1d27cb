"""How the gradients of an iteration are made: what every way does, the reference by autograd, and how it takes over from others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, Self

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from wgan_gp.config import Constraint, GradientPenalty
from wgan_gp.errors import InvalidConfig
from wgan_gp.networks.structure import treats_samples_alone
from wgan_gp.networks.tracing import NotALine
from wgan_gp.theory.lipschitz import gradient_norms, interpolates, penalty_of_norms
from wgan_gp.theory.objective import critic_loss, generator_loss
from wgan_gp.training import guards

NORMS_WITHOUT_PENALTY = 64  # points at which the norm is measured for the eye alone, if the critic takes so few: a few percent of the time


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
        with guards.trying("generator", latents, first=self.is_new):
            return self.samples.made(self.generator(latents), len(latents))

    def judged(self, samples: Tensor) -> Tensor:
        """D(x): [m] or [m, 1]. Raises InvalidConfig."""
        return guards.checked_values(self.critic(samples), samples)


@dataclass(frozen=True)
class Charge:
    """What is charged for gradient norms: weight * E[(norm - target)^2], or only for norms above the target."""

    weight: float | Tensor  # lambda; a scalar on the device, where it is to change without a new capture or compilation
    target: float
    sides: Literal["two", "one"]
    points: Literal["line", "real", "fake"]

    @classmethod
    def of(cls, held: Constraint, weight: Tensor | None = None) -> Self | None:
        """What a constraint charges, here with its own lambda or with `weight` in its place; None for those that charge nothing."""
        if not isinstance(held, GradientPenalty):
            return None
        return cls(held.weight if weight is None else weight, held.target, held.sides, held.points)

    def penalty(self, norms: Tensor) -> Tensor:
        """norms: [batch]. Returns lambda * GP, a scalar that can be differentiated."""
        return self.weight * penalty_of_norms(norms, self.target, self.sides)

    def penalty_and_slope(self, norms: Tensor) -> tuple[Tensor, Tensor]:
        """norms: [batch]. Returns the penalty and its derivative by each norm, [batch]."""
        excess = norms - self.target
        if self.sides == "one":
            excess = excess.clamp(min=0)
        return self.weight * excess.square().mean(), excess * (self.weight * (2 / len(norms)))


def points_of(
    charge: Charge | None, critic: nn.Module, real: Tensor, fake: Tensor, epsilon: Tensor, measure: bool
) -> tuple[Tensor | None, Tensor | None]:
    """Where the gradient norm is charged for, and where it is only measured, for the eye: [n, ...] each, or None."""
    where = charge.points if charge is not None else "nowhere"
    ends = {"real": real, "fake": fake}
    if where != "line" and not measure:
        return ends.get(where), None
    line = interpolates(real, fake, epsilon)  # [G] 6
    if where == "line":
        return line, None
    return ends.get(where), line[:NORMS_WITHOUT_PENALTY] if treats_samples_alone(critic) else line  # all where it may need its batch


@dataclass(frozen=True)
class Autograd:
    """The reference: plain autograd, one operation after the other; for the same numbers in fewer of them where the rest is set."""

    pair: Pair
    charge: Charge | None
    takes_two: bool = False  # the critic: real and fake samples in one pass
    mask: AbstractContextManager[object] | None = None  # within it double backward computes no zeros

    def critic(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        """[G] Algorithm 1, lines 6 and 7, with the gradient of line 9; [A] line 5."""
        with guards.trying("critic", real, first=self.pair.is_new):
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
            with guards.trying("generator", latents, first=self.pair.is_new):
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
        charged, measured = points_of(self.charge, self.pair.critic, real, fake, epsilon, measure)
        penalty = norms = real.new_zeros(())
        if self.charge is not None and charged is not None:
            norms = gradient_norms(self.pair.critic, charged, create_graph=True)  # [m]
            penalty = self.charge.penalty(norms)
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
