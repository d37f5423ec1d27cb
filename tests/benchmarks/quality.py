"""Which set-up gives the best images for the same time: python tests/benchmarks/quality.py [--data mnist] [--method gp] [--seconds 210]
[--only NAME,NAME] [--with NAME:path=value,path=value] [--json FILE].

Each candidate trains for the same CPU time on one thread, its learning rates going down to zero at the end of it, however many iterations
that makes. FD, density and coverage are taken of 10,000 samples of the averaged generator, against as many real images, at a quarter and
at half of the time and at its end; what they cost does not count. A script, not a test: figures depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a script, from anywhere

from wgan_gp.config import RunConfig, override
from wgan_gp.data import load
from wgan_gp.data.images import ImageSet, to_grey_levels
from wgan_gp.measures.features import load_extractor
from wgan_gp.measures.floors import real_halves
from wgan_gp.networks import meta_pair
from wgan_gp.presets import preset
from wgan_gp.theory.latent import latents_from_seeds
from wgan_gp.theory.quality import density_and_coverage, frechet_distance
from wgan_gp.training.loop import build_trainer

SAMPLES, NEIGHBOURS, BATCH = 10_000, 2000, 250
LOOKS = (0.25, 0.5, 1.0)  # of the time
EVERY = 10  # iterations between two looks at the clock

BASE = [
    "generator.kind=conv", "generator.channels=16", "generator.levels=0", "generator.hidden=0", "generator.norm=batch",
    "critic.kind=conv", "critic.channels=16", "critic.levels=0", "critic.hidden=0", "critic.norm=none",
    "latent_dim=64", "batch_size=64", "n_critic=3", "ema=0.999", "schedule=linear", "threads=1",
]  # fmt: skip
RATES = {
    "gp": ["constraint.weight=10", "generator_optimizer.learning_rate=5e-4", "critic_optimizer.learning_rate=5e-4"],
    "clip": ["constraint.limit=0.05", "generator_optimizer.learning_rate=2e-4", "critic_optimizer.learning_rate=2e-4"],
}
_ONE = ["critic.hidden=128", "n_critic=1", "critic_optimizer.learning_rate=1e-3"]
_BOTH = [*_ONE, "generator.hidden=256"]
_CLIP = ["critic.hidden=128", "generator.hidden=256", "n_critic=1"]
CANDIDATES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "gp": {
        "patches, three updates": [],
        "a hidden layer in the critic, one update": _ONE,
        "hidden layers in both": _BOTH,
        "wider hidden layers": [*_BOTH, "generator.hidden=512", "critic.hidden=256"],
        "a deeper critic": [*_BOTH, "critic.levels=3"],
        "both deeper": [*_BOTH, "critic.levels=3", "generator.levels=3"],
        "lambda 1": [*_BOTH, "constraint.weight=1"],
        "beta1 0.5": [*_BOTH, "generator_optimizer.beta1=0.5", "critic_optimizer.beta1=0.5"],
        "beta2 0.99": [*_BOTH, "generator_optimizer.beta2=0.99", "critic_optimizer.beta2=0.99"],
        "batch 128": [*_BOTH, "batch_size=128"],
        "layer norm in the critic": [*_BOTH, "critic.norm=layer"],
    },
    "clip": {
        "patches, three updates": [],
        "c 0.05": [*_CLIP, "critic_optimizer.learning_rate=4e-4"],
        "c 0.02": [*_CLIP, "critic_optimizer.learning_rate=4e-4", "constraint.limit=0.02"],
        "c 0.1": [*_CLIP, "critic_optimizer.learning_rate=4e-4", "constraint.limit=0.1"],
        "c 0.05, half the rates": [*_CLIP, "generator_optimizer.learning_rate=1e-4"],
        "c 0.05, twice the rates": [*_CLIP, "generator_optimizer.learning_rate=4e-4", "critic_optimizer.learning_rate=8e-4"],
    },
}
"""What each changes in `BASE`."""


@dataclass(frozen=True)
class Look:
    """How good the samples are after so much time."""

    seconds: float
    iterations: int
    distance: float
    density: float
    coverage: float


@dataclass(frozen=True)
class Result:
    """A candidate, the weights of its nets, and how it fared."""

    name: str
    generator_weights: int
    critic_weights: int
    looks: list[Look]

    @property
    def row(self) -> str:
        """A line of the table."""
        last = self.looks[-1]
        distances = " | ".join(f"{look.distance:.1f}" for look in self.looks)
        sizes = f"{self.generator_weights / 1000:.0f}k / {self.critic_weights / 1000:.0f}k"
        return f"| {self.name} | {sizes} | {last.iterations:,} | {distances} | {last.density:.2f} | {last.coverage:.2f} |"


class Judge:
    """Measures a generator against the real images of one data set."""

    def __init__(self, data: ImageSet) -> None:
        extractor = load_extractor(data.name)
        if extractor is None:
            raise SystemExit(f"{data.name}: no feature extractor ships for it")
        self._features: Callable[[Tensor], Tensor] = extractor.features
        self._count = min(SAMPLES, len(data.images) // 2)
        self._real = self._features(real_halves(data.images, self._count, torch.Generator().manual_seed(0))[0])

    @torch.no_grad()
    def look(self, generator: nn.Module, latent_dim: int, seconds: float, iterations: int) -> Look:
        """What the samples of the first seeds are worth."""
        latents = latents_from_seeds(range(self._count), latent_dim)
        generator.eval()
        made = torch.cat([to_grey_levels(generator(part)) for part in latents.split(BATCH)])
        fake = self._features(made)
        density, coverage = density_and_coverage(self._real[:NEIGHBOURS], fake[:NEIGHBOURS])
        return Look(round(seconds, 1), iterations, frechet_distance(fake, self._real), density, coverage)


def trained(config: RunConfig, data: ImageSet, seconds: float) -> Iterator[tuple[nn.Module, float, int]]:
    """Train for so much CPU time; gives the averaged generator, time and iterations at each of `LOOKS`."""
    trainer = build_trainer(config, torch.device("cpu"), data.sample)
    looks, spent, mark = list(LOOKS), 0.0, time.process_time()
    while looks:
        trainer.step()
        if trainer.iteration % EVERY:
            continue
        now = time.process_time()
        spent, mark = spent + now - mark, now
        share = spent / seconds
        trainer.steps = max(trainer.iteration + 1, round(trainer.iteration / share))  # so that the rates reach zero when the time is over
        if share >= looks[0]:
            looks.pop(0)
            yield trainer.sampling_generator, spent, trainer.iteration
            mark = time.process_time()


def result(name: str, config: RunConfig, data: ImageSet, judge: Judge, seconds: float) -> Result:
    """How a candidate fares."""
    looks = []
    for generator, spent, iterations in trained(config, data, seconds):
        looks.append(judge.look(generator, config.latent_dim, spent, iterations))
        print(f"{name}: {looks[-1]}", file=sys.stderr, flush=True)
    return Result(name, *(sum(weight.numel() for weight in net.parameters()) for net in meta_pair(config)), looks)


def named(text: str) -> tuple[str, list[str]]:
    """NAME:path=value,path=value as a candidate of one's own."""
    name, _, settings = text.partition(":")
    return name, [setting for setting in settings.split(",") if setting]


def main() -> None:
    """Print a row for each candidate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--method", choices=list(CANDIDATES), default="gp")
    parser.add_argument("--seconds", type=float, default=210)
    parser.add_argument("--only", type=lambda text: text.split(","), help="those of these names")
    parser.add_argument("--with", dest="own", type=named, action="append", help="these candidates, NAME:path=value,..., and no others")
    parser.add_argument("--json", type=Path, help="a line for each result is added to this file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = load(options.data)
    assert isinstance(data, ImageSet)
    judge = Judge(data)
    print("| nets | weights G / D | iterations | FD at 1/4 | 1/2 | end | density | coverage |\n|---|---|---:|---:|---:|---:|---:|---:|")
    for name, settings in options.own or CANDIDATES[options.method].items():
        if options.only and name not in options.only:
            continue
        config = override(preset(options.data, options.method), [*BASE, *RATES[options.method], *settings])
        found = result(name, config, data, judge, options.seconds)
        print(found.row, flush=True)
        if options.json:
            with options.json.open("a") as lines:
                lines.write(json.dumps(asdict(found) | {"settings": settings, "data": options.data, "method": options.method}) + "\n")


if __name__ == "__main__":
    main()
