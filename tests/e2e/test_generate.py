"""The page Generate in a real browser: choose, generate, share, download every kind of file and open it, upload."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.support import Lab, Visitors, button, press, settled, wait_until
from wgan_gp.generators import generate, load_generator
from wgan_gp.shelf.cards import cards, generator_bytes

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def samples(page: Page) -> Locator:
    return page.get_by_role("img", name=re.compile(r"^\d+ samples of "))


def bytes_of(page: Page) -> list[bytes]:
    """The files of the pictures of samples, as the browser gets them."""
    return [page.request.get(str(page.evaluate("image => image.src", image.element_handle()))).body() for image in samples(page).all()]


def fetched(page: Page, label: str, folder: Path) -> Path:
    """Take one file out of the open menu."""
    with page.expect_download() as download:
        button(page, label).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_link_brings_the_samples_and_other_seeds_follow(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "generate?model=mnist-gp&seeds=3:7")
    expect(samples(page)).to_have_count(1)
    expect(samples(page)).to_have_attribute("alt", re.compile("^4 samples of MNIST.*Seeds 3 to 6"))
    before = bytes_of(page)
    press(page, "Other seeds")
    expect(samples(page)).to_have_attribute("alt", re.compile("Seeds 7 to 10"))
    assert "seeds=7%3A11" in page.evaluate("location.href")
    assert bytes_of(page) != before


def test_two_are_chosen_in_the_gallery_and_a_shared_link_shows_the_same_pictures(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "generate")
    expect(page.get_by_role("img", name=re.compile("seeds 0 and on$"))).to_have_count(len(cards()))
    page.locator(".st-key-both-digits").get_by_role("button").click()
    expect(samples(page)).to_have_count(2)
    page.get_by_label("Seeds", exact=True).fill("5, 100:119")
    page.get_by_label("Seeds", exact=True).press("Enter")
    expect(samples(page).first).to_have_attribute("alt", re.compile("^20 samples"))
    page.get_by_text("Nearest training image").click()
    expect(page.get_by_text(re.compile("Left the sample, right its nearest"))).to_have_count(2)
    settled(page)
    address, pictures = str(page.evaluate("location.href")), bytes_of(page)
    assert "model=digits-clip&model=digits-gp" in address
    assert len(set(pictures)) == 2
    other = visit(lab, address)
    expect(samples(other)).to_have_count(2)
    assert bytes_of(other) == pictures
    assert other.evaluate("location.href") == address


def test_each_kind_of_file_comes_and_opens(lab: Lab, visit: Visitors, tmp_path: Path) -> None:
    page = visit(lab, "generate?model=mnist-gp&seeds=0:300&one=7&enlarge=2")
    expected = generate(load_generator("mnist-gp"), range(300))
    press(page, "Download")
    with Image.open(fetched(page, "Seed 7 (PNG)", tmp_path)) as picture:
        assert Path(picture.filename).name == "mnist-gp-seed-7.png"  # type: ignore[attr-defined]
        assert np.array_equal(np.asarray(picture)[::2, ::2], expected[7, :, :, 0])
    with Image.open(fetched(page, "Grid of the 256 shown (PNG)", tmp_path)) as picture:
        assert picture.size == (2 * (16 * 29 - 1), 2 * (16 * 29 - 1))
    path = fetched(page, "300 pictures (ZIP)", tmp_path)
    assert path.name == "mnist-gp-seeds-0-299.zip"
    with zipfile.ZipFile(path) as packed:
        assert len(packed.namelist()) == 301
        rows = list(csv.DictReader(io.StringIO(packed.read("seeds.csv").decode())))
        assert [int(row["seed"]) for row in rows] == list(range(300))
        with Image.open(packed.open("mnist-gp-seed-299.png")) as picture:
            assert np.array_equal(np.asarray(picture)[::2, ::2], expected[299, :, :, 0])
    with np.load(fetched(page, "Numbers (NPZ)", tmp_path)) as arrays:
        assert np.array_equal(arrays["samples"], expected)
        assert arrays["seeds"].tolist() == list(range(300))
    path = fetched(page, "Generator (safetensors)", tmp_path)
    assert np.array_equal(generate(load_generator(path), [7]), expected[7:8])


def test_points_come_as_a_table(lab: Lab, visit: Visitors, tmp_path: Path) -> None:
    page = visit(lab, "generate?model=swissroll-gp&seeds=0:50")
    page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first.wait_for()
    chart = page.locator("[data-testid=stVegaLiteChart]").bounding_box()
    assert chart is not None
    assert chart["width"] == pytest.approx(chart["height"], abs=2)
    assert page.get_by_text("Enlargement of pictures in files").count() == 0
    press(page, "Download")
    rows = list(csv.DictReader(io.StringIO(fetched(page, "50 points (CSV)", tmp_path).read_text())))
    points = generate(load_generator("swissroll-gp"), range(50))
    assert np.array([[float(row["x"]), float(row["y"])] for row in rows]) == pytest.approx(points)


def test_a_good_file_is_taken_and_a_bad_one_refused(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "generate?model=digits-clip&seeds=0:4")
    expect(samples(page)).to_have_count(1)
    press(page, "Upload")
    field = page.locator("input[type=file]")
    field.set_input_files({"name": "mine.bin", "mimeType": "application/octet-stream", "buffer": generator_bytes("digits-gp")})
    expect(samples(page)).to_have_count(2)
    wait_until(lambda: "model=upload-mine-bin-" in page.evaluate("location.href"), "the upload in the address")
    field.set_input_files({"name": "a.safetensors", "mimeType": "application/octet-stream", "buffer": b"PK\x03\x04" + bytes(100)})
    expect(page.get_by_text(re.compile("a.safetensors: this is no generator that the Lab can use: it is a ZIP archive"))).to_be_visible()
    expect(samples(page)).to_have_count(2)
    address = page.evaluate("location.href")
    other = visit(lab, address)
    expect(other.get_by_text("An uploaded file is known only to the browser it was uploaded in.")).to_be_visible()
    expect(samples(other)).to_have_count(1)


def test_nonsense_in_the_address_is_a_sentence(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "generate?model=%3Cb%3E&model=digits-gp&seeds=0:99999&scale=-4&order=%00&one=q&enlarge=1e9")
    expect(page.get_by_text("There is no generator '<b>' here.")).to_be_visible()
    expect(page.get_by_text("from 1 to 10,000 are allowed")).to_be_visible()
    page.get_by_label("Seeds", exact=True).fill("0:9")
    page.get_by_label("Seeds", exact=True).press("Enter")
    expect(samples(page)).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 1000, 700, 390])
def test_the_cards_of_a_row_are_of_one_height_and_fill_it(lab: Lab, visit: Visitors, width: int) -> None:
    page = visit(lab, "generate", viewport={"width": width, "height": 800})
    expect(page.get_by_role("img", name=re.compile("seeds 0 and on$"))).to_have_count(len(cards()))
    settled(page)
    boxes = page.evaluate(
        "[...document.querySelectorAll('.st-key-gallery > *')].map(card => card.firstElementChild.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) == len({card.data for card in cards()})
    rows: dict[int, list[dict[str, float]]] = {}
    for box in boxes:
        rows.setdefault(round(box["top"]), []).append(box)
    for row in rows.values():
        assert max(box["height"] for box in row) - min(box["height"] for box in row) <= 1
    whole = page.locator(".st-key-gallery").bounding_box()
    assert whole is not None
    assert max(box["right"] for box in boxes) == pytest.approx(whole["x"] + whole["width"], abs=1)  # no empty strip beside them


def test_both_of_a_data_set_stand_beside_each_other_on_a_phone(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "generate", viewport=PHONE)
    expect(page.get_by_role("img", name=re.compile("seeds 0 and on$"))).to_have_count(len(cards()))
    settled(page)
    clip, penalty = page.evaluate(
        "['clipped', 'WGAN-GP'].map(method => document.querySelector(`img[alt^='Samples of MNIST'][alt*='${method}']`))"
        ".map(image => image.getBoundingClientRect().toJSON())"
    )
    assert clip["top"] == pytest.approx(penalty["top"], abs=1)
    assert clip["right"] < penalty["left"]


@pytest.mark.parametrize("path", ["generate", "generate?model=mnist-gp&model=swissroll-gp&seeds=0:100&one=5"])
def test_nothing_is_wider_than_a_phone(lab: Lab, visit: Visitors, path: str) -> None:
    page = visit(lab, path, viewport=PHONE)
    page.get_by_test_id("stMain").get_by_role("img").first.wait_for()
    widths = page.evaluate("[document.scrollingElement, document.querySelector('[data-testid=stMain]')].map(box => box.scrollWidth)")
    assert max(widths) <= PHONE["width"]
