import pytest
import torch
from torch import nn

from wgan_gp.config import ConvCritic, ConvGenerator, DataShape, MLPCritic, MLPGenerator, RunConfig, WeightClipping, override
from wgan_gp.networks import build_critic, build_generator, build_nets
from wgan_gp.networks.layers import Crop, Squeeze, initialise
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


@pytest.mark.parametrize(
    ("size", "levels", "sides"), [(28, 0, [28, 14, 7]), (28, 1, [28, 14]), (28, 4, [28, 14, 7, 4, 2]), (9, 3, [9, 5, 3, 2])]
)
@pytest.mark.parametrize("hidden", [0, 6])
@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_sides_are_halved_as_often_as_asked_and_a_hidden_layer_stands_at_the_small_end(
    size: int, levels: int, sides: list[int], hidden: int, norm: str
) -> None:
    shape, random = DataShape("test", 3, size), torch.Generator().manual_seed(0)
    critic_norm = "none" if norm == "batch" else norm
    generator = build_generator(ConvGenerator(channels=2, levels=levels, hidden=hidden, norm=norm), 5, shape, random)  # type: ignore[arg-type]
    critic = build_critic(ConvCritic(channels=2, levels=levels, hidden=hidden, norm=critic_norm), shape, random)  # type: ignore[arg-type]
    seen: list[torch.Size] = []
    for net in (generator, critic):
        for part in net.modules():
            if isinstance(part, nn.Linear | nn.Conv2d | Crop):
                part.register_forward_hook(lambda _, __, output: seen.append(output.shape[1:]))
    assert critic(generator(torch.randn(3, 5, generator=random))).shape == (3,)
    deepest = 2 * 2 ** (len(sides) - 2) * sides[-1] ** 2
    upwards = [(3 if side == size else 2 * 2 ** (place - 1), side, side) for place, side in enumerate(sides)][-2::-1]
    downwards = [(2 * 2**place, side, side) for place, side in enumerate(sides[1:])]
    rows = [(hidden,)] if hidden else []
    assert seen == [*rows, (deepest,), *upwards, *downwards, *rows, (1,)]
    kinds = [type(part) for part in (*generator, *critic) if isinstance(part, nn.BatchNorm1d | nn.LayerNorm)]
    assert kinds == {"none": [], "batch": [nn.BatchNorm1d], "layer": [nn.LayerNorm, nn.LayerNorm]}[norm] * bool(hidden)


def test_without_a_word_on_levels_and_hidden_layers_the_nets_are_what_they_were() -> None:
    shape, random = DataShape("test", 1, 28), torch.Generator().manual_seed(3)
    made = build_generator(ConvGenerator(channels=2), 5, shape, random), build_critic(ConvCritic(channels=2), shape, random)
    with torch.device("meta"):
        generator = nn.Sequential(
            nn.Linear(5, 4 * 7 * 7), nn.Unflatten(1, (4, 7, 7)), nn.BatchNorm2d(4), nn.ReLU(),
            nn.ConvTranspose2d(4, 2, 4, stride=2, padding=1), Crop(14), nn.BatchNorm2d(2), nn.ReLU(),
            nn.ConvTranspose2d(2, 1, 4, stride=2, padding=1), Crop(28), nn.Tanh(),
        )  # fmt: skip
        critic = nn.Sequential(
            nn.Conv2d(1, 2, 5, stride=2, padding=2), nn.LeakyReLU(0.2), nn.Conv2d(2, 4, 5, stride=2, padding=2), nn.LeakyReLU(0.2),
            nn.Flatten(), nn.Linear(4 * 7 * 7, 1), Squeeze(),
        )  # fmt: skip
    random.manual_seed(3)
    for net, by_hand in zip(made, (generator, critic), strict=True):
        expected = initialise(by_hand, random).state_dict()
        assert list(net.state_dict()) == list(expected)
        assert all(torch.equal(value, expected[name]) for name, value in net.state_dict().items())


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
