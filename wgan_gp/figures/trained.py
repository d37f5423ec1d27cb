"""A run for a figure of the papers: trained here and now, and kept in no file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch

from wgan_gp.config import MLPCritic, RunConfig
from wgan_gp.errors import Refused
from wgan_gp.figures.recording import Moment, Recording
from wgan_gp.imaging import Array
from wgan_gp.runs.arrays import decode
from wgan_gp.training import events
from wgan_gp.training.checkpoint import critic_weights
from wgan_gp.training.loop import train


@dataclass(frozen=True, kw_only=True)
class Trained(Recording):
    """What such a run leaves: its last moment, those that were asked for, and all weights and biases of its critic."""

    before: Array  # [n], the first weights
    after: Array  # [n]


def trained(config: RunConfig, at: Collection[int] = ()) -> Trained:
    """Train it to its end, with a moment at each of the iterations `at`. Raises Refused where training diverges."""
    moments: dict[int, Moment] = {}
    saved: list[bytes] = []
    for event in _events(config, at):
        if isinstance(event, events.Scene):
            scene = decode(event.blob, "The scene")
        elif isinstance(event, events.Moment) and event.step in {*at, config.steps}:
            moments[event.step] = Moment(event.step, event.seconds, decode(event.blob, f"The moment of iteration {event.step}"))
        elif isinstance(event, events.Checkpoint):
            saved = [*saved[:1], event.blob]
    before, after = map(_flat, saved)
    asked = tuple(moments[step] for step in sorted(at))
    return Trained("", config.name, config, scene=scene, moment=moments[config.steps], moments=asked, before=before, after=after)


def _events(config: RunConfig, at: Collection[int]) -> Iterator[events.Event]:
    halts = iter(sorted(at))
    controls = events.Controls(until=next(halts, None))
    for event in train(config, controls=controls):
        yield event
        if isinstance(event, events.Halted):
            controls.until = next(halts, None)
        elif isinstance(event, events.Ended) and event.state != "finished":
            raise Refused(event.message)


def _flat(checkpoint: bytes) -> Array:
    found: Array = torch.cat([weights.flatten() for weights in critic_weights(checkpoint).values()]).double().numpy()
    return found


def net_words(config: RunConfig) -> str:
    """How large the critic is, as a caption says it."""
    assert isinstance(config.critic, MLPCritic)
    return f"{config.critic.depth} hidden ReLU layers of {config.critic.width}"


def optimizer_words(config: RunConfig) -> str:
    """The critic's optimiser and its learning rate."""
    return f"{type(config.critic_optimizer).__name__} {config.critic_optimizer.learning_rate:g}"
