"""The iteration against Algorithm 1 written out by hand in float64, and the bugs that others shipped."""

import copy
import math
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from wgan_gp.config import Adam, Constraint, GradientPenalty, RMSProp, Unconstrained, WeightClipping
from wgan_gp.errors import InvalidConfig
from wgan_gp.training.passes import Autograd, Charge
from wgan_gp.training.step import ReferenceTrainer, schedule_factor

BATCH, LATENT, RATE = 7, 3, 1e-3


def nets() -> tuple[nn.Module, nn.Module]:
    random = torch.Generator().manual_seed(5)
    generator = nn.Sequential(nn.Linear(LATENT, 8), nn.Tanh(), nn.Linear(8, 2)).double()
    critic = nn.Sequential(nn.Linear(2, 8), nn.Softplus(), nn.Linear(8, 1)).double()
    for parameter in (*generator.parameters(), *critic.parameters()):
        parameter.data = torch.randn(parameter.shape, generator=random, dtype=torch.float64)
    return generator, critic


def sampler(count: int, random: torch.Generator) -> Tensor:
    return torch.randn(count, 2, generator=random, dtype=torch.float64) + 2


def trainer(constraint: Constraint, **settings: object) -> ReferenceTrainer:
    return ReferenceTrainer(*nets(), constraint, sampler, latent_dim=LATENT, batch_size=BATCH, **({"n_critic": 2} | settings))  # type: ignore[arg-type]


def by_hand(constraint: Constraint, optimiser: str, iterations: int) -> tuple[nn.Module, nn.Module]:
    """Algorithm 1 of both papers, line by line, with plain autograd."""
    generator, critic = nets()
    random = torch.Generator().manual_seed(0)
    make = {
        "adam": lambda p: torch.optim.Adam(p, lr=RATE, betas=(0.0, 0.9)),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=RATE, alpha=0.99),
    }[optimiser]
    critic_steps, generator_steps = make(critic.parameters()), make(generator.parameters())

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    for _ in range(iterations):
        for _ in range(2):
            real = sampler(BATCH, random)
            fake = generator(draw(BATCH, LATENT)).detach()
            epsilon = torch.rand(BATCH, generator=random, dtype=torch.float64)[:, None]
            loss = critic(fake).mean() - critic(real).mean()
            if isinstance(constraint, GradientPenalty):
                mixed = {"line": epsilon * real + (1 - epsilon) * fake, "real": real, "fake": fake}[constraint.points].requires_grad_(True)
                (slope,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
                excess = slope.norm(dim=1) - constraint.target
                excess = excess if constraint.sides == "two" else excess.clamp(min=0)
                loss = loss + constraint.weight * excess.square().mean()
            critic_steps.zero_grad()
            loss.backward()
            critic_steps.step()
            if isinstance(constraint, WeightClipping):
                for parameter in critic.parameters():
                    parameter.data.clamp_(-constraint.limit, constraint.limit)
        generator_steps.zero_grad()
        (-critic(generator(draw(BATCH, LATENT))).mean()).backward()
        generator_steps.step()
    return generator, critic


@pytest.mark.parametrize("optimiser", ["adam", "rmsprop"])
@pytest.mark.parametrize(
    "constraint",
    [
        GradientPenalty(weight=10),
        GradientPenalty(weight=0.1, target=0.5, sides="one"),
        GradientPenalty(points="real"),
        GradientPenalty(points="fake"),
        WeightClipping(limit=0.05),
        Unconstrained(),
    ],
    ids=["gp", "one-sided", "real", "fake", "clip", "none"],
)
def test_an_iteration_is_algorithm_1(constraint: Constraint, optimiser: str) -> None:
    settings = Adam(learning_rate=RATE) if optimiser == "adam" else RMSProp(learning_rate=RATE)
    ours = trainer(constraint, generator_optimizer=settings, critic_optimizer=settings)
    for _ in range(4):
        ours.step()
    for mine, theirs in zip((ours.generator, ours.critic), by_hand(constraint, optimiser, 4), strict=True):
        for one, other in zip(mine.parameters(), theirs.parameters(), strict=True):
            assert torch.allclose(one, other, rtol=1e-9, atol=1e-10)


def test_clipping_comes_after_the_update() -> None:
    ours = trainer(WeightClipping(limit=0.05))
    ours.step()
    assert max(p.abs().max().item() for p in ours.critic.parameters()) <= 0.05


def test_the_scalars_add_up_and_have_the_papers_signs() -> None:
    ours = trainer(GradientPenalty(weight=3))
    scalars = ours.step()
    assert scalars.estimate.item() == pytest.approx(-(scalars.real + scalars.fake).item())
    assert scalars.penalty.item() > 0
    assert trainer(WeightClipping()).step().penalty.item() == 0
    for constraint in (GradientPenalty(), GradientPenalty(points="real"), WeightClipping(), Unconstrained()):
        assert trainer(constraint).step().gradient_norm.item() > 0


def test_no_gradient_reaches_where_it_is_not_used() -> None:
    ours = trainer(GradientPenalty())
    passes = Autograd(ours._pair(), Charge.of(ours.constraint))
    critic_alone = SimpleNamespace(critic=passes.critic, generator=lambda latents: latents.mean())
    ours._iterate(ours._batches(), critic_alone, math.inf)
    assert all(p.grad is None for p in ours.generator.parameters())
    ours.critic_optimizer.zero_grad(set_to_none=True)
    passes.generator(ours._latents())
    assert all(p.grad is None for p in ours.critic.parameters())
    assert all(p.requires_grad for p in ours.critic.parameters())


def test_every_constraint_sees_the_same_data_and_latents() -> None:
    seen: dict[str, list[Tensor]] = {}
    for constraint in (GradientPenalty(), WeightClipping(), Unconstrained()):
        drawn = seen.setdefault(constraint.kind, [])
        ours = trainer(constraint)
        ours.sampler = lambda count, random, drawn=drawn: drawn.append(sampler(count, random)) or drawn[-1]  # type: ignore[misc, assignment]
        for _ in range(3):
            ours.step()
    assert len(seen["gp"]) == 6
    for other in ("clip", "none"):
        assert all(torch.equal(a, b) for a, b in zip(seen["gp"], seen[other], strict=True))


def test_batch_norm_in_a_critic_with_a_penalty_is_refused_with_the_reason() -> None:
    critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    with pytest.raises(InvalidConfig, match=r"layer '1' is batch norm.*each sample"):
        ReferenceTrainer(nn.Linear(2, 2), critic, GradientPenalty(), sampler, latent_dim=2)
    ReferenceTrainer(nn.Linear(2, 2), critic, WeightClipping(), sampler, latent_dim=2)  # [A] allows it


def test_schedules_end_at_zero() -> None:
    assert [schedule_factor("linear", i, 4) for i in (0, 2, 4)] == [1.0, 0.5, 0.0]
    assert [schedule_factor("cosine", i, 4) for i in (0, 2, 4)] == pytest.approx([1.0, 0.5, 0.0])
    assert schedule_factor("constant", 3, 4) == schedule_factor("constant", 3, None) == 1.0
    with pytest.raises(InvalidConfig, match="steps"):
        trainer(Unconstrained(), schedule="cosine")


def test_the_moving_average_follows_the_generator() -> None:
    ours = trainer(Unconstrained(), ema=0.9)
    before = copy.deepcopy(ours.sampling_generator.state_dict())
    ours.step()
    assert ours.sampling_generator is ours.averaged
    for name, value in ours.generator.state_dict().items():
        assert torch.allclose(ours.sampling_generator.state_dict()[name], 0.9 * before[name] + 0.1 * value)
    plain = trainer(Unconstrained())
    assert plain.sampling_generator is plain.generator
