"""What a training is made of: a run's trainer, its measures, and how one sees that its critic has settled."""

from __future__ import annotations

from typing import NamedTuple

import torch

from wgan_gp.config import RunConfig, Snapshot
from wgan_gp.data import load
from wgan_gp.measures.run import Measures, measures_of
from wgan_gp.networks import build_nets
from wgan_gp.networks.structure import convolution_format
from wgan_gp.theory.lipschitz import clipped_parameters
from wgan_gp.training.checkpoint import checkpoint_config, checkpoint_extra, load_checkpoint
from wgan_gp.training.device import choose_precision
from wgan_gp.training.frozen import Settling, fake_sampler, take_generator
from wgan_gp.training.step import Sampler
from wgan_gp.training.trainer import Trainer
from wgan_gp.training.trial import choose_device


class Parts(NamedTuple):
    """A training that can begin, or go on."""

    config: RunConfig  # as it is now, live changes included
    trainer: Trainer
    measures: Measures
    settling: Settling | None  # where only the critic learns
    seconds: float  # of training so far
    passed_over: list[str]  # why faster devices are not taken

    def facts(self) -> dict[str, str | int | float | list[str]]:
        """What is worth keeping with the run."""
        trainer = self.trainer
        facts: dict[str, str | int | float | list[str]] = {
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "generator_parameters": sum(p.numel() for p in trainer.generator.parameters()),
            "critic_parameters": sum(p.numel() for p in trainer.critic.parameters()),
            "tf32": str(self.config.tf32 and trainer.device.type == "cuda").lower(),
            **trainer.path,
            **self.measures.facts,
        }
        if self.passed_over:
            facts["passed_over"] = self.passed_over
        if self.config.constraint.kind == "clip":
            facts["clipped"] = [name for name, _ in clipped_parameters(trainer.critic)]
        return facts


def parts_of(config: RunConfig, checkpoint: bytes | None = None, snapshot: bytes | None = None) -> Parts:
    """The parts of a new run, or of one as it was at `checkpoint`. Raises as `train`."""
    config = config if checkpoint is None else checkpoint_config(checkpoint)
    device, passed_over = choose_device(config)
    choose_precision(device, tf32=config.tf32)
    data = load(config.data).to(device)
    trainer = build_trainer(config, device, data.sample)
    seconds = load_checkpoint(checkpoint, trainer) if checkpoint is not None else 0.0
    if checkpoint is None and isinstance(config.frozen, Snapshot):
        take_generator(trainer.generator, config.frozen.run, snapshot)
    measures = measures_of(config, trainer, data)
    real, fake = measures.points.real, measures.points.fake
    settling = Settling(config.tolerance, torch.cat((real, fake))) if fake is not None else None
    if settling and checkpoint is not None:
        settling.state = checkpoint_extra(checkpoint)
    return Parts(config, trainer, measures, settling, seconds, passed_over)


def build_trainer(config: RunConfig, device: torch.device, sampler: Sampler) -> Trainer:
    """The trainer of a run, its nets drawn from the run's seed."""
    generator, critic = (net.to(memory_format=convolution_format(device)) for net in build_nets(config))
    return Trainer(
        generator,
        critic,
        config.constraint,
        sampler,
        latent_dim=config.latent_dim,
        fakes=fake_sampler(config.frozen, sampler, generator, config.latent_dim) if config.frozen else None,
        generator_optimizer=config.generator_optimizer,
        critic_optimizer=config.critic_optimizer,
        n_critic=config.n_critic,
        batch_size=config.batch_size,
        schedule=config.schedule,
        steps=config.steps,
        ema=config.ema,
        seed=config.seed,
        device=device,
        graph=True,
    )


def configure(trainer: Trainer, config: RunConfig) -> None:
    """Take over what may change during a run: learning rates, n_critic, lambda and c, and the length that a schedule goes over."""
    trainer.learning_rates = (config.generator_optimizer.learning_rate, config.critic_optimizer.learning_rate)
    trainer.n_critic, trainer.constraint, trainer.steps = config.n_critic, config.constraint, config.steps
