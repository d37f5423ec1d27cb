"""What a sampler says of itself: whether it may be asked before its turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

Draws = TypeVar("Draws", bound=Callable[..., Tensor])


def draws_alone(sampler: Draws) -> Draws:
    """Mark a sampler that draws from the `random` it is given, into new memory, and looks at nothing that training changes.

    A trainer may then draw the batches of an iteration ahead and, on CUDA, capture the drawing. The Lab's data sets are marked.
    """
    sampler.draws_alone = True  # type: ignore[attr-defined]
    return sampler


def is_known_to_draw_alone(sampler: Callable[[int, torch.Generator], Tensor] | None) -> bool:
    """Whether it is marked. True where there is none."""
    return sampler is None or getattr(sampler, "draws_alone", False) is True
