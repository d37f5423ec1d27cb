from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wgan_gp.errors import Refused
from wgan_gp.generators import generate, load_checkpoint_generator
from wgan_gp.runs import launcher, record, worker
from wgan_gp.shelf import plane_measures
from wgan_gp.shelf.cards import FOLDER, card, cards, generator_bytes
from wgan_gp.shelf.file import load
from wgan_gp.shelf.publish import find_run, overview, page, publish
from wgan_gp.shelf.recipes import Recipe

TINY = ["steps=4", "generator.channels=2", "critic.channels=2", "batch_size=8", "n_critic=1", "latent_dim=4"]
DIGITS = Recipe("digits-gp", "digits", "gp", TINY)
ROLL = Recipe("swissroll-clip", "swissroll", "clip", ["steps=4", "generator.width=8", "critic.width=8", "batch_size=8", "n_critic=1"])


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plane_measures, "FLOOR_DRAWS", 2)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def trained(recipe: Recipe) -> str:
    run_id = launcher.create(recipe.config.model_copy(update={"name": "another name"}))
    assert worker.run(record.path_of(run_id)) == 0
    return run_id


@pytest.mark.parametrize("recipe", [DIGITS, ROLL], ids=lambda recipe: recipe.name)
def test_a_finished_run_becomes_a_generator_that_ships(recipe: Recipe, tmp_path: Path) -> None:
    run_id, folder = trained(recipe), tmp_path / "pretrained"
    made = publish(recipe, run_id, folder)
    assert cards(folder) == [made]
    assert (made.iterations, made.method, made.data) == (4, recipe.method, recipe.data)
    assert made.report is not None
    assert made.report.measures
    assert generator_bytes(recipe.name, folder) == (folder / f"{recipe.name}.safetensors").read_bytes()
    with record.RunReader(record.path_of(run_id)) as reader:
        expected = generate(load_checkpoint_generator(reader.checkpoint()[1]), range(5))
    assert np.array_equal(generate(load(folder / f"{recipe.name}.safetensors"), range(5)), expected)
    with Image.open(folder / "cards" / f"{recipe.name}.png") as picture:
        assert picture.width > 1.8 * picture.height
    page = (folder / "cards" / f"{recipe.name}.md").read_text(encoding="utf-8")
    assert made.sha256 in page
    assert made.credit in page
    assert all(measure.name in page for measure in made.report.measures)
    assert recipe.name in (folder / "README.md").read_text(encoding="utf-8")


def test_a_run_is_found_by_what_it_is_not_by_its_name() -> None:
    assert find_run(DIGITS) is None
    waiting = launcher.create(DIGITS.config)
    found = find_run(DIGITS)
    assert found is not None
    assert (found.id, found.finished) == (waiting, False)
    done = trained(DIGITS)
    found = find_run(DIGITS)
    assert found is not None
    assert (found.id, found.finished) == (done, True)
    assert find_run(DIGITS._replace(settings=[*TINY, "seed=1"])) is None


def test_only_a_finished_run_is_published(tmp_path: Path) -> None:
    stopped = trained(DIGITS._replace(settings=[*TINY, "steps=2"]))
    with record.RunWriter(record.path_of(stopped)) as writer:
        writer.set_state("stopped")
    with pytest.raises(Refused, match="only a finished run is published"):
        publish(DIGITS, stopped, tmp_path)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_every_card_that_ships_has_a_recipe() -> None:
    for shipped in cards():
        assert card(shipped.name).recipe.startswith("python -m wgan_gp train --data ")


def test_what_people_read_of_the_cards_is_what_they_say() -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == overview(cards())
    for shipped in cards():
        assert (FOLDER / "cards" / f"{shipped.name}.md").read_text(encoding="utf-8") == page(shipped)
