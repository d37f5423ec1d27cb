"""One iteration: n_critic critic updates and one generator update, written like Algorithm 1 of the two papers.

This is the reference: plain autograd, one operation after the other. `wgan_gp.training.trainer.Trainer` does the same in fewer passes.
Both take any pair of torch modules; the Lab's own nets have no special place here.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer as TorchOptimizer

from wgan_gp.config import Adam, Constraint, GradientPenalty, Optimizer, WeightClipping
from wgan_gp.networks.structure import treats_samples_alone
from wgan_gp.theory.lipschitz import clip_weights, gradient_norms, interpolates, penalty_of_norms
from wgan_gp.theory.objective import critic_loss, generator_loss
from wgan_gp.training import guards
from wgan_gp.training.device import has_fused_optimisers

Sampler = Callable[[int, torch.Generator], Tensor]
Schedule = Literal["constant", "linear", "cosine"]

NORMS_WITHOUT_PENALTY = (
    64  # points at which the norm is measured where no penalty needs it, if the critic takes so few: a few percent of an iteration
)


class StepScalars(NamedTuple):
    """What one iteration says, as scalars on the training device: reading one with float() waits for the device.

    The critic's values are those of the iteration's last critic update, before the update.
    """

    real: Tensor  # -E[D(real)]
    fake: Tensor  # E[D(fake)]
    penalty: Tensor  # lambda * GP
    estimate: Tensor  # E[D(real)] - E[D(fake)]
    gradient_norm: Tensor  # mean at interpolates
    generator_loss: Tensor  # -E[D(G(z))]


class CriticFindings(NamedTuple):
    """What a critic update has found on its way, before the update."""

    real_values: Tensor  # D(real), in the critic's own shape
    fake_values: Tensor  # D(fake)
    penalty: Tensor  # lambda * GP, a scalar
    norms: Tensor  # gradient norms where they are measured


class ReferenceTrainer(guards.Guarded):
    """Trains a generator against a critic: `trainer.step()` is one iteration.

    generator: latents [batch, latent_dim] to samples [batch, ...]; critic: samples to values [batch] or [batch, 1].
    sampler: `(count, random) -> samples [count, ...]`, drawing from the `torch.Generator` it is given, on that generator's device.
    fakes: as sampler, for fake samples that do not change: the generator then stands still, and an iteration trains the critic alone.
    Settings have the bounds of RunConfig, also where they are set later. Samples are of the generator's dtype, on its device.
    The same seed, nets and sampler give the same weights on a CPU with one thread.
    Raises InvalidConfig, here for a setting or a net that cannot be trained (batch norm in a critic with a penalty, for example), and in
    `step` for batches or values that are not what was asked for: the first step finds out before a weight has changed. DeviceMissing.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        constraint: Constraint,
        sampler: Sampler,
        *,
        latent_dim: int,
        generator_optimizer: Optimizer = Adam(),
        critic_optimizer: Optimizer = Adam(),
        fakes: Sampler | None = None,
        n_critic: int = 5,
        batch_size: int = 64,
        schedule: Schedule = "constant",
        steps: int | None = None,
        ema: float = 0.0,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        self.constraint, self.sampler, self.fakes, self.latent_dim = constraint, sampler, fakes, latent_dim
        self.n_critic, self.batch_size, self.ema = n_critic, batch_size, ema
        self.schedule, self.steps = schedule, steps
        guards.check_schedule(self.schedule, self.steps)
        generator_steps = guards.checked("generator_optimizer", generator_optimizer)
        critic_steps = guards.checked("critic_optimizer", critic_optimizer)
        seed = guards.checked("seed", seed)
        self.device = guards.checked_device(device)
        guards.check_nets(generator, critic)
        self.generator, self.critic = generator.to(self.device), critic.to(self.device)
        self._given = guards.Nets(self.generator, self.critic)
        self._check_nets()
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False).eval() if self.ema else None
        self.learning_rates = (generator_steps.learning_rate, critic_steps.learning_rate)
        self.generator_optimizer = _optimiser(self.generator, generator_steps, self.device)
        self.critic_optimizer = _optimiser(self.critic, critic_steps, self.device)
        weight = next(self.generator.parameters())
        self.dtype = weight.dtype
        self._samples = guards.Samples(weight.dtype, weight.device)
        self.random = torch.Generator(self.device).manual_seed(seed)
        self.iteration = self.critic_updates = 0

    def step(self) -> StepScalars:
        """One iteration ([G] Algorithm 1, lines 2 to 12; [A] Algorithm 1, lines 2 to 11)."""
        guards.check_schedule(self.schedule, self.steps)
        self._check_nets()
        if self._is_new:  # after a first step that was refused, the next one may bring other samples
            self._samples.shape = None
        self._set_learning_rates()
        scalars = self._iterate()
        self.iteration += 1
        self.critic_updates += self.n_critic
        return scalars

    def _iterate(self) -> StepScalars:
        if self.fakes is not None:
            return self._train_critic(self.fakes)
        for update in range(self.n_critic):
            real, latents, epsilon = self._draw()
            with torch.no_grad():  # the generator stands still: no graph through it
                fake = self._fakes(latents)  # [m, ...]
            found = self._update_critic(real, fake, epsilon, measure=update == self.n_critic - 1)
        return scalars_of(found, self._update_generator(self._latents()))

    def _train_critic(self, fakes: Sampler) -> StepScalars:
        """The critic updates of an iteration, against a generator that stands still."""
        for update in range(self.n_critic):
            real, fake = self._drawn("sampler", self.sampler), self._drawn("fakes", fakes)
            found = self._update_critic(real, fake, self._epsilon(self.batch_size), measure=update == self.n_critic - 1)
        return scalars_of(found, -found.fake_values.mean())

    @property
    def sampling_generator(self) -> nn.Module:
        """The generator to draw pictures with: the moving average of the weights where one is kept."""
        return self.averaged if self.averaged is not None else self.generator

    def _draw(self) -> tuple[Tensor, Tensor, Tensor]:
        """The random numbers of a critic update: real samples [m, ...], latents [m, latent_dim] and epsilon [m]."""
        real = self._drawn("sampler", self.sampler)
        latents = self._latents()
        return real, latents, self._epsilon(self.batch_size)

    def _drawn(self, name: str, sampler: Sampler) -> Tensor:
        return self._samples.drawn(name, sampler(self.batch_size, self.random), self.batch_size)

    def _fakes(self, latents: Tensor) -> Tensor:
        with guards.trying("generator", latents, first=self._is_new):
            return self._samples.made(self.generator(latents), len(latents))

    def _update_critic(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        with guards.trying("critic", real, first=self._is_new):
            found = self._critic_gradients(real, fake, epsilon, measure=measure)
        self.critic_optimizer.step()
        if isinstance(self.constraint, WeightClipping):
            clip_weights(self.critic, self._clip_limit())  # after the update
        return found

    def _critic_gradients(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        """Set the `.grad` of the critic's parameters to the gradient of its loss. Where `measure` is False the norm may be left at 0."""
        real_values, fake_values = self._values(real, fake)  # [m], [m]
        penalty, norms = self._penalty(real, fake, epsilon, measure=measure)
        self.critic_optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(critic_loss(real_values, fake_values) + penalty)
        return CriticFindings(real_values.detach(), fake_values.detach(), penalty.detach(), norms.detach())

    def _values(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        return self._judged(real), self._judged(fake)

    def _judged(self, samples: Tensor) -> Tensor:
        return guards.checked_values(self.critic(samples), samples)

    def _penalty(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> tuple[Tensor, Tensor]:
        """The weighted penalty, and the gradient norms at interpolates, which are measured for every constraint."""
        line = interpolates(real, fake, epsilon)
        if isinstance(self.constraint, GradientPenalty):
            points = {"line": line, "real": real, "fake": fake}[self.constraint.points]
            norms = gradient_norms(self.critic, points, create_graph=True)  # [m]
            penalty = self._penalty_weight() * penalty_of_norms(norms, self.constraint.target, self.constraint.sides)
            if self.constraint.points == "line" or not measure:
                return penalty, norms
        else:
            penalty = torch.zeros((), device=self.device, dtype=self.dtype)
        if not measure:
            return penalty, penalty
        return penalty, gradient_norms(self.critic, self._measured(line))

    def _measured(self, line: Tensor) -> Tensor:
        """The interpolates at which the norm is looked at where no penalty needs it: all where the critic may need its batch."""
        return line[:NORMS_WITHOUT_PENALTY] if treats_samples_alone(self.critic) else line

    def _update_generator(self, latents: Tensor) -> Tensor:
        loss = self._generator_gradients(latents)
        self.generator_optimizer.step()
        if self.averaged is not None:
            update_average(self.averaged, self.generator, self.ema)
        return loss

    def _generator_gradients(self, latents: Tensor) -> Tensor:
        """Set the `.grad` of the generator's parameters to the gradient of its loss, and return the loss."""
        learnt = [parameter for parameter in self.critic.parameters() if parameter.requires_grad]
        try:
            for parameter in learnt:  # the gradient passes through the critic, and stops at no weight of it
                parameter.requires_grad_(False)
            loss = generator_loss(self._judged(self._fakes(latents)))
            self.generator_optimizer.zero_grad(set_to_none=True)
            with guards.trying("generator", latents, first=self._is_new):
                torch.autograd.backward(loss)
        finally:
            for parameter in learnt:
                parameter.requires_grad_(True)
        return loss.detach()

    @property
    def _is_new(self) -> bool:
        return not self.critic_updates  # the nets have not been tried yet

    def _check_nets(self) -> None:
        penalised = isinstance(self.constraint, GradientPenalty)
        self._given.check(self.generator, self.critic, penalised=penalised, frozen=self.fakes is not None)

    def _latents(self) -> Tensor:
        return torch.randn(self.batch_size, self.latent_dim, generator=self.random, device=self.device, dtype=self.dtype)  # [m, latent_dim]

    def _epsilon(self, count: int) -> Tensor:
        return torch.rand(count, generator=self.random, device=self.device, dtype=self.dtype)  # [count]

    def _penalty_weight(self) -> float | Tensor:
        return self.constraint.weight if isinstance(self.constraint, GradientPenalty) else 0.0

    def _clip_limit(self) -> float | Tensor:
        return self.constraint.limit if isinstance(self.constraint, WeightClipping) else math.inf

    def _set_learning_rates(self) -> None:
        factor = schedule_factor(self.schedule, self.iteration, self.steps)
        for optimiser, rate in zip((self.generator_optimizer, self.critic_optimizer), self.learning_rates, strict=True):
            for group in optimiser.param_groups:
                if isinstance(group["lr"], Tensor):
                    group["lr"].fill_(rate * factor)
                else:
                    group["lr"] = rate * factor


def scalars_of(found: CriticFindings, loss: Tensor) -> StepScalars:
    """What an iteration says: what its last critic update has found, and the generator's loss."""
    real, fake = found.real_values.mean(), found.fake_values.mean()
    return StepScalars(-real, fake, found.penalty, real - fake, found.norms.mean(), loss)


def schedule_factor(schedule: Schedule, iteration: int, steps: int | None) -> float:
    """What the learning rates are multiplied by in the iteration with this number (from 0): 1 at the start, down to 0 at `steps`."""
    if schedule == "constant" or not steps:
        return 1.0
    share = min(1.0, iteration / steps)
    return 1 - share if schedule == "linear" else 0.5 * (1 + math.cos(math.pi * share))


@torch.no_grad()
def update_average(average: nn.Module, current: nn.Module, decay: float) -> None:
    """average = decay * average + (1 - decay) * current, for the weights; buffers (batch norm's statistics) are copied."""
    for old, new in zip(average.parameters(), current.parameters(), strict=True):
        old.lerp_(new, 1 - decay)
    for statistic, latest in zip(average.buffers(), current.buffers(), strict=True):
        statistic.copy_(latest)


def _optimiser(module: nn.Module, settings: Optimizer, device: torch.device) -> TorchOptimizer:
    """On CUDA the learning rate is a tensor, so that a captured iteration follows it."""
    captured = device.type == "cuda"
    rate = torch.tensor(settings.learning_rate, device=device) if captured else settings.learning_rate
    if isinstance(settings, Adam):
        betas, fused = (settings.beta1, settings.beta2), has_fused_optimisers(device)
        return torch.optim.Adam(module.parameters(), lr=rate, betas=betas, fused=fused, capturable=captured)
    return torch.optim.RMSprop(module.parameters(), lr=rate, alpha=settings.decay, capturable=captured)
