"""A run for a figure of the papers: trained here and now, and kept in no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from wgan_gp.config import MLPCritic, RunConfig
from wgan_gp.errors import Refused
from wgan_gp.figures.recording import Moment, Recording
from wgan_gp.imaging import Array
from wgan_gp.runs.arrays import decode
from wgan_gp.training import events
from wgan_gp.training.checkpoint import critic_weights
from wgan_gp.training.loop import train

MOMENTS = 10  # at most, evenly spread over the second half of training


@dataclass(frozen=True, kw_only=True)
class Trained(Recording):
    """What such a run leaves: moments of the second half of training, and all weights and biases of its critic, [n]."""

    before: Array
    after: Array


def trained(config: RunConfig) -> Trained:
    """Train it to its end; the run's name is its label. Raises Refused where training diverges."""
    at = sorted(set(np.linspace(config.steps // 2, config.steps, MOMENTS).round().astype(int).tolist()))
    moments: dict[int, Moment] = {}
    saved: list[bytes] = []
    for event in _events(config, at):
        if isinstance(event, events.Scene):
            scene = decode(event.blob, "The scene")
        elif isinstance(event, events.Moment) and event.step in at:
            moments[event.step] = Moment(event.step, event.seconds, decode(event.blob, f"The moment of iteration {event.step}"))
        elif isinstance(event, events.Checkpoint):
            saved = [*saved[:1], event.blob]
    before, after = map(_flat, saved)
    taken = tuple(moments.values())
    return Trained("", config.name, config, scene=scene, moment=taken[-1], moments=taken, before=before, after=after)


def _events(config: RunConfig, at: Sequence[int]) -> Iterator[events.Event]:
    """What the run says, with a moment at each of these iterations at least."""
    halts = iter(at)
    controls = events.Controls(until=next(halts, None))
    for event in train(config, controls=controls):
        yield event
        if isinstance(event, events.Halted):
            controls.until = next(halts, None)
        elif isinstance(event, events.Ended) and event.state != "finished":
            raise Refused(event.message)


def _flat(checkpoint: bytes) -> Array:
    found: Array = torch.cat([weights.flatten() for _, weights in sorted(critic_weights(checkpoint).items())]).double().numpy()
    return found


def net_words(config: RunConfig) -> str:
    """How large the critic is, as a caption says it."""
    assert isinstance(config.critic, MLPCritic)
    return f"{config.critic.depth} hidden ReLU layers of {config.critic.width}"
