"""A captured iteration on CUDA is the eager one: the same numbers, also after live changes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from wgan_gp.config import (
    Adam,
    Constraint,
    ConvCritic,
    ConvGenerator,
    DataShape,
    GradientPenalty,
    MLPCritic,
    MLPGenerator,
    RMSProp,
    WeightClipping,
)
from wgan_gp.networks import build_critic, build_generator
from wgan_gp.training.step import Sampler
from wgan_gp.training.trainer import Trainer

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")]

PLANE, IMAGES = DataShape("plane"), DataShape("images", 1, 28)


def draw(shape: DataShape) -> Sampler:
    def sampler(count: int, random: torch.Generator) -> Tensor:
        return torch.randn(count, *shape.shape, generator=random, device=random.device)

    return sampler


def trainer(shape: DataShape, constraint: Constraint, *, graph: bool, sampler: Sampler | None = None, **critic: object) -> Trainer:
    random = torch.Generator().manual_seed(0)
    generator, net = (
        (MLPGenerator(width=32), MLPCritic(width=32)) if shape.is_plane else (ConvGenerator(channels=8), ConvCritic(channels=8))
    )
    nets = build_generator(generator, 4, shape, random), build_critic(net.model_copy(update=critic), shape, random)
    optimizer = RMSProp(learning_rate=1e-3) if constraint.kind == "clip" else Adam(learning_rate=1e-3)
    options = {"latent_dim": 4, "batch_size": 32, "schedule": "cosine", "steps": 50, "ema": 0.9, "device": "cuda", "graph": graph}
    settings = {"generator_optimizer": optimizer, "critic_optimizer": optimizer, "n_critic": 3}
    return Trainer(*nets, constraint, sampler or draw(shape), **(options | settings))  # type: ignore[arg-type]


def weights(trainer: Trainer) -> Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in trainer._state()])


CASES = {
    "plane gp": (PLANE, GradientPenalty(weight=1), {}),
    "plane one-sided at real points": (PLANE, GradientPenalty(sides="one", points="real"), {}),
    "plane clip": (PLANE, WeightClipping(limit=0.1), {}),
    "plane masked": (PLANE, GradientPenalty(), {"norm": "layer"}),
    "plane softplus": (PLANE, GradientPenalty(), {"activation": "softplus"}),
    "images gp": (IMAGES, GradientPenalty(), {}),
    "images clip": (IMAGES, WeightClipping(limit=0.1), {}),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_captured_iteration_equals_the_eager_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    shape, constraint, critic = CASES[name]
    eager, captured = (trainer(shape, constraint, graph=graph, **critic) for graph in (False, True))
    for iteration in range(12):
        if iteration == 6:  # a live change, without a new capture
            before = captured._graph
            for one in (eager, captured):
                one.learning_rates = (3e-4, 5e-4)
                one.constraint = constraint.model_copy(update={"weight": 3.0} if constraint.kind == "gp" else {"limit": 0.05})
        expected, found = eager.step(), captured.step()
        assert torch.stack(list(found)).tolist() == pytest.approx(torch.stack(list(expected)).tolist(), rel=1e-3, abs=1e-4), iteration
    assert captured.path["graph"] == "on"
    assert captured._graph is before
    assert torch.equal(eager.random.get_state(), captured.random.get_state())
    assert torch.allclose(weights(eager), weights(captured), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", list(CASES))
def test_an_iteration_never_waits_for_the_device(name: str) -> None:
    shape, constraint, critic = CASES[name]
    eager = trainer(shape, constraint, graph=False, **critic)
    eager.step()
    torch.cuda.set_sync_debug_mode("error")
    try:
        eager.step()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert eager.iteration == 2


def test_another_n_critic_is_captured_anew() -> None:
    ours = trainer(PLANE, GradientPenalty(), graph=True)
    ours.step()
    before = ours._graph
    ours.n_critic = 1
    ours.step()
    assert ours._graph is not before
    assert ours.critic_updates == 4


def test_capture_leaves_the_training_as_it_was() -> None:
    ours = trainer(IMAGES, GradientPenalty(), graph=True)
    state, numbers = [tensor.clone() for tensor in ours._state()], ours.random.get_state()
    ours._capture(ours._choose())
    assert ours.path["graph"] == "on"
    assert all(torch.equal(one, other) for one, other in zip(state, ours._state(), strict=False))
    assert all(not tensor.any() for tensor in ours._state()[len(state) :])
    assert torch.equal(numbers, ours.random.get_state())


def test_what_cannot_be_captured_is_trained_eagerly_and_says_so() -> None:
    def waiting(count: int, random: torch.Generator) -> Tensor:
        drawn = draw(PLANE)(count, random)
        return drawn + float(drawn.sum()) * 0  # the host waits for the device

    eager, captured = (trainer(PLANE, GradientPenalty(), graph=graph, sampler=waiting) for graph in (False, True))
    for _ in range(3):
        eager.step()
        captured.step()
    assert captured.path["graph"].startswith("off: ")
    assert torch.allclose(weights(eager), weights(captured), rtol=1e-4, atol=1e-5)
