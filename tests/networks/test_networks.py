import pytest
import torch
from torch import nn

from wgan_gp.config import ConvCritic, ConvGenerator, DataShape, MLPCritic, MLPGenerator, RunConfig, WeightClipping, override
from wgan_gp.networks import build_critic, build_generator, build_nets
from wgan_gp.theory.lipschitz import clip_weights, clipped_parameters, gradient_norms


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 11, 28, 30, 32, 45, 64])
@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_convolutional_nets_fit_every_size_and_colour(channels: int, size: int, norm: str) -> None:
    shape, random = DataShape("test", channels, size), torch.Generator().manual_seed(0)
    generator = build_generator(ConvGenerator(channels=4, norm=norm), 5, shape, random)  # type: ignore[arg-type]
    critic = build_critic(ConvCritic(channels=4, norm="none" if norm == "batch" else norm), shape, random)  # type: ignore[arg-type]
    images = generator(torch.randn(3, 5, generator=random))
    assert images.shape == (3, channels, size, size)
    assert images.abs().max() <= 1
    assert critic(images).shape == (3,)


@pytest.mark.parametrize("depth", [1, 3, 12])
def test_perceptrons_have_the_width_and_depth_asked_for(depth: int) -> None:
    random, plane = torch.Generator().manual_seed(0), DataShape("plane")
    generator = build_generator(MLPGenerator(width=16, depth=depth, activation="silu", norm="layer"), 2, plane, random)
    critic = build_critic(MLPCritic(width=16, depth=depth, norm="layer"), plane, random)
    assert sum(isinstance(part, nn.Linear) for part in critic.modules()) == depth + 1
    assert critic(generator(torch.zeros(4, 2))).shape == (4,)


def test_a_perceptron_can_learn_images() -> None:
    random, shape = torch.Generator().manual_seed(0), DataShape("image", 3, 8)
    images = build_generator(MLPGenerator(width=16), 4, shape, random)(torch.randn(2, 4, generator=random))
    assert images.shape == (2, 3, 8, 8)
    assert build_critic(MLPCritic(width=16), shape, random)(images).shape == (2,)


def test_layer_norm_in_a_convolutional_critic_is_not_instance_norm() -> None:
    critic = build_critic(ConvCritic(channels=4, norm="layer"), DataShape("image", 1, 8), torch.Generator().manual_seed(0))
    norms = [part for part in critic.modules() if isinstance(part, nn.GroupNorm)]
    assert norms
    assert all(part.num_groups == 1 for part in norms)  # over all channels at once


def test_the_seed_decides_the_weights_and_the_global_random_state_is_left_alone() -> None:
    config = override(RunConfig(), ["seed=7", "critic.width=8", "generator.width=8"])
    before = torch.get_rng_state()
    first, second = build_nets(config), build_nets(override(config, ["constraint.weight=3"]))
    assert torch.equal(before, torch.get_rng_state())
    for one, other in zip(first, second, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    other_seed = build_nets(override(config, ["seed=8"]))
    assert not torch.equal(next(first[1].parameters()), next(other_seed[1].parameters()))


@pytest.mark.parametrize("norm", ["none", "layer"])
def test_a_critic_that_starts_inside_the_limit_alone_is_drawn_again(norm: str) -> None:
    usual = override(RunConfig(constraint=WeightClipping(limit=0.02)), ["critic.width=64", f"critic.norm={norm}"])
    (generator, before), (same, inside) = build_nets(usual), build_nets(override(usual, ["first_weights=inside"]))
    assert all(torch.equal(a, b) for a, b in zip(generator.parameters(), same.parameters(), strict=True))
    kept = {name: parameter.clone() for name, parameter in inside.named_parameters()}
    clip_weights(inside, 0.02)
    assert all(torch.equal(parameter, kept[name]) for name, parameter in inside.named_parameters())
    assert torch.cat([p.detach().flatten() for _, p in clipped_parameters(inside)]).std() == pytest.approx(0.02 / 3**0.5, rel=0.05)
    clipped = {name for name, _ in clipped_parameters(inside)}
    for name, parameter in before.named_parameters():
        assert torch.equal(parameter, kept[name]) == (name not in clipped)


def test_a_samples_value_does_not_depend_on_its_batch() -> None:
    critic = build_critic(ConvCritic(channels=4, norm="layer"), DataShape("image", 1, 12), torch.Generator().manual_seed(0)).double()
    images = torch.randn(6, 1, 12, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert torch.allclose(critic(images)[:2], critic(images[:2]))
    assert torch.allclose(gradient_norms(critic, images)[:2], gradient_norms(critic, images[:2]))
