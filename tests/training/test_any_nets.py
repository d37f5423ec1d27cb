"""Whatever nets people write, the trainer gives the reference's numbers and leaves them as they are."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from tests.training.support import (
    BATCH,
    CRITICS,
    LATENT,
    Counting,
    Unflattening,
    WholeBatch,
    assert_alike,
    chained_generator,
    images,
    made,
    train,
)  # fmt: skip
from wgan_gp.config import Constraint, GradientPenalty, Unconstrained, WeightClipping
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer

HELD = pytest.mark.parametrize("constraint", [GradientPenalty(), WeightClipping(limit=0.1)], ids=["gp", "clip"])


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")  # torch.compile looks at what it is given
@HELD
@pytest.mark.parametrize("name", list(CRITICS))
def test_any_critic_gives_the_references_numbers(name: str, constraint: Constraint) -> None:
    assert_alike(*(train(kind, CRITICS[name], constraint) for kind in (ReferenceTrainer, Trainer)))


@pytest.mark.parametrize("constraint", [GradientPenalty(), WeightClipping(limit=0.1), Unconstrained()], ids=lambda held: held.kind)
@pytest.mark.parametrize("batch", [64, 66, 128])
def test_a_critic_that_needs_its_batch(batch: int, constraint: Constraint) -> None:
    assert_alike(*(train(kind, lambda: WholeBatch(batch), constraint, batch_size=batch) for kind in (ReferenceTrainer, Trainer)))


@HELD
@pytest.mark.parametrize("critic", ["view", "chain", "multilayer perceptron", "dropout"])
def test_any_generator_gives_the_references_numbers(critic: str, constraint: Constraint) -> None:
    for generator in (Unflattening, lambda: nn.Sequential(*chained_generator(), nn.Dropout(0.3)), lambda: nn.DataParallel(Unflattening())):
        assert_alike(*(train(kind, CRITICS[critic], constraint, generator) for kind in (ReferenceTrainer, Trainer)))


@HELD
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 0.0)])
def test_in_less_precision(dtype: torch.dtype, tolerance: float, constraint: Constraint) -> None:
    for critic in ("chain", "multilayer perceptron"):
        assert_alike(*(train(kind, CRITICS[critic], constraint, dtype=dtype) for kind in (ReferenceTrainer, Trainer)), tolerance)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")
@pytest.mark.parametrize("name", list(CRITICS))
def test_the_nets_stay_as_they_were_given(name: str) -> None:
    """Their layers, and how their weights lie in memory: others may hold views of them."""
    critic, generator = made(CRITICS[name], torch.float64), made(Unflattening, torch.float64)
    layout = {
        key: value.stride() for net in (critic, generator) for key, value in net.state_dict().items() if not nn.parameter.is_lazy(value)
    }
    trainer = Trainer(generator, critic, GradientPenalty(), images, latent_dim=LATENT, batch_size=BATCH)
    trainer.step()
    after = generator.state_dict() | critic.state_dict()
    assert {key: after[key].stride() for key in layout} == layout


def test_nothing_is_tried_before_the_first_step() -> None:
    calls: list[int] = []
    critic = made(Counting, torch.float64)
    critic.register_forward_hook(lambda *_: calls.append(1))
    numbers, state = torch.get_rng_state(), copy.deepcopy(critic.state_dict())

    def sampler(count: int, random: torch.Generator) -> Tensor:
        calls.append(count)
        return images(count, random)

    trainer = Trainer(
        made(Unflattening, torch.float64), critic, GradientPenalty(), sampler, latent_dim=LATENT, batch_size=BATCH, n_critic=2
    )
    assert trainer.path["critic_update"] == "masked"
    assert not calls
    assert torch.equal(numbers, torch.get_rng_state())
    assert all(torch.equal(state[name], value) for name, value in critic.state_dict().items())
    assert all(weight.grad is None for weight in critic.parameters())
    trainer.step()
    assert [count for count in calls if count == BATCH] == [BATCH, BATCH]
    assert torch.equal(numbers, torch.get_rng_state())


@HELD
def test_nets_that_share_weights(constraint: Constraint) -> None:
    trainers = []
    for kind in (ReferenceTrainer, Trainer):
        generator = made(lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)), torch.float64)
        critic = made(lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1)), torch.float64)
        critic[0].weight = generator[0].weight

        def sampler(count: int, random: torch.Generator) -> Tensor:
            return torch.randn(count, 4, generator=random, dtype=torch.float64)

        trainer = kind(generator, critic, constraint, sampler, latent_dim=4, batch_size=5, n_critic=3)
        for _ in range(3):
            trainer.step()
        trainers.append(trainer)
    assert_alike(*trainers)
