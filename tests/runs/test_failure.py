"""A failure is one sentence; memory says needed and free."""

import pytest
import torch

from wgan_gp.errors import DeviceMissing
from wgan_gp.runs.failure import sentence


def test_our_own_errors_speak_for_themselves():
    assert sentence(DeviceMissing("device: 'cuda' is not on this machine.")) == "device: 'cuda' is not on this machine."


def test_other_errors_are_named_in_one_line():
    assert sentence(ZeroDivisionError("by\nzero")) == "Training failed: ZeroDivisionError: by. The run's log has the details."
    assert sentence(KeyError()) == "Training failed: KeyError. The run's log has the details."
    assert len(sentence(RuntimeError("x" * 10_000))) < 300


def test_out_of_memory_on_the_host():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**46, dtype=torch.uint8)
    assert sentence(caught.value).startswith("Out of memory: needed 65536.0 GiB, free ")
    assert sentence(MemoryError()).startswith("Out of memory: needed an unknown amount, free ")


def test_out_of_memory_on_cuda():
    error = torch.OutOfMemoryError(
        "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 139.81 GiB of which 1.25 GiB is free. Process 7"
    )
    assert sentence(error).startswith("Out of memory: needed 2.50 GiB, free 1.25 GiB.")
