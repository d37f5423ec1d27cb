"""The trainer the Lab uses: the reference's iteration, number for number, in fewer passes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from wgan_gp.config import Constraint, GradientPenalty, WeightClipping
from wgan_gp.data.draws import is_known_to_draw_alone
from wgan_gp.errors import InvalidConfig
from wgan_gp.networks.tracing import Layers
from wgan_gp.theory.layers import has_hooks
from wgan_gp.training.chain import Chain
from wgan_gp.training.events import StepScalars
from wgan_gp.training.explicit import Explicit, Gradients, compile_gradients
from wgan_gp.training.graph import Graph
from wgan_gp.training.masked import MaskedActivations, holds_activations
from wgan_gp.training.passes import Autograd, Charge, Exact, Passes
from wgan_gp.training.shortcuts import Shortcuts, built_in, keeps_no_state, weights_have_hooks
from wgan_gp.training.step import Batch, ReferenceTrainer, Sampler

Way = Literal["explicit", "masked", "reference"]


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
        self._mask = MaskedActivations(met=holds_activations(self.critic))
        self._compiled: tuple[Chain, Gradients] | None = None
        self._compiling = "off"
        self._wants_graph = graph
        self._graph: Graph | None = None
        self._no_graph = "off"
        self._cannot_capture = False
        self._captured: object = None  # what a captured iteration has built in
        self._weight, self._limit = (torch.zeros((), device=self.device, dtype=self.dtype) for _ in range(2))  # lambda and c
        self._held: Constraint | None = None  # whose lambda and c they are

    @property
    def way(self) -> Way:
        """How a critic update is made of the critic as it is now."""
        if self._look().chain is not None:
            return "explicit"
        return "masked" if self._masks() and self._mask.met else "reference"

    @property
    def path(self) -> dict[str, str]:
        """The way, and what came of capturing and compiling."""
        compiled = self._compiling
        if self._compiled is not None:
            compiled = "on" if self._look().chain is self._compiled[0] else "off: the critic is no longer what was compiled"
        why = {"not_explicit": self._shortcuts.no_chain} if self._look().chain is None else {}
        return {"critic_update": self.way, **why, "graph": "on" if self._graph else self._no_graph, "compiled": compiled}

    def compile(self) -> str:
        """Compile the explicit critic update, for long runs on a CPU. It takes up to a minute and a C++ compiler.

        Returns what came of it: "on", or "off: " and why; the update then stays as it was. Compiled numbers differ in the last digits.
        """
        self._compiled, self._compiling = None, "off"
        chain = self._look().chain
        if chain is None:
            self._compiling = f"off: only the explicit update can be compiled, and this critic's is {self.way}"
        elif self._may_capture():
            self._compiling = "off: a CUDA graph serves better"
        else:
            self._follow_constraint()
            made = compile_gradients(chain, self._charge(), self._samples_to_compile_with)
            self._compiled, self._compiling = (None, made) if isinstance(made, str) else ((chain, made), "on")
        return self._compiling

    def _samples_to_compile_with(self) -> tuple[Tensor, Tensor]:
        """Noise, and what the generator makes of noise: [m, ...] each. Calls nothing of the caller's."""
        generator = copy.deepcopy(self.generator).requires_grad_(False).eval()
        random = torch.Generator(self.device).manual_seed(0)
        latents = torch.randn(self.batch_size, self.latent_dim, generator=random, device=self.device, dtype=self.dtype)
        fake = generator(latents)
        return torch.randn(fake.shape, generator=random, device=self.device, dtype=self.dtype), fake

    # --- what is exact now -------------------------------------------------------------------------------------------------------

    def _look(self) -> Shortcuts:
        """What is exact for the nets as they are now. A chain that is still the same stays the same object, for what was compiled of it."""
        found = Shortcuts.of(self.generator, self.critic, self._layers)
        if found != self._shortcuts:
            self._shortcuts = found
        return self._shortcuts

    def _choose(self) -> Passes:
        """The cheapest passes that are exact for the nets as they are now."""
        chain = self._look().chain
        if chain is None:
            mask = self._mask if self._masks() else None
            return Autograd(self._pair(), self._charge(), self._shortcuts.critic_takes_two, mask)
        gradients = self._compiled[1] if self._compiled is not None and self._compiled[0] is chain else chain.gradients
        return Explicit(self._pair(), self._charge(), chain, gradients, self._layers[1])

    def _masks(self) -> bool:
        return self._shortcuts.masks and isinstance(self.constraint, GradientPenalty)

    def _charge(self) -> Charge | None:
        return Charge.of(self.constraint, self._weight)

    def _follow_constraint(self) -> None:
        """Write lambda and c as they are now to where a captured iteration reads them."""
        if self._held is self.constraint:
            return
        if isinstance(self.constraint, GradientPenalty):
            self._weight.fill_(self.constraint.weight)
        elif isinstance(self.constraint, WeightClipping):
            self._limit.fill_(self.constraint.limit)
        self._held = self.constraint

    # --- an iteration ------------------------------------------------------------------------------------------------------------

    def _run(self) -> StepScalars:
        """The reference's iteration, captured where that can be done."""
        self._follow_constraint()
        passes = Exact(self._choose, Autograd(self._pair(), self._charge()))
        if not self._may_capture():
            self._graph = None
        elif self._graph is None or self._captured != self._built_in():
            self._capture(passes)
        if self._graph is None:
            return self._eagerly(passes)
        return StepScalars(*self._graph.replay().unbind())

    def _eagerly(self, passes: Passes) -> StepScalars:
        ahead = self.fakes is None and self._shortcuts.generator_takes_all and is_known_to_draw_alone(self.sampler)
        return self._iterate(self._batches_ahead() if ahead else self._batches(), passes, self._limit)

    def _batches_ahead(self) -> Iterator[Batch]:
        """All drawn before the first, in the reference's order: the generator stands still meanwhile, and makes all fakes in one pass."""
        drawn = [(self._drawn("sampler", self.sampler), self._latents(), self._epsilon()) for _ in range(self.n_critic)]
        latents, pair = [update[1] for update in drawn], self._pair()
        with torch.no_grad():
            try:
                fakes = pair.made(torch.cat(latents)).split(self.batch_size)  # type: ignore[no-untyped-call]
            except InvalidConfig:
                pair.made(latents[0])  # says it of one batch, as the reference does
                raise
        yield from ((real, fake, epsilon) for (real, _, epsilon), fake in zip(drawn, fakes, strict=True))

    # --- a captured iteration ----------------------------------------------------------------------------------------------------

    def _may_capture(self) -> bool:
        """Whether nothing but kernels would run: a graph calls no hook, no sampler and no forward again."""
        if self._wants_graph is False or self._cannot_capture or self.device.type != "cuda":
            return False
        nets = (self.generator, self.critic)
        known = all(map(keeps_no_state, nets)) and all(map(is_known_to_draw_alone, (self.sampler, self.fakes)))
        self._no_graph = "off"
        if any(has_hooks(net) or weights_have_hooks(net) for net in nets):
            self._no_graph = "off: the nets have hooks"
        elif not (self._wants_graph or known):
            self._no_graph = "off: the nets or the sampler may do more than launch kernels; graph=True vouches that they do not"
        return self._no_graph == "off"

    def _built_in(self) -> object:
        held = self.constraint.model_dump(exclude={"weight", "limit"})
        draws = self.sampler, self.fakes, self.draw_epsilon
        settings = (self.n_critic, self.batch_size, self.latent_dim, self.ema, *draws, held, self._shortcuts)
        groups = [group for optimiser in self._optimisers() for group in optimiser.param_groups]
        optimised = [(name, value) for group in groups for name, value in group.items() if name not in ("params", "lr")]
        learnt = [id(weight) for group in groups for weight in group["params"]]
        return settings, optimised, learnt, list(built_in(self.generator)), list(built_in(self.critic))

    def _capture(self, passes: Passes) -> None:
        numbers = self.random.get_state()
        for optimiser in self._optimisers():
            optimiser.zero_grad(set_to_none=True)
        try:
            self._graph = Graph(lambda: torch.stack(list(self._eagerly(passes))), self._state, self.random)
        except RuntimeError as error:
            self._graph, self._cannot_capture = None, True
            self._no_graph = f"off: {str(error).splitlines()[0]}"
            self.random = torch.Generator(self.device)
            self.random.set_state(numbers)
        self._captured = self._built_in()

    def _state(self) -> Sequence[Tensor]:
        """All tensors that an iteration changes."""
        nets = [net for net in (self.generator, self.critic, self.averaged) if net is not None]
        found = [tensor for net in nets for tensor in (*net.parameters(), *net.buffers())]
        for optimiser in self._optimisers():
            found += [value for state in optimiser.state.values() for value in state.values() if isinstance(value, Tensor)]
        return found

    def _optimisers(self) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
        return self.generator_optimizer, self.critic_optimizer
