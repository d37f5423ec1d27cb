"""What a run can say while it trains: frozen values, without torch. `train(config)` yields them, `runs.record` stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wgan_gp.config import Changes, RunConfig

if TYPE_CHECKING:
    from torch import Tensor


class StepScalars(NamedTuple):
    """What one iteration says, as scalars on the training device: reading one with float() waits for the device.

    The critic's values are those of the iteration's last critic update, before the update.
    """

    real: Tensor  # -E[D(real)]
    fake: Tensor  # E[D(fake)]
    penalty: Tensor  # lambda * GP
    estimate: Tensor  # E[D(real)] - E[D(fake)]
    gradient_norm: Tensor  # mean at interpolates
    generator_loss: Tensor  # -E[D(G(z))]


COLUMNS = ("step", "seconds", "critic_updates", *StepScalars._fields)
"""The columns of a row of scalars: the iteration, seconds of training without pauses, critic updates, and what the iteration says.

critic loss = real + fake + penalty.
"""


@dataclass(frozen=True)
class Started:
    """Training begins (or goes on) on `device`; `facts` are worth keeping with the run."""

    device: str
    step: int
    facts: Mapping[str, str | int | float | list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Noted:
    """Facts learnt while training, worth keeping with the run beside those of Started."""

    facts: Mapping[str, str | int | float | list[str]]


@dataclass(frozen=True)
class Scene:
    """What stands still behind all moments: real samples and the extent, as one safetensors blob."""

    blob: bytes


@dataclass(frozen=True)
class Scalars:
    """One row per iteration since the last Scalars: float64[n, len(COLUMNS)]."""

    rows: NDArray[np.float64]


@dataclass(frozen=True)
class Moment:
    """All probes of one iteration, as one safetensors blob."""

    step: int
    seconds: float
    blob: bytes


@dataclass(frozen=True)
class Checkpoint:
    """The whole training state after `step`, from which training goes on exactly."""

    step: int
    seconds: float
    blob: bytes
    weights_sha256: str


@dataclass(frozen=True)
class Changed:
    """A live change took effect: `config` holds from the iteration after `step`."""

    step: int
    changes: Changes
    config: RunConfig


@dataclass(frozen=True)
class Halted:
    """The iteration asked for (`Controls.until`) is reached; the next event comes when `until` has been moved."""

    step: int


@dataclass(frozen=True)
class Ended:
    """The last event. `message` is one sentence where there is something to say."""

    state: Literal["finished", "stopped", "diverged"]
    step: int
    message: str = ""


Event = Started | Noted | Scene | Scalars | Moment | Checkpoint | Changed | Halted | Ended


@dataclass
class Controls:
    """How the caller of `train(config)` steers it between events. Not frozen: it is the one thing both sides hold."""

    until: int | None = None  # go no further than this iteration
    stop: bool = False  # finish the iteration, save, end
    changes: list[Changes] = field(default_factory=list)  # applied before the next iteration, each answered by Changed
