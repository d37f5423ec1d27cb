"""Features of images: a small net per data set that learnt to tell its classes, whose last hidden layer says what a picture shows.

Distances between such features are named FD-<data>-<hash>, after the net they are taken with. They are no FID: that is defined by one
particular net for photographs, and numbers of two nets do not compare.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from wgan_gp.config import DATA_SHAPES, DataShape
from wgan_gp.data.images import to_unit
from wgan_gp.errors import Damaged
from wgan_gp.measures.feature_index import FOLDER, HOW_TO_FETCH, FeatureCard, read_index
from wgan_gp.networks.layers import initialise

FEATURES = 84  # as in LeNet-5 (LeCun et al. 1998)
BATCH = 500


@dataclass(frozen=True)
class Extractor:
    """A trained net in evaluation mode, and what is known of it."""

    card: FeatureCard
    module: FeatureNet

    @property
    def name(self) -> str:
        """What distances between its features are called: `FD-mnist-1a2b3c4d`."""
        return f"FD-{self.card.name}"

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """Grey levels uint8[n, channels, size, size], on the net's device, to features float32[n, 84] on the CPU."""
        return torch.cat([self.module.features(to_unit(part)).cpu() for part in torch.split(images, BATCH)])

    def to(self, device: torch.device) -> Extractor:
        """The same extractor, its net moved to this device."""
        self.module.to(device)
        return self


class FeatureNet(nn.Module):
    """A LeNet: two convolutions with pooling, two hidden layers, a class each at the end. It takes images in [-1, 1]."""

    def __init__(self, shape: DataShape, classes: int) -> None:
        super().__init__()
        inner = 5 if shape.size >= 16 else 3  # kernel of the second convolution, without a border; 8 x 8 leave no room for more
        side = (shape.size // 2 - inner + 1) // 2
        self.body = nn.Sequential(
            nn.Conv2d(shape.channels, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, inner), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(16 * side**2, 120), nn.ReLU(),
            nn.Linear(120, FEATURES),
        )  # fmt: skip
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(FEATURES, classes))

    def features(self, images: Tensor) -> Tensor:
        """[n, channels, size, size] to [n, 84], before their activation: nearer to a Gaussian than behind it, and no unit stays silent."""
        features: Tensor = self.body(images)
        return features

    def forward(self, images: Tensor) -> Tensor:
        """[n, channels, size, size] to a value for each class [n, classes]."""
        values: Tensor = self.head(self.features(images))
        return values


def build_feature_net(data: str, classes: int, random: torch.Generator) -> FeatureNet:
    """A net for the images of this data set, on the CPU, its weights drawn from `random`."""
    with torch.device("meta"):
        net = FeatureNet(DATA_SHAPES[data], classes)
    initialise(net, random)
    return net


def load_extractor(data: str, folder: Path = FOLDER) -> Extractor | None:
    """The extractor that ships for this data set, held against its checksum; None where there is none.

    Raises Damaged for a file that is missing, cut off or altered.
    """
    card = read_index(folder).get(data)
    if card is None:
        return None
    try:
        blob = (folder / f"{data}.safetensors").read_bytes()
    except OSError as error:
        raise Damaged(f"{data}: the feature extractor's file is missing or cannot be read; {HOW_TO_FETCH}.") from error
    if hashlib.sha256(blob).hexdigest() != card.sha256:
        raise Damaged(
            f"{data}: the feature extractor's file was altered or cut off, its checksum is not the one in the index; {HOW_TO_FETCH}."
        )
    try:
        net = build_feature_net(data, len(card.classes), torch.Generator())
        net.load_state_dict(safetensors.torch.load(blob))
    except (SafetensorError, RuntimeError, KeyError) as error:
        raise Damaged(
            f"{data}: the feature extractor's weights do not fit its net ({str(error).splitlines()[0]}); {HOW_TO_FETCH}."
        ) from error
    return Extractor(card, net.eval().requires_grad_(False))


def write_extractor(card: FeatureCard, net: FeatureNet) -> tuple[FeatureCard, bytes]:
    """The file's bytes, and the card with their checksum. One entry in the header: several would come in no fixed order."""
    metadata = {"extractor": json.dumps({"name": f"features-{card.data}"} | card.model_dump(exclude={"sha256"}))}
    blob = safetensors.torch.save({name: value.detach().contiguous() for name, value in net.state_dict().items()}, metadata)
    return card.model_copy(update={"sha256": hashlib.sha256(blob).hexdigest()}), blob
