"""A trained generator from where it lies: one that ships, a file of somebody's, or the last checkpoint of a run."""

from __future__ import annotations

from pathlib import Path

from wgan_gp.errors import Damaged, InvalidConfig
from wgan_gp.shelf import cards, file
from wgan_gp.shelf.generator import Generator, build_pair
from wgan_gp.training.checkpoint import checkpoint_config, critic_weights, sampling_weights


def load_generator(name_or_path: str | Path) -> Generator:
    """The generator that ships under this name, such as `mnist-gp`, or the one in this `.safetensors` file; nothing in it is executed.

    Raises UnknownGenerator for a name that is none, Damaged for a file that is not what it should be.
    """
    path = Path(name_or_path)
    if path.suffix.lower() == ".safetensors":
        return file.load(path)
    return file.read_generator(cards.generator_bytes(str(name_or_path)), str(name_or_path))


def load_checkpoint_generator(blob: bytes, name: str = "") -> Generator:
    """The generator in a run's checkpoint; the moving average of its weights where one was kept.

    Raises Damaged, and InvalidConfig for a run in which only the critic learnt.
    """
    config = checkpoint_config(blob)
    if config.frozen is not None:
        raise InvalidConfig("generator: in this run only the critic learnt; take a run that trains a generator.")
    module, critic = build_pair(config)
    try:
        module.load_state_dict(sampling_weights(blob))
        critic.load_state_dict(critic_weights(blob))
    except RuntimeError as error:
        raise Damaged(f"The weights do not fit the generator of their config: {str(error).splitlines()[0]}") from error
    return Generator(name, config, module.eval(), critic.eval())
