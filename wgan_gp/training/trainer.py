"""The trainer the Lab uses: the reference's iteration, number for number, in fewer passes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, Literal

import torch
from torch import Tensor, nn

from wgan_gp.config import Constraint, GradientPenalty
from wgan_gp.networks.structure import treats_samples_alone
from wgan_gp.theory.lipschitz import interpolates
from wgan_gp.training.chain import Chain, Charge
from wgan_gp.training.device import layout_of_images
from wgan_gp.training.graph import Graph
from wgan_gp.training.masked import MaskedActivations, meets_activations
from wgan_gp.training.step import NORMS_WITHOUT_PENALTY, CriticFindings, ReferenceTrainer, Sampler, StepScalars, scalars_of

Way = Literal["explicit", "masked", "reference"]

COMPILE_TOLERANCE = 1e-3  # relative, in L2: one activation that flips its sign in float32 moves a gradient by 1e-4


class Trainer(ReferenceTrainer):
    """Trains a generator against a critic: `trainer.step()` is one iteration. Takes what ReferenceTrainer takes, and gives its numbers.

    `way` says how a critic update is made, the cheapest that is exact for this critic:
    explicit    a chain of linear and convolutional layers with ReLU or LeakyReLU: matrix products written out (see chain.py);
    masked      any other critic with such activations: double backward without its zeros;
    reference   all others.

    On CUDA an iteration is captured as one graph (`graph=False` leaves it eager); `path` says what came of that and of `compile()`.
    """

    def __init__(
        self, generator: nn.Module, critic: nn.Module, constraint: Constraint, sampler: Sampler, *, graph: bool = True, **settings: Any
    ) -> None:
        super().__init__(generator, critic, constraint, sampler, **settings)
        for net in self._nets():
            net.to(memory_format=layout_of_images(self.device))
        self._chain = Chain.of(self.critic)
        self._gradients = self._chain.gradients if self._chain else None
        self._critic_takes_two = treats_samples_alone(self.critic)  # batches at once
        self._generator_takes_all = treats_samples_alone(self.generator)
        self.way: Way = "explicit" if self._chain else "masked" if self._has_activations() else "reference"
        self.path = {"critic_update": str(self.way), "graph": "off", "compiled": "off"}
        self._captures = graph and self.device.type == "cuda"
        self._graph: Graph | None = None
        self._captured: object = None  # what a captured iteration has built in
        self._weight = torch.zeros((), device=self.device, dtype=self.dtype)  # lambda
        self._limit = torch.zeros((), device=self.device, dtype=self.dtype)  # c
        self._kept: dict[str, Any] = {}  # of the constraint, what a captured iteration has built in; lambda and c are tensors it reads
        self._followed: Constraint | None = None

    def step(self) -> StepScalars:
        """One iteration, with the learning rates, lambda and c as they are now."""
        self._follow_constraint()
        return super().step()

    def compile(self) -> str:
        """Compile the explicit critic update, for long runs on a CPU. It takes up to a minute and a C++ compiler.

        Returns what came of it: "on", or "off: " and why; the update then stays as it was. Compiled numbers differ in the last digits.
        """
        self.path["compiled"] = self._try_to_compile()
        return self.path["compiled"]

    def _follow_constraint(self) -> None:
        if self.constraint is not self._followed:
            self._weight.fill_(super()._penalty_weight())
            self._limit.fill_(super()._clip_limit())
            self._kept = self.constraint.model_dump(exclude={"weight", "limit"})
            self._followed = self.constraint

    # --- an iteration ------------------------------------------------------------------------------------------------------------

    def _iterate(self) -> StepScalars:
        if not self._captures:
            return self._iterate_eagerly()
        built_in = (self.n_critic, self._kept)
        if self._graph is None or self._captured != built_in:
            self._capture()
            self._captured = built_in
        if self._graph is None:
            return self._iterate_eagerly()
        return StepScalars(*self._graph.replay().unbind())

    def _iterate_eagerly(self) -> StepScalars:
        """All fakes of an iteration in one pass, where the generator allows: it stands still while the critic learns."""
        if self.fakes is not None or not self._generator_takes_all:
            return super()._iterate()
        drawn = [self._draw() for _ in range(self.n_critic)]  # in the reference's order
        latents = self._latents()
        with torch.no_grad():
            fakes = self.generator(torch.cat([update[1] for update in drawn])).split(self.batch_size)
        for (real, _, epsilon), fake in zip(drawn, fakes, strict=True):
            found = self._update_critic(real, fake, epsilon, measure=fake is fakes[-1])
        return scalars_of(found, self._update_generator(latents))

    def _capture(self) -> None:
        numbers = self.random.get_state()
        for optimiser in (self.generator_optimizer, self.critic_optimizer):
            optimiser.zero_grad(set_to_none=True)
        try:
            self._graph = Graph(lambda: torch.stack(list(self._iterate_eagerly())), self._state, self.random)
            self.path["graph"] = "on"
        except RuntimeError as error:
            self._graph, self._captures = None, False
            self.path["graph"] = f"off: {str(error).splitlines()[0]}"
            self.random = torch.Generator(self.device)
            self.random.set_state(numbers)

    def _state(self) -> Sequence[Tensor]:
        """All tensors that an iteration changes."""
        found = [tensor for net in self._nets() for tensor in (*net.parameters(), *net.buffers())]
        for optimiser in (self.generator_optimizer, self.critic_optimizer):
            found += [value for state in optimiser.state.values() for value in state.values() if isinstance(value, Tensor)]
        return found

    def _nets(self) -> list[nn.Module]:
        return [net for net in (self.generator, self.critic, self.averaged) if net is not None]

    # --- the critic --------------------------------------------------------------------------------------------------------------

    def _critic_gradients(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        if self._chain is not None:
            return self._explicit_gradients(self._chain, real, fake, epsilon, measure)
        return super()._critic_gradients(real, fake, epsilon, measure=measure)

    def _values(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        if not self._critic_takes_two:
            return super()._values(real, fake)
        real_values, fake_values = self.critic(torch.cat((real, fake))).split(len(real))
        return real_values, fake_values

    def _penalty(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> tuple[Tensor, Tensor]:
        with MaskedActivations() if self.way == "masked" else nullcontext():
            return super()._penalty(real, fake, epsilon, measure=measure)

    def _explicit_gradients(self, chain: Chain, real: Tensor, fake: Tensor, epsilon: Tensor, measure: bool) -> CriticFindings:
        held = self.constraint
        points = held.points if isinstance(held, GradientPenalty) else None
        charge = self._charge()
        line = interpolates(real, fake, epsilon) if points == "line" or measure else None
        penalised = {"line": line, "real": real, "fake": fake}[points] if points else None
        measured = line[:NORMS_WITHOUT_PENALTY] if line is not None and points != "line" else None
        assert self._gradients is not None
        found = self._gradients(real, fake, penalised, charge, measured)
        for parameter, gradient in zip(chain.parameters, found.gradients, strict=True):
            parameter.grad = _laid_out_like(parameter, gradient)
        norms = found.norms if measured is None else found.norms[-len(measured) :]
        return CriticFindings(found.real_values, found.fake_values, found.penalty, norms)

    def _charge(self) -> Charge | None:
        held = self.constraint
        return Charge(self._weight, held.target, held.sides) if isinstance(held, GradientPenalty) else None

    def _penalty_weight(self) -> Tensor:
        return self._weight

    def _clip_limit(self) -> Tensor:
        return self._limit

    def _has_activations(self) -> bool:
        sample = self.sampler(1, torch.Generator(self.device).manual_seed(0))
        return isinstance(self.constraint, GradientPenalty) and meets_activations(self.critic, sample)

    # --- the generator -----------------------------------------------------------------------------------------------------------

    def _generator_gradients(self, latents: Tensor) -> Tensor:
        if self._chain is None:
            return super()._generator_gradients(latents)
        fake = self.generator(latents)
        values, gradient = self._chain.values_and_gradient(fake.detach())
        self.generator_optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(fake, gradient * (-1 / values.numel()))
        return -values.mean()

    # --- compilation -------------------------------------------------------------------------------------------------------------

    def _try_to_compile(self) -> str:
        if self._chain is None:
            return f"off: only the explicit update can be compiled, and this critic's is {self.way}"
        if self._captures:
            return "off: a CUDA graph serves better"
        eager = self._chain.gradients
        try:
            compiled = torch.compile(eager, dynamic=False)
            difference = self._largest_difference(eager, compiled)
        except Exception as error:  # no compiler, no room, an operation it does not know: all is well without it
            return f"off: {type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:200]
        if not difference <= COMPILE_TOLERANCE:
            return f"off: its gradients differ by {difference:.1e}, allowed is {COMPILE_TOLERANCE:.0e}"
        self._gradients = compiled
        return "on"

    def _largest_difference(self, eager: Any, compiled: Any) -> float:
        """Between the gradients of two ways, relative in L2, on data and points of their own; both kinds of update are tried."""
        random = torch.Generator(self.device).manual_seed(0)
        real, fake = self.sampler(self.batch_size, random), self.sampler(self.batch_size, random).flip(0)
        charge = self._charge()
        line = (real + fake) / 2
        calls: list[tuple[Any, ...]] = [(real, fake, line if charge else None, charge, None)]
        if charge is None:
            calls.append((real, fake, None, None, line[:NORMS_WITHOUT_PENALTY]))
        pairs = [pair for call in calls for pair in zip(eager(*call).gradients, compiled(*call).gradients, strict=True)]
        return float(torch.stack([(one - other).norm() / one.norm().clamp(min=1e-12) for one, other in pairs]).max())  # NaN stays NaN


def _laid_out_like(parameter: Tensor, gradient: Tensor) -> Tensor:
    """In the same order in memory: fused optimisers walk through both side by side."""
    return gradient if gradient.stride() == parameter.stride() else torch.empty_like(parameter).copy_(gradient)
