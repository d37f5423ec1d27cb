"""What stands for the generator while only the critic learns, and how one sees that the critic has settled."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wgan_gp.config import Frozen, NoisyCopy, ShiftedCopy
from wgan_gp.errors import InvalidConfig
from wgan_gp.theory.precision import float64
from wgan_gp.training.checkpoint import sampling_weights
from wgan_gp.training.step import Sampler

LOOK_EVERY = 100  # iterations
CALM_LOOKS = 3  # one after the other


def fake_sampler(frozen: Frozen, sampler: Sampler, generator: nn.Module, latent_dim: int) -> Sampler:
    """`(count, random) -> fake points [count, 2]`. `generator`, `[count, latent_dim]` to points, is asked by a snapshot alone."""
    if isinstance(frozen, NoisyCopy):
        return noisy(sampler, frozen.noise)
    if isinstance(frozen, ShiftedCopy):
        return _shifted(sampler, (frozen.x, frozen.y))
    return _snapshot(generator.requires_grad_(False).eval(), latent_dim)


def noisy(sampler: Sampler, noise: float) -> Sampler:
    """Samples + noise * N(0, I)."""

    def draw(count: int, random: torch.Generator) -> Tensor:
        points = sampler(count, random)
        return points + noise * torch.randn(points.shape, generator=random, device=random.device)

    return draw


def _shifted(sampler: Sampler, shift: tuple[float, float]) -> Sampler:
    def draw(count: int, random: torch.Generator) -> Tensor:
        points = sampler(count, random)
        return points + points.new_tensor(shift)

    return draw


def _snapshot(generator: nn.Module, latent_dim: int) -> Sampler:
    @torch.no_grad()
    def draw(count: int, random: torch.Generator) -> Tensor:
        points: Tensor = generator(torch.randn(count, latent_dim, generator=random, device=random.device))
        return points

    return draw


def take_generator(generator: nn.Module, run: str, checkpoint: bytes | None) -> None:
    """Give a generator the weights that another run draws its pictures with.

    Raises InvalidConfig where there are none that fit, and Damaged.
    """
    if checkpoint is None:
        raise InvalidConfig(f"frozen: the run {run} has no checkpoint; take one that has been saved.")
    try:
        generator.load_state_dict(sampling_weights(checkpoint))
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise InvalidConfig(f"frozen: the generator of {run} does not fit this run's; give it the same network ({reason}).") from error


class Settling:
    """Looks at the critic's values now and then, at the same points: where they no longer change, training may end.

    Looks are taken at fixed iterations, not at times, so that a run ends at the same one wherever it is trained.
    """

    def __init__(self, tolerance: float, points: Tensor) -> None:
        """points: [n, 2], at which values are compared. A tolerance of 0 never settles."""
        self._tolerance, self._points = tolerance, points
        self._before = torch.zeros(len(points), dtype=torch.float64)
        self._calm = 0

    @torch.no_grad()
    def settled(self, critic: nn.Module, iteration: int) -> bool:
        """Whether the values, offsets apart, changed by less than the tolerance (relative root mean square) at each of the last looks."""
        if not self._tolerance or iteration % LOOK_EVERY:
            return False
        values = float64(critic(self._points).flatten())
        values = values - values.mean()
        change = float((values - self._before).norm() / values.norm())
        self._before = values
        self._calm = self._calm + 1 if change < self._tolerance else 0
        return self._calm >= CALM_LOOKS

    @property
    def state(self) -> dict[str, Tensor]:
        """What is kept with a checkpoint, so that a resumed run ends where it would have ended."""
        return {"before": self._before, "calm": torch.tensor(self._calm)}

    @state.setter
    def state(self, state: dict[str, Tensor]) -> None:
        self._before, self._calm = state["before"], int(state["calm"])
