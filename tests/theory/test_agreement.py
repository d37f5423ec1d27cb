"""Agreement of two critics, against angles that are known and against NumPy."""

import math

import numpy as np
import pytest
import torch

from wgan_gp.theory.agreement import correlation, mean_cosine


@pytest.mark.parametrize("angle", [0, 1, math.pi / 2, math.pi])
def test_turned_gradients_have_the_cosine_of_the_angle(angle: float) -> None:
    slopes = torch.randn(100, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], dtype=torch.float64)
    assert mean_cosine(slopes @ turn.T, 1e-30 * slopes) == pytest.approx(math.cos(angle), abs=1e-9)


def test_a_gradient_of_zero_counts_as_none_in_common() -> None:
    assert mean_cosine(torch.tensor([[0.0, 0.0], [1.0, 0.0]]), torch.tensor([[1.0, 0.0], [1.0, 0.0]])) == 0.5


def test_correlation_is_pearsons() -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 50))
    assert correlation(torch.tensor(one), torch.tensor(other)) == pytest.approx(np.corrcoef(one, other)[0, 1])
    assert correlation(torch.ones(4), torch.tensor([1.0, 2, 3, 4])) == 0
