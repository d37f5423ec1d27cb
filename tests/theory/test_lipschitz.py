"""Closed forms and finite differences in float64, and the bugs that others shipped."""

import pytest
import torch
from torch import Tensor, nn

from wgan_gp.theory.lipschitz import clip_weights, clipped_parameters, gradient_norms, gradient_penalty, interpolates, penalty_of_norms


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def small_critic(inputs: int = 3) -> nn.Module:
    critic = nn.Sequential(nn.Linear(inputs, 16), nn.Softplus(), nn.Linear(16, 1)).double()
    for index, parameter in enumerate(critic.parameters()):
        parameter.data = noise(*parameter.shape, seed=index)
    return critic


def test_interpolates_use_one_epsilon_per_sample() -> None:
    real, fake = torch.ones(3, 2, 4, 4), torch.zeros(3, 2, 4, 4)
    mixed = interpolates(real, fake, torch.tensor([0.0, 0.25, 1.0]))
    for sample, epsilon in zip(mixed, (0.0, 0.25, 1.0), strict=True):
        assert torch.equal(sample, torch.full((2, 4, 4), epsilon))


def test_a_linear_critic_is_as_steep_as_its_weights_everywhere() -> None:
    weights = torch.tensor([3.0, 4.0], dtype=torch.float64)
    assert torch.allclose(gradient_norms(lambda x: x @ weights, noise(5, 2)), torch.full((5,), 5.0, dtype=torch.float64))


def test_the_norm_is_taken_over_all_dimensions_of_a_sample_at_once() -> None:
    images = noise(4, 3, 5, 5)
    norms = gradient_norms(lambda x: x.flatten(1).sum(1), images)
    assert norms.shape == (4,)
    assert torch.allclose(norms, torch.full((4,), 75.0, dtype=torch.float64).sqrt())


def test_gradient_norms_agree_with_finite_differences() -> None:
    critic, points, width = small_critic(), noise(6, 3, seed=9), 1e-6
    with torch.no_grad():
        steps = torch.eye(3, dtype=torch.float64) * width
        slopes = torch.stack([(critic(points + step) - critic(points - step)).squeeze(1) / (2 * width) for step in steps], dim=1)
    assert torch.allclose(gradient_norms(critic, points).detach(), slopes.norm(dim=1), rtol=1e-7)


@pytest.mark.parametrize("sides", ["two", "one"])
def test_the_penalty_can_be_differentiated_by_the_weights(sides: str) -> None:
    critic, points = small_critic(), noise(6, 3, seed=3)
    gradient_penalty(critic, points, sides=sides).backward()  # type: ignore[arg-type]
    weight = next(critic.parameters())
    width = 1e-6
    for place in ((0, 0), (5, 2)):
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                weight[place] += sign * width
            values.append(gradient_penalty(critic, points, sides=sides).item())  # type: ignore[arg-type]
            with torch.no_grad():
                weight[place] -= sign * width
        assert weight.grad is not None
        assert weight.grad[place].item() == pytest.approx((values[0] - values[1]) / (2 * width), rel=1e-6)


def test_one_side_forgives_norms_below_the_target() -> None:
    norms = torch.tensor([0.0, 0.5, 1.0, 3.0])
    assert penalty_of_norms(norms, sides="two").item() == pytest.approx((1 + 0.25 + 0 + 4) / 4)
    assert penalty_of_norms(norms, sides="one").item() == pytest.approx(1.0)
    assert penalty_of_norms(norms, target=3.0).item() == pytest.approx((9 + 6.25 + 4 + 0) / 4)


def test_a_critic_of_zeros_gives_no_nan() -> None:
    critic = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    for parameter in critic.parameters():
        nn.init.zeros_(parameter)
    penalty = gradient_penalty(critic, torch.randn(4, 2, generator=torch.Generator().manual_seed(0)))
    penalty.backward()
    assert penalty.item() == pytest.approx(1.0, abs=1e-5)
    assert all(bool(p.grad.isfinite().all()) for p in critic.parameters() if p.grad is not None)


def test_the_penalty_leaves_no_gradient_on_the_points() -> None:
    points = noise(4, 3).requires_grad_(True)
    gradient_penalty(small_critic(), points).backward()
    assert points.grad is None


def test_clipping_spares_the_scales_of_norm_layers_and_says_so() -> None:
    critic = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 1))
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.fill_(0.7)
    clip_weights(critic, 0.01)
    assert [name for name, _ in clipped_parameters(critic)] == ["0.weight", "0.bias", "3.weight", "3.bias"]
    assert all(bool((p == 0.01).all()) for _, p in clipped_parameters(critic))
    assert bool((critic[1].weight == 0.7).all())
