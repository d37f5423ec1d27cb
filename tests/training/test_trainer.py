"""The trainer's shortcuts give the reference's numbers, and cost what they should."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from wgan_gp.benchmark.cases import CASES
from wgan_gp.benchmark.flops import count_flops
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
    Unconstrained,
    WeightClipping,
)
from wgan_gp.networks import build_critic, build_generator
from wgan_gp.networks.tracing import Layers, NotALine
from wgan_gp.theory.lipschitz import gradient_norms, penalty_of_norms
from wgan_gp.training.chain import Chain, CriticPass
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer

LATENT = 3


class Residual(nn.Module):
    """A critic of somebody's own: functional activations, a skip connection, a method call, one in place, a smooth one."""

    def __init__(self, width: int = 9) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(2, width), nn.Linear(width, width), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x))
        hidden = hidden + F.leaky_relu(self.second(hidden), 0.3) + self.second(hidden).relu()
        hidden = hidden + F.relu(-self.second(hidden), inplace=True)
        return self.last(F.softplus(hidden)).squeeze(1)


class Plain(nn.Module):
    """A chain, but written as a module: nothing is known of it from outside."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, width), nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, 1)])

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


def mlps(activation: str = "relu", norm: str = "none") -> tuple[nn.Module, nn.Module]:
    random = torch.Generator().manual_seed(0)
    net = MLPCritic(width=9, activation=activation, norm=norm)  # type: ignore[arg-type]
    shape = DataShape("plane")
    return build_generator(MLPGenerator(width=9), LATENT, shape, random), build_critic(net, shape, random)


def convs(channels: int, size: int, generator_norm: str = "none", critic_norm: str = "none", **sizes: int) -> tuple[nn.Module, nn.Module]:
    random = torch.Generator().manual_seed(0)
    shape = DataShape("images", channels, size)
    generator = ConvGenerator(channels=3, norm=generator_norm, **sizes)  # type: ignore[arg-type]
    critic = ConvCritic(channels=3, norm=critic_norm, **sizes)  # type: ignore[arg-type]
    return build_generator(generator, LATENT, shape, random), build_critic(critic, shape, random)


def with_critic(critic: nn.Module, *shape: int) -> tuple[nn.Module, nn.Module]:
    numbers = torch.Size(shape).numel()
    return nn.Sequential(nn.Linear(LATENT, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, numbers), nn.Unflatten(1, shape)), critic


def spectral() -> nn.Module:
    return nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(2, 5)), nn.ReLU(), nn.Linear(5, 1))


def circular() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 3, 3, padding=1, padding_mode="circular"), nn.ReLU(), nn.Flatten(), nn.Linear(48, 1))


def grouped() -> nn.Module:
    return nn.Sequential(nn.Conv2d(4, 6, 3, 2, 2, 2, 2), nn.LeakyReLU(0.1), nn.Flatten(), nn.Linear(120, 4), nn.Linear(4, 1))


def nested() -> nn.Module:
    inner = nn.Sequential(nn.Linear(12, 7), nn.ReLU(inplace=True))
    return nn.Sequential(nn.LeakyReLU(0.5), nn.Flatten(), inner, nn.Identity(), nn.LeakyReLU(0.3), nn.Linear(7, 1), nn.ReLU())


NETS: dict[str, tuple[Callable[[], tuple[nn.Module, nn.Module]], str]] = {
    "mlp": (mlps, "explicit"),
    "leaky mlp": (lambda: mlps("leaky_relu"), "explicit"),
    "grey 8": (lambda: convs(1, 8), "explicit"),
    "colour 11": (lambda: convs(3, 11), "explicit"),
    "grey 28, batch norm in the generator": (lambda: convs(1, 28, "batch"), "explicit"),
    "colour 32": (lambda: convs(3, 32), "explicit"),
    "grey 28 to 4, hidden layers": (lambda: convs(1, 28, "batch", levels=3, hidden=9), "explicit"),
    "colour 9 to 3, hidden layers": (lambda: convs(3, 9, levels=2, hidden=4), "explicit"),
    "layer norm, hidden layers": (lambda: convs(1, 8, "layer", "layer", hidden=5), "masked"),
    "grouped, dilated": (lambda: with_critic(grouped(), 4, 9, 8), "explicit"),
    "nested, in place": (lambda: with_critic(nested(), 3, 2, 2), "explicit"),
    "layer norm": (lambda: convs(3, 8, "layer", "layer"), "masked"),
    "residual": (lambda: with_critic(Residual(), 2), "masked"),
    "circular": (lambda: with_critic(circular(), 1, 4, 4), "masked"),
    "spectral norm": (lambda: with_critic(spectral(), 2), "masked"),
    "softplus": (lambda: mlps("softplus"), "reference"),
}


def pair(name: str, constraint: Constraint, **options: object) -> tuple[ReferenceTrainer, Trainer]:
    """The reference and the trainer, at the same weights in float64, with the same random numbers."""
    generator, critic = (net.double() for net in NETS[name][0]())
    with torch.no_grad():
        shape = copy.deepcopy(generator).eval()(torch.zeros(2, LATENT, dtype=torch.float64)).shape[1:]

    def sampler(count: int, random: torch.Generator) -> Tensor:
        return torch.randn(count, *shape, generator=random, dtype=torch.float64)

    settings = {"latent_dim": LATENT, "batch_size": 5, "n_critic": 2, **options}
    copies = copy.deepcopy((generator, critic))
    reference = ReferenceTrainer(generator, critic, constraint, sampler, **settings)  # type: ignore[arg-type]
    return reference, Trainer(*copies, constraint, sampler, **settings)


def assert_equal_after(reference: ReferenceTrainer, trainer: Trainer, iterations: int) -> None:
    for _ in range(iterations):
        expected, found = reference.step(), trainer.step()
    for name, one, other in zip(expected._fields, expected, found, strict=True):
        assert one.item() == pytest.approx(other.item(), rel=1e-9, abs=1e-9), name
    for net in ("generator", "critic", "averaged"):
        before, after = getattr(reference, net), getattr(trainer, net)
        for (name, one), other in zip(before.state_dict().items(), after.state_dict().values(), strict=True) if before else ():
            assert torch.allclose(one.double(), other.double(), rtol=1e-9, atol=1e-9), f"{net}.{name}"


@pytest.mark.parametrize("name", list(NETS))
@pytest.mark.parametrize("constraint", [GradientPenalty(), WeightClipping(limit=0.1)], ids=["gp", "clip"])
def test_several_iterations_equal_the_reference(name: str, constraint: Constraint) -> None:
    reference, trainer = pair(name, constraint, n_critic=3, ema=0.9)
    assert_equal_after(reference, trainer, 4)
    if constraint.kind == "gp":
        assert trainer.way == NETS[name][1]


constraints = st.one_of(
    st.builds(
        GradientPenalty,
        weight=st.sampled_from([0.0, 0.1, 10.0]),
        target=st.sampled_from([0.0, 1.0]),
        sides=st.sampled_from(["one", "two"]),
        points=st.sampled_from(["line", "real", "fake"]),
    ),
    st.just(WeightClipping(limit=0.05)),
    st.just(Unconstrained()),
)
optimisers = st.sampled_from([Adam(learning_rate=1e-3, beta1=0.5), RMSProp(learning_rate=1e-3)])


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(list(NETS)), constraints, optimisers, st.integers(2, 70), st.integers(1, 4), st.sampled_from(["constant", "cosine"]))
def test_whatever_is_chosen_equals_the_reference(
    name: str, constraint: Constraint, optimiser: Adam | RMSProp, batch: int, n_critic: int, schedule: str
) -> None:
    options = {"generator_optimizer": optimiser, "critic_optimizer": optimiser, "schedule": schedule, "steps": 4}
    assert_equal_after(*pair(name, constraint, batch_size=batch, n_critic=n_critic, **options), 2)


def test_a_batch_of_one() -> None:
    for name in ("mlp", "colour 11", "softplus"):
        assert_equal_after(*pair(name, GradientPenalty(), batch_size=1), 3)


def test_what_is_no_chain() -> None:
    layer = nn.Linear(3, 3)
    hooked = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    assert Chain.of(Layers().of(hooked))
    hooked[0].register_forward_hook(lambda *_: None)
    frozen = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    frozen[0].requires_grad_(False)
    falling = nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(-0.2), nn.Linear(3, 1))
    for critic in (hooked, frozen, falling, nn.Sequential(layer, nn.ReLU(), layer), nn.Sequential(nn.ReLU()), nn.Sequential()):
        with pytest.raises(NotALine):
            Chain.of(Layers().of(critic))


def test_frozen_weights_stay_as_they_are() -> None:
    critic = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    critic[0].requires_grad_(False)
    before = critic[0].weight.clone()
    trainer = Trainer(nn.Linear(LATENT, 2), critic, GradientPenalty(), lambda n, r: torch.randn(n, 2, generator=r), latent_dim=LATENT)
    trainer.step()
    assert trainer.way == "masked"
    assert torch.equal(critic[0].weight, before)
    assert not critic[0].weight.requires_grad


def critic_step_flops(critic: nn.Module, sample: tuple[int, ...], batch: int = 8) -> int:
    def sampler(count: int, random: torch.Generator) -> Tensor:
        return torch.randn(count, *sample, generator=random)

    trainer = Trainer(nn.Linear(LATENT, 2), critic, GradientPenalty(), sampler, latent_dim=LATENT)
    real, fake, epsilon = torch.randn(batch, *sample), torch.randn(batch, *sample), torch.rand(batch)
    passes = trainer._choose()
    passes.critic(real, fake, epsilon, measure=False)  # in which a critic of somebody's own is held against its trace
    return count_flops(lambda: passes.critic(real, fake, epsilon, measure=False))


def passes(critic: nn.Module, sample: tuple[int, ...], batch: int = 8) -> tuple[int, int, int]:
    """The flops of one pass of one batch: the whole critic, its first and its last layer with weights."""
    x, counts = torch.randn(batch, *sample), []
    for layer in critic.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            seen: list[Tensor] = []
            handle = layer.register_forward_pre_hook(lambda _, inputs, seen=seen: seen.append(inputs[0]))
            critic(x)
            handle.remove()
            counts.append(count_flops(lambda layer=layer, seen=seen: layer(seen[0])))
    return sum(counts), counts[0], counts[-1]


def least(critic: nn.Module, sample: tuple[int, ...]) -> int:
    """10 U, less what nobody needs: the loss's gradient by the data (2 batches) and the tangent of the values."""
    whole, first, last = passes(critic, sample)
    return 10 * whole - 2 * first - last


@pytest.mark.parametrize("name", list(CASES))
def test_a_critic_step_costs_ten_passes(name: str) -> None:
    case = CASES[name]
    critic = case.nets()[1]
    counted = critic_step_flops(critic, case.shape)
    assert counted == pytest.approx(least(critic, case.shape), rel=0.01)
    assert counted <= 10 * passes(critic, case.shape)[0]


def test_a_critic_of_somebodys_own_costs_ten_passes_too() -> None:
    assert critic_step_flops(Plain(128), (2,)) == pytest.approx(least(Plain(128), (2,)), rel=0.01)


def test_the_reference_costs_twelve() -> None:
    """What the count would be without the shortcuts: that the measure above can fail."""
    critic = Plain(128)
    x = torch.randn(8, 2)

    def work() -> None:
        penalty = penalty_of_norms(gradient_norms(critic, x, create_graph=True))
        torch.autograd.backward(critic(x).mean() - critic(x).mean() + penalty)

    assert count_flops(work) > 1.15 * least(critic, (2,))


# --- compilation --------------------------------------------------------------------------------------------------------------


def test_a_compiled_update_keeps_to_the_eager_one_or_says_why_not() -> None:
    torch.compiler.reset()
    reference, trainer = pair("mlp", GradientPenalty())
    outcome = trainer.compile()
    assert outcome == "on" or outcome.startswith("off: ")  # off where the machine has no C++ compiler
    assert trainer.path["compiled"] == outcome
    assert_equal_after(reference, trainer, 3)


@pytest.mark.parametrize("factor", [1.01, float("nan")])
def test_a_compiled_update_that_is_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    def miscompile(update: Callable[..., CriticPass], **_: object) -> Callable[..., CriticPass]:
        def wrong(*arguments: object) -> CriticPass:
            found = update(*arguments)
            return found._replace(gradients=[gradient * factor for gradient in found.gradients])

        return wrong

    monkeypatch.setattr(torch, "compile", miscompile)
    for constraint in (GradientPenalty(), WeightClipping()):
        reference, trainer = pair("grey 8", constraint)
        assert trainer.compile().startswith("off: its gradients differ by")
        assert_equal_after(reference, trainer, 2)


def test_a_failing_compiler_is_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no C++ compiler\nmore")

    monkeypatch.setattr(torch, "compile", fail)
    reference, trainer = pair("mlp", GradientPenalty())
    assert trainer.compile() == "off: RuntimeError: no C++ compiler"
    assert_equal_after(reference, trainer, 2)
    assert pair("softplus", GradientPenalty())[1].compile().startswith("off: only the explicit update")
