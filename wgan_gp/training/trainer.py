"""The trainer the Lab uses: the reference's iteration, number for number, in fewer passes."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from wgan_gp.config import Constraint, GradientPenalty
from wgan_gp.data.draws import is_known_to_draw_alone
from wgan_gp.errors import InvalidConfig
from wgan_gp.networks.tracing import Layers
from wgan_gp.theory.layers import has_hooks
from wgan_gp.theory.lipschitz import interpolates
from wgan_gp.training import guards
from wgan_gp.training.chain import Chain, Charge, CriticPass
from wgan_gp.training.graph import Graph
from wgan_gp.training.masked import MaskedActivations, holds_activations
from wgan_gp.training.shortcuts import Shortcuts, built_in, keeps_no_state, weights_have_hooks
from wgan_gp.training.step import NORMS_WITHOUT_PENALTY, CriticFindings, ReferenceTrainer, Sampler, StepScalars, scalars_of

Gradients = Callable[..., CriticPass]
Way = Literal["explicit", "masked", "reference"]

PROOF_TOLERANCE = 1e-4  # of a critic's values: a trace that is wrong is wrong by far more
COMPILE_TOLERANCE = 1e-3  # relative, in L2: one activation that flips its sign in float32 moves a gradient by 1e-4


class Trainer(ReferenceTrainer):
    """Trains a generator against a critic: `trainer.step()` is one iteration. Takes what ReferenceTrainer takes, and gives its numbers.

    `way` says how a critic update is made, the cheapest that is exact for this critic as it is now:
    explicit    a chain of linear and convolutional layers with ReLU or LeakyReLU, in nn.Sequential or in a forward of your own (see
                tracing.py): matrix products written out (see chain.py);
    masked      any other critic with such activations: double backward without its zeros;
    reference   all others.

    The nets stay as they are given: their layers, hooks and the layout of their weights are theirs, and are looked at before each step.
    Samplers marked with `wgan_gp.data.draws.draws_alone` are asked ahead; all others are called when the reference calls them.
    On CUDA an iteration of known layers with such samplers is captured as one graph; `graph=True` vouches for others, `graph=False`
    leaves all eager. `path` says what came of that and of `compile()`.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        constraint: Constraint,
        sampler: Sampler,
        *,
        graph: bool | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(generator, critic, constraint, sampler, **settings)
        self._layers = Layers(), Layers()  # of generator and critic
        self._shortcuts = Shortcuts()
        self._look()
        self._meets_activations = holds_activations(self.critic)  # until a critic's pass has shown
        self._compiled: tuple[Chain, Gradients] | None = None
        self._compiling = "off"
        self._wants_graph = graph
        self._graph: Graph | None = None
        self._no_graph = "off"
        self._cannot_capture = False
        self._captured: object = None  # what a captured iteration has built in
        self._weight = torch.zeros((), device=self.device, dtype=self.dtype)  # lambda
        self._limit = torch.zeros((), device=self.device, dtype=self.dtype)  # c
        self._kept: dict[str, Any] = {}  # of the constraint, what a captured iteration has built in; lambda and c are tensors it reads
        self._followed: Constraint | None = None
        self._learnt: list[int] = []  # the weights of the last explicit update

    @property
    def way(self) -> Way:
        """How a critic update is made of the critic as it is now."""
        if self._look().chain is not None:
            return "explicit"
        masks = self._shortcuts.masks and self._meets_activations and isinstance(self.constraint, GradientPenalty)
        return "masked" if masks else "reference"

    @property
    def path(self) -> dict[str, str]:
        """The way, and what came of capturing and compiling."""
        compiled = self._compiling
        if self._compiled is not None:
            compiled = "on" if self._look().chain is self._compiled[0] else "off: the critic is no longer what was compiled"
        why = {"not_explicit": self._shortcuts.no_chain} if self._look().chain is None else {}
        return {"critic_update": self.way, **why, "graph": "on" if self._graph else self._no_graph, "compiled": compiled}

    def step(self) -> StepScalars:
        """One iteration, with the learning rates, lambda and c as they are now."""
        self._follow_constraint()
        self._look()
        return super().step()

    def _look(self) -> Shortcuts:
        """What is exact for the nets as they are now. A chain that is still the same stays the same object, for what was compiled of it."""
        found = Shortcuts.of(self.generator, self.critic, self._layers)
        if found != self._shortcuts:
            self._shortcuts = found
        return self._shortcuts

    def compile(self) -> str:
        """Compile the explicit critic update, for long runs on a CPU. It takes up to a minute and a C++ compiler.

        Returns what came of it: "on", or "off: " and why; the update then stays as it was. Compiled numbers differ in the last digits.
        """
        self._compiled, self._compiling = None, "off"
        self._compiling = self._try_to_compile()
        return self._compiling

    def _follow_constraint(self) -> None:
        if self.constraint is not self._followed:
            self._weight.fill_(super()._penalty_weight())
            self._limit.fill_(super()._clip_limit())
            self._kept = self.constraint.model_dump(exclude={"weight", "limit"})
            self._followed = self.constraint

    # --- an iteration ------------------------------------------------------------------------------------------------------------

    def _iterate(self) -> StepScalars:
        if not self._may_capture():
            self._graph = None
            return self._iterate_eagerly()
        built_in = self._built_in()
        if self._graph is None or self._captured != built_in:
            self._capture()
            self._captured = self._built_in()
        if self._graph is None:
            return self._iterate_eagerly()
        return StepScalars(*self._graph.replay().unbind())

    def _iterate_eagerly(self) -> StepScalars:
        """All fakes of an iteration in one pass, where the generator allows: it stands still while the critic learns."""
        if self.fakes is not None or not self._shortcuts.generator_takes_all or not is_known_to_draw_alone(self.sampler):
            return super()._iterate()
        drawn = [self._draw() for _ in range(self.n_critic)]  # in the reference's order
        latents = self._latents()
        with torch.no_grad():
            fakes = self._all_fakes([update[1] for update in drawn])
        for (real, _, epsilon), fake in zip(drawn, fakes, strict=True):
            found = self._update_critic(real, fake, epsilon, measure=fake is fakes[-1])
        return scalars_of(found, self._update_generator(latents))

    def _all_fakes(self, latents: list[Tensor]) -> tuple[Tensor, ...]:
        """latents: for each critic update [m, latent_dim]. Returns as many batches [m, ...]."""
        try:
            fakes: tuple[Tensor, ...] = self._fakes(torch.cat(latents)).split(self.batch_size)  # type: ignore[no-untyped-call]
        except InvalidConfig:
            self._fakes(latents[0])  # says it of one batch, as the reference does
            raise
        return fakes

    # --- a captured iteration ----------------------------------------------------------------------------------------------------

    def _may_capture(self) -> bool:
        """Whether nothing but kernels would run: a graph calls no hook, no sampler and no forward again."""
        if self._wants_graph is False or self._cannot_capture or self.device.type != "cuda":
            return False
        nets = (self.generator, self.critic)
        if any(has_hooks(net) or weights_have_hooks(net) for net in nets):
            self._no_graph = "off: the nets have hooks"
        elif self._wants_graph or (all(map(keeps_no_state, nets)) and all(map(is_known_to_draw_alone, (self.sampler, self.fakes)))):
            self._no_graph = "off"
            return True
        else:
            self._no_graph = "off: the nets or the sampler may do more than launch kernels; graph=True vouches that they do not"
        return False

    def _built_in(self) -> object:
        settings = (self.n_critic, self.batch_size, self.latent_dim, self.ema, self.sampler, self.fakes, self._kept, self._shortcuts)
        groups = [group for optimiser in self._optimisers() for group in optimiser.param_groups]
        optimised = [(name, value) for group in groups for name, value in group.items() if name not in ("params", "lr")]
        learnt = [id(weight) for group in groups for weight in group["params"]]
        return settings, optimised, learnt, list(built_in(self.generator)), list(built_in(self.critic))

    def _capture(self) -> None:
        numbers = self.random.get_state()
        for optimiser in self._optimisers():
            optimiser.zero_grad(set_to_none=True)
        try:
            self._graph = Graph(lambda: torch.stack(list(self._iterate_eagerly())), self._state, self.random)
        except RuntimeError as error:
            self._graph, self._cannot_capture = None, True
            self._no_graph = f"off: {str(error).splitlines()[0]}"
            self.random = torch.Generator(self.device)
            self.random.set_state(numbers)

    def _state(self) -> Sequence[Tensor]:
        """All tensors that an iteration changes."""
        found = [tensor for net in self._nets() for tensor in (*net.parameters(), *net.buffers())]
        for optimiser in self._optimisers():
            found += [value for state in optimiser.state.values() for value in state.values() if isinstance(value, Tensor)]
        return found

    def _nets(self) -> list[nn.Module]:
        return [net for net in (self.generator, self.critic, self.averaged) if net is not None]

    def _optimisers(self) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
        return self.generator_optimizer, self.critic_optimizer

    # --- the critic --------------------------------------------------------------------------------------------------------------

    def _update_critic(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        try:
            return super()._update_critic(real, fake, epsilon, measure=measure)
        except InvalidConfig:  # nothing has changed yet: let the reference say it, or do it
            plain = Shortcuts(no_chain=self._shortcuts.no_chain)
            if self._shortcuts == plain:
                raise
            self._shortcuts = plain
            return super()._update_critic(real, fake, epsilon, measure=measure)

    def _critic_gradients(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> CriticFindings:
        chain = self._shortcuts.chain
        if chain is not None and self._is_proven(chain, real):
            return self._explicit_gradients(chain, real, fake, epsilon, measure)
        return super()._critic_gradients(real, fake, epsilon, measure=measure)

    def _is_proven(self, chain: Chain, real: Tensor) -> bool:
        """Whether the chain gives the critic's own values. What was traced is held against it once, on real samples."""
        layers = self._layers[1]
        if not layers.proven:
            found = chain.values(real)
            with torch.no_grad():
                expected = self._judged(real)
            difference = (expected - found).abs().max() if expected.shape == found.shape else math.inf
            layers.proven = bool(difference <= PROOF_TOLERANCE * expected.abs().max() + PROOF_TOLERANCE)
            if not layers.proven:
                layers.distrust()
                self._look()
        return layers.proven

    def _values(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        if not self._shortcuts.critic_takes_two:
            return super()._values(real, fake)
        real_values, fake_values = self._judged(torch.cat((real, fake))).split(len(real))  # type: ignore[no-untyped-call]
        return real_values, fake_values

    def _penalty(self, real: Tensor, fake: Tensor, epsilon: Tensor, *, measure: bool) -> tuple[Tensor, Tensor]:
        if not self._shortcuts.masks or not isinstance(self.constraint, GradientPenalty):
            return super()._penalty(real, fake, epsilon, measure=measure)
        with MaskedActivations() as masked:
            found = super()._penalty(real, fake, epsilon, measure=measure)
        self._meets_activations = masked.met > 0
        return found

    def _explicit_gradients(self, chain: Chain, real: Tensor, fake: Tensor, epsilon: Tensor, measure: bool) -> CriticFindings:
        held = self.constraint
        points = held.points if isinstance(held, GradientPenalty) else None
        charge = self._charge()
        line = interpolates(real, fake, epsilon) if points == "line" or measure else None
        penalised = {"line": line, "real": real, "fake": fake}[points] if points else None
        measured = self._measured(line) if line is not None and points != "line" else None
        gradients = self._compiled[1] if self._compiled is not None and self._compiled[0] is chain else chain.gradients
        found = gradients(real, fake, penalised, charge, measured)
        guards.checked_values(found.real_values, real)
        self._forget_others(parameters := chain.parameters)
        for parameter, gradient in zip(parameters, found.gradients, strict=True):
            parameter.grad = _laid_out_like(parameter, gradient)
        norms = found.norms if measured is None else found.norms[-len(measured) :]
        return CriticFindings(found.real_values, found.fake_values, found.penalty, norms)

    def _forget_others(self, parameters: list[Tensor]) -> None:
        """The gradients of weights that are no longer the critic's: an optimiser would go on moving them."""
        learnt = [id(parameter) for parameter in parameters]
        if learnt != self._learnt:
            self.critic_optimizer.zero_grad(set_to_none=True)
            self._learnt = learnt

    def _charge(self) -> Charge | None:
        held = self.constraint
        return Charge(self._weight, held.target, held.sides) if isinstance(held, GradientPenalty) else None

    def _penalty_weight(self) -> Tensor:
        return self._weight

    def _clip_limit(self) -> Tensor:
        return self._limit

    # --- the generator -----------------------------------------------------------------------------------------------------------

    def _generator_gradients(self, latents: Tensor) -> Tensor:
        chain = self._shortcuts.chain
        if chain is None:
            return super()._generator_gradients(latents)
        fake = self._fakes(latents)
        values, gradient = chain.values_and_gradient(fake.detach())
        self.generator_optimizer.zero_grad(set_to_none=True)
        with guards.trying("generator", latents, first=self._is_new):
            torch.autograd.backward(fake, gradient * (-1 / values.numel()))
        return -values.mean()

    # --- compilation -------------------------------------------------------------------------------------------------------------

    def _try_to_compile(self) -> str:
        chain = self._look().chain
        if chain is None:
            return f"off: only the explicit update can be compiled, and this critic's is {self.way}"
        if self._may_capture():
            return "off: a CUDA graph serves better"
        eager = chain.gradients
        try:
            compiled = torch.compile(eager, dynamic=False)
            difference = self._largest_difference(eager, compiled)
        except Exception as error:  # no compiler, no room, an operation it does not know: all is well without it
            return f"off: {type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:200]
        if not difference <= COMPILE_TOLERANCE:
            return f"off: its gradients differ by {difference:.1e}, allowed is {COMPILE_TOLERANCE:.0e}"
        self._compiled = chain, compiled
        return "on"

    def _largest_difference(self, eager: Any, compiled: Any) -> float:
        """Between the gradients of two ways, relative in L2, for both kinds of update. Calls nothing of the caller's."""
        generator = copy.deepcopy(self.generator).requires_grad_(False).eval()
        random = torch.Generator(self.device).manual_seed(0)
        latents = torch.randn(self.batch_size, self.latent_dim, generator=random, device=self.device, dtype=self.dtype)
        fake = generator(latents)
        real = torch.randn(fake.shape, generator=random, device=self.device, dtype=self.dtype)
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
