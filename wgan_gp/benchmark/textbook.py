"""WGAN-GP the way most public PyTorch repositories write it: what the trainers are timed against.

Typical, and kept so on purpose:
- the fakes of a critic step hang on the generator, so `backward` runs through it and its gradients are thrown away;
- real, fake and interpolates pass the critic one after the other;
- the penalty by `autograd.grad` with `create_graph` and `retain_graph`, then a backward pass through all of it;
- the generator step computes the critic's gradients too, which the next critic step deletes;
- batches, noise and alpha are made on the CPU and moved to the device;
- `torch.optim.Adam` as it comes;
- the loss is read with `.item()` after every update.

Most repositories have most of these, some avoid one or two (they detach the fakes, or freeze the critic in the generator step).
What would make it slower and has nothing to do with the method is left out: there is no DataLoader, no transform of images, no logging.
"""

from __future__ import annotations

import torch
from torch import Tensor, autograd, nn

from wgan_gp.training.step import Sampler


class TextbookTrainer:
    """Trains a generator against a critic: `trainer.step()` is one iteration. `sampler` draws on the CPU."""

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        sampler: Sampler,
        *,
        latent_dim: int,
        batch_size: int = 64,
        n_critic: int = 5,
        penalty_weight: float = 10.0,
        learning_rate: float = 1e-4,
        betas: tuple[float, float] = (0.0, 0.9),
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        self.device = torch.device(device)
        self.generator, self.critic = generator.to(self.device), critic.to(self.device)
        self.sampler, self.latent_dim, self.batch_size = sampler, latent_dim, batch_size
        self.n_critic, self.penalty_weight = n_critic, penalty_weight
        self.generator_optimizer = torch.optim.Adam(self.generator.parameters(), lr=learning_rate, betas=betas)
        self.critic_optimizer = torch.optim.Adam(self.critic.parameters(), lr=learning_rate, betas=betas)
        self.dtype = next(generator.parameters()).dtype
        self.random = torch.Generator().manual_seed(seed)

    def step(self) -> tuple[float, float]:
        """One iteration. Returns the last critic loss and the generator loss."""
        for _ in range(self.n_critic):
            critic_loss = self._train_critic()
        return critic_loss, self._train_generator()

    def _train_critic(self) -> float:
        real = self.sampler(self.batch_size, self.random).to(self.device)
        fake = self.generator(self._noise())
        loss = -self.critic(real).mean() + self.critic(fake).mean() + self.penalty_weight * self._gradient_penalty(real, fake)
        self.critic_optimizer.zero_grad()
        loss.backward()
        self.critic_optimizer.step()
        return float(loss.item())

    def _train_generator(self) -> float:
        loss = -self.critic(self.generator(self._noise())).mean()
        self.generator_optimizer.zero_grad()
        loss.backward()
        self.generator_optimizer.step()
        return float(loss.item())

    def _gradient_penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        alpha = torch.rand(len(real), *[1] * (real.dim() - 1), generator=self.random, dtype=self.dtype).to(self.device)
        interpolates = (alpha * real.data + (1 - alpha) * fake.data).requires_grad_(True)
        values = self.critic(interpolates)
        (gradients,) = autograd.grad(
            outputs=values,
            inputs=interpolates,
            grad_outputs=torch.ones_like(values),
            create_graph=True,
            retain_graph=True,
            only_inputs=True,
        )
        norms: Tensor = gradients.flatten(1).norm(2, dim=1)
        return ((norms - 1) ** 2).mean()

    def _noise(self) -> Tensor:
        return torch.randn(self.batch_size, self.latent_dim, generator=self.random, dtype=self.dtype).to(self.device)
