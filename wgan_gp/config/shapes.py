"""The data sets by name, and the shape of one sample of each. Without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

DataName = Literal[
    "8gaussians", "25gaussians", "swissroll", "moons", "circles",
    "digits", "shapes", "mnist", "fashion-mnist", "kmnist", "cifar10", "quickdraw-cat", "nouns",
]  # fmt: skip


@dataclass(frozen=True)
class DataShape:
    """The shape of one sample: a point in the plane, or an image of `channels` x `size` x `size` grey levels."""

    name: str
    channels: int = 0
    size: int = 0

    @property
    def is_plane(self) -> bool:
        """Whether samples are points, not images."""
        return self.size == 0

    @property
    def title(self) -> str:
        """The set's name, with the size of its pictures."""
        return self.name if self.is_plane else f"{self.name} ({self.size} x {self.size})"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample: `(2,)` or `(channels, size, size)`."""
        return (2,) if self.is_plane else (self.channels, self.size, self.size)

    def sides(self, levels: int = 0) -> tuple[int, ...]:
        """The sides a convolutional net sees, each half of the one before, rounded up: 28, 14, 7. 0 levels: down to 4 to 7 pixels."""
        sides = [self.size]
        while len(sides) <= levels if levels else sides[-1] > 7:
            sides.append((sides[-1] + 1) // 2)
        return tuple(sides)


DATA_SHAPES: Mapping[str, DataShape] = {
    "8gaussians": DataShape("8 Gaussians"),
    "25gaussians": DataShape("25 Gaussians"),
    "swissroll": DataShape("Swiss roll"),
    "moons": DataShape("Two moons"),
    "circles": DataShape("Two circles"),
    "digits": DataShape("Handwritten digits", 1, 8),
    "shapes": DataShape("Coloured shapes", 3, 32),
    "mnist": DataShape("MNIST", 1, 28),
    "fashion-mnist": DataShape("Fashion-MNIST", 1, 28),
    "kmnist": DataShape("Kuzushiji-MNIST", 1, 28),
    "cifar10": DataShape("CIFAR-10", 3, 32),
    "quickdraw-cat": DataShape("Quick, Draw! cats", 1, 28),
    "nouns": DataShape("Nouns, pixel characters", 3, 32),
}
