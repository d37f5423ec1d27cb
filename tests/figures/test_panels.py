"""Every panel as a figure and as a table: the numbers drawn are those recorded, vector, and the same bytes each time."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.figures.support import CRITIC_PANELS, RECORDINGS, broken, critic, digits, plane, read, record
from wgan_gp.errors import Damaged, InvalidConfig, Refused
from wgan_gp.figures import panels, series, states, style, tables
from wgan_gp.figures.recording import Moment, Recording
from wgan_gp.imaging import Array
from wgan_gp.panels.table import OVER_TIME
from wgan_gp.panels.texts import PANEL_TEXTS
from wgan_gp.runs.record import RunWriter
from wgan_gp.training.events import COLUMNS
from wgan_gp.training.events import Moment as MomentEvent

ROOT = Path(__file__).parents[2]
MADE = {"plane": plane, "digits": digits, "critic": critic}
POSSIBLE = {
    "plane": set(panels.PANELS) - {*CRITIC_PANELS, "quality"},
    "digits": set(panels.PANELS) - {*CRITIC_PANELS, "truth", "bracket", "layers", "layers-over-time"},
    "critic": set(panels.PANELS) - {"truth", "quality", "interpolation"},
    "shipped": set(panels.PANELS) - {*CRITIC_PANELS, "truth", "bracket", "quality", "layers", "layers-over-time", "weights-over-time"},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """A clipped run and one with a penalty of each kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WGAN_GP_HOME", str(tmp_path_factory.mktemp("home")))
        yield {"shipped": list(RECORDINGS)} | {kind: [record(config(method)) for method in ("clip", "gp")] for kind, config in MADE.items()}


def recordings(runs: dict[str, list[str]], kind: str, panel: str, step: int | None = None) -> list[Recording]:
    return [read(run, label=f"{kind} {place}", step=step, panel=panel) for place, run in enumerate(runs[kind])]


def parsed(table: tables.Table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(tables.write(*table).decode("utf-8"), newline="")))


TERMS = ("real", "fake", "penalty", "generator_loss")
CASES = [(kind, panel) for kind, possible in POSSIBLE.items() for panel in panels.PANELS if panel in possible]


def test_every_panel_of_the_board_can_be_downloaded() -> None:
    assert set(panels.PANELS) == set(PANEL_TEXTS)


@pytest.mark.parametrize(("kind", "panel"), CASES)
def test_every_panel_is_drawn_and_tabled(runs: dict[str, list[str]], kind: str, panel: str) -> None:
    found = recordings(runs, kind, panel)
    figure = panels.draw_panel(panel, found, "A title")
    said = figure.get_supxlabel()
    used = [recording for recording in found if panels.PANELS[panel].possible(recording)]
    assert used
    assert all(recording.id in said.replace("\n", " ") for recording in used)
    assert figure.get_suptitle().strip() == "A title"
    pdf, svg = style.printed(figure, "pdf"), style.printed(figure, "svg")
    assert pdf.startswith(b"%PDF")
    assert b"/Type3" not in pdf
    tags = [element.tag.rsplit("}", 1)[-1] for element in ElementTree.fromstring(svg).iter()]
    pictures = kind == "digits" and panel in ("samples", "interpolation")
    assert ("image" in tags) == pictures  # pixels stay pixels, all else is vectors
    assert (b"/Subtype /Image" in pdf) == pictures
    rows = parsed(panels.panel_table(panel, found))
    assert {row["run"] for row in rows} >= {recording.id for recording in used}


@pytest.mark.parametrize(("kind", "panel"), [case for case in CASES if case[0] == "shipped"] + [("critic", "samples")])
def test_the_same_numbers_give_the_same_bytes(runs: dict[str, list[str]], kind: str, panel: str) -> None:
    for form in style.FORMATS:
        first, second = (style.printed(panels.draw_panel(panel, recordings(runs, kind, panel)), form) for _ in range(2))
        assert first == second, form


def test_a_picture_has_the_resolution_of_print(runs: dict[str, list[str]]) -> None:
    content = style.printed(panels.draw_panel("estimate", recordings(runs, "shipped", "estimate")), "png")
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size[0] >= 1200
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


# --- the numbers drawn are those recorded --------------------------------------------------------------------------------------------


def lines(figure: object, axis: int = 0) -> list[tuple[Array, Array]]:
    drawn = figure.axes[axis].lines  # type: ignore[attr-defined]
    return [(np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in drawn]


def has_line(figure: object, x: Array, y: Array, axis: int = 0) -> bool:
    return any(len(a) == len(x) and np.allclose(a, x) and np.allclose(b, y, rtol=1e-6) for a, b in lines(figure, axis))


@pytest.mark.parametrize("place", range(4))
def test_the_curves_are_the_rows(runs: dict[str, list[str]], place: int) -> None:
    found = recordings(runs, "shipped", "losses")
    figure = panels.draw_panel("losses", found)
    for recording in found:
        assert has_line(figure, recording.column("step"), recording.column(TERMS[place]), place)
    rows = parsed(panels.panel_table("losses", found))
    name = ("minus_mean_d_real", "mean_d_fake", "penalty", "generator_loss")[place]
    for recording in found:
        values = [np.float32(row[name]) for row in rows if row["run"] == recording.id]
        assert np.array_equal(values, recording.column(TERMS[place]))


def test_the_estimate_is_that_of_every_iteration_and_of_held_out_data(runs: dict[str, list[str]]) -> None:
    found = recordings(runs, "plane", "estimate")
    figure, rows = panels.draw_panel("estimate", found), parsed(panels.panel_table("estimate", found))
    for recording in found:
        assert has_line(figure, recording.column("step"), recording.column("estimate"))
        held = [(moment.step, moment.arrays["estimates"][1]) for moment in recording.moments]
        own = [row for row in rows if row["run"] == recording.id]
        assert [int(row["iteration"]) for row in own] == list(range(13))
        assert [np.float32(row["estimate"]) for row in own if row["estimate"]] == list(recording.column("estimate"))
        assert [(int(row["iteration"]), np.float32(row["estimate_held_out"])) for row in own if row["estimate_held_out"]] == held


def test_norms_over_time_are_the_quantiles_of_the_moments(runs: dict[str, list[str]]) -> None:
    found = recordings(runs, "plane", "norms-over-time")
    figure, rows = panels.draw_panel("norms-over-time", found), parsed(panels.panel_table("norms-over-time", found))
    for recording in found:
        last = read(recording.id, panel="norms")
        assert last.moment is not None
        expected = np.quantile(last.moment.arrays["norms_line"].astype(np.float64), (0.1, 0.5, 0.9))
        middle = np.array([moment.arrays["quantiles_line"][1] for moment in recording.moments])
        assert middle[-1] == expected[1]
        assert has_line(figure, np.array([moment.step for moment in recording.moments]), middle)
        row = [row for row in rows if (row["run"], row["at"]) == (recording.id, "line")][-1]
        assert [float(row[name]) for name in ("quantile_10", "median", "quantile_90")] == expected.tolist()


def test_histograms_count_everything_once(runs: dict[str, list[str]]) -> None:
    for panel in ("norms", "weights"):
        found = recordings(runs, "critic", panel)
        for axis in panels.draw_panel(panel, found).axes:
            for patch in axis.patches:
                assert patch.get_data().values.sum() == pytest.approx(100)  # type: ignore[attr-defined]


def test_layers_and_their_table(runs: dict[str, list[str]]) -> None:
    found = recordings(runs, "plane", "layers")
    figure, rows = panels.draw_panel("layers", found), parsed(panels.panel_table("layers", found))
    for recording in found:
        held = states.arrays(recording)["layers"]
        assert has_line(figure, np.arange(1, len(held) + 1), 10.0 ** held.astype(float))
        own = [row for row in rows if row["run"] == recording.id]
        assert [int(row["layer"]) for row in own] == [1, 2, 3, 4]
        assert np.array_equal([np.float32(row["log10_norm"]) for row in own], held)


def test_a_layer_without_a_gradient_is_a_gap(runs: dict[str, list[str]]) -> None:
    (recording, _) = recordings(runs, "plane", "layers")
    assert recording.moment is not None
    gone = recording.moment.arrays | {"layers": np.array([-np.inf, -400.0, -2.0, -1.0], np.float32)}
    figure = panels.draw_panel("layers", [Recording(**vars(recording) | {"moment": Moment(12, 1.0, gone)})])
    assert has_line(figure, np.array([3, 4]), np.array([0.01, 0.1]))


def test_quality_is_drawn_from_the_moments_that_were_judged(runs: dict[str, list[str]]) -> None:
    found = recordings(runs, "digits", "quality")
    figure, rows = panels.draw_panel("quality", found), parsed(panels.panel_table("quality", found))
    names = {0: "frechet_distance", 1: "density", 2: "coverage"}
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["Frechet distance", "density", "coverage"]
    for recording in found:
        judged = [moment for moment in recording.moments if "quality" in moment.arrays]
        assert [moment.step for moment in judged] == [3]
        own = [row for row in rows if row["run"] == recording.id]
        for axis, place in ((0, 0), (1, 2), (2, 3)):
            values = np.array([moment.arrays["quality"][place] for moment in judged])
            assert has_line(figure, np.array([3]), values, axis)
            assert [np.float32(row[names[axis]]) for row in own] == values.tolist()
    floor = np.float32(rows[0]["floor"])
    assert any(np.allclose(y, floor) for _, y in lines(figure))
    assert "no FID" in figure.get_supxlabel()


AGREEMENT = (
    "cosine_on_lines", "cosine_over_plane", "correlation_of_values", "estimate", "cosine_at_fakes", "cosine_half_way",
    "correlation_at_points",
)  # fmt: skip
"""The columns of tables in the order of `agreement` in moments."""


def test_against_the_optimum(runs: dict[str, list[str]]) -> None:
    drawn = {"agreement": ("cosine_at_fakes", "cosine_half_way", "correlation_at_points"), "distance": ("estimate",)}
    tabled = {
        "agreement": ("cosine_on_lines", "cosine_over_plane", "correlation_of_values", *drawn["agreement"]),
        "distance": ("estimate",),
    }
    for panel, name in ((panel, name) for panel, names in tabled.items() for name in names):
        found = recordings(runs, "critic", panel)
        figure, rows = panels.draw_panel(panel, found), parsed(panels.panel_table(panel, found))
        for recording in found:
            values = np.array([moment.arrays["agreement"][AGREEMENT.index(name)] for moment in recording.moments])
            steps = np.array([moment.step for moment in recording.moments])
            assert name not in drawn[panel] or has_line(figure, steps, values, drawn[panel].index(name))
            assert [np.float32(row[name]) for row in rows if row["run"] == recording.id] == values.tolist()
    exact = found[0].scene["exact"]
    assert np.float32(rows[0]["exact_w1"]) == exact[0]
    assert any(np.allclose(b, exact[0]) for _, b in lines(figure))


def test_the_scatter_holds_each_point_once(runs: dict[str, list[str]]) -> None:
    found = recordings(runs, "critic", "scatter")
    figure, rows = panels.draw_panel("scatter", found), parsed(panels.panel_table("scatter", found))
    for axis, recording in enumerate(found):
        kind, best, learned = recording.scene["values_kind"], recording.scene["optimum_values"], states.arrays(recording)["values"]
        assert has_line(figure, best[kind == 0], learned[kind == 0], axis)
        assert has_line(figure, best[kind == 1], learned[kind == 1], axis)
        own = [row for row in rows if row["run"] == recording.id]
        assert [row["point"] for row in own].count("real") == int((kind == 0).sum())
        assert np.array_equal([np.float32(row["learnt_value"]) for row in own], learned)


def test_samples_in_the_plane_with_their_field_and_the_optimum(runs: dict[str, list[str]]) -> None:
    found = recordings(runs, "critic", "samples")
    figure = panels.draw_panel("samples", found)
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert titles[:3] == ["critic 0", "critic 1", "Exact optimum"]
    rows = parsed(panels.panel_table("samples", found))
    for recording in found:
        own = [row for row in rows if row["run"] == recording.id]
        points = [(np.float32(row["x1"]), np.float32(row["x2"])) for row in own if row["kind"] == "generated"]
        assert np.array_equal(points, states.arrays(recording)["samples"])
        field = states.field_of(recording)
        assert field is not None
        assert np.array_equal([np.float32(row["value"]) for row in own if row["kind"] == "critic" and row["value"]], field.ravel())
    slopes = [
        (np.float32(row["gradient_x1"]), np.float32(row["gradient_x2"])) for row in rows if row["kind"] == "optimum" and row["gradient_x1"]
    ]
    assert np.array_equal(slopes, found[0].scene["optimum_arrows"])


def test_pictures_are_their_pixels(runs: dict[str, list[str]]) -> None:
    for panel, name in (("samples", "samples"), ("interpolation", "strips")):
        found = recordings(runs, "digits", panel)
        rows = parsed(panels.panel_table(panel, found))
        for recording in found:
            held = states.arrays(recording)[name]
            count = int(np.prod(held.shape[-3:]))
            pixels = [[int(row[f"pixel_{place}"]) for place in range(count)] for row in rows if row["run"] == recording.id]
            assert np.array_equal(np.array(pixels).reshape(held.shape), held)


def test_points_and_pictures_do_not_share_a_table(runs: dict[str, list[str]]) -> None:
    for panel in ("samples", "interpolation"):
        mixed = [recordings(runs, kind, panel)[0] for kind in ("plane", "digits")]
        panels.draw_panel(panel, mixed)
        with pytest.raises(Refused, match="do not fit into one table"):
            panels.panel_table(panel, mixed)


# --- which moment, and what is missing -----------------------------------------------------------------------------------------------


def test_the_moment_is_the_one_at_or_before_the_iteration(runs: dict[str, list[str]]) -> None:
    run = runs["shipped"][0]
    steps = [moment.step for moment in read(run).moments]
    for asked, expected in ((steps[5], steps[5]), (steps[6] - 1, steps[5]), (10**9, steps[-1]), (0, steps[0]), (None, steps[-1])):
        found = read(run, step=asked)
        assert found.moment is not None
        assert found.moment.step == expected


def test_the_shown_iteration_is_said_and_marked(runs: dict[str, list[str]]) -> None:
    found = recordings(runs, "shipped", "estimate", 700)
    figure = panels.draw_panel("estimate", found)
    steps = [recording.moment.step for recording in found if recording.moment]
    assert {float(x[0]) for x, _ in lines(figure) if len(x) == 2 and x[0] == x[1]} == set(steps)
    said = figure.get_supxlabel().replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")
    assert f"iteration {steps[0]} of 1,500" in said
    assert "seed 0" in said
    assert "weight clipping, c = 0.01" in said
    assert "Dotted" not in panels.draw_panel("estimate", recordings(runs, "shipped", "estimate")).get_supxlabel()


def test_what_is_not_recorded_is_refused_in_a_sentence(runs: dict[str, list[str]]) -> None:
    with pytest.raises(Refused, match="nothing for the panel 'scatter'"):
        panels.draw_panel("scatter", recordings(runs, "plane", "scatter"))
    with pytest.raises(InvalidConfig, match="panel: 'other' was given; there is: samples"):
        panels.panel_table("other", [])
    with RunWriter.create(plane("gp")) as writer:
        writer.begin_attempt(1)
        writer.write(MomentEvent(3, 1.0, b"no safetensors"))
        writer.flush()
        with pytest.raises(Damaged, match=f"moment of iteration 3 of the run {writer.path.stem}"):
            read(writer.path.stem)


@pytest.mark.parametrize("kind", ["plane", "digits", "critic"])
def test_a_run_that_diverged_is_drawn_too(runs: dict[str, list[str]], kind: str) -> None:
    for panel in POSSIBLE[kind]:
        sound, other = recordings(runs, kind, panel)
        for shown in ([broken(sound)], [broken(sound), other]):
            assert style.printed(panels.draw_panel(panel, shown), "svg")
            assert panels.panel_table(panel, shown)[1]


# --- looks and words -----------------------------------------------------------------------------------------------------------------


def test_runs_of_a_method_differ_in_shade_and_dash() -> None:
    looks = [style.look(method, shade) for method in ("gp", "clip", "none") for shade in range(3)]
    assert len({colour for colour, _ in looks}) == 9
    assert len({str(dash) for _, dash in looks[:3]}) == 3
    assert style.look("gp")[0] == style.INK["gp"].lower()


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=80))
def test_a_name_from_outside_is_drawn_literally(name: str) -> None:
    config = plane("gp")
    moment = Moment(1, 0.1, {"layers": np.array([-1.0, -2.0], np.float32)})
    figure = panels.draw_panel("layers", [Recording("8gaussians-gp-x", name, config, moment=moment)])
    assert style.printed(figure, "svg").startswith(b"<?xml")


@pytest.mark.parametrize("name", ["$\\frac{a$", "_hidden", "a\nb", "\u202eevil", "漢字", "100 % & <b>"])
def test_a_nasty_name_stays_one_entry(name: str) -> None:
    (legend,) = [style.plain(name)]
    assert "\n" not in legend
    assert not legend.startswith("_")
    assert "\u202e" not in legend


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=60), st.floats(0.1, 100))
def test_the_exponential_mean_stays_within_its_values(values: list[float], width: float) -> None:
    line = series.smoothed(np.arange(len(values)), np.array(values), width)
    assert line[0] == values[0]
    assert min(values) - 1e-6 <= line.min()
    assert line.max() <= max(values) + 1e-6


@given(st.lists(st.floats(width=32), min_size=1, max_size=30))
def test_a_table_brings_every_float32_back(values: list[float]) -> None:
    held = np.array(values, np.float32)
    back = [np.float32(row["a"]) for row in parsed((["a"], [(value,) for value in held]))]
    assert np.array_equal(back, held, equal_nan=True)


def test_panels_need_neither_torch_nor_pyplot() -> None:
    code = "import sys, wgan_gp.figures.panels; print(sorted({'torch', 'matplotlib.pyplot', 'streamlit'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_panels_draw_of_the_curve_are_its_columns() -> None:
    names = {box.value for panel in OVER_TIME.values() for box in panel.boxes if box.value.startswith("curve.")}
    assert names == {f"curve.{column}" for column in ("estimate", *TERMS)}
    assert {name.removeprefix("curve.") for name in names} <= set(COLUMNS)
