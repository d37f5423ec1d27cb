import numpy as np
import pytest

from wgan_gp.config import RunConfig, override
from wgan_gp.errors import Damaged, InvalidConfig
from wgan_gp.generators import generate, load_checkpoint_generator
from wgan_gp.training.events import Checkpoint
from wgan_gp.training.loop import train

DIGITS = [
    "data=digits",
    'generator={"kind": "conv", "channels": 2}',
    'critic={"kind": "conv", "channels": 2}',
    "latent_dim=4",
    "batch_size=8",
    "n_critic=1",
    "device=cpu",
    "steps=3",
]


def checkpoint(*settings: str) -> bytes:
    events = train(override(RunConfig(), [*DIGITS, *settings]))
    return [event.blob for event in events if isinstance(event, Checkpoint)][-1]


def test_a_seed_is_a_picture_whatever_stands_beside_it() -> None:
    generator = load_checkpoint_generator(checkpoint())
    many = generate(generator, range(300))
    assert many.shape == (300, 8, 8, 1)
    assert many.dtype == np.uint8
    alone = generate(generator, [257])
    assert np.abs(many[257].astype(int) - alone[0].astype(int)).max() <= 1  # batch sizes may differ in the last float digit
    assert len(np.unique(many[:20].reshape(20, -1), axis=0)) == 20


def test_the_moving_average_is_what_is_drawn_with() -> None:
    plain = generate(load_checkpoint_generator(checkpoint()), range(4))
    averaged = generate(load_checkpoint_generator(checkpoint("ema=0.999")), range(4))
    assert not np.array_equal(plain, averaged)


@pytest.mark.parametrize("seeds", [[], [-1], [2**63], range(10_001)])
def test_bad_seeds_are_refused(seeds: list[int]) -> None:
    with pytest.raises(InvalidConfig, match="seeds"):
        generate(load_checkpoint_generator(checkpoint()), seeds)


def test_damage_is_named() -> None:
    blob = checkpoint()
    for broken in (blob[: len(blob) // 2], blob[:8], b"\xff" * 64):
        with pytest.raises(Damaged):
            load_checkpoint_generator(broken)
