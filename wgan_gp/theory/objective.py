"""Losses and the estimate. The signs are stated here, once.

min over G, max over D:  E[D(x)] - E[D(G(z))],  D 1-Lipschitz            ([A] eq. 3)
critic loss (minimised)    = E[D(fake)] - E[D(real)] + penalty           ([G] eq. 3)
generator loss (minimised) = -E[D(fake)]
estimate                   = E[D(real)] - E[D(fake)]
"""

from __future__ import annotations

from torch import Tensor


def critic_loss(real_values: Tensor, fake_values: Tensor) -> Tensor:
    """E[D(fake)] - E[D(real)], without the penalty: [G] eq. 3.

    real_values, fake_values: the critic's values, any shape. Returns a scalar, to be minimised.
    """
    return fake_values.mean() - real_values.mean()


def generator_loss(fake_values: Tensor) -> Tensor:
    """-E[D(G(z))]: [G], Algorithm 1, line 12. Its level is arbitrary: D + constant is as good a critic as D."""
    return -fake_values.mean()


def estimate(real_values: Tensor, fake_values: Tensor) -> Tensor:
    """E[D(real)] - E[D(fake)]: what the critic says, in units of its own slope. A scalar."""
    return real_values.mean() - fake_values.mean()
