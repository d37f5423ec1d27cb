"""What a trainer is given: settings with a config's bounds, and batches that are what was asked for. Both trainers say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from wgan_gp.config import Adam, GradientPenalty, RMSProp, RunConfig, Unconstrained, WeightClipping, parse_config
from wgan_gp.data.draws import draws_alone
from wgan_gp.errors import DeviceMissing, InvalidConfig, LabError
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer

KINDS = (ReferenceTrainer, Trainer)
BATCH = 64


def points(count: int, random: torch.Generator) -> Tensor:
    return torch.randn(count, 2, generator=random)


def trainer(kind: type[ReferenceTrainer], sampler: Callable[..., Any] = points, **settings: Any) -> ReferenceTrainer:
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    critic = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 1))
    options = {"constraint": GradientPenalty(), "latent_dim": 3, "batch_size": BATCH, "n_critic": 3} | settings
    return kind(generator, critic, options.pop("constraint"), sampler, **options)


def sentences(work: Callable[[type[ReferenceTrainer]], object], error: type[LabError] = InvalidConfig) -> str:
    """What both trainers say: one sentence, the same."""
    said = []
    for kind in KINDS:
        with pytest.raises(error) as found:
            work(kind)
        said.append(str(found.value))
    assert said[0] == said[1]
    assert "\n" not in said[0]
    return said[0]


# --- settings -----------------------------------------------------------------------------------------------------------------

BAD = {
    "schedule": ["step", None, 3],
    "batch_size": [0, -1, 2.5, "many", None, 10**6],
    "n_critic": [0, 101],
    "latent_dim": [0],
    "ema": [1.0, -0.1, float("nan")],
    "steps": [0, -1],
    "constraint": ["gp", Adam(), None, GradientPenalty().model_copy(update={"weight": -1.0})],
}
ONLY_GIVEN = {
    "seed": [-1, 2**63],
    "generator_optimizer": ["adam", GradientPenalty()],
    "critic_optimizer": [None, RMSProp().model_copy(update={"decay": 2.0})],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in (BAD | ONLY_GIVEN).items() for value in values])
def test_a_setting_has_the_bounds_and_the_sentence_of_a_config(name: str, value: object) -> None:
    said = sentences(lambda kind: trainer(kind, **{name: value}))
    assert said.startswith(f"{name}")
    given = value.model_dump(warnings=False) if hasattr(value, "model_dump") else value
    with pytest.raises(InvalidConfig) as expected:
        parse_config({name: given})
    assert said == str(expected.value)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values if (name, value) != ("steps", None)]
)
def test_a_setting_is_checked_when_it_is_set_later(name: str, value: object) -> None:
    def work(kind: type[ReferenceTrainer]) -> None:
        made = trainer(kind)
        before = getattr(made, name)
        try:
            setattr(made, name, value)
        finally:
            assert getattr(made, name) is before
            made.step()

    assert sentences(work).startswith(name)


@pytest.mark.parametrize("rates", [(0.0, 1e-3), (1e-3, -1.0), (1e-3, float("inf")), 1e-3, (1e-3,), None, ("fast", 1e-3)])
def test_learning_rates_are_checked_when_they_are_set(rates: object) -> None:
    assert sentences(lambda kind: setattr(trainer(kind), "learning_rates", rates)).startswith("learning_rate")


def test_what_a_config_takes_is_taken() -> None:
    for kind in KINDS:
        made = trainer(kind, batch_size=np.int64(8), n_critic=2.0, schedule="linear", steps=4, constraint=WeightClipping())
        assert (made.batch_size, made.n_critic) == (8, 2)
        held = made.constraint = Unconstrained()
        made.steps = 8
        made.learning_rates = (1e-3, 2e-3)
        made.step()
        assert made.constraint is held


def test_settings_that_do_not_fit_together() -> None:
    def later(kind: type[ReferenceTrainer]) -> None:
        made = trainer(kind, schedule="cosine", steps=4)
        made.steps = None
        made.step()

    assert sentences(later) == sentences(lambda kind: trainer(kind, schedule="cosine")) != ""

    def held_later(kind: type[ReferenceTrainer]) -> None:
        critic = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        made = kind(nn.Linear(2, 2), critic, WeightClipping(), points, latent_dim=2)
        made.constraint = GradientPenalty()
        made.step()

    assert "batch norm" in sentences(held_later)


def test_every_setting_of_a_run_that_a_trainer_takes_is_guarded() -> None:
    from wgan_gp.training import guards

    both = set(RunConfig.model_fields) & set(vars(trainer(Trainer)))
    assert both - {"generator", "critic", "device", "generator_optimizer", "critic_optimizer"} <= set(guards._SETTINGS)


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "meta", 3, None])
def test_a_device_that_is_not_there(device: object) -> None:
    assert sentences(lambda kind: trainer(kind, device=device), DeviceMissing).startswith("device: ")


def test_what_is_no_module() -> None:
    assert "critic: a torch.nn.Module was asked for" in sentences(
        lambda kind: kind(nn.Linear(2, 2), points, GradientPenalty(), points, latent_dim=2)
    )


@pytest.mark.parametrize("name", ["sampler", "fakes"])
@pytest.mark.parametrize("value", [None, 3, torch.zeros(BATCH, 2)], ids=["None", "number", "tensor"])
def test_what_is_no_sampler(name: str, value: Any) -> None:
    if (name, value) != ("fakes", None):
        said = sentences(lambda kind: setattr(trainer(kind), name, value))
        assert said.startswith(f"{name}: a function (count, random)")
    if name == "sampler":
        assert sentences(lambda kind: trainer(kind, value)) == said


def test_nets_that_were_changed_to_another_dtype() -> None:
    def work(kind: type[ReferenceTrainer]) -> None:
        made = trainer(kind)
        made.step()
        made.critic.double()
        made.step()

    assert "critic: its weights are float64 on cpu, and were float32 on cpu" in sentences(work)


# --- batches ------------------------------------------------------------------------------------------------------------------

ASKED = f"{BATCH} samples of float32 on cpu were asked for, and "
WRONG: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "fewer": (lambda batch: batch[:17], ASKED + "17, each [2], of float32 on cpu came."),
    "more": (lambda batch: torch.cat((batch, batch)), ASKED + "128, each [2], of float32 on cpu came."),
    "none": (lambda batch: batch[:0], ASKED + "0, each [2], of float32 on cpu came."),
    "uint8": (lambda batch: batch.byte(), ASKED + "64, each [2], of uint8 on cpu came."),
    "float16": (lambda batch: batch.half(), ASKED + "64, each [2], of float16 on cpu came."),
    "float64": (lambda batch: batch.double(), ASKED + "64, each [2], of float64 on cpu came."),
    "another device": (lambda batch: batch.to("meta"), ASKED + "64, each [2], of float32 on meta came."),
    "images and labels": (lambda batch: (batch, batch[:, 0]), ASKED + "a tuple of Tensor, Tensor came; return one tensor."),
    "numpy": (lambda batch: batch.numpy(), ASKED + "a ndarray came; return one tensor."),
    "nothing": (lambda batch: None, ASKED + "a NoneType came; return one tensor."),
    "one number": (lambda batch: batch.sum(), ASKED + "a single number of float32 on cpu came."),
    "not a number": (lambda batch: batch.index_fill(0, torch.tensor([5]), float("nan")), "with numbers that are not finite among them"),
    "infinite": (lambda batch: batch.index_fill(0, torch.tensor([5]), float("inf")), "with numbers that are not finite among them"),
    "another shape": (lambda batch: batch.repeat(1, 2), "like the sampler's, and 64, each [2], of float32 on cpu came."),
}


@pytest.mark.parametrize("marked", [False, True], ids=["", "ahead"])
@pytest.mark.parametrize("name", list(WRONG))
def test_a_batch_that_is_not_what_was_asked_for(name: str, marked: bool) -> None:
    spoil, expected = WRONG[name]

    def wrong(count: int, random: torch.Generator) -> Any:
        return spoil(points(count, random))

    for source in ("sampler", "fakes") if name != "another shape" else ("sampler",):

        def work(kind: type[ReferenceTrainer], source: str = source) -> None:
            made = trainer(kind, fakes=points if source == "fakes" else None)
            setattr(made, source, draws_alone(wrong) if marked else wrong)
            before = [weight.clone() for weight in made.critic.parameters()]
            try:
                made.step()
            finally:
                assert all(map(torch.equal, before, made.critic.parameters()))

        said = sentences(work)
        assert expected.replace(f"{BATCH} samples", f"{BATCH} samples, each [2],") in said or expected in said
        assert said.startswith(f"{source}: ") or name == "another shape"


@pytest.mark.parametrize("name", list(WRONG))
def test_a_batch_that_is_wrong_only_later(name: str) -> None:
    calls = dict.fromkeys(KINDS, 0)

    def work(kind: type[ReferenceTrainer]) -> None:
        def sampler(count: int, random: torch.Generator) -> Any:
            calls[kind] += 1
            return points(count, random) if calls[kind] != 8 else WRONG[name][0](points(count, random))

        made = trainer(kind, sampler)
        for _ in range(3):
            made.step()

    assert sentences(work).startswith("sampler: ")
    assert calls == dict.fromkeys(KINDS, 8)


def test_after_a_refused_first_batch_another_one_may_come() -> None:
    for kind in KINDS:
        made = trainer(kind, lambda count, random: points(count, random).repeat(1, 2))
        with pytest.raises(InvalidConfig):
            made.step()
        made.sampler = points
        made.step()
        assert made.iteration == 1


# --- what a sampler may do ----------------------------------------------------------------------------------------------------


def reusing() -> Callable[..., Tensor]:
    memory = torch.empty(BATCH, 2)
    return lambda count, random: memory.normal_(generator=random)


def from_numpy() -> Callable[..., Tensor]:
    memory = np.zeros((BATCH, 2), dtype=np.float32)

    def sampler(count: int, random: torch.Generator) -> Tensor:
        memory[:] = points(count, random).numpy()
        return torch.from_numpy(memory)

    return sampler


def with_gradients() -> Callable[..., Tensor]:
    scale = torch.full((2,), 2.0, requires_grad=True)
    return lambda count, random: points(count, random) * scale


def in_inference_mode() -> Callable[..., Tensor]:
    return torch.inference_mode()(points)


def stateful() -> Callable[..., Tensor]:
    batches = torch.randn(100, BATCH, 2, generator=torch.Generator().manual_seed(1)).unbind()
    order = iter(range(100))
    return lambda count, random: batches[next(order)]


GOOD: dict[str, Callable[[], Callable[..., Tensor]]] = {
    "the same memory each time": reusing,
    "the same numpy memory": from_numpy,
    "with gradients": with_gradients,
    "with a state": stateful,
    "in inference mode": in_inference_mode,
    "common random numbers": lambda: lambda count, random: torch.randn(count, 2),
    "expanded": lambda: lambda count, random: points(1, random).expand(count, 2),
    "transposed": lambda: lambda count, random: torch.randn(2, count, generator=random).t(),
    "every other": lambda: lambda count, random: points(2 * count, random)[::2],
}


def assert_alike(trainers: list[ReferenceTrainer], steps: int = 3) -> None:
    for one in trainers:
        torch.manual_seed(7)
        for _ in range(steps):
            one.step()
    first, second = (torch.cat([p.detach().flatten() for p in (*t.generator.parameters(), *t.critic.parameters())]) for t in trainers)
    assert torch.allclose(first, second, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("source", ["sampler", "fakes"])
@pytest.mark.parametrize("constraint", [GradientPenalty(), WeightClipping(limit=0.1)], ids=["gp", "clip"])
@pytest.mark.parametrize("name", list(GOOD))
def test_what_a_sampler_may_do(name: str, constraint: Any, source: str) -> None:
    samplers = [GOOD[name]() for _ in KINDS]
    if source == "sampler":
        assert_alike([trainer(kind, sampler, constraint=constraint) for kind, sampler in zip(KINDS, samplers, strict=True)])
    else:
        assert_alike([trainer(kind, fakes=sampler, constraint=constraint) for kind, sampler in zip(KINDS, samplers, strict=True)])


def test_a_sampler_may_look_at_the_nets_between_calls() -> None:
    """Here for the samples that the critic values most, and for what they are worth."""
    seen: dict[type, list[float]] = {}
    trainers = []
    for kind in KINDS:
        made = trainer(kind)
        bias = made.critic[0].bias.detach().numpy()  # a view that no hook sees

        def hard(count: int, random: torch.Generator, made: ReferenceTrainer = made, bias: Any = bias, kind: type = kind) -> Tensor:
            drawn = points(2 * count, random)
            seen.setdefault(kind, []).append(float(bias.sum()))
            with torch.no_grad():
                return drawn[made.critic(drawn).squeeze(1).argsort()[:count]]

        made.sampler = hard
        trainers.append(made)
    assert_alike(trainers)
    assert seen[ReferenceTrainer] == pytest.approx(seen[Trainer], rel=1e-4, abs=1e-6)
    assert len(set(seen[Trainer])) == 9
