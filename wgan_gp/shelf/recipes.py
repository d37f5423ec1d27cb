"""The recipes of the generators that ship: each data set once with the penalty and once clipped, with the same nets and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from wgan_gp.config import RunConfig, override
from wgan_gp.errors import InvalidConfig
from wgan_gp.presets import preset

DATA = ("8gaussians", "swissroll", "digits", "shapes", "mnist", "fashion-mnist", "quickdraw-cat", "nouns")


class Credit(NamedTuple):
    """Who made a data set, and under which licence it may be used."""

    maker: str
    licence: str


CREDITS: Mapping[str, Credit] = {
    "8gaussians": Credit("drawn by the Lab, as in Gulrajani et al. 2017", "no licence needed"),
    "swissroll": Credit("drawn by the Lab, as in Gulrajani et al. 2017", "no licence needed"),
    "shapes": Credit("drawn by the Lab", "no licence needed"),
    "digits": Credit("E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI, by way of scikit-learn", "CC BY 4.0"),
    "mnist": Credit("Y. LeCun, C. Cortes, C. J. C. Burges: the MNIST database", "CC BY-SA 3.0"),
    "fashion-mnist": Credit("Fashion-MNIST, © 2017 Zalando SE", "MIT"),
    "quickdraw-cat": Credit("the Quick, Draw! data set, Google Creative Lab; 7,970 of its cats", "CC BY 4.0"),
    "nouns": Credit("the Nouns project, nouns.wtf; put together from its parts", "CC0"),
}


class Recipe(NamedTuple):
    """One generator that ships: its data set, how its critic is held, and what differs from the preset `best`."""

    name: str
    data: str
    method: Literal["gp", "clip"]
    settings: Sequence[str] = ()

    @property
    def config(self) -> RunConfig:
        """The whole set-up; one thread, so that the same machine gives the same weights."""
        return override(preset(self.data, self.method, "best"), [*self.settings, "threads=1", f'name="{self.name}"'])

    @property
    def command(self) -> str:
        """What trains it, without publishing it."""
        settings = " ".join([*self.settings, "threads=1"])
        return f"python -m wgan_gp train --data {self.data} --constraint {self.method} --preset best --set {settings}"


RECIPES: Mapping[str, Recipe] = {f"{data}-{method}": Recipe(f"{data}-{method}", data, method) for data in DATA for method in ("gp", "clip")}


def recipe(name: str) -> Recipe:
    """The recipe of this name. Raises InvalidConfig with the names there are."""
    if name not in RECIPES:
        raise InvalidConfig(f"recipe: {name[:80]!r} is not known; there is: {', '.join(RECIPES)}.")
    return RECIPES[name]
