"""A set of images held whole as one uint8 tensor: a batch is an index and a scaling, on the device, without a copy through the host."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from wgan_gp.data.draws import draws_alone


@dataclass(frozen=True)
class ImageSet:
    """Images for training and images held out, uint8[n, channels, size, size] each."""

    name: str
    images: Tensor
    held_out: Tensor

    @draws_alone
    def sample(self, count: int, random: torch.Generator) -> Tensor:
        """Draw with replacement: float32[count, channels, size, size] in [-1, 1]."""
        return _draw(self.images, count, random)

    def sample_held_out(self, count: int, random: torch.Generator) -> Tensor:
        """The same from the images that training does not see."""
        return _draw(self.held_out, count, random)

    def to(self, device: torch.device) -> ImageSet:
        """The same set on `device`."""
        return replace(self, images=self.images.to(device), held_out=self.held_out.to(device))


def to_unit(images: Tensor) -> Tensor:
    """uint8 grey levels 0..255 to float32 in [-1, 1]; any shape."""
    return images.float().div_(127.5).sub_(1)


def to_grey_levels(samples: Tensor) -> Tensor:
    """Values in [-1, 1] to uint8 grey levels 0..255, rounded; any shape."""
    return ((samples + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def load_digits() -> ImageSet:
    """scikit-learn's 1,797 handwritten digits, 8 x 8, with 17 levels stretched to 0..255; every eighth is held out.

    Source: Alpaydin, Kaynak 1998, UCI "Optical Recognition of Handwritten Digits". Embedded in scikit-learn: needs no network.
    """
    from sklearn.datasets import load_digits as sklearn_digits  # half a second to import, and only this set needs it

    levels = torch.from_numpy(sklearn_digits().images)  # float64[1797, 8, 8] in 0..16
    images = (levels * (255 / 16)).round().to(torch.uint8).unsqueeze(1)
    held_out = torch.arange(len(images)) % 8 == 7
    return ImageSet("digits", images[~held_out].contiguous(), images[held_out].contiguous())


def _draw(images: Tensor, count: int, random: torch.Generator) -> Tensor:
    which = torch.randint(len(images), (count,), generator=random, device=random.device)
    return to_unit(images[which])
