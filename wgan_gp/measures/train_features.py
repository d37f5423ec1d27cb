"""Trains a feature extractor for a data set on its labels, and puts it with its checksum into `pretrained/features`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wgan_gp.config import DATA_SHAPES
from wgan_gp.data import load
from wgan_gp.data.images import ImageSet, to_unit
from wgan_gp.data.quickdraw import load_drawings
from wgan_gp.data.shapes import JITTER, MODES
from wgan_gp.datafiles import DOWNLOADS, data_folder
from wgan_gp.errors import DataMissing, InvalidConfig, Refused
from wgan_gp.imaging import write_whole
from wgan_gp.measures.feature_index import FOLDER, INDEX, FeatureCard, read_index
from wgan_gp.measures.features import BATCH, FeatureNet, build_feature_net, write_extractor
from wgan_gp.theory.precision import share_of

ITERATIONS = {"digits": 1500, "shapes": 800}
MOST_ITERATIONS = 3000  # for the others: six times through MNIST
BATCH_SIZE = 128
RATE = 2e-3  # Adam's largest; it rises for a while and then falls to zero on a cosine
SMOOTHING = 0.1  # of labels: features of a class draw together without growing for ever
MOST_PER_CLASS = 8000  # drawings of one thing; there are files with hundreds of thousands


class Labelled(NamedTuple):
    """An image set with the class of every image."""

    images: ImageSet
    labels: Tensor  # int64[len(images.images)]
    held_out_labels: Tensor  # int64[len(images.held_out)]
    classes: tuple[str, ...]


def train_features(
    data: str, seed: int = 0, say: Callable[[str], None] = print, *, folder: Path = FOLDER, iterations: int | None = None
) -> FeatureCard:
    """Train the extractor of this data set, write it and its entry of the index, and return that entry.

    The same seed and data give the same file on the same machine: one thread, one source of random numbers. A minute or two on a CPU.
    Raises InvalidConfig for points in the plane, DataMissing, Refused where the folder takes no files.
    """
    found = labelled(data)
    iterations = iterations or ITERATIONS.get(data, MOST_ITERATIONS)
    count = len(found.labels)
    say(f"{data}: {count:,} images of {len(found.classes)} classes, {len(found.held_out_labels):,} held out; {iterations:,} iterations.")
    with _one_thread():
        net = _train(found, data, seed, iterations, say)
        accuracy = _accuracy(net, found.images.held_out, found.held_out_labels)
    card, blob = write_extractor(
        FeatureCard(data=data, accuracy=round(accuracy, 4), seed=seed, iterations=iterations, classes=found.classes), net
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        index = dict(sorted(({**read_index(folder)} | {data: card}).items()))
        write_whole(folder / f"{data}.safetensors", blob)
        entries = {name: entry.model_dump() for name, entry in index.items()}
        write_whole(folder / INDEX, (json.dumps(entries, indent=2) + "\n").encode())
    except OSError as error:
        raise Refused(f"The extractor cannot be written to {folder}: {error}.") from error
    say(f"{data}: {100 * accuracy:.2f} % of the held-out images are told right; {len(blob):,} bytes; FD-{card.name}.")
    return card


def labelled(name: str) -> Labelled:
    """The image set of this name with labels. Raises InvalidConfig for points in the plane, DataMissing."""
    if name not in DATA_SHAPES or DATA_SHAPES[name].is_plane:
        names = ", ".join(data for data, shape in DATA_SHAPES.items() if not shape.is_plane)
        raise InvalidConfig(f"data: {name[:80]!r} was given; features are learnt from images: {names}.")
    if name.startswith("quickdraw-"):
        return _drawings(name)
    images = load(name)
    assert isinstance(images, ImageSet)
    if name == "digits":
        return _digits(images)
    return _shapes(images) if name == "shapes" else _vision(images)


def _digits(images: ImageSet) -> Labelled:
    from sklearn.datasets import load_digits as sklearn_digits

    labels = torch.from_numpy(sklearn_digits().target).long()
    held_out = torch.arange(len(labels)) % 8 == 7  # as the images are divided
    return Labelled(images, labels[~held_out], labels[held_out], tuple(map(str, range(10))))


def _shapes(images: ImageSet) -> Labelled:
    labels = torch.arange(len(MODES)).repeat_interleave(len(JITTER) ** 2)
    held_out = torch.arange(len(labels)) % 8 == 5
    return Labelled(images, labels[~held_out], labels[held_out], tuple(" ".join(mode) for mode in MODES))


def _vision(images: ImageSet) -> Labelled:
    import torchvision

    kind = getattr(torchvision.datasets, DOWNLOADS[images.name].class_name)
    parts = [kind(str(data_folder()), train=train) for train in (True, False)]
    labels = [torch.as_tensor(part.targets).long() for part in parts]
    return Labelled(images, labels[0], labels[1], tuple(map(str, parts[0].classes)))


def _drawings(name: str) -> Labelled:
    """All classes whose files lie in the data folder, as many of each as are used."""
    folder = data_folder() / "quickdraw"
    load_drawings(name)  # its own file has to be there
    classes = sorted(path.stem for path in folder.glob("*.npy"))
    if len(classes) < 2:
        raise DataMissing(
            f"Features of {name} are learnt by telling drawings apart, and {folder} holds {', '.join(classes)} alone; "
            f"put the file of at least one other thing there, too."
        )
    sets = [load_drawings(f"quickdraw-{thing}") for thing in classes]
    parts: dict[str, tuple[Tensor, Tensor]] = {}
    for part in ("images", "held_out"):
        used = [getattr(found, part)[:MOST_PER_CLASS] for found in sets]
        counts = torch.tensor([len(images) for images in used])
        parts[part] = torch.cat(used), torch.arange(len(used)).repeat_interleave(counts)
    images = ImageSet(name, parts["images"][0], parts["held_out"][0])
    return Labelled(images, parts["images"][1], parts["held_out"][1], tuple(classes))


def _train(found: Labelled, data: str, seed: int, iterations: int, say: Callable[[str], None]) -> FeatureNet:
    random = torch.Generator().manual_seed(seed)
    net = build_feature_net(data, len(found.classes), random)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=iterations)
    loss_of = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    batches = _batches(len(found.labels), random)
    for iteration in range(1, iterations + 1):
        which = next(batches)
        loss = loss_of(net(to_unit(found.images.images[which])), found.labels[which])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        if iteration % 500 == 0:
            say(f"{data}: iteration {iteration:,} of {iterations:,}, loss {loss.item():.3f}")
    return net.eval()


def _batches(count: int, random: torch.Generator) -> Iterator[Tensor]:
    """Indexes of batches without end, each image once before any comes again; the rest of a round that fills no batch is left out."""
    size = min(BATCH_SIZE, count)
    while True:
        for which in torch.randperm(count, generator=random).split(size):  # type: ignore[no-untyped-call]
            if len(which) == size:
                yield which


@torch.no_grad()
def _accuracy(net: FeatureNet, images: Tensor, labels: Tensor) -> float:
    said = torch.cat([net(to_unit(part)).argmax(dim=1) for part in torch.split(images, BATCH)])
    return share_of(said == labels)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums come in the same order in one thread only."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
