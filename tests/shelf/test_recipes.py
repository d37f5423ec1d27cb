import shlex

import pytest

from wgan_gp.cli import _parser
from wgan_gp.errors import InvalidConfig
from wgan_gp.shelf.recipes import CREDITS, RECIPES, recipe


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_differs_between_the_methods_in_constraint_and_optimisers_alone(name: str) -> None:
    config = recipe(name).config
    other = recipe(f"{recipe(name).data}-{'clip' if recipe(name).method == 'gp' else 'gp'}").config
    same = {"constraint": None, "generator_optimizer": None, "critic_optimizer": None, "name": ""}
    assert config.constraint.kind == recipe(name).method
    assert config.model_copy(update=same) == other.model_copy(update=same)
    assert CREDITS[config.data].maker
    assert CREDITS[config.data].licence


@pytest.mark.parametrize("name", RECIPES)
def test_the_command_on_a_card_is_the_recipe(name: str) -> None:
    words = shlex.split(recipe(name).command)
    assert words[:3] == ["python", "-m", "wgan_gp"]
    options = _parser().parse_args(words[3:])
    assert (options.data, options.constraint) == (recipe(name).data, recipe(name).method)
    assert options.set == [*recipe(name).settings, "threads=1"]


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(InvalidConfig, match="'celeba-gp' is not known; there is: 8gaussians-gp"):
        recipe("celeba-gp")
