"""A generator by name, wherever it comes from: one that ships, or that of a run. Loads torch with the first call."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wgan_gp.errors import UnknownGenerator, UnknownRun
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.shelf.cards import cards

if TYPE_CHECKING:
    from wgan_gp.shelf.generator import Generator


def find_generator(name: str) -> Generator:
    """The generator that ships under this name, or the one in the last checkpoint of the run with this id.

    Raises UnknownGenerator where there is neither, Damaged, InvalidConfig for a run in which only the critic learnt.
    """
    from wgan_gp.shelf.loading import load_checkpoint_generator, load_generator

    if name.lower().endswith(".safetensors"):
        return load_generator(name)
    with contextlib.suppress(UnknownGenerator):
        return load_generator(name)
    try:
        with RunReader(path_of(name)) as reader:
            _, blob = reader.checkpoint()
    except UnknownRun as error:
        names = ", ".join(card.name for card in cards())
        raise UnknownGenerator(f"{name[:80]!r} is neither a run nor a generator that ships; those are: {names}.") from error
    return load_checkpoint_generator(blob, name)
