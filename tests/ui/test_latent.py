"""The page Latent inside its frame, and the functions behind it: what they give, what they refuse, and what the files hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.ui.support import chosen, open_page, texts
from wgan_gp.config import parse_config
from wgan_gp.errors import InvalidConfig
from wgan_gp.generators import generate, interpolate, load_generator
from wgan_gp.runs import record
from wgan_gp.theory.latent import norm_band, share_below
from wgan_gp.training.loop import train
from wgan_gp.ui.choice import Chosen
from wgan_gp.ui.latent import parts, views
from wgan_gp.ui.latent import ways as latent
from wgan_gp.ui.latent.charts import norm_chart, norm_words

ROOT = Path(__file__).parents[2]
DIGITS, POINTS = "digits-gp", "8gaussians-gp"
VIEWS = ("Path", "Plane", "Walk", "Coordinates")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def digits(home: Path) -> Chosen:
    return chosen(DIGITS)


@pytest.fixture
def points(home: Path) -> Chosen:
    return chosen(POINTS)


# --- the page ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [[DIGITS, "digits-clip"], [POINTS, "swissroll-clip"], [DIGITS, POINTS], [POINTS]])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_for_pictures_and_points(view: str, chosen: list[str]) -> None:
    lab = open_page("latent.py", view=view, model=chosen)
    assert not lab.exception
    assert not lab.error
    assert not lab.warning
    assert lab.multiselect(key="model").value == chosen
    files = [button.label for button in lab.get("download_button")]
    assert len(files) == sum((3 if view in ("Path", "Walk") else 2) if name.startswith("digits") else 2 for name in chosen)


@pytest.fixture(scope="module")
def one_number(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run of points and one of pictures, whose latents are single numbers."""
    home = tmp_path_factory.mktemp("one-number")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGAN_GP_HOME", str(home))
        for data, net in (("8gaussians", {"kind": "mlp", "width": 8, "depth": 1}), ("digits", {"kind": "conv", "channels": 4})):
            small = {"generator": net, "critic": net, "data": data, "latent_dim": 1, "steps": 2, "threads": 1, "device": "cpu"}
            with record.RunWriter.create(parse_config(small)) as writer:
                writer.begin_attempt(1)
                for event in train(writer.config()):
                    writer.write(event)
    return home


@pytest.mark.parametrize("data", ["8gaussians", "digits"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_for_latents_of_one_number(one_number: Path, monkeypatch: pytest.MonkeyPatch, view: str, data: str) -> None:
    monkeypatch.setenv("WGAN_GP_HOME", str(one_number))
    (run,) = [run.id for run in record.list_runs() if run.id.startswith(data)]
    lab = open_page("latent.py", view=view, model=run)
    assert lab.multiselect(key="model").value == [run]
    assert not lab.exception
    assert not lab.error
    assert not lab.warning
    said = texts(lab)
    assert "z₂" not in said
    if (view, data) == ("Plane", "8gaussians"):
        assert "What the generator does to the line of latents" in said

        assert share_below(2.45, 1) == pytest.approx(0.986, abs=5e-4)


def test_the_address_decides_what_is_shown() -> None:
    lab = open_page("latent.py", model=DIGITS, a="5", b="9", frames="7", way="lerp", zoom="2")
    assert [lab.number_input(key=key).value for key in "ab"] == [5, 9]
    assert (lab.slider(key="frames").value, lab.slider(key="zoom").value) == (7, 2)
    assert "From seed 5 to seed 9" in texts(lab)
    journey = latent.path(chosen(DIGITS), (5, 9), 7, "slerp")
    assert f"{journey.steps.sum():.1f} grey levels long" in texts(lab)


def test_a_press_on_a_sample_sets_one_end_and_then_the_other() -> None:
    lab = open_page("latent.py", model=DIGITS)
    for seed in (4, 7, 3):
        lab.button(key=f"latent-pick-{seed}").click().run()
        assert not lab.exception
    assert [lab.number_input(key=key).value for key in "ab"] == [3, 7]
    assert "From seed 3 to seed 7" in texts(lab)
    assert lab.query_params["a"] in ("3", ["3"])


def test_a_slider_moves_one_coordinate_and_another_seed_brings_its_own_values() -> None:
    lab = open_page("latent.py", model=DIGITS, view="Coordinates", coordinate=["z3", "z1"])
    third, first = (slider for slider in lab.slider if slider.label.startswith("z"))
    assert (third.label, first.label) == ("z3", "z1")
    at_first = third.value
    third.set_value(2.0).run()
    assert next(slider for slider in lab.slider if slider.label == "z3").value == 2.0
    lab.number_input(key="origin").set_value(3).run()
    assert not lab.exception
    assert next(slider for slider in lab.slider if slider.label == "z3").value not in (2.0, at_first)


def test_what_a_visitor_set_is_there_again_after_another_view() -> None:
    lab = open_page("latent.py", model=DIGITS, a="8")
    lab.segmented_control(key="view").set_value("Plane").run()
    lab.segmented_control(key="view").set_value("Path").run()
    assert lab.number_input(key="a").value == 8


@pytest.mark.parametrize(
    ("view", "field", "text", "reason"),
    [
        ("Walk", "stops", "1, x", "'1, x' is not understood"),
        ("Walk", "stops", "1", "it must be from 2 to 12"),
        ("Walk", "stops", "0:13", "it must be from 2 to 12"),
        ("Walk", "stops", "", "is not understood"),
        ("Plane", "corners", "1, 2", "three or four"),
        ("Plane", "corners", "0:9", "three or four"),
        ("Plane", "corners", "<b>$x$</b>", "<b>$x$</b>"),
    ],
)
def test_seeds_that_are_none_are_one_sentence(view: str, field: str, text: str, reason: str) -> None:
    lab = open_page("latent.py", model=DIGITS, view=view)
    lab.text_input(key=field).set_value(text).run()
    assert not lab.exception
    (error,) = lab.error
    assert reason in error.value.replace("\\", "")


@pytest.mark.parametrize("view", VIEWS)
def test_nonsense_in_the_address_is_left_out(view: str) -> None:
    lab = open_page("latent.py",
        model=["../../etc/passwd", DIGITS], view=view, a="-1", b="NaN", frames="2", way="x", zoom="99", side="1e9", leg="0",
        radius="maybe", coordinate=["z0", "z99"], origin="1e400", leap="-inf",
        **{"z1-1-32": "inf", "z2-1-32": "nan"},
    )  # fmt: skip
    assert not lab.exception
    assert not lab.error
    assert "There is no generator" in texts(lab)
    assert lab.multiselect(key="model").value == [DIGITS]


@pytest.mark.parametrize("number", ["inf", "-inf", "nan", "1e999", "-1e30", "12345678901234567890"])
@pytest.mark.parametrize(
    ("view", "names"), [("Path", ("a", "b", "frames", "zoom")), ("Walk", ("leg",)), ("Coordinates", ("origin", "z1-1-32"))]
)
def test_numbers_that_are_none_are_left_out_of_the_address(view: str, names: tuple[str, ...], number: str) -> None:
    lab = open_page("latent.py", model=DIGITS, view=view, coordinate="z1", **dict.fromkeys(names, number))
    assert not lab.exception
    assert not lab.error
    assert lab.multiselect(key="model").value == [DIGITS]


def test_no_generator_is_a_hint() -> None:
    lab = open_page("latent.py", model=DIGITS)
    lab.multiselect(key="model").set_value([]).run()
    assert not lab.exception
    assert "Choose a generator" in texts(lab)


def test_what_does_nothing_for_points_is_not_there() -> None:
    for view in VIEWS:
        lab = open_page("latent.py", model=[POINTS, "swissroll-clip"], view=view)
        assert "zoom" not in [slider.key for slider in lab.slider]
        assert not [field.key for field in lab.text_input if field.key == "corners"]
        assert not [button.key for button in lab.button if str(button.key).startswith("latent-pick")]
        assert "Animation and files" not in [control.label for control in lab.segmented_control]
    lab = open_page("latent.py", model=[POINTS, DIGITS])
    assert "zoom" in [slider.key for slider in lab.slider]
    assert "Animation and files" in [control.label for control in lab.segmented_control]


@pytest.mark.parametrize("view", ["Path", "Walk", "Plane"])
def test_modes_are_spoken_of_once_and_only_where_data_have_some(view: str) -> None:
    gaussians, roll = (texts(open_page("latent.py", model=name, view=view)) for name in (POINTS, "swissroll-gp"))
    asked = {"Path": "empty space between modes", "Walk": "from mode to mode", "Plane": "the same sample: a mode"}[view]
    assert gaussians.count(asked) == 1
    assert "mode" not in roll.replace("model", "")


def test_two_generators_of_the_same_data_stand_side_by_side_with_clipping_first_unless_somebody_chose_otherwise() -> None:
    assert open_page("latent.py").multiselect(key="model").value == ["mnist-clip", "mnist-gp"]


def test_the_pair_shown_first_differs_as_the_page_says() -> None:
    for name in ("mnist-clip", "mnist-gp"):
        slerp, lerp = (latent.path(chosen(name), views.PAIR, views.FRAMES, way) for way in ("slerp", "lerp"))
        assert slerp.steps.max() < lerp.steps.max()
        assert parts.comparison(slerp, lerp) == "lerp is the shorter way; slerp changes less at once."
    assert texts(open_page("latent.py")).count("lerp is the shorter way; slerp changes less at once.") == 2


# --- behind it --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["slerp", "lerp"])
def test_a_path_is_what_the_library_gives(digits: Chosen, way: str) -> None:
    journey = latent.path(digits, (3, 4), 9, way)
    assert np.array_equal(journey.samples, interpolate(load_generator(DIGITS), 3, 4, 9, way))  # type: ignore[arg-type]
    assert journey.norms.shape == (9,)
    assert journey.steps.shape == (8,)


def test_walk_plane_and_coordinates_hold_the_samples_of_their_seeds(digits: Chosen) -> None:
    generator = load_generator(DIGITS)
    assert np.array_equal(latent.walk(digits, [1, 5, 9], 4, "slerp").samples[::4], generate(generator, [1, 5, 9]))
    square = latent.plane(digits, [1, 2, 3, 4], 5, keep_norm=False).samples
    assert np.array_equal(square[[0, 4, 20, 24]], generate(generator, [1, 2, 3, 4]))
    assert np.array_equal(latent.moved(digits, 6, {}).samples, generate(generator, [6]))
    value = float(latent.moved(digits, 6, {}).latents[0, 2])
    assert np.array_equal(latent.moved(digits, 6, {3: value}).samples, generate(generator, [6]))
    sweep = latent.sweep(digits, 6, {3: value, 8: 1.0}, 3)
    assert np.array_equal(sweep.latents[:, 2], np.linspace(-3, 3, 13, dtype=np.float32))
    assert (sweep.latents[:, 7] == 1).all()
    assert np.array_equal(sweep.latents[6][3:7], latent.moved(digits, 6, {}).latents[0][3:7])


def test_the_effect_of_a_coordinate_is_the_change_between_its_ends(digits: Chosen, points: Chosen) -> None:
    for one in (digits, points):
        ends = latent.sweep(one, 2, {}, 2).samples[[0, -1]].astype(float)
        change = (ends[1] - ends[0]).ravel()
        wanted = np.sqrt((change**2).sum() if one.is_plane else (change**2).mean())
        assert latent.effects(one, 2)[1] == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda one: latent.path(one, (1, 2), 2, "slerp"), "frames: 2 is not allowed; it must be from 3 to 60"),
        (lambda one: latent.path(one, (1, 2), 61, "slerp"), "from 3 to 60"),
        (lambda one: latent.path(one, (1, 2), 5, "jump"), "way: 'jump' is not known; there is slerp and lerp"),
        (lambda one: latent.path(one, (-1, 2), 5, "lerp"), "-1 is not allowed"),
        (lambda one: latent.walk(one, [1], 5, "lerp"), "from 2 to 12"),
        (lambda one: latent.walk(one, [1, 2], 21, "lerp"), "from 2 to 20"),
        (lambda one: latent.walk(one, [1, 2], 5, ""), "is not known"),
        (lambda one: latent.plane(one, [1, 2], 9, True), "from 3 to 4"),
        (lambda one: latent.plane(one, [1, 2, 3], 16, True), "side: 16 is not allowed; it must be from 5 to 15"),
        (lambda one: latent.moved(one, 1, {33: 0.0}), "z33 is not there; this generator has z1 to z32"),
        (lambda one: latent.moved(one, 1, {0: 0.0}), "z0 is not there"),
        (lambda one: latent.moved(one, 1, {1: 3.5}), "z1: 3.5 is not allowed; it must be from -3 to 3"),
        (lambda one: latent.moved(one, 1, {1: float("nan")}), "z1: nan is not allowed"),
        (lambda one: latent.moved(one, 1, dict.fromkeys(range(1, 6), 0.0)), "at most 4"),
    ],
)
def test_what_is_out_of_range_is_refused_past_the_widgets(digits: Chosen, ask: Callable[[Chosen], object], reason: str) -> None:
    with pytest.raises(InvalidConfig, match=reason):
        ask(digits)


def test_a_row_shows_at_most_seven_frames_with_both_ends_and_the_middle_of_the_usual_number() -> None:
    assert parts.shown_frames(5) == [0, 1, 2, 3, 4]
    assert parts.shown_frames(views.FRAMES) == [0, 2, 4, 6, 8, 10, 12]
    shown = parts.shown_frames(60)
    assert (len(shown), shown[0], shown[-1]) == (7, 0, 59)
    assert set(np.diff(shown)) <= {9, 10}


def journey(*places: float) -> latent.Journey:
    points = np.array([[place, 0] for place in places], dtype=np.float32)
    return latent.Journey((), points, points)


def test_two_ways_are_compared_by_their_numbers() -> None:
    even, leaps, detour = journey(0, 1, 2, 3), journey(0, 0, 0, 3), journey(0, 2, 0, 3)
    assert parts.comparison(even, detour) == "slerp is the shorter way and changes less at once."
    assert parts.comparison(detour, even) == "lerp is the shorter way and changes less at once."
    assert parts.comparison(journey(0, 2, 1, 3), journey(0, 0, 0, 3)) == "lerp is the shorter way; slerp changes less at once."
    assert parts.comparison(leaps, leaps) == "Both ways are the same."


def test_rare_latents_are_spoken_of_only_where_a_latent_has_many_numbers() -> None:
    flat = np.full(5, 8.0)
    dip = np.array([8, 6, 5.6, 6, 8.0])
    said = norm_words(flat, dip, 64)
    assert "0.70 of the circle's norm" in said
    assert said.endswith("0.02 % of all latents are as short as its shortest (5.6): the generator has hardly met any.")
    assert share_below(5.6, 64) == pytest.approx(0.0002, rel=0.1)
    assert "hardly" not in norm_words(flat, np.full(5, 7.5), 64)
    for size in range(1, 10):
        assert norm_words(np.full(5, 1.0), np.array([1, 0.5, 0.014, 0.5, 1]), size).endswith(
            "With so few numbers latents near 0 are nothing new to the generator: the prior is densest there."
        )
        assert share_below(0.5, size) > 1e-6  # of the millions of latents in a training
    assert "hardly met any" in norm_words(np.full(5, 3.2), np.array([3.2, 2, 1, 2, 3.2]), 10)


def test_the_chart_of_norms_holds_both_ways_and_the_band() -> None:
    columns, spec = norm_chart(np.full(5, 8.0), np.array([8, 7, 5.7, 7, 8]), norm_band(64))
    assert columns["way"] == ["slerp"] * 5 + ["lerp"] * 5
    assert columns["norm"][5:] == [8, 7, 5.7, 7, 8]
    band = spec["layer"][0]["encoding"]
    assert 6 < band["y"]["datum"] < 8 < band["y2"]["datum"] < 10
    titles = {axis["title"] for layer in spec["layer"] for name, axis in layer["encoding"].items() if "title" in axis}
    assert titles == {"Share of the way from A to B", "Norm of z"}
