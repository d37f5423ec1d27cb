"""The page Generate, entered by its frame, and what it is made of: samples in pieces, files, names. Shipped generators, real runs."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.runs.support import wait_for_state
from tests.ui.support import chosen, open_page, texts
from wgan_gp.config import override
from wgan_gp.data import load
from wgan_gp.errors import InvalidConfig
from wgan_gp.generators import generate, judged, load_generator
from wgan_gp.presets import preset
from wgan_gp.runs import launcher
from wgan_gp.shelf import cards as shelf
from wgan_gp.shelf.cards import cards
from wgan_gp.shelf.report import Measure, Report
from wgan_gp.ui import choice, samples
from wgan_gp.ui.choice import UPLOADS, Chosen
from wgan_gp.ui.generate import form
from wgan_gp.ui.generate import page as generate_page
from wgan_gp.ui.samples import BY_SEED, LOWEST, MOST_IMAGES, MOST_POINTS, ORDERS, Wanted, make, nearest_images, show
from wgan_gp.ui.words import signed

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    return tmp_path


def pictures(lab: AppTest) -> list[str]:
    """What pictures are called."""
    return [image.alt for found in lab.image for image in found.proto.imgs]


# --- the page -------------------------------------------------------------------------------------------------------------------


def test_the_gallery_shows_every_generator_with_its_own_samples_and_the_credit_of_its_data() -> None:
    lab = open_page("generate.py")
    assert not lab.exception
    assert not lab.error
    assert len(pictures(lab)) == len(cards()) >= 10
    assert all(card.credit in texts(lab) and card.licence in texts(lab) and card.name in texts(lab) for card in cards())
    assert {code.value for code in lab.code} == {card.recipe for card in cards()}


def test_a_pair_is_chosen_with_one_click_and_stands_in_the_address() -> None:
    lab = open_page("generate.py")
    lab.button(key="both-digits").click().run()
    assert not lab.exception
    assert lab.query_params["model"] == ["digits-clip", "digits-gp"]
    assert [alt.split(":")[0] for alt in pictures(lab)] == [
        "48 samples of Handwritten digits (8 x 8), WGAN, clipped",
        "48 samples of Handwritten digits (8 x 8), WGAN-GP",
    ]
    next(button for button in lab.button if button.label == "All").click().run()
    assert "model" not in lab.query_params
    assert len(pictures(lab)) == len(cards())


def test_points_get_more_seeds_than_pictures() -> None:
    lab = open_page("generate.py")
    lab.button(key="choose-swissroll-gp").click().run()
    assert lab.text_input(key="seeds").value == form.POINT_SEEDS
    assert len(lab.get("vega_lite_chart")) == 1
    assert "nearest" not in [toggle.key for toggle in lab.toggle]
    next(button for button in lab.button if button.label == "All").click().run()
    lab.button(key="choose-digits-gp").click().run()
    assert lab.text_input(key="seeds").value == form.IMAGE_SEEDS
    lab.multiselect(key="model").set_value(["8gaussians-gp"]).run()
    assert lab.text_input(key="seeds").value == form.POINT_SEEDS
    lab.multiselect(key="model").set_value(["8gaussians-gp", "digits-gp"]).run()
    assert lab.text_input(key="seeds").value == form.IMAGE_SEEDS
    assert not lab.exception


def test_points_in_the_address_get_enough_seeds_and_what_was_asked_for_stays() -> None:
    lab = open_page("generate.py", model="8gaussians-gp")
    assert "Seeds 0 to 511." in texts(lab)
    lab.text_input(key="seeds").set_value("0:48").run()
    assert "Seeds 0 to 47." in texts(lab)
    assert "Seeds 3 to 9." in texts(open_page("generate.py", model="8gaussians-gp", seeds="3:10"))


def test_what_does_nothing_for_points_is_not_there() -> None:
    lab = open_page("generate.py", model=["8gaussians-gp", "swissroll-gp"])
    assert "enlarge" not in [slider.key for slider in lab.select_slider]
    assert [slider.key for slider in open_page("generate.py", model=["8gaussians-gp", "digits-gp"]).select_slider] == ["enlarge"]


@pytest.mark.parametrize(
    ("now", "then"), [("0:48", "48:96"), ("7", "8"), ("1, 5, 9", "10:13"), (f"{2**63 - 1}", "0"), ("nonsense", "0:48")]
)
def test_other_seeds_are_the_next_as_many(now: str, then: str) -> None:
    lab = open_page("generate.py", model="digits-gp", seeds=now)
    next(button for button in lab.button if button.label == "Other seeds").click().run()
    assert not lab.exception
    assert lab.text_input(key="seeds").value == then


@pytest.mark.parametrize("seeds", ["abc", "", "5:5", "0:10001", "-3", "1e9", "<b>", str(2**63), "9" * 300, "0:5\x00"])
def test_seeds_that_are_none_are_one_sentence(seeds: str) -> None:
    lab = open_page("generate.py", model="digits-gp", seeds=[seeds])
    assert not lab.exception
    assert not pictures(lab)
    assert [error.value.startswith("seeds") for error in lab.error] == [True]


def test_nonsense_in_the_address_changes_nothing_else() -> None:
    lab = open_page(
        "generate.py", model=["../../etc/passwd", "digits-gp"], scale="99", order="best", one="x", nearest="perhaps", enlarge="77"
    )
    assert not lab.exception
    assert "There is no generator '../../etc/passwd' here." in texts(lab)
    assert (lab.slider(key="scale").value, lab.selectbox(key="order").value, lab.selectbox(key="one").value) == (1.0, BY_SEED, None)
    assert len(pictures(lab)) == 1


def test_a_seed_given_twice_is_shown_once_and_that_is_said() -> None:
    lab = open_page("generate.py", model="digits-gp", seeds="4, 4, 2")
    assert "1 seed given twice" in texts(lab)
    assert pictures(lab)[0].startswith("2 samples")


def test_many_samples_are_made_and_the_page_says_which_are_shown() -> None:
    lab = open_page("generate.py", model="digits-gp", seeds="0:1200", order=ORDERS[1])
    assert not lab.exception
    assert f"the first {MOST_IMAGES} of 1,200; downloads hold all" in texts(lab)


def test_one_is_looked_at_with_its_critics_value_and_the_nearest_training_image() -> None:
    lab = open_page("generate.py", model="digits-gp", seeds="0:4", one="2", nearest="true")
    assert not lab.exception
    _, values = judged(load_generator("digits-gp"), range(4))
    assert {metric.label: metric.value for metric in lab.metric}["D(x) minus its mean"] == signed(values[2] - values.mean())
    assert pictures(lab)[1:] == ["Seed 2 of Handwritten digits (8 x 8), WGAN-GP, enlarged", "Training image nearest to seed 2"]


def test_the_critics_values_are_said_about_their_mean_so_that_nobody_takes_zero_for_a_mark() -> None:
    said = texts(open_page("generate.py", model="mnist-gp", order=ORDERS[1]))
    _, values = judged(load_generator("mnist-gp"), range(48))
    high, low = float(values.max() - values.mean()), float(values.min() - values.mean())
    assert low < 0 < high
    assert f"D(x) minus its mean from +{high:.3g} to −{-low:.3g}" in said


def test_what_needs_a_critic_is_disabled_where_there_is_none() -> None:
    generator = replace(load_generator("digits-gp"), critic=None)
    blind = Chosen(key="upload-blind-1", title="blind", method="gp", data="digits", origin="upload", version="1", generator=generator)
    lab = AppTest.from_file(str(ROOT / "pages" / "lab.py"), default_timeout=60)
    lab.switch_page("generate.py")
    lab.session_state[UPLOADS] = {blind.key: blind}
    lab.query_params.update({"model": blind.key, "order": LOWEST, "one": "0"})
    lab.run()
    assert not lab.exception
    assert lab.selectbox(key="order").disabled
    assert "holds no critic" in lab.selectbox(key="order").help
    assert [metric.label for metric in lab.metric] == ["Latent's norm ‖z‖"]
    with pytest.raises(InvalidConfig, match="needs the generator's critic"):
        show(blind, Wanted((0, 1), order=LOWEST))


def test_a_damaged_file_says_why_on_its_card_and_the_rest_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pretrained"
    (folder / "cards").mkdir(parents=True)
    for name in ("digits-gp", "digits-clip", "8gaussians-gp"):
        shutil.copy(shelf.FOLDER / f"{name}.safetensors", folder)
        shutil.copy(shelf.FOLDER / "cards" / f"{name}.json", folder / "cards")
    blob = bytearray((folder / "digits-gp.safetensors").read_bytes())
    blob[-1] ^= 1
    (folder / "digits-gp.safetensors").write_bytes(blob)
    (folder / "cards" / "8gaussians-gp.json").write_text("{")
    monkeypatch.setattr(shelf, "FOLDER", folder)
    for function in (shelf.card, shelf.cards, shelf.generator_bytes):
        monkeypatch.setattr(function, "__defaults__", (folder,))
    choice._load.clear()
    lab = open_page("generate.py")
    assert not lab.exception
    assert [error.value.replace("\\", "").split(":")[0] for error in lab.error] == ["digits-gp", "8gaussians-gp"]
    assert "its file was altered" in lab.error[0].value
    assert pictures(lab) == ["Samples of Handwritten digits (8 x 8), WGAN, clipped, seeds 0 and on"]
    lab.button(key="choose-digits-clip").click().run()
    assert not lab.error
    lab = open_page("generate.py", model=["digits-gp", "digits-clip"])
    assert "its file was altered" in lab.error[0].value
    assert [alt.split(":")[0] for alt in pictures(lab)] == ["48 samples of Handwritten digits (8 x 8), WGAN, clipped"]


def test_a_run_of_ones_own_stands_beside_those_that_ship_and_the_list_of_runs_leads_here() -> None:
    small = ["critic.width=8", "generator.width=8", "batch_size=16", "n_critic=1", "device=cpu", "threads=1", "steps=20"]
    (run,) = launcher.start([override(preset("8gaussians", "clip"), [*small, 'name="<b>=mine</b>"'])])
    wait_for_state(run, "finished")
    lab = open_page("generate.py")
    lab.button(key=f"choose-{run}").click().run()
    assert not lab.exception
    assert not lab.error
    assert lab.query_params["model"] in (run, [run])
    assert len(lab.get("vega_lite_chart")) == 1
    assert "&lt;b&gt;=mine&lt;/b&gt;" in " ".join(element.value for element in lab.html)
    lab = AppTest.from_file(str(ROOT / "pages" / "lab.py"), default_timeout=60)
    lab.switch_page("runs.py").run()
    assert next(button for button in lab.button if button.label == "Generate").disabled
    lab.session_state["runs"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    lab.run()
    next(button for button in lab.button if button.label == "Generate").click().run()
    assert not lab.exception
    assert lab.query_params["model"] in (run, [run])
    assert len(lab.get("vega_lite_chart")) == 1


def test_a_card_says_in_words_how_good_its_samples_are_and_the_model_card_holds_every_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Measure(name="FD-mnist-1a2b3c4d", value=12.345, floor=0.8, better="lower", samples=10_000, help="How far features are apart.")
    second = Measure(name="coverage", value=None, floor=None, better="higher", samples=2000, help="Whether all is reached.")
    card = shelf.card("mnist-gp")
    measured = card.model_copy(update={"report": Report(model="mnist-gp", data="mnist", measures=(first, second), seconds=3.0)})
    monkeypatch.setattr(shelf, "cards", lambda: [measured])
    monkeypatch.setattr(choice, "cards", lambda: [measured])
    lab = open_page("generate.py")
    assert not lab.exception
    (real,) = [caption for caption in lab.caption if caption.value.startswith("Real data: ")]
    assert real.value.replace("\\", "") == "Real data: Fréchet distance 0.8, lower is better."
    assert "FD-mnist-1a2b3c4d" in real.help.replace("\\", "")
    shown = [caption.value.replace("\\", "") for caption in lab.caption]
    assert {"Fréchet distance 12.3", "Trained in 13 min"} <= set(shown)
    assert "| Fréchet distance | 12.35 | 0.8 | lower | 10,000 |" in texts(lab)
    assert "| coverage | not taken |  | higher | 2,000 |" in texts(lab)
    assert "Whether all is reached." in texts(lab)


def test_the_credit_on_a_model_card_begins_as_a_sentence() -> None:
    assert "Data: Coloured shapes (32 x 32). Drawn by the Lab." in texts(open_page("generate.py"))


def test_an_upload_is_chosen_beside_the_first_and_a_refusal_is_one_sentence() -> None:
    lab = open_page("generate.py", model=["digits-clip", "digits-gp"], seeds="0:4")
    blob = shelf.generator_bytes("mnist-gp")
    lab.file_uploader(key="upload").set_value(("My <b>=Model, 1.bin", blob, "")).run()
    assert not lab.exception
    assert not lab.error
    first, second = lab.query_params["model"]
    assert first == "digits-clip"
    assert re.fullmatch("upload-my-b-model-1-bin-[0-9a-f]{8}", second)
    assert pictures(lab)[1].startswith("4 samples of My <b>=Model, 1.bin, WGAN-GP (uploaded)")
    lab.file_uploader(key="upload").set_value(("mnist.safetensors", b"\x80\x04cos\nsystem\n", "")).run()
    assert not lab.exception
    assert [error.value.replace("\\", "") for error in lab.error] == [
        "mnist.safetensors: this is no generator that the Lab can use: it is a pickle, and only safetensors is read."
    ]
    assert len(pictures(lab)) == 2
    assert lab.query_params["model"] == [first, second]


# --- samples --------------------------------------------------------------------------------------------------------------------


def test_samples_made_in_pieces_are_those_made_at_once_and_the_share_done_is_told() -> None:
    digits, shares = chosen("digits-gp"), []
    seeds = range(samples.PIECE + 70)
    made, values = make(digits, seeds, 0.7, shares.append)
    expected, judgement = judged(digits.generator, seeds, 0.7)
    assert np.array_equal(made, expected)
    assert values is not None
    assert np.array_equal(values, judgement)
    assert shares == [samples.PIECE / len(seeds), 1.0]


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_sorts_and_leaves_nothing_out(order: samples.Order) -> None:
    digits = chosen("digits-clip")
    found = show(digits, Wanted(tuple(range(40)), 1.0, order))
    assert sorted(found.seeds) == list(range(40))
    assert np.array_equal(found.samples, generate(digits.generator, found.seeds))
    assert found.values is not None
    steps = np.diff(found.values)
    if order == BY_SEED:
        assert list(found.seeds) == list(range(40))
    else:
        assert (steps >= 0).all() if order == LOWEST else (steps <= 0).all()


def test_only_the_first_are_shown_of_many_points() -> None:
    found = show(chosen("8gaussians-gp"), Wanted(tuple(range(MOST_POINTS + 5))))
    assert (len(found.seeds), found.samples.shape, found.made) == (MOST_POINTS, (MOST_POINTS, 2), MOST_POINTS + 5)


def test_a_training_image_is_its_own_nearest() -> None:
    images = np.ascontiguousarray(load("digits").images[:5].movedim(1, -1).numpy())  # type: ignore[union-attr]
    found, distances = nearest_images("digits", images)
    assert np.array_equal(found, images)
    assert distances.tolist() == [0] * 5
    flipped = images.copy()
    flipped[0, 0, 0, 0] = 255 - flipped[0, 0, 0, 0]
    _, distances = nearest_images("digits", flipped[:1])
    assert distances[0] == pytest.approx(abs(255 - 2 * int(images[0, 0, 0, 0])) / 255)


@given(number=st.integers(1, 256), side=st.sampled_from([8, 28, 32, 64]), room=st.sampled_from(generate_page.ROOM))
def test_pictures_fill_the_width_before_they_go_on_below(number: int, side: int, room: int) -> None:
    columns, factor = generate_page._layout(number, side, side, room)
    width = side * factor + 3
    assert columns * width - 3 <= room
    assert columns == number or (columns + 1) * width - 3 > room
    assert side * factor >= (48 if number <= 100 else 24)


def test_pairs_with_the_nearest_training_images_are_large_enough_to_be_compared() -> None:
    assert generate_page._layout(48, 28, 57, generate_page.ROOM[1]) == (5, 2)  # 56 pixels high, five pairs in a row
