from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wgan_gp.config import RunConfig, override
from wgan_gp.errors import Damaged, InvalidConfig, Refused
from wgan_gp.generators import (
    Generator,
    decode,
    generate,
    interpolate,
    judged,
    latents_of,
    load_checkpoint_generator,
)
from wgan_gp.networks import build_nets
from wgan_gp.shelf.generator import MOST_FRAMES
from wgan_gp.theory.latent import latents_from_seeds
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


NETS = {
    "digits": DIGITS,
    "digits with layer norm": [*DIGITS, "generator.norm=layer", "critic.norm=layer"],
    "wide": [*DIGITS, "data=mnist", "generator.channels=24", "critic.channels=24", "latent_dim=64"],
    "points": [],
    "points with batch norm": ["generator.norm=batch", "critic.norm=layer"],
}


def untrained(net: str) -> Generator:
    """A generator and its critic as they are before training."""
    config = override(RunConfig(), NETS[net])
    module, critic = build_nets(config)
    return Generator(net, config, module.eval(), critic.eval())


@contextmanager
def threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def levels_apart(one: np.ndarray, other: np.ndarray) -> int:
    """The largest difference between two sets of pictures, in grey levels."""
    return int(np.abs(one.astype(int) - other.astype(int)).max())


# --- a seed is a sample -------------------------------------------------------------------------------------------------------------


def test_a_seed_is_a_picture_whatever_stands_beside_it() -> None:
    generator = load_checkpoint_generator(checkpoint())
    many = generate(generator, range(300))
    assert many.shape == (300, 8, 8, 1)
    assert many.dtype == np.uint8
    assert np.array_equal(np.concatenate([generate(generator, [seed]) for seed in range(300)]), many)
    assert len(np.unique(many[:20].reshape(20, -1), axis=0)) == 20


@pytest.mark.parametrize("net", NETS)
def test_what_is_asked_for_with_it_changes_no_bit_of_a_sample(net: str) -> None:
    generator = untrained(net)
    many, values = judged(generator, range(300))
    for seeds in ([299], [63], [64, 0], range(37, 166), [5] * 70, range(299, -1, -1)):
        some, theirs = judged(generator, seeds)
        assert np.array_equal(some, many[seeds])
        assert np.array_equal(theirs, values[seeds])


@pytest.mark.parametrize("net", ["digits", "wide"])
def test_the_number_of_threads_is_at_most_one_grey_level(net: str) -> None:
    generator = untrained(net)
    with threads(1):
        one = generate(generator, range(130))
    with threads(2):
        two = generate(generator, range(130))
    assert levels_apart(one, two) <= 1


@pytest.mark.parametrize("scale", [0, 0.5, 1, 2.5, 10])
def test_the_scale_multiplies_the_latents(scale: float) -> None:
    generator = untrained("wide")
    latents = latents_of(generator, range(9), scale)
    assert latents.shape == (9, 64)
    assert torch.equal(latents, latents_from_seeds(range(9), 64) * scale)
    samples = generate(generator, range(9), scale)
    assert np.array_equal(samples, decode(generator, latents))
    assert len(np.unique(samples.reshape(9, -1), axis=0)) == (9 if scale else 1)


@pytest.mark.parametrize("scale", [-0.1, 10.1, float("nan"), float("inf"), -float("inf")])
def test_a_scale_out_of_range_is_refused(scale: float) -> None:
    for ask in (latents_of, generate, judged):
        with pytest.raises(InvalidConfig, match=r"^scale: .* is not allowed; it must be from 0 to 10\.$"):
            ask(untrained("digits"), [0], scale)


# --- what the critic says -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", NETS)
def test_the_scores_are_the_critics_values_of_these_samples(net: str) -> None:
    generator = untrained(net)
    samples, values = judged(generator, range(100), 0.7)
    assert np.array_equal(samples, generate(generator, range(100), 0.7))
    assert (values.shape, values.dtype) == ((100,), np.float32)
    assert generator.critic is not None
    with torch.no_grad():
        expected = generator.critic(generator.module(latents_of(generator, range(100), 0.7))).numpy()
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-4)
    assert len(np.unique(values)) > 90


def test_the_scores_are_those_of_a_trained_critic() -> None:
    before = untrained("digits")
    after = load_checkpoint_generator(checkpoint("steps=30"))
    assert after.critic is not None
    for critic in (before.critic, after.critic):
        mixed = Generator("mixed", after.config, after.module, critic)
        values = judged(mixed, range(20))[1]
        assert np.array_equal(values, judged(after, range(20))[1]) == (critic is after.critic)


def test_without_a_critic_scores_are_refused() -> None:
    generator = untrained("digits")
    with pytest.raises(Refused, match=r"^alone: this file holds no critic, so that samples cannot be ordered by its value\.$"):
        judged(Generator("alone", generator.config, generator.module), [0])


# --- from one seed to another -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["slerp", "lerp"])
@pytest.mark.parametrize("net", NETS)
def test_a_path_begins_and_ends_with_the_seeds_own_samples(net: str, mode: str) -> None:
    generator = untrained(net)
    path = interpolate(generator, 3, 2**63 - 1, 9, mode)
    own = generate(generator, [3, 2**63 - 1])
    assert path.shape == (9, *own.shape[1:])
    assert path.dtype == own.dtype
    if generator.config.shape.is_plane:
        np.testing.assert_allclose(path[[0, -1]], own, atol=1e-5)
    else:
        assert levels_apart(path[[0, -1]], own) <= 1
    assert len(np.unique(path.reshape(9, -1), axis=0)) > 5


def test_the_two_ways_differ_between_their_ends() -> None:
    generator = untrained("wide")
    round_, straight = (interpolate(generator, 0, 1, 5, mode) for mode in ("slerp", "lerp"))
    assert levels_apart(round_[[0, -1]], straight[[0, -1]]) <= 1
    assert levels_apart(round_[2], straight[2]) > 1


def test_the_way_back_is_the_way_there_and_one_seed_stands_still() -> None:
    generator = untrained("wide")
    assert levels_apart(interpolate(generator, 4, 7, 11)[::-1], interpolate(generator, 7, 4, 11)) <= 1
    assert levels_apart(interpolate(generator, 4, 4, 5), generate(generator, [4] * 5)) <= 1


@pytest.mark.parametrize("frames", [2, MOST_FRAMES])
def test_the_fewest_and_the_most_frames(frames: int) -> None:
    assert len(interpolate(untrained("digits"), 0, 1, frames)) == frames


@pytest.mark.parametrize("frames", [-1, 0, 1, 61, 10**9])
def test_too_few_and_too_many_frames_are_refused(frames: int) -> None:
    with pytest.raises(InvalidConfig, match=rf"^frames: {frames} were asked for; from 2 to 60 are allowed\.$"):
        interpolate(untrained("digits"), 0, 1, frames)


@given(st.text(st.characters(), max_size=20).filter(lambda mode: mode not in ("slerp", "lerp")))
def test_any_other_mode_is_refused(mode: str) -> None:
    with pytest.raises(InvalidConfig, match=r"^mode: .* is not known; there is slerp"):
        interpolate(untrained("digits"), 0, 1, 4, mode)


@pytest.mark.parametrize("ends", [(-1, 0), (0, -1), (0, 2**63), (2**80, 0)])
def test_a_path_between_seeds_that_are_none_is_refused(ends: tuple[int, int]) -> None:
    with pytest.raises(InvalidConfig, match=r"^seeds: "):
        interpolate(untrained("digits"), *ends)


# --- checkpoints --------------------------------------------------------------------------------------------------------------------


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
