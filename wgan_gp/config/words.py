"""A set-up in words, and in what several set-ups differ: the same words on a form, a board, a card and under a figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wgan_gp.config.constraints import Constraint, GradientPenalty
from wgan_gp.config.frozen import Frozen, NoisyCopy, ShiftedCopy
from wgan_gp.config.nets import CriticNet, GeneratorNet, MLPCritic, MLPGenerator
from wgan_gp.config.optimizers import Adam, Optimizer
from wgan_gp.config.run import RunConfig

_ACTIVATIONS = {"relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU", "silu": "SiLU", "softplus": "softplus", "tanh": "tanh"}
_SCHEDULES = {
    "constant": "constant learning rate",
    "linear": "learning rate falls to 0 on a line",
    "cosine": "learning rate falls to 0 on a cosine",
}
_POINTS = {"line": "", "real": "at real points", "fake": "at fake points"}


@lru_cache(maxsize=512)
def aspects(config: RunConfig) -> Mapping[str, str]:
    """Everything that decides the numbers of a run, by what it is called: `{"data": "8 Gaussians", "seed": "0", ...}`."""
    pairs = [
        ("data", config.shape.name),
        ("fake points", _fakes(config.frozen)),
        ("constraint", _held(config.constraint)),
        ("optimiser", _both(config, _kind)),
        ("learning rate", _both(config, lambda optimizer: f"{optimizer.learning_rate:g}")),
        ("schedule", _SCHEDULES[config.schedule]),
        ("critic", _net(config.critic) + (", first weights inside ±c" if config.first_weights == "inside" else "")),
        ("generator", "" if config.frozen else _net(config.generator)),
        ("latent numbers", "" if config.frozen else f"{config.latent_dim}"),
        ("moving average of the generator", f"{config.ema:g}" if config.ema else ""),
        ("batch size m", f"{config.batch_size}"),
        ("n_critic", f"{config.n_critic}"),
        ("iterations", f"{config.steps:,}"),
        ("ends early", f"once the critic changes by less than {100 * config.tolerance:g} %" if config.tolerance else ""),
        ("precision", "TF32" if config.tf32 else ""),
        ("seed", f"{config.seed}"),
    ]
    return dict(pairs)


@dataclass(frozen=True)
class Comparison:
    """What several set-ups have alike, and the rest of each of them; what none of them has stands nowhere."""

    same: Mapping[str, str]
    different: tuple[Mapping[str, str], ...]  # one for each, all with the same names

    @property
    def names(self) -> tuple[str, ...]:
        """In what they differ."""
        return tuple(self.different[0]) if self.different else ()


def compared(configs: Sequence[RunConfig]) -> Comparison:
    """In what these set-ups differ; of one alone, everything is the same."""
    told = [aspects(config) for config in configs]
    names = list(told[0]) if told else []
    differing = [name for name in names if len({each[name] for each in told}) > 1]
    same = {name: told[0][name] for name in names if name not in differing and told[0][name]}
    return Comparison(same, tuple({name: each[name] or "none" for name in differing} for each in told))


def difference(configs: Sequence[RunConfig]) -> str:
    """One true sentence on what a comparison of these runs shows; of one run alone, nothing."""
    names = [name for name in compared(configs).names if name != "constraint"]
    if len(configs) < 2:
        return ""
    held = len({aspects(config)["constraint"] for config in configs}) > 1
    if not held:
        return f"These runs are held alike; they differ in {listed(names)}." if names else "These runs are the same in everything."
    if not names:
        return "Only the constraint differs: every difference you see comes from it."
    return f"Besides the constraint, these differ too: {listed(names)}. So not every difference you see comes from the constraint."


def change_words(before: RunConfig, after: RunConfig) -> str:
    """What a live change did, in short: `c = 0.01 → c = 0.1`; `learning rate 0.002 → 0.001`."""
    old, new = aspects(before), aspects(after)
    said = []
    for name in old:
        if old[name] == new[name]:
            continue
        if name == "constraint":
            said.append(f"{before.constraint.value} → {after.constraint.value}")
        else:
            said.append(f"{name} {old[name] or 'none'} → {new[name] or 'none'}")
    if before.steps != after.steps and after.schedule != "constant":
        said.append("the learning rate falls anew")
    return ", ".join(said)


def optimizer_words(config: RunConfig) -> str:
    """The optimisers and their rates, in one phrase: `Adam 0.002 (beta1 0.5, beta2 0.9)`."""
    return _both(config, lambda optimizer: f"{_kind(optimizer)}, learning rate {optimizer.learning_rate:g}")


def listed(names: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _both(config: RunConfig, words: object) -> str:
    assert callable(words)
    critic, generator = str(words(config.critic_optimizer)), str(words(config.generator_optimizer))
    return critic if config.frozen or critic == generator else f"critic {critic}, generator {generator}"


def _kind(optimizer: Optimizer) -> str:
    if isinstance(optimizer, Adam):
        return f"Adam (β₁ {optimizer.beta1:g}, β₂ {optimizer.beta2:g})"
    return "RMSProp" if optimizer.decay == 0.99 else f"RMSProp (decay {optimizer.decay:g})"


def _held(constraint: Constraint) -> str:
    if not isinstance(constraint, GradientPenalty):
        return constraint.in_words
    sides = "one-sided" if constraint.sides == "one" else ""
    target = "" if constraint.target == 1 else f"target {constraint.target:g}"
    return ", ".join(filter(None, (constraint.in_words, sides, target, _POINTS[constraint.points])))


def _net(net: CriticNet | GeneratorNet) -> str:
    if isinstance(net, MLPCritic | MLPGenerator):
        size = f"{net.depth} hidden layer{'s' * (net.depth > 1)} of {net.width}"
    else:
        size = f"convolutions, {net.channels} channels"
        size += f", {net.levels} levels" if net.levels else ""
        size += f", hidden layer of {net.hidden}" if net.hidden else ""
    norm = "" if net.norm == "none" else f", {net.norm} norm"
    return f"{size}, {_ACTIVATIONS[net.activation]}{norm}"


def _fakes(frozen: Frozen | None) -> str:
    if frozen is None:
        return ""
    if isinstance(frozen, NoisyCopy):
        return f"real data + noise of standard deviation {frozen.noise:g}"
    if isinstance(frozen, ShiftedCopy):
        return f"real data, shifted by ({frozen.x:g}, {frozen.y:g})"
    return f"the generator of {frozen.run}"
