"""The page Latent in a real browser: paths, planes, walks and coordinates; files that open, and links that bring the same pictures."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.support import Lab, Visitors, button, press, settled, wait_until
from wgan_gp.generators import generate, interpolate, load_generator

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
VIEWS = {
    "Path": "From seed 2 to seed 5",
    "Plane": "The plane through four seeds",
    "Walk": "A walk through 6 seeds and back to the first",
    "Coordinates": "Seed 1, one coordinate at a time",
}


def pictures(page: Page) -> Locator:
    return page.get_by_test_id("stImage").get_by_role("img")


def bytes_of(page: Page, count: int) -> list[bytes]:
    """The files of so many pictures, as the browser gets them."""
    expect(pictures(page)).to_have_count(count)
    return [page.request.get(str(page.evaluate("image => image.src", image.element_handle()))).body() for image in pictures(page).all()]


def fetched(page: Page, label: str, folder: Path) -> Path:
    """Press one of the buttons for files, the first generator's."""
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name=label).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def shows(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    settled(page)


def test_a_link_brings_a_path_and_its_files_hold_it(lab: Lab, visit: Visitors, tmp_path: Path) -> None:
    page = visit(lab, "latent?model=mnist-gp&model=mnist-clip&a=3&b=8&frames=9&zoom=2")
    shows(page, "From seed 3 to seed 8")
    wanted = interpolate(load_generator("mnist-gp"), 3, 8, 9)[..., 0]
    expect(page.get_by_role("img", name=re.compile("samples from seed 3 to seed 8"))).to_have_count(4)  # two ways of two generators
    expect(page.get_by_role("heading", name="The norm of z on the way (64 numbers)")).to_be_visible()
    strips = page.get_by_role("img", name=re.compile("samples from seed 3 to seed 8"))
    wait_until(lambda: min(strip.bounding_box()["height"] for strip in strips.all()) > 60, "the pictures")  # type: ignore[index]
    with Image.open(fetched(page, "PNG", tmp_path)) as strip:
        assert strip.size == (2 * (9 * 29 - 1), 2 * 28)
        assert np.array_equal(np.asarray(strip)[::2, :56:2], wanted[0])
    film_path = fetched(page, "GIF", tmp_path)
    assert film_path.name == "mnist-gp-slerp-3-8.gif"
    with Image.open(film_path) as film:
        assert (film.n_frames, film.size, film.info["loop"]) == (9, (56, 56), 0)  # type: ignore[attr-defined]
        film.seek(4)
        assert np.array_equal(np.asarray(film.convert("L"))[::2, ::2], wanted[4])
    with np.load(fetched(page, "NPZ", tmp_path), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["samples"][..., 0], wanted)
        assert arrays["latents"].shape == (9, 64)
        assert np.allclose(arrays["norms"], np.linalg.norm(arrays["latents"], axis=1))
        assert arrays["seeds"].tolist() == [3, 8]


def test_ends_are_picked_by_their_pictures_and_a_shared_link_shows_the_same(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "latent?model=digits-gp")
    shows(page, "From seed 2 to seed 5")
    press(page, "Pick A and B")
    for seed in ("4", "7"):
        page.get_by_role("button", name=seed, exact=True).click()
        expect(page.get_by_role("button", name=f"{'A' if seed == '4' else 'B'} {seed}", exact=True)).to_be_visible()
        settled(page)
    page.keyboard.press("Escape")
    shows(page, "From seed 4 to seed 7")
    page.get_by_role("radiogroup", name="Animation and files").get_by_role("radio", name="lerp", exact=True).click()
    settled(page)
    wait_until(lambda: "way=lerp" in str(page.evaluate("location.href")), "the way in the address")
    address = str(page.evaluate("location.href"))
    assert "a=4" in address
    assert "b=7" in address
    other = visit(lab, address, viewport=PHONE)
    shows(other, "From seed 4 to seed 7")
    assert bytes_of(other, 3) == bytes_of(page, 3)


def test_every_view_opens_and_fits_a_phone(lab: Lab, visit: Visitors, tmp_path: Path) -> None:
    page = visit(lab, "latent?model=digits-gp&model=8gaussians-clip", viewport=PHONE, color_scheme="dark")
    for view, title in VIEWS.items():
        page.get_by_role("radiogroup", name="View").get_by_role("radio", name=view).click()
        shows(page, title)
        expect(page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first).to_be_visible()
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= PHONE["width"], view
    page.get_by_role("radiogroup", name="View").get_by_role("radio", name="Plane").click()
    shows(page, VIEWS["Plane"])
    with Image.open(fetched(page, "PNG", tmp_path)) as square:
        assert square.size == (4 * (9 * 9 - 1), 4 * (9 * 9 - 1))
        corners = generate(load_generator("digits-gp"), [1, 14])[..., 0]
        assert np.abs(np.asarray(square)[:32:4, :32:4].astype(int) - corners[0]).max() <= 1  # the norm is computed anew
        assert np.abs(np.asarray(square)[-32::4, -32::4].astype(int) - corners[1]).max() <= 1
    with fetched(page, "CSV", tmp_path).open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 81


def test_a_coordinate_is_moved_by_keyboard_and_shared(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "latent?model=digits-gp&view=Coordinates&coordinate=z5&origin=2")
    shows(page, "Seed 2, one coordinate at a time")
    before = bytes_of(page, 2)
    page.get_by_role("slider", name="z5").press("End")
    wait_until(lambda: "z5-2-32=3" in str(page.evaluate("location.href")), "the slider's value in the address")
    settled(page)
    wait_until(lambda: bytes_of(page, 2) != before, "another picture")
    other = visit(lab, str(page.evaluate("location.href")))
    shows(other, "Seed 2, one coordinate at a time")
    assert bytes_of(other, 2) == bytes_of(page, 2)


def test_a_walk_is_a_film_and_bad_seeds_are_a_sentence(lab: Lab, visit: Visitors, tmp_path: Path) -> None:
    page = visit(lab, "latent?model=digits-gp&view=Walk&stops=5%2C+6&leg=3")
    shows(page, "A walk through 2 seeds and back to the first")
    with Image.open(fetched(page, "GIF", tmp_path)) as film:
        assert film.n_frames == 6  # type: ignore[attr-defined]
    with Image.open(fetched(page, "PNG", tmp_path)) as rows:
        assert rows.size == (4 * (3 * 9 - 1), 4 * (2 * 9 - 1))
    field = page.get_by_role("textbox", name="Seeds on the way, two to twelve")
    field.fill("5, or 6")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is not understood")


def test_nonsense_in_the_address_is_survived(lab: Lab, visit: Visitors) -> None:
    page = visit(lab, "latent?model=..%2Fetc&model=digits-gp&view=%3Cb%3E&a=inf&b=-3&frames=1e99&way=%00&zoom=nan")
    shows(page, "From seed 2 to seed 5")
    expect(page.get_by_role("alert")).to_contain_text("There is no generator")
    expect(button(page, "Pick A and B")).to_be_enabled()
