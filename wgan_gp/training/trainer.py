"""The trainer the Lab uses: the reference's iteration, number for number, in fewer passes."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from wgan_gp.config import GradientPenalty
from wgan_gp.networks.structure import treats_samples_alone
from wgan_gp.theory.lipschitz import interpolates
from wgan_gp.theory.objective import critic_loss
from wgan_gp.training.chain import Chain, Penalty
from wgan_gp.training.masked import MaskedActivations, meets_activations
from wgan_gp.training.step import NORMS_WITHOUT_PENALTY, ReferenceTrainer, StepScalars, critic_scalars

Way = Literal["explicit", "masked", "reference"]


class Trainer(ReferenceTrainer):
    """Trains a generator against a critic: `trainer.step()` is one iteration. Takes what ReferenceTrainer takes, and gives its numbers.

    `way` says how a critic update is made, the cheapest that is exact for this critic:
    explicit    a chain of linear and convolutional layers with ReLU or LeakyReLU: matrix products written out (see chain.py);
    masked      any other critic with such activations: double backward without its zeros;
    reference   all others.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        for net in (self.generator, self.critic, self.averaged):
            if net is not None:
                net.to(memory_format=torch.channels_last)
        self._chain = Chain.of(self.critic)
        self._critic_takes_two = treats_samples_alone(self.critic)  # batches at once
        self._generator_takes_all = treats_samples_alone(self.generator)
        self.way: Way = "explicit" if self._chain else "masked" if self._has_activations() else "reference"

    def _has_activations(self) -> bool:
        sample = self.sampler(1, torch.Generator(self.device).manual_seed(0))
        return isinstance(self.constraint, GradientPenalty) and meets_activations(self.critic, sample)

    def _iterate(self) -> StepScalars:
        """All fakes of an iteration in one pass, where the generator allows: it stands still while the critic learns."""
        if not self._generator_takes_all:
            return super()._iterate()
        drawn = [self._draw() for _ in range(self.n_critic)]  # in the reference's order
        latents = self._latents()
        with torch.no_grad():
            fakes = self.generator(torch.cat([update[1] for update in drawn])).split(self.batch_size)
        for (real, _, epsilon), fake in zip(drawn, fakes, strict=True):
            terms = self._update_critic(real, fake, epsilon, measure=fake is fakes[-1])
        return terms._replace(generator_loss=self._update_generator(latents))

    def _critic_gradients(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> StepScalars:
        if self._chain is not None:
            return self._explicit_gradients(self._chain, real, fake, epsilon, measure)
        if self._critic_takes_two:
            real_values, fake_values = self.critic(torch.cat((real, fake))).split(len(real))
        else:
            real_values, fake_values = self.critic(real), self.critic(fake)
        if self.way == "masked":
            with MaskedActivations():
                penalty, norms = self._penalty(real, fake, epsilon, measure=measure)
        else:
            penalty, norms = self._penalty(real, fake, epsilon, measure=measure)
        self.critic_optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(critic_loss(real_values, fake_values) + penalty)
        return critic_scalars(real_values.detach(), fake_values.detach(), penalty.detach(), norms.detach())

    def _explicit_gradients(self, chain: Chain, real: Tensor, fake: Tensor, epsilon: Tensor, measure: bool) -> StepScalars:
        held = self.constraint
        points = held.points if isinstance(held, GradientPenalty) else None
        line = interpolates(real, fake, epsilon) if points == "line" or measure else None
        penalised = {"line": line, "real": real, "fake": fake}[points] if points else None
        measured = line[:NORMS_WITHOUT_PENALTY] if line is not None and points != "line" else None
        found = chain.update(real, fake, penalised, self._charge, measured)
        penalty = real.new_zeros(()) if found.penalty is None else found.penalty
        norms = found.norms if measured is None else found.norms[-len(measured) :]
        return critic_scalars(found.real_values, found.fake_values, penalty, norms)

    def _charge(self, norms: Tensor) -> Penalty:
        """lambda * E[(norm - target)^2] or its one-sided kin, and the derivative."""
        held = self.constraint
        assert isinstance(held, GradientPenalty)
        excess = norms - held.target
        if held.sides == "one":
            excess = excess.clamp(min=0)
        return Penalty(held.weight * excess.square().mean(), excess * (2 * held.weight / len(norms)))

    def _generator_gradients(self, latents: Tensor) -> Tensor:
        if self._chain is None:
            return super()._generator_gradients(latents)
        fake = self.generator(latents)
        values, gradient = self._chain.values_and_gradient(fake.detach())
        self.generator_optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(fake, gradient * (-1 / values.numel()))
        return -values.mean()
