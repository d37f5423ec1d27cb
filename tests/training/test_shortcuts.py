"""What is changed about the nets after the first step counts from the next one on, and `way` says so."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from wgan_gp.config import ConvCritic, ConvGenerator, GradientPenalty, RunConfig, WeightClipping
from wgan_gp.data import load
from wgan_gp.data.draws import draws_alone
from wgan_gp.networks.structure import convolution_format
from wgan_gp.networks.tracing import Layers
from wgan_gp.training.parts import build_trainer
from wgan_gp.training.shortcuts import Shortcuts, built_in, keeps_no_state
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer

KINDS = (ReferenceTrainer, Trainer)


@draws_alone
def images(count: int, random: torch.Generator) -> Tensor:
    return torch.randn(count, 1, 4, 4, generator=random, dtype=torch.float64)


def nets() -> tuple[nn.Sequential, nn.Sequential]:
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(3, 32), nn.LeakyReLU(0.1), nn.Linear(32, 16), nn.Unflatten(1, (1, 4, 4)))
    critic = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(48, 6), nn.ReLU(), nn.Linear(6, 1))
    return generator.double(), critic.double()


def halves(_: nn.Module, __: object, values: Tensor) -> Tensor:
    return values.view(len(values), -1).view_as(values) * 0.5


Change = Callable[[ReferenceTrainer], object]
CHANGES: dict[str, tuple[Change, str]] = {
    "forward hook": (lambda t: t.critic[1].register_forward_hook(halves), "masked"),
    "forward hook of the whole": (lambda t: t.critic.register_forward_hook(halves), "masked"),
    "forward pre-hook": (lambda t: t.critic[3].register_forward_pre_hook(lambda _, x: (x[0] * 2,)), "masked"),
    "backward hook": (lambda t: t.critic[3].register_full_backward_hook(lambda _, g, __: (g[0] * 0.5,)), "reference"),
    "hook in the generator": (lambda t: t.generator[0].register_forward_hook(halves), "explicit"),
    "hook of a weight": (lambda t: t.critic[0].weight.register_hook(lambda g: g.clamp(-1e-3, 1e-3)), "masked"),
    "hook behind a weight": (
        lambda t: t.critic[0].weight.register_post_accumulate_grad_hook(lambda p: setattr(p, "grad", p.grad * 0)),  # type: ignore[union-attr]
        "masked",
    ),
    "parametrisation": (lambda t: parametrizations.weight_norm(t.critic[3]), "masked"),
    "another layer": (lambda t: t.critic.__setitem__(4, nn.Softplus()), "masked"),
    "smooth layers": (lambda t: (t.critic.__setitem__(4, nn.ELU()), t.critic.__setitem__(1, nn.ELU())), "reference"),
    "dropout": (lambda t: t.critic.insert(5, nn.Dropout(0.5)), "masked"),
    "dropout in the generator": (lambda t: t.generator.insert(1, nn.Dropout(0.5)), "explicit"),
    "batch norm in the generator": (lambda t: t.generator.insert(1, nn.BatchNorm1d(32).double()), "explicit"),
    "evaluation": (lambda t: (t.critic.eval(), t.generator.eval()), "explicit"),
    "frozen layer": (lambda t: t.critic[0].requires_grad_(False), "masked"),
    "patched forward": (lambda t: setattr(t.critic[4], "forward", torch.tanh), "masked"),
    "another slope": (lambda t: setattr(t.critic[1], "negative_slope", 0.7), "explicit"),
    "a slope that falls": (lambda t: setattr(t.critic[1], "negative_slope", -0.2), "masked"),
    "another slope in the generator": (lambda t: setattr(t.generator[1], "negative_slope", 0.7), "explicit"),
    "circular padding": (
        lambda t: (setattr(t.critic[0], "padding_mode", "circular"), setattr(t.critic[0], "_reversed_padding_repeated_twice", [1] * 4)),
        "masked",
    ),
    "another stride": (lambda t: (setattr(t.critic[0], "dilation", (2, 2)), setattr(t.critic[0], "padding", (2, 2))), "explicit"),
    "another weight": (lambda t: setattr(t.critic[3], "weight", nn.Parameter(t.critic[3].weight.detach() * 0.5)), "explicit"),
    "tied weights": (lambda t: setattr(t.critic.append(nn.Linear(1, 1)).double()[6], "weight", t.critic[6].weight), "explicit"),
    "no longer optimised": (lambda t: t.critic_optimizer.param_groups[0]["params"].pop(0), "explicit"),
    "another constraint": (lambda t: setattr(t, "constraint", WeightClipping(limit=0.02)), "explicit"),
    "another batch size": (lambda t: setattr(t, "batch_size", 9), "explicit"),
    "n_critic": (lambda t: setattr(t, "n_critic", 1), "explicit"),
}


def weights(trainer: ReferenceTrainer) -> Tensor:
    return torch.cat([value.flatten() for net in (trainer.generator, trainer.critic) for value in net.state_dict().values()])


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_change_after_the_first_step_counts(name: str) -> None:
    change, way = CHANGES[name]
    trained = []
    for kind in KINDS:
        trainer = kind(*nets(), GradientPenalty(), images, latent_dim=3, batch_size=6, n_critic=3)
        trainer.step()
        change(trainer)
        if isinstance(trainer, Trainer) and name not in ("smooth layers",):
            assert trainer.way == trainer.path["critic_update"] == way
        torch.manual_seed(5)
        for _ in range(2):
            trainer.step()
        if isinstance(trainer, Trainer):
            assert trainer.way == trainer.path["critic_update"] == way
        trained.append(weights(trainer))
    assert torch.allclose(*trained, rtol=1e-9, atol=1e-9)
    unchanged = Trainer(*nets(), GradientPenalty(), images, latent_dim=3, batch_size=6, n_critic=3)
    for _ in range(3):
        unchanged.step()
    if name not in ("evaluation", "tied weights"):
        assert weights(unchanged).shape != trained[0].shape or not torch.allclose(weights(unchanged), trained[0], rtol=1e-9, atol=1e-9)


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")  # at samples that need no gradient
@pytest.mark.parametrize("kind", ["forward", "forward_pre", "full_backward"])
def test_hooks_of_all_modules_are_called_as_often_as_in_the_reference(kind: str) -> None:
    calls = []
    for trainer_kind in KINDS:
        trainer = trainer_kind(*nets(), GradientPenalty(), images, latent_dim=3, batch_size=6, n_critic=3)
        trainer.step()
        seen: list[str] = []
        handle = getattr(torch.nn.modules.module, f"register_module_{kind}_hook")(lambda module, *_, seen=seen: seen.append(str(module)))
        try:
            trainer.step()
        finally:
            handle.remove()
        calls.append(seen)
        trainer.step()
        if isinstance(trainer, Trainer):
            assert trainer.way == "explicit"
    assert calls[0] == calls[1] != []


def test_a_hook_that_is_taken_away_again_costs_nothing_more() -> None:
    trainer = Trainer(*nets(), GradientPenalty(), images, latent_dim=3)
    handle = trainer.critic[1].register_forward_hook(halves)
    assert trainer.way == "masked"
    handle.remove()
    assert trainer.way == "explicit"


def test_under_autocast_the_reference_decides() -> None:
    trained = []
    for kind in KINDS:
        trainer = kind(*(net.float() for net in nets()), GradientPenalty(), lambda n, r: images(n, r).float(), latent_dim=3, batch_size=6)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for _ in range(2):
                trainer.step()
        trained.append(weights(trainer))
    assert torch.equal(*trained)


def test_a_compiled_update_is_left_when_the_critic_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda update, **_: update)  # whatever a machine's compiler can
    trainer = Trainer(*nets(), GradientPenalty(), images, latent_dim=3)
    assert trainer.compile() == trainer.path["compiled"] == "on"
    trainer.step()
    assert trainer.path["compiled"] == "on"
    trainer.critic[1].negative_slope = 0.7
    assert trainer.path["compiled"] == "off: the critic is no longer what was compiled"
    trainer.step()


def test_to_compile_asks_no_sampler_and_calls_no_generator_of_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda update, **_: update)
    generator, critic = nets()
    statistics = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), *generator).double()
    asked: list[int] = []
    trainer = Trainer(statistics, critic, GradientPenalty(), lambda count, _: asked.append(count), latent_dim=3)  # type: ignore[arg-type, return-value]
    before, numbers, own = copy.deepcopy(statistics.state_dict()), torch.get_rng_state(), trainer.random.get_state()
    assert trainer.compile() == "on"
    assert not asked
    assert torch.equal(numbers, torch.get_rng_state())
    assert torch.equal(own, trainer.random.get_state())
    assert all(torch.equal(value, before[name]) for name, value in statistics.state_dict().items())


def test_nets_that_share_memory_or_are_imprecise_have_no_shortcuts() -> None:
    generator, critic = nets()
    layers = Layers(), Layers()
    assert Shortcuts.of(generator, critic, layers).chain is not None
    generator[2].bias = nn.Parameter(critic[3].weight.detach().view(-1)[:16])
    assert replace(Shortcuts.of(generator, critic, layers), no_chain="") == Shortcuts()
    generator, critic = nets()
    assert replace(Shortcuts.of(generator.bfloat16(), critic.bfloat16(), layers), no_chain="") == Shortcuts()


def test_what_a_capture_has_built_in_changes_with_the_net() -> None:
    generator, critic = nets()
    before = [list(built_in(net)) for net in (generator, critic)]
    assert before == [list(built_in(net)) for net in (generator, critic)]
    for change in (
        lambda: setattr(generator[1], "negative_slope", 0.5),
        lambda: critic.eval(),
        lambda: critic[0].requires_grad_(False),
        lambda: critic.__setitem__(4, nn.ELU()),
        lambda: generator.float(),
    ):
        was = [list(built_in(net)) for net in (generator, critic)]
        change()
        assert was != [list(built_in(net)) for net in (generator, critic)]


def test_a_net_of_somebodys_own_may_keep_state() -> None:
    class Own(nn.Linear):
        pass

    generator, critic = nets()
    assert keeps_no_state(generator)
    assert keeps_no_state(critic)
    assert not keeps_no_state(nn.Sequential(Own(2, 1)))
    critic[1].register_forward_hook(halves)
    assert not keeps_no_state(critic)


def test_on_apples_gpus_nothing_is_channels_last() -> None:
    assert convolution_format(torch.device("mps")) is torch.contiguous_format
    assert convolution_format(torch.device("cpu")) is convolution_format(torch.device("cuda")) is torch.channels_last


def test_the_labs_own_convolutions_lie_channels_last() -> None:
    config = RunConfig(data="digits", generator=ConvGenerator(channels=4), critic=ConvCritic(channels=4), batch_size=8)
    trainer = build_trainer(config, torch.device("cpu"), load("digits").sample)
    weights = [weight for net in (trainer.generator, trainer.critic) for weight in net.parameters() if weight.dim() == 4]
    assert weights
    assert all(weight.is_contiguous(memory_format=torch.channels_last) for weight in weights)


def test_a_layer_that_is_out_for_a_while_stands_still() -> None:
    trained = []
    for kind in KINDS:
        trainer = kind(*nets(), GradientPenalty(), images, latent_dim=3, batch_size=6, n_critic=3)
        trainer.step()
        layer, weight = trainer.critic[3], trainer.critic[5].weight
        trainer.critic[3] = nn.Linear(48, 6).double()
        trainer.critic[5].weight = nn.Parameter(weight.detach().clone())
        with torch.no_grad():
            trainer.critic[3].weight.fill_(0.01)
            trainer.critic[3].bias.zero_()
        trainer.step()
        trainer.critic[3], trainer.critic[5].weight = layer, weight
        trainer.step()
        trained.append(weights(trainer))
    assert torch.allclose(*trained, rtol=1e-9, atol=1e-9)
