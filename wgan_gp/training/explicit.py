"""The passes of a critic that is a chain: its update written out (see chain.py), eager or compiled, and no autograd through it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from wgan_gp.networks.tracing import Layers
from wgan_gp.training import guards
from wgan_gp.training.chain import Chain, CriticPass
from wgan_gp.training.passes import NORMS_WITHOUT_PENALTY, Charge, CriticFindings, Pair, points_of

Gradients = Callable[..., CriticPass]  # as Chain.gradients

PROOF_TOLERANCE = 1e-4  # of a critic's values: a trace that is wrong is wrong by far more
COMPILE_TOLERANCE = 1e-3  # relative, in L2: one activation that flips its sign in float32 moves a gradient by 1e-4


@dataclass(frozen=True)
class Explicit:
    """The reference's numbers in ten passes of one batch: see `wgan_gp.training.passes.Passes`."""

    pair: Pair
    charge: Charge | None
    chain: Chain
    gradients: Gradients  # the chain's, or what was compiled of them
    layers: Layers  # what is known of the critic's forward, which the chain was made of

    def critic(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        """[G] Algorithm 1, lines 6 and 7, with the gradient of line 9; [A] line 5. Raises NotALine where the critic is not the chain."""
        with guards.trying("critic", real, first=self.pair.is_new):
            self._prove(real)
            charged, measured = points_of(self.charge, self.pair.critic, real, fake, epsilon, measure)
            findings, gradients = self.gradients(real, fake, charged, self.charge, measured)
            guards.checked_values(findings.real_values, real)
            self.pair.critic_optimizer.zero_grad(set_to_none=True)
            for parameter, gradient in zip(self.chain.parameters, gradients, strict=True):
                parameter.grad = _laid_out_like(parameter, gradient)
        return findings

    def generator(self, latents: Tensor) -> Tensor:
        """[G] Algorithm 1, line 12; [A] line 10."""
        fake = self.pair.made(latents)
        values, gradient = self.chain.values_and_gradient(fake.detach())
        self.pair.generator_optimizer.zero_grad(set_to_none=True)
        with guards.trying("generator", latents, first=self.pair.is_new):
            torch.autograd.backward(fake, gradient * (-1 / values.numel()))
        return -values.mean()

    def _prove(self, real: Tensor) -> None:
        """Hold what was traced against the critic itself, once, on real samples: what gives other values is not used again."""
        if self.layers.proven:
            return
        found = self.chain.values(real)
        with torch.no_grad():
            expected = self.pair.judged(real)
        difference = (expected - found).abs().max() if expected.shape == found.shape else math.inf
        if not difference <= PROOF_TOLERANCE * expected.abs().max() + PROOF_TOLERANCE:
            raise self.layers.distrust()
        self.layers.proven = True


def _laid_out_like(parameter: Tensor, gradient: Tensor) -> Tensor:
    """In the same order in memory: fused optimisers walk through both side by side."""
    return gradient if gradient.stride() == parameter.stride() else torch.empty_like(parameter).copy_(gradient)


# --- compilation --------------------------------------------------------------------------------------------------------------


def compile_gradients(chain: Chain, charge: Charge | None, samples: Callable[[], tuple[Tensor, Tensor]]) -> Gradients | str:
    """The chain's gradients, compiled, or "off: " and why there are none. `samples` makes what they are tried with: [m, ...] each."""
    try:
        gradients = torch.compile(chain.gradients, dynamic=False)
        difference = _largest_difference(chain.gradients, gradients, charge, *samples())
    except Exception as error:  # no compiler, no room, an operation it does not know: all is well without it
        return f"off: {type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:200]
    if not difference <= COMPILE_TOLERANCE:
        return f"off: its gradients differ by {difference:.1e}, allowed is {COMPILE_TOLERANCE:.0e}"
    return gradients


def _largest_difference(eager: Gradients, other: Gradients, charge: Charge | None, real: Tensor, fake: Tensor) -> float:
    """Between the gradients of two ways, relative in L2, for both kinds of update."""
    line = (real + fake) / 2
    calls: list[tuple[Any, ...]] = [(real, fake, line if charge else None, charge, None)]
    if charge is None:
        calls.append((real, fake, None, None, line[:NORMS_WITHOUT_PENALTY]))
    pairs = [pair for call in calls for pair in zip(eager(*call).gradients, other(*call).gradients, strict=True)]
    return float(torch.stack([(one - other).norm() / one.norm().clamp(min=1e-12) for one, other in pairs]).max())  # NaN stays NaN
