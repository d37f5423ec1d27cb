"""A generator by name: that of a run, one that ships, or neither."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runs.support import NASTY_IDS, small_config
from wgan_gp.config import RunConfig
from wgan_gp.errors import Damaged, InvalidConfig, UnknownGenerator
from wgan_gp.generators import generate, judged, load_checkpoint_generator, load_generator
from wgan_gp.runs import launcher, record, worker
from wgan_gp.shelf.cards import cards
from wgan_gp.shelf.file import read_generator, write_generator
from wgan_gp.shelf.finding import find_generator
from wgan_gp.training.events import Checkpoint


@pytest.fixture(autouse=True)
def _same_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def trained(config: RunConfig) -> str:
    """The id of a run of this config, trained to its end in this process."""
    run_id = launcher.create(config)
    assert worker.run(record.path_of(run_id), foreground=True) == 0
    return run_id


DIGITS = {"data": "digits", "generator": {"kind": "conv", "channels": 2}, "critic": {"kind": "conv", "channels": 2}, "latent_dim": 4}


@pytest.mark.parametrize("values", [{}, {"ema": 0.9}, DIGITS], ids=["points", "moving average", "images"])
def test_the_generator_of_a_run_is_that_of_its_last_checkpoint(values: dict[str, object]) -> None:
    run_id = trained(small_config(steps=5, **values))
    found = find_generator(run_id)
    with record.RunReader(record.path_of(run_id)) as reader:
        step, blob = reader.checkpoint()
        assert found.config == reader.config()
    assert (step, found.name) == (5, run_id)
    assert not found.module.training
    for one, other in zip(judged(found, range(9)), judged(load_checkpoint_generator(blob), range(9)), strict=True):
        assert np.array_equal(one, other)
    # and as a file that is given away
    assert np.array_equal(generate(read_generator(write_generator(found), "it"), range(9)), generate(found, range(9)))


def test_a_run_without_a_checkpoint_says_so() -> None:
    run_id = launcher.create(small_config())
    with pytest.raises(Damaged, match=rf"^The run {run_id} has no checkpoint to read: it has not saved one yet\.$"):
        find_generator(run_id)


def test_a_run_in_which_only_the_critic_learnt_has_none() -> None:
    run_id = trained(small_config(steps=5, frozen={"kind": "noise"}))
    with pytest.raises(InvalidConfig, match="in this run only the critic learnt"):
        find_generator(run_id)


def test_a_run_that_was_deleted_is_unknown() -> None:
    run_id = trained(small_config(steps=5))
    record.delete(run_id)
    with pytest.raises(UnknownGenerator, match=run_id):
        find_generator(run_id)


def test_a_damaged_run_is_named() -> None:
    run_id = trained(small_config(steps=5))
    path = record.path_of(run_id)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(Damaged, match=run_id):
        find_generator(run_id)


def test_one_that_ships_is_found_by_its_name_and_a_file_by_its_path(tmp_path: Path) -> None:
    name = cards()[0].name
    found = find_generator(name)
    assert found.name == name
    assert np.array_equal(generate(found, range(5)), generate(load_generator(name), range(5)))
    (tmp_path / "mine.safetensors").write_bytes(write_generator(found))
    mine = find_generator(str(tmp_path / "mine.safetensors"))
    assert mine.name == "mine"
    assert np.array_equal(generate(mine, range(5)), generate(found, range(5)))


def test_an_unknown_name_lists_those_that_ship() -> None:
    with pytest.raises(UnknownGenerator) as caught:
        find_generator("digits-gp-k3f9a2xq")
    assert str(caught.value).startswith("'digits-gp-k3f9a2xq' is neither a run nor a generator that ships; those are: 8gaussians-clip, ")
    assert all(card.name in str(caught.value) for card in cards())


@pytest.mark.parametrize("name", [*NASTY_IDS, "a" * 300, "\ud800", "../x", "nul\0.safetensors", "/dev/null.safetensors", ".safetensors"])
def test_a_nasty_name_is_unknown(name: str) -> None:
    with pytest.raises(UnknownGenerator) as caught:
        find_generator(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


@given(st.text(st.characters(), max_size=80))
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_text_is_unknown(name: str) -> None:
    with pytest.raises(UnknownGenerator):
        find_generator(name)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    run_id = trained(small_config(steps=5))
    path = record.path_of(run_id)
    outside = tmp_path / f"{run_id}.sqlite"
    path.rename(outside)
    path.symlink_to(outside)
    with pytest.raises(UnknownGenerator):
        find_generator(run_id)


def forged(metadata: str, **tensor: object) -> bytes:
    """A checkpoint with this metadata, and one tensor of four bytes where one is described."""
    tensors = f', "a": {json.dumps(tensor)}' if tensor else ""
    header = f'{{"__metadata__": {metadata}{tensors}}}'.encode()
    return len(header).to_bytes(8, "little") + header + b"xxxx"[: 4 if tensor else 0]


GOOD = '{"format": "wgan-gp-lab checkpoint 1", "counters": "{}", "config": "{}"}'
FORGED = {
    "no object": forged('["format"]'),
    "deep": (100_000).to_bytes(8, "little") + b"[" * 100_000,
    "no config": forged('{"format": "wgan-gp-lab checkpoint 1"}'),
    "another format": forged(json.dumps({"format": "x" * 1000})),
    "numbers": forged('{"format": 1, "config": 2, "counters": 3}'),
    "no tensors": forged(GOOD),
    "a strange dtype": forged(GOOD, dtype="F8_E4M3", shape=[4], data_offsets=[0, 4]),
    "an unknown dtype": forged(GOOD, dtype="Q7", shape=[4], data_offsets=[0, 4]),
    "a huge shape": forged(GOOD, dtype="F32", shape=[2**62], data_offsets=[0, 4]),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_checkpoint_with_the_right_checksum_is_refused_with_a_sentence(name: str) -> None:
    with record.RunWriter.create(small_config()) as writer:
        writer.write(Checkpoint(5, 1.0, FORGED[name], "0"))
    with pytest.raises(Damaged) as caught:
        find_generator(writer.path.stem)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
