"""Which feature extractors ship: the index in `pretrained/features`, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from wgan_gp.config import Part
from wgan_gp.errors import Damaged
from wgan_gp.home import SHIPPED

FOLDER = SHIPPED / "features"
INDEX = "index.json"
HOW_TO_FETCH = "fetch the folder pretrained/features anew, or train it with `python -m wgan_gp train-features`"


class FeatureCard(Part):
    """What is known of a trained extractor: an entry of the index, and the header of its file (there without checksum)."""

    data: str = Field(description="The data set it learnt.")
    accuracy: float = Field(ge=0, le=1, description="Share of held-out images whose class it tells.")
    seed: int = Field(ge=0, description="Decides its initial weights and the order of the data.")
    iterations: int = Field(ge=1, description="Updates.")
    classes: tuple[str, ...] = Field(min_length=2, description="What it tells apart.")
    sha256: str = Field("", pattern="^([0-9a-f]{64})?$", description="Checksum of the file.")

    @property
    def name(self) -> str:
        """The data set and the first eight digits of the checksum: `mnist-1a2b3c4d`."""
        return f"{self.data}-{self.sha256[:8]}"


def read_index(folder: Path = FOLDER) -> Mapping[str, FeatureCard]:
    """The extractors there are, by data set; empty where the index is missing. Raises Damaged where it cannot be read."""
    try:
        text = (folder / INDEX).read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Damaged(f"The index of the feature extractors cannot be read: {error}.") from error
    try:
        return TypeAdapter(dict[str, FeatureCard]).validate_json(text)
    except ValidationError as error:
        raise Damaged(
            f"The index of the feature extractors is not what it should be ({error.error_count()} faults); {HOW_TO_FETCH}."
        ) from None
