import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wgan_gp.config import (
    DATA_SHAPES,
    Changes,
    ConvCritic,
    GradientPenalty,
    MLPCritic,
    Part,
    RunConfig,
    WeightClipping,
    apply_changes,
    override,
    parse_config,
)
from wgan_gp.errors import InvalidConfig
from wgan_gp.presets import VARIANTS, gradients_presets, preset

METHODS = ("gp", "clip", "none")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("data", list(DATA_SHAPES))
def test_every_preset_is_a_config_that_survives_json(data: str, method: str, variant: str) -> None:
    config = preset(data, method, variant)  # type: ignore[arg-type]
    assert config.data == data
    assert config.constraint.kind == method
    assert parse_config(config.model_dump_json()) == config
    assert parse_config(config.model_dump()) == config


def test_the_critics_of_the_gradients_differ_in_their_constraint_alone() -> None:
    configs = gradients_presets("moons", depth=4, width=16, clip_limits=(0.5, 0.05), weight=3.0, steps=7, seed=9)
    assert [config.constraint for config in configs] == [WeightClipping(limit=0.5), WeightClipping(limit=0.05), GradientPenalty(weight=3)]
    for config in configs:
        assert (config.data, config.steps, config.seed, config.n_critic) == ("moons", 7, 9, 5)
        assert {(net.kind, net.depth, net.width, net.norm) for net in (config.critic, config.generator)} == {("mlp", 4, 16, "none")}  # type: ignore[union-attr]
    with pytest.raises(InvalidConfig, match="limit"):
        gradients_presets(clip_limits=(0.0,))
    with pytest.raises(InvalidConfig, match="depth"):
        gradients_presets(depth=99)


def test_the_paper_presets_have_the_papers_values() -> None:
    penalty, clipped = preset("mnist", "gp", "paper"), preset("mnist", "clip", "paper")
    assert penalty.constraint == GradientPenalty(weight=10, target=1, sides="two", points="line")
    assert penalty.critic_optimizer.model_dump() == {"kind": "adam", "learning_rate": 1e-4, "beta1": 0.0, "beta2": 0.9}
    assert clipped.constraint == WeightClipping(limit=0.01)
    assert clipped.critic_optimizer.model_dump()["learning_rate"] == 5e-5
    assert penalty.n_critic == clipped.n_critic == 5
    assert preset("8gaussians", "gp", "paper").constraint == GradientPenalty(weight=0.1)
    with pytest.raises(InvalidConfig, match="there is: 8gaussians"):
        preset("celeba")


@pytest.mark.parametrize("data", [name for name, shape in DATA_SHAPES.items() if not shape.is_plane])
def test_the_best_preset_of_images_goes_down_to_four_pixels_and_has_wider_hidden_layers(data: str) -> None:
    fast, best = (preset(data, "gp", variant) for variant in ("fast", "best"))
    assert isinstance(best.critic, ConvCritic)
    assert best.shape.sides(best.critic.levels)[-1] == 4
    assert (best.critic.hidden, best.generator.hidden) > (fast.critic.hidden, fast.generator.hidden) > (0, 0)  # type: ignore[union-attr]
    assert (best.n_critic, best.latent_dim, best.critic_optimizer) == (fast.n_critic, fast.latent_dim, fast.critic_optimizer)
    assert best.steps > fast.steps


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("data", list(DATA_SHAPES))
def test_held_in_another_way_a_preset_has_the_same_nets_batches_and_length(data: str, method: str) -> None:
    for variant in VARIANTS:
        config, penalty = preset(data, method, variant), preset(data, "gp", variant)  # type: ignore[arg-type]
        held = ("constraint", "generator_optimizer", "critic_optimizer")
        assert config.model_copy(update={name: getattr(penalty, name) for name in held}) == penalty


@settings(max_examples=200, deadline=None)
@given(
    steps=st.integers(1, 10**7),
    seed=st.integers(0, 2**63 - 1),
    rate=st.floats(1e-12, 1e4),
    weight=st.floats(0, 1e30),
    name=st.text(max_size=80),
)
def test_any_allowed_config_survives_json(steps: int, seed: int, rate: float, weight: float, name: str) -> None:
    config = parse_config(
        {
            "steps": steps,
            "seed": seed,
            "name": name,
            "constraint": {"kind": "gp", "weight": weight},
            "critic_optimizer": {"kind": "adam", "learning_rate": rate},
        }
    )
    assert parse_config(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("batch_size=0", "batch_size: 0 is not allowed; it must be from 1 to 8192"),
        ("batch_size=-1", "batch_size: -1 is not allowed; it must be from 1 to 8192"),
        ("batch_size=1000000000", "batch_size: 1000000000 is not allowed"),
        ("critic.width=10000000", "critic.width: 10000000 is not allowed; it must be from 1 to 4096"),
        ("critic_optimizer.learning_rate=nan", "critic_optimizer.learning_rate: 'nan' is not allowed"),
        ("critic_optimizer.learning_rate=0", "critic_optimizer.learning_rate: 0 is not allowed; it must be above 0 and at most 10000"),
        ("constraint.weight=Infinity", "constraint.weight: inf is not allowed"),
        (f"seed={2**80}", f"seed: {2**80} is not allowed"),
        ("name=" + "x" * 10**6, "name: 'xxxx"),
        ("data=celeba", "data: 'celeba' is not allowed; it must be one of 8gaussians, 25gaussians"),
        ("critic.norm=batch", "batch norm is not allowed in the critic: the penalty is a statement about each sample"),
        ('critic={"kind": "conv"}', "a convolutional net needs images"),
        ('critic={"width": 3}', "critic: a kind is needed, one of mlp, conv"),
        ("first_weights=inside", "first_weights: 'inside' needs a clipping limit c, which constraint 'gp' has not"),
        ("plane_nodes=1", "plane_nodes: 1 is not allowed; it must be from 2 to 256"),
        ("plane_extent=0.05", "plane_extent: 0.05 is not allowed; it must be from 0.1 to 100"),
        ('constraint={"kind": "spectral"}', "constraint: 'spectral' is not a kind; it must be one of gp, clip, none"),
        ("constraint.wieght=3", "constraint.wieght: there is no such setting"),
        ("device=tpu", "device: 'tpu' is not allowed; it must be auto, cpu, mps, cuda or cuda:0 to cuda:99"),
        ("steps=2.5", "steps: 2.5 is not allowed; it must be a whole number"),
        ("steps=many", "steps: 'many' is not allowed; it must be a whole number"),
        ("nothing", "--set 'nothing' is not understood"),
        ("critic.width.deep=3", "there is no such setting"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence(setting: str, said: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        override(RunConfig(), [setting])
    message = str(caught.value)
    assert said in message
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize(
    ("data", "net", "levels", "most"), [("digits", "critic", 3, 2), ("cifar10", "generator", 5, 4), ("mnist", "critic", 5, 4)]
)
def test_levels_leave_at_least_two_pixels(data: str, net: str, levels: int, most: int) -> None:
    images = override(preset("digits"), [f"data={data}"])
    assert getattr(override(images, [f"{net}.levels={most}"]), net).levels == most
    with pytest.raises(InvalidConfig) as caught:
        override(images, [f"{net}.levels={levels}"])
    size = DATA_SHAPES[data].size
    assert str(caught.value) == f"{net}.levels: {levels} is too many for {data}, with {size} pixels; use at most {most}."


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [("critic.levels=6", "from 0 to 5"), ("generator.hidden=-1", "from 0 to 4096"), ("critic.hidden=4097", "from 0 to 4096")],
)
def test_sizes_of_convolutional_nets_have_bounds(setting: str, allowed: str) -> None:
    with pytest.raises(InvalidConfig, match=f"is not allowed; it must be {allowed}"):
        override(preset("mnist"), [setting])


def test_every_field_has_a_help_text() -> None:
    def texts(kind: type) -> None:
        for name, field in kind.model_fields.items():  # type: ignore[attr-defined]
            assert field.description or name == "kind", f"{kind.__name__}.{name}"

    for kind in (RunConfig, Changes, *Part.__subclasses__(), MLPCritic, ConvCritic):
        texts(kind)


def test_live_changes_go_where_they_belong() -> None:
    config = preset("8gaussians", "gp")
    two = override(config, ["generator_optimizer.learning_rate=1e-4", "critic_optimizer.learning_rate=4e-4"])
    slower = apply_changes(two, Changes(learning_rate=2e-4))  # two time scales stay two
    assert (slower.generator_optimizer.learning_rate, slower.critic_optimizer.learning_rate) == (5e-5, 2e-4)
    changed = apply_changes(config, Changes(learning_rate=0.5, n_critic=3, penalty_weight=7))
    assert (changed.generator_optimizer.learning_rate, changed.critic_optimizer.learning_rate, changed.n_critic) == (0.5, 0.5, 3)
    assert changed.constraint == GradientPenalty(weight=7)
    assert apply_changes(config, Changes(steps=7)) == config.model_copy(update={"steps": 7})
    assert apply_changes(config, Changes()) == config
    clipped = apply_changes(preset("8gaussians", "clip"), Changes(clip_limit=0.5))
    assert clipped.constraint == WeightClipping(limit=0.5)
    with pytest.raises(InvalidConfig, match="belongs to WeightClipping"):
        apply_changes(config, Changes(clip_limit=0.5))
