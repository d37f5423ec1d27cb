"""What is no critic or no generator is refused by both trainers, with the same sentence, before a weight has changed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.training.support import LATENT, Viewing, chain, chained_generator, train
from wgan_gp.config import GradientPenalty
from wgan_gp.errors import InvalidConfig
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer


class Patches(nn.Module):
    def __init__(self, shape: str) -> None:
        super().__init__()
        self.conv, self.shape = nn.Conv2d(1, 1, 3, padding=1), shape

    def forward(self, x: Tensor) -> Any:
        values = self.conv(x)
        if self.shape == "tuple":
            return values.mean((1, 2, 3)), values
        return {"patches": values, "scalar": values.mean(), "two": values[:, 0, 0, :2], "ones": values.mean((2, 3), keepdim=True)}[
            self.shape
        ]


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "patches": (lambda: Patches("patches"), r"critic: .*\[8\] or \[8, 1\], and float64 \[8, 1, 6, 6\] came"),
    "patches, chain": (lambda: nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 1, 3)), r"float64 \[8, 1, 2, 2\] came"),
    "scalar": (lambda: Patches("scalar"), r"float64 \[\] came"),
    "two values": (lambda: Patches("two"), r"float64 \[8, 2\] came"),
    "two values, chain": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(36, 2)), r"float64 \[8, 2\] came"),
    "ones behind": (lambda: Patches("ones"), r"float64 \[8, 1, 1, 1\] came.*flatten it"),
    "tuple": (lambda: Patches("tuple"), r"a tuple of Tensor, Tensor came"),
    "other samples": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(35, 1)), r"critic: it cannot be trained on 8, each \[1, 6, 6\], of"),
    "other channels": (lambda: nn.Sequential(nn.Conv2d(3, 1, 6), nn.Flatten()), "critic: it cannot be trained on 8"),
    "in place on the samples": (lambda: nn.Sequential(nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(36, 1)), "critic: .*in-place"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_is_no_critic_is_refused_by_both_before_a_weight_has_changed(name: str) -> None:
    make, pattern = REFUSED[name]
    sentences = []
    for kind in (ReferenceTrainer, Trainer):
        trainer = train(kind, make, GradientPenalty(), steps=0)
        before = copy.deepcopy([net.state_dict() for net in (trainer.generator, trainer.critic)])
        with pytest.raises(InvalidConfig, match=pattern) as error:
            trainer.step()
        sentences.append(str(error.value))
        for state, net in zip(before, (trainer.generator, trainer.critic), strict=True):
            assert all(torch.equal(state[key], value) for key, value in net.state_dict().items())
    assert sentences[0] == sentences[1]


def test_a_compiled_critic_that_torch_cannot_differentiate_twice_is_refused_by_both() -> None:
    sentences = []
    for kind in (ReferenceTrainer, Trainer):
        with pytest.raises(InvalidConfig, match=r"critic: it cannot be trained on .*double backward") as error:
            train(kind, lambda: torch.compile(Viewing(), backend="aot_eager"), GradientPenalty())  # type: ignore[arg-type, return-value]
        sentences.append(str(error.value))
    assert sentences[0] == sentences[1]


class Detached(nn.Linear):
    """A generator that no gradient reaches."""

    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z).detach().view(-1, 1, 6, 6)


GENERATORS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "another shape": (
        lambda: nn.Linear(LATENT, 36),
        r"generator: 8 samples, each \[1, 6, 6\], of float64 on cpu were asked for, like the sampler's, and 8, each",
    ),
    "another count": (lambda: nn.Sequential(nn.Linear(LATENT, 72), nn.Flatten(0), nn.Unflatten(0, (16, 1, 6, 6))), "and 16, each"),
    "other latents": (lambda: nn.Linear(LATENT + 1, 36), "generator: it cannot be trained on 8, each"),
    "frozen": (lambda: chained_generator().requires_grad_(False), "generator: none of its weights may learn"),
    "no gradient": (lambda: Detached(LATENT, 36), "generator: it cannot be trained on 8, each .*does not require grad"),
    "no weights": (nn.Tanh, "generator: it has no weights"),
}


@pytest.mark.parametrize("name", list(GENERATORS))
def test_what_is_no_generator_is_refused_by_both(name: str) -> None:
    make, pattern = GENERATORS[name]
    sentences = []
    for kind in (ReferenceTrainer, Trainer):
        with pytest.raises(InvalidConfig, match=pattern) as error:
            train(kind, chain, GradientPenalty(), make)
        sentences.append(str(error.value))
    assert sentences[0] == sentences[1]


class Failing(nn.Module):
    """A critic with a weight for which there is no memory."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(36, 1)

    def forward(self, x: Tensor) -> Tensor:
        torch.empty(2**46, dtype=torch.uint8)
        return self.last(x.flatten(1))


def test_a_lack_of_memory_is_no_fault_of_the_net() -> None:
    for kind in (ReferenceTrainer, Trainer):
        with pytest.raises(RuntimeError, match="DefaultCPUAllocator"):
            train(kind, Failing, GradientPenalty())


@pytest.mark.parametrize("make", [chain, Viewing])
def test_a_generators_update_that_breaks_off_leaves_the_critic_as_it_was(make: Callable[[], nn.Module]) -> None:
    for kind in (ReferenceTrainer, Trainer):
        trainer = train(kind, make, GradientPenalty())
        broken = next(trainer.generator.parameters()).register_hook(_interrupted)
        with pytest.raises(KeyboardInterrupt):
            trainer.step()
        broken.remove()
        assert all(weight.requires_grad for weight in trainer.critic.parameters())
        trainer.step()


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt
