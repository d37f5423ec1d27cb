"""One iteration: n_critic critic updates and one generator update, which is Algorithm 1 of the two papers, line by line.

[G] is Gulrajani et al. 2017, Algorithm 1; [A] is Arjovsky et al. 2017, Algorithm 1. How the gradients are made is left to the passes
(see passes.py): here they are plain autograd, the reference. `wgan_gp.training.trainer.Trainer` gives the same iteration cheaper ones.
Both take any pair of torch modules; the Lab's own nets have no special place here.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer as TorchOptimizer

from wgan_gp.config import Adam, Constraint, GradientPenalty, Optimizer, WeightClipping
from wgan_gp.theory.lipschitz import clip_weights
from wgan_gp.training import guards
from wgan_gp.training.device import has_fused_optimisers
from wgan_gp.training.events import StepScalars
from wgan_gp.training.passes import Autograd, Charge, CriticFindings, Pair, Passes

Sampler = Callable[[int, torch.Generator], Tensor]
Schedule = Literal["constant", "linear", "cosine"]
Batch = tuple[Tensor, Tensor, Tensor]  # real samples [m, ...], fakes [m, ...], epsilon [m]


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
        self.draw_epsilon: Sampler = partial(uniform, dtype=self.dtype)  # [count]
        self.iteration = self.critic_updates = 0

    def step(self) -> StepScalars:
        """One iteration, with the settings as they are now."""
        guards.check_schedule(self.schedule, self.steps)
        self._check_nets()
        if not self.critic_updates:  # after a first step that was refused, the next one may bring other samples
            self._samples.shape = None
        self._set_learning_rates()
        scalars = self._run()
        self.iteration += 1
        self.critic_updates += self.n_critic
        return scalars

    def _run(self) -> StepScalars:
        """The iteration in the plainest way there is. The place for others: another order of drawing, other passes, the same numbers."""
        limit = self.constraint.limit if isinstance(self.constraint, WeightClipping) else math.inf
        return self._iterate(self._batches(), Autograd(self._pair(), Charge.of(self.constraint)), limit)

    def _iterate(self, batches: Iterator[Batch], passes: Passes, limit: float | Tensor) -> StepScalars:
        """Algorithm 1 from its second line on; limit: c of [A]. Where fakes do not change, the critic alone learns."""
        for update, (real, fake, epsilon) in enumerate(batches):  # [G] 2 to 5; [A] 2 to 4
            found = passes.critic(real, fake, epsilon, measure=update == self.n_critic - 1)  # [G] 6 to 8; [A] 5
            self.critic_optimizer.step()  # [G] 9; [A] 6
            if isinstance(self.constraint, WeightClipping):
                clip_weights(self.critic, limit)  # [A] 7
        if self.fakes is not None:
            return scalars_of(found, -found.fake_values.mean())
        latents = self._latents()  # [G] 11; [A] 9
        loss = passes.generator(latents)  # [G] 12; [A] 10
        self.generator_optimizer.step()  # [G] 12; [A] 11
        if self.averaged is not None:
            update_average(self.averaged, self.generator, self.ema)
        return scalars_of(found, loss)

    def _batches(self) -> Iterator[Batch]:
        """One for each critic update, drawn when its turn comes: a sampler may look at the nets as they are then."""
        for _ in range(self.n_critic):  # [G] 2; [A] 2
            real = self._drawn("sampler", self.sampler)  # [G] 4; [A] 3
            if self.fakes is not None:
                yield real, self._drawn("fakes", self.fakes), self._epsilon()
                continue
            latents, epsilon = self._latents(), self._epsilon()  # [G] 4; [A] 4
            with torch.no_grad():  # the generator stands still: no graph through it
                fake = self._pair().made(latents)  # [G] 5
            yield real, fake, epsilon

    @property
    def sampling_generator(self) -> nn.Module:
        """The generator to draw pictures with: the moving average of the weights where one is kept."""
        return self.averaged if self.averaged is not None else self.generator

    def _pair(self) -> Pair:
        optimisers = self.generator_optimizer, self.critic_optimizer
        return Pair(self.generator, self.critic, *optimisers, self._samples, is_new=not self.critic_updates)

    def _check_nets(self) -> None:
        penalised = isinstance(self.constraint, GradientPenalty)
        self._given.check(self.generator, self.critic, penalised=penalised, frozen=self.fakes is not None)

    def _drawn(self, name: str, sampler: Sampler) -> Tensor:
        return self._samples.drawn(name, sampler(self.batch_size, self.random), self.batch_size)  # [m, ...]

    def _latents(self) -> Tensor:
        return torch.randn(self.batch_size, self.latent_dim, generator=self.random, device=self.device, dtype=self.dtype)  # [m, latent_dim]

    def _epsilon(self) -> Tensor:
        return self.draw_epsilon(self.batch_size, self.random)  # [m]

    def _set_learning_rates(self) -> None:
        factor = schedule_factor(self.schedule, self.iteration, self.steps)
        for optimiser, rate in zip((self.generator_optimizer, self.critic_optimizer), self.learning_rates, strict=True):
            for group in optimiser.param_groups:
                if isinstance(group["lr"], Tensor):
                    group["lr"].fill_(rate * factor)
                else:
                    group["lr"] = rate * factor


def uniform(count: int, random: torch.Generator, dtype: torch.dtype) -> Tensor:
    """Numbers from U[0, 1]: [count], on the device of `random`."""
    return torch.rand(count, generator=random, device=random.device, dtype=dtype)


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
