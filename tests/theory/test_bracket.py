"""Operator norms against the SVD of matrices that are written out, and brackets of critics whose steepness is known."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from wgan_gp.config import ConvCritic, DataShape, MLPCritic
from wgan_gp.errors import InvalidConfig
from wgan_gp.networks.conv import conv_critic
from wgan_gp.networks.layers import Crop, Squeeze
from wgan_gp.networks.mlp import mlp_critic
from wgan_gp.theory.bracket import conv_norm, lipschitz_bracket
from wgan_gp.theory.lipschitz import gradient_norms


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def drawn(critic: nn.Module, seed: int = 0) -> nn.Module:
    """The same critic in float64 with weights from a seed."""
    critic = critic.double()
    for index, parameter in enumerate(critic.parameters()):
        parameter.data = noise(*parameter.shape, seed=seed + index) / math.sqrt(parameter[0].numel())
    return critic


def written_out(layer: nn.Conv2d, size: tuple[int, int, int]) -> Tensor:
    """The convolution as a matrix: [outputs, inputs]."""
    inputs = math.prod(size)
    with torch.no_grad():
        return (layer(torch.eye(inputs, dtype=torch.float64).view(inputs, *size)) - layer(torch.zeros(1, *size).double())).flatten(1).T


@pytest.mark.parametrize("weights", [[3.0, 4.0], [-0.6, 0.8], [0.0, 0.0]])
def test_a_linear_critic_is_known_from_both_sides(weights: list[float]) -> None:
    critic = nn.Sequential(nn.Linear(2, 1), Squeeze()).double()
    critic[0].weight.data = torch.tensor([weights], dtype=torch.float64)
    low, high = lipschitz_bracket(critic, noise(5, 2), (2,), neutral=(Squeeze,))
    assert low == pytest.approx(math.hypot(*weights), rel=1e-9, abs=1e-5)
    assert high == pytest.approx(math.hypot(*weights), rel=1e-9, abs=1e-5)  # a zero gradient counts 1e-6
    assert low <= high


@settings(max_examples=100, deadline=None, derandomize=True)  # the start is random: it is proved for no kernel, but true of nearly all
@given(
    channels=st.integers(1, 3),
    outputs=st.integers(1, 3),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    sides=st.tuples(st.integers(9, 10), st.integers(9, 10)),
    seed=st.integers(0, 1000),
)
def test_the_norm_of_a_convolution_is_that_of_its_matrix(
    channels: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int, sides: tuple[int, int], seed: int
) -> None:
    layer = nn.Conv2d(channels, outputs, kernel, stride, padding, dilation)
    drawn(layer, seed)
    exact = float(torch.linalg.matrix_norm(written_out(layer, (channels, *sides)), ord=2))
    assert exact * (1 - 1e-9) <= conv_norm(layer, (channels, *sides)) <= exact * (1 + 1e-3)


def test_the_norm_of_a_grouped_convolution_is_that_of_its_matrix() -> None:
    layer = nn.Conv2d(4, 6, (3, 2), stride=(1, 2), padding=(0, 1), groups=2)
    drawn(layer)
    exact = float(torch.linalg.matrix_norm(written_out(layer, (4, 7, 8)), ord=2))
    assert exact * (1 - 1e-9) <= conv_norm(layer, (4, 7, 8)) <= exact * (1 + 1e-3)


def test_the_reshaped_kernel_is_another_norm() -> None:
    """A kernel of ones adds up 3 x 3 pixels: it stretches a flat image ninefold, its 1 x 9 matrix by 3 only."""
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False).double()
    nn.init.ones_(layer.weight)
    assert 8.9 < conv_norm(layer, (1, 32, 32)) < 9
    assert float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)) == pytest.approx(3)


def test_a_convolution_of_zeros_and_paddings_that_are_not_zeros() -> None:
    layer = nn.Conv2d(1, 2, 3)
    nn.init.zeros_(layer.weight)
    assert conv_norm(layer, (1, 8, 8)) == 0
    assert conv_norm(nn.Conv2d(1, 2, 3, padding="same"), (1, 8, 8)) == math.inf
    assert conv_norm(nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"), (1, 8, 8)) == math.inf


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "silu", "softplus", "tanh"])
def test_the_labs_critics_lie_between_their_bounds(name: str) -> None:
    plane, image = DataShape("plane"), DataShape("image", channels=1, size=16)
    critics = [
        (mlp_critic(MLPCritic(width=16, depth=2, activation=name), plane), plane),
        (mlp_critic(MLPCritic(width=16, depth=2, activation=name), image), image),
        (conv_critic(ConvCritic(channels=4, activation=name), image), image),
    ]
    for critic, shape in critics:
        points = noise(200, *shape.shape, seed=7)
        low, high = lipschitz_bracket(drawn(critic), points, shape.shape, neutral=(Squeeze, Crop))
        assert 0 < low <= high < math.inf
        with torch.no_grad():  # no two points may rise by more than the upper bound
            values = critic(points)
        distances = torch.cdist(points.flatten(1), points.flatten(1)) + torch.eye(200)
        assert float(((values[:, None] - values[None, :]).abs() / distances).max()) <= high


@pytest.mark.parametrize("module", [nn.SiLU(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(), nn.ReLU(), nn.LeakyReLU(3.0), nn.ELU(2.0)])
def test_the_steepest_slope_of_an_activation_is_its_factor(module: nn.Module) -> None:
    steepest = float(gradient_norms(module, torch.linspace(-10, 10, 200_001, dtype=torch.float64).unsqueeze(1)).max())
    flat = torch.full((1, 1), -10.0) if isinstance(module, nn.ReLU | nn.ELU) else torch.full((1, 1), 10.0)
    assert steepest * (1 - 1e-4) <= lipschitz_bracket(module, flat, (1,)).high <= steepest * (1 + 1e-3)


def test_each_convolution_acts_on_the_size_that_reaches_it() -> None:
    layers = nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.Conv2d(2, 1, 5)
    critic = drawn(nn.Sequential(layers[0], nn.ReLU(), layers[1]))
    norms = [float(torch.linalg.matrix_norm(written_out(*part), ord=2)) for part in zip(layers, [(1, 9, 9), (2, 5, 5)], strict=True)]
    assert lipschitz_bracket(critic, noise(1, 1, 9, 9), (1, 9, 9)).high == pytest.approx(norms[0] * norms[1], rel=1e-3)


def test_layers_of_nested_chains_multiply() -> None:
    first, last = nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False)
    first.weight.data, last.weight.data = torch.diag(torch.tensor([2.0, 5.0])), torch.tensor([[3.0, 0.0]])
    critic = nn.Sequential(nn.Sequential(first, nn.Identity()), last)
    assert lipschitz_bracket(critic, torch.zeros(1, 2), (2,)) == pytest.approx((6, 15))


class Doubled(nn.Linear):
    def forward(self, values: Tensor) -> Tensor:
        return 2 * super().forward(values)


@pytest.mark.parametrize(
    "layer", [nn.LayerNorm(4), nn.GroupNorm(1, 4), nn.GELU(), nn.Dropout(), Squeeze(), Doubled(4, 4), spectral_norm(nn.Linear(4, 4))]
)
def test_what_is_not_known_has_no_upper_bound(layer: nn.Module) -> None:
    critic = nn.Sequential(nn.Linear(4, 4), layer, nn.Linear(4, 1))
    low, high = lipschitz_bracket(critic, torch.ones(1, 4) if isinstance(layer, Squeeze) else noise(5, 4).float(), (4,))
    assert low > 0
    assert high == math.inf


def test_a_hook_may_do_anything() -> None:
    critic = nn.Linear(2, 1)
    assert lipschitz_bracket(critic, torch.zeros(1, 2), (2,)).high < math.inf
    critic.register_forward_hook(lambda _module, _inputs, output: 2 * output)
    assert lipschitz_bracket(critic, torch.zeros(1, 2), (2,)).high == math.inf


def test_points_of_another_shape_and_lost_weights_are_refused() -> None:
    critic = nn.Linear(2, 1)
    for points in (torch.zeros(0, 2), torch.zeros(4, 3), torch.zeros(2)):
        with pytest.raises(InvalidConfig, match=r"allowed is \[k, 2\] with k at least 1"):
            lipschitz_bracket(critic, points, (2,))
    nn.init.constant_(critic.bias, math.nan)
    with pytest.raises(InvalidConfig, match="finite"):
        lipschitz_bracket(critic, torch.zeros(1, 2), (2,))
