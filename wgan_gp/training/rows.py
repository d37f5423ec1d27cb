"""The rows of scalars that wait to be said. They stay on the training device: only who takes them waits for it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wgan_gp.theory.precision import float64
from wgan_gp.training.events import COLUMNS, StepScalars


class Rows:
    """One row per iteration since they were last taken."""

    def __init__(self) -> None:
        self._heads: list[tuple[int, float, int]] = []
        self._scalars: list[Tensor] = []  # [6] each

    def add(self, step: int, seconds: float, critic_updates: int, scalars: StepScalars) -> None:
        """The next row, in the order of COLUMNS."""
        self._heads.append((step, seconds, critic_updates))
        self._scalars.append(torch.stack(list(scalars)))

    def take(self) -> tuple[NDArray[np.float64], str]:
        """All rows, float64[n, len(COLUMNS)], up to the first with a number that is not finite, and which number that is; or ""."""
        if not self._heads:
            return np.empty((0, len(COLUMNS))), ""
        values = float64(torch.stack(self._scalars)).numpy()
        rows = np.concatenate((np.array(self._heads, dtype=np.float64), values), axis=1)
        self._heads, self._scalars = [], []
        places = np.argwhere(~np.isfinite(rows))  # in the order of rows
        if not len(places):
            return rows, ""
        row, column = places[0]
        return rows[: row + 1], f"{COLUMNS[column]} is {rows[row, column]}"
