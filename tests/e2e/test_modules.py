"""The board's modules that compute, under test where they run: in Chromium, imported from the Lab's own route."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from playwright.sync_api import Browser, Page

from tests.e2e.support import Lab, Visitors
from wgan_gp.measures.table import COLUMNS
from wgan_gp.panels.table import OVER_TIME

pytestmark = pytest.mark.browser

Call = Callable[..., Any]

# A blob cannot cross as it is, and JSON has no NaN and no infinity: they come as texts.
CALL = """async ([module, body, values]) => {
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const plain = (value) => JSON.parse(JSON.stringify(value, (_, v) =>
        ArrayBuffer.isView(v) ? Array.from(v, (n) => (Number.isFinite(n) ? n : String(n)))
        : typeof v === "number" && !Number.isFinite(v) ? String(v) : v));
    const js = await import(`/lab/web/${module}`);
    return plain(await new Function("js", "values", "bytes", body)(js, values, bytes));
}"""


@pytest.fixture(scope="module")
def page(server: Lab, browser: Browser) -> Iterator[Page]:
    """One page for all: these modules hold no state."""
    visitors = Visitors(browser.new_context)
    page = visitors(server, "runs")
    yield page
    visitors.check()
    page.context.close()


@pytest.fixture
def js(page: Page) -> Call:
    """`js("format.js", "return js.roundUp(values[0])", 3)`: runs a piece of JavaScript with a module of the board."""
    return lambda module, body, *values: page.evaluate(CALL, [module, body, list(values)])


def text_of(blob: bytes) -> str:
    return base64.b64encode(blob).decode()


# --- safetensors and frames -------------------------------------------------------------------------------------------------------


def test_safetensors_decodes_what_numpy_wrote(js: Call) -> None:
    halves = np.array([0, 1, -2.5, 65504, 6e-8, -5.96e-8, 6.1e-5, 3.05e-5, np.inf, -np.inf, np.nan, 1 / 3], dtype=np.float16)
    arrays = {
        "bytes": np.arange(7, dtype=np.uint8),  # an odd number of bytes: what follows is not aligned
        "halves": halves.reshape(3, 4),
        "singles": np.array([[1.5, -2.25e-38], [np.pi, 3e38]], dtype=np.float32),
        "empty": np.zeros((0, 2), dtype=np.float32),
        "wide": np.arange(3, dtype=np.int64),  # not a type of ours: left out
    }
    blob = safetensors.numpy.save(arrays, metadata={"step": "3"})
    body = """
        const padded = new Uint8Array(bytes(values[0]).length + 3);
        padded.set(bytes(values[0]), 3);  // as in an answer of the feed: it begins anywhere
        const tensors = js.parse(padded.subarray(3));
        return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, {shape: t.shape, dtype: t.dtype, data: js.floats(t)}]));
    """
    found = js("safetensors.js", body, text_of(blob))
    assert set(found) == {"bytes", "halves", "singles", "empty"}
    for name in found:
        assert tuple(found[name]["shape"]) == arrays[name].shape
        read = np.array([float(value) for value in found[name]["data"]])
        np.testing.assert_array_equal(read, arrays[name].astype(np.float64).ravel())


def test_every_half_is_widened_exactly(js: Call) -> None:
    every = np.arange(65536, dtype=np.uint16).view(np.float16)
    found = js("safetensors.js", "return js.floats(js.parse(bytes(values[0])).all)", text_of(safetensors.numpy.save({"all": every})))
    np.testing.assert_array_equal(np.array([float(value) for value in found]), every.astype(np.float64))


def frame(header: str, payload: bytes) -> bytes:
    text = header.encode()
    return struct.pack("<II", len(text), len(payload)) + text + payload


FRAMES = "return js.frames(bytes(values[0]).buffer).map(({header, payload}) => [header, payload]);"


def test_frames_are_cut_at_their_lengths_and_payloads_need_no_alignment(js: Call) -> None:
    body = (
        frame('{"kind":"status","name":"gr\u00fc\u00dfe"}', b"")
        + frame('{"kind":"a"}', b"\x01\x02\x03")
        + frame('{"kind":"b"}', b"\xff" * 5)
    )
    assert js("feed.js", FRAMES, text_of(body)) == [
        [{"kind": "status", "name": "gr\u00fc\u00dfe"}, []],
        [{"kind": "a"}, [1, 2, 3]],
        [{"kind": "b"}, [255] * 5],
    ]
    assert js("feed.js", FRAMES, text_of(b"")) == []


def test_an_answer_cut_off_gives_its_whole_frames_only(js: Call) -> None:
    body = frame('{"kind":"a"}', b"\x01\x02\x03") + frame('{"kind":"b"}', b"\xff" * 5)
    for missing in (1, 5, 6, 20):
        assert js("feed.js", FRAMES, text_of(body[:-missing])) == [[{"kind": "a"}, [1, 2, 3]]]


# --- level lines ------------------------------------------------------------------------------------------------------------------

LINES = "const out = []; js.contours(...values, (...segment) => out.push(segment)); return out;"


def lines(js: Call, field: np.ndarray, step: float) -> np.ndarray:
    """Segments [n, 5] as x0, y0, x1, y1, k in grid units."""
    rows, columns = field.shape
    return np.array(js("contours.js", LINES, field.ravel().tolist(), columns, rows, step)).reshape(-1, 5)


def test_a_linear_field_has_straight_level_lines_at_their_places(js: Call) -> None:
    y, x = np.mgrid[0:7, 0:9].astype(float)
    a, b, c, step = 0.31, 0.47, -1.13, 0.5
    found = lines(js, a * x + b * y + c, step)
    for ends in (found[:, :2], found[:, 2:4]):
        np.testing.assert_allclose(a * ends[:, 0] + b * ends[:, 1] + c, step * found[:, 4], atol=1e-12)
    assert set(found[:, 4]) == set(range(-2, 9))  # from -1.13 to 4.17 in steps of 0.5
    for k in set(found[:, 4]):  # the pieces make up the whole line across the grid: as long as geometry says
        piece = found[found[:, 4] == k]
        assert np.hypot(piece[:, 2] - piece[:, 0], piece[:, 3] - piece[:, 1]).sum() == pytest.approx(length(a, b, step * k - c, 8, 6))


def length(a: float, b: float, value: float, width: float, height: float) -> float:
    """The length of a x + b y = value inside [0, width] x [0, height]."""
    left, right = sorted(((value - b * y) / a) for y in (0, height))
    left, right = max(left, 0.0), min(right, width)
    return float(np.hypot(right - left, (right - left) * a / b))


def test_level_lines_of_a_hill_are_closed(js: Call) -> None:
    y, x = np.mgrid[-1:1:21j, -1:1:21j]
    found = lines(js, 1.05 - x**2 - y**2, 0.25)
    ends = np.round(np.concatenate([found[:, [0, 1, 4]], found[:, [2, 3, 4]]]), 9)
    inside = ends[((ends[:, :2] > 0) & (ends[:, :2] < 20)).all(axis=1)]
    _, counts = np.unique(inside, axis=0, return_counts=True)
    assert len(found) > 50
    assert set(counts % 2) == {0}  # every end that is not on the border meets another


def test_a_saddle_keeps_its_four_branches_apart_and_no_number_draws_nothing(js: Call) -> None:
    assert len(lines(js, np.array([[1.0, -1.0], [-1.0, 1.0]]), 10.0)) == 2  # level 0 alone
    assert len(lines(js, np.full((2, 2), 5.0), 0.5)) == 0  # flat
    assert js("contours.js", "const out = []; js.contours([NaN, 1, 2, 3], 2, 2, 0.5, (...s) => out.push(s)); return out;") == []


# --- the time line ----------------------------------------------------------------------------------------------------------------

STORE = """
    const store = new js.RunStore("a-b");
    store.take({header: {kind: "status", attempt: 1, state: "running", n_critic: 5, cursor: {attempt: 1, seq: 0, step: 0}}});
    const blob = bytes(values[0]);
"""


def small_moment() -> str:
    return text_of(safetensors.numpy.save({"norms_line": np.array([0.5, 1.0, np.nan], dtype=np.float32)}))


def test_moments_are_thinned_to_a_bounded_even_time_line(js: Call) -> None:
    body = (
        STORE
        + """
        for (let i = 1; i <= 3000; i++) store.take({header: {kind: "moment", seq: i, step: i, seconds: i / 10}, payload: blob});
        return {steps: store.moments.map((m) => m.step), bytes: store.bytes, one: blob.length};
    """
    )
    found = js("store.js", body, small_moment())
    steps = np.array(found["steps"])
    assert 300 <= len(steps) <= 600
    assert (steps[0], steps[-1]) == (1, 3000)
    older = np.diff(steps[steps < 2900])
    assert (older > 0).all()
    assert older.max() <= 4 * older.mean()
    assert found["bytes"] == len(steps) * found["one"]


def test_moments_are_sorted_and_doubles_dropped(js: Call) -> None:
    body = (
        STORE
        + """
        for (const seq of [9, 1, 2, 9, 3, 2]) store.take({header: {kind: "moment", seq, step: 10 * seq, seconds: seq}, payload: blob});
        return [store.moments.map((m) => m.step), store.moments[0].quantiles_line];
    """
    )
    assert js("store.js", body, small_moment()) == [[10, 20, 30, 90], {"low": 0.55, "median": 0.75, "high": 0.95}]


def test_a_new_attempt_forgets_and_a_deleted_run_says_why(js: Call) -> None:
    body = (
        STORE
        + """
        store.take({header: {kind: "moment", seq: 4, step: 40, seconds: 4}, payload: blob});
        store.take({header: {kind: "status", attempt: 2, state: "starting", cursor: {attempt: 2, seq: 0, step: 0}}});
        const [after, query] = [store.moments.length, store.query()];
        store.take({header: {kind: "gone", message: "The run a-b was deleted."}});
        return [after, query, store.gone];
    """
    )
    assert js("store.js", body, small_moment()) == [0, "a-b:2:0:0", "The run a-b was deleted."]


def test_curves_stay_bounded_and_keep_their_extremes(js: Call) -> None:
    body = (
        STORE
        + """
        const columns = ["step", "estimate"];
        for (let first = 1; first <= 40001; first += 500) {
            const rows = new Float32Array(1000);
            for (let i = 0; i < 500; i++) rows.set([first + i, first + i === 777 ? 1e6 : Math.sin(first + i)], 2 * i);
            store.take({header: {kind: "curve", columns, rows: 500}, payload: new Uint8Array(rows.buffer)});
        }
        return [store.curve.step, store.curve.estimate];
    """
    )
    steps, estimates = js("store.js", body, small_moment())
    assert len(steps) == len(estimates) <= 4500
    assert steps == sorted(set(steps))
    assert (steps[-1], max(estimates)) == (40500, 1e6)


# --- how good images are ----------------------------------------------------------------------------------------------------------


JUDGED = [[12.5, 0.5, 0.4, 0.55, 48, 30, 336, 10], [3.25, 0.5, 0.9, 0.95, 48, 48, 336, 20]]


def quality_moments(js: Call, body: str, *judged: list[float]) -> Any:
    """Runs `body` with the moments of a store, one a call of `judged` at iterations 10, 20, ... and one without at 5."""
    blobs = [text_of(safetensors.numpy.save({"quality": np.array(numbers, dtype=np.float32)})) for numbers in judged]
    plain = text_of(safetensors.numpy.save({"estimates": np.array([1, 2], dtype=np.float32)}))
    fill = """
        return (async () => {
            const [{RunStore}, words] = await Promise.all(["store.js", "words.js"].map((name) => import(`/lab/web/${name}`)));
            const [columns, spec, ...texts] = values;
            const store = new RunStore("a-b", columns);
            texts.forEach((text, i) => {
                const header = {kind: "moment", seq: i + 1, step: i ? 10 * i : 5, seconds: i};
                store.take({header, payload: bytes(text)});
            });
            const moments = store.moments;
            const panel = Object.assign(Object.create(js.OverTime.prototype), {spec});
            const said = (moment) => words.pieces(spec.legend, moment).join("");
    """
    return js("panels/overtime.js", f"{fill}{body} }})();", COLUMNS, asdict(OVER_TIME["quality"]), plain, *blobs)


def test_a_moment_that_was_judged_says_so_by_name(js: Call) -> None:
    body = "return moments.map(({quality}) => quality ?? null);"
    plain, first, last = quality_moments(js, body, *JUDGED)
    assert plain is None
    for found, numbers in ((first, JUDGED[0]), (last, JUDGED[1])):
        assert [found[name] for name in COLUMNS["quality"]] == pytest.approx(numbers)


def test_quality_is_said_in_words_with_modes_where_they_are_known(js: Call) -> None:
    assert quality_moments(js, "return moments.slice(1).map(said);", *JUDGED) == [
        "FD 13, density 0.40, coverage 0.55, 30 of 48 modes",
        "FD 3.3, density 0.90, coverage 0.95, 48 of 48 modes",
    ]
    unknown = [12.5, 0.5, 0.4, 0.55, np.nan, np.nan, 786, 10]
    assert quality_moments(js, "return [said(moments[1]), said(undefined)];", unknown) == ["FD 13, density 0.40, coverage 0.55", ""]


def test_the_floor_is_that_of_the_run_that_got_furthest(js: Call) -> None:
    body = """
        const judged = moments.filter((moment) => moment.quality);
        const [near, far] = [judged.slice(0, 1), judged];
        return [[near, far], [near, []], [[], []]].map((all) => panel.known(all)?.quality.distance ?? null);
    """
    assert quality_moments(js, body, *JUDGED) == [3.25, 12.5, None]
    broken = [np.nan] * 7 + [10.0]
    assert quality_moments(js, "return panel.known([moments.slice(1)]);", broken) is None


def test_each_answer_counts_once_and_where_it_was_found(js: Call) -> None:
    kept = [JUDGED[0], JUDGED[0], JUDGED[1], JUDGED[1]]  # moments at 10, 20, 30, 40; the one at 20 that found the second was thinned away
    found = quality_moments(js, "return panel.held(store).map(({step, quality}) => [step, quality.distance]);", *kept)
    assert found == [[10, 12.5], [20, 3.25]]


def test_numbers_in_texts_are_found_by_name(js: Call) -> None:
    numbers = {"truth": {"w1": 0.1234, "good": 0.5}, "estimates": {"train": 1.5}}
    texts = ["W {truth.w1:2}, {truth.good*100:3} %", "{truth.good:%}", "{truth.well} modes", "nothing"]
    assert js("words.js", "return values[0].map((text) => js.fill(text, values[1]))", texts, numbers) == [
        "W 0.12, 50 %",
        "50 %",
        None,
        "nothing",
    ]
    names = ["estimates.train / truth.w1", "truth.w1", 3]
    found = js("words.js", "return values[0].map((name) => js.value(values[1], name))", names, numbers)
    assert found == pytest.approx([1.5 / 0.1234, 0.1234, 3])
    assert js("words.js", "return js.value(undefined, 'truth.w1')") == "NaN"
    assert js("words.js", "return js.pieces(['{truth.well} a', ' b', '{truth.well} c', ' {truth.good}'], values[0])", numbers) == [
        None,
        " b",
        " 0.500",
    ]


# --- numbers and axes -------------------------------------------------------------------------------------------------------------


def test_quantiles_are_numpys(js: Call) -> None:
    values = np.sort(np.random.default_rng(0).normal(size=101))
    for q in (0, 0.1, 0.333, 0.5, 0.9, 1):
        assert js("format.js", "return js.quantile(values[0], values[1])", values.tolist(), q) == pytest.approx(np.quantile(values, q))
    assert js("format.js", "return js.quantile([], 0.5)") == "NaN"
    assert js("format.js", "return js.finite([3, NaN, -1, Infinity, 20])") == [-1, 3, 20]  # sorted as numbers, not as texts


def test_histograms_count_everything_once(js: Call) -> None:
    values = np.sort(np.abs(np.random.default_rng(1).normal(size=500)))
    edges = np.linspace(0.1, 2, 20)
    found = js("panels/histogram.js", "return js.share(values[0], values[1])", values.tolist(), edges.tolist())
    expected = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / len(values)  # the ends gather what lies beyond
    np.testing.assert_allclose(found["shares"], expected, atol=1e-12)
    assert found["below"] == pytest.approx((values < 0.1).mean())
    assert found["beyond"] == pytest.approx((values > 2).mean())


@pytest.mark.parametrize("value", [1e-9, 0.0011, 0.3, 1.0, 1.0001, 2.0, 4.99, 5.01, 7.3e8])
def test_limits_are_the_next_of_1_2_5(js: Call, value: float) -> None:
    rounded = js("format.js", "return js.roundUp(values[0])", value)
    assert value * (1 - 1e-9) <= rounded <= 2.5 * value
    assert float(f"{rounded:.6e}".split("e")[0]) in (1, 2, 5)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.7, 12.2), (1e-5, 3e-5), (-7, -7), (0, 0), (1e6, 1.00001e6)])
def test_nice_limits_hold_the_data_on_a_1_2_5_grid(js: Call, low: float, high: float) -> None:
    below, above = js("format.js", "return js.niceLimits(...values)", low, high)
    assert below <= low + 1e-9 * max(1, abs(low))
    assert high - 1e-9 * max(1, abs(high)) <= above
    assert below < above
    ticks = np.array(js("format.js", "return js.ticks(...values)", below, above))
    step = np.diff(ticks)
    np.testing.assert_allclose(step, step[0], rtol=1e-6)
    assert float(f"{step[0]:.4e}".split("e")[0]) == pytest.approx(1, rel=1e-3) or round(float(f"{step[0]:.3e}".split("e")[0]), 2) in (
        1,
        2,
        5,
    )
    assert js("format.js", "return js.niceLimits(NaN, 1)") == [0, 1]


def test_held_limits_only_grow_until_the_runs_change(js: Call) -> None:
    body = "const held = new js.HeldLimits(); return values.map(([low, high, key]) => held.linear(low, high, key));"
    found = js("chart.js", body, [0, 1, "a"], [0.2, 0.4, "a"], [0, 3.3, "a"], [None, None, "a"], [0, 0.5, "b"])
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert found[2][1] >= 3.3
    assert found[4][1] < found[2][1]
    assert js("chart.js", "return [js.xLimit(730, 1500), js.xLimit(1400, 1500), js.xLimit(730, 0), js.xLimit(1030, 0)]") == [
        1000,
        1500,
        800,
        1200,
    ]


def test_numbers_are_short_and_never_bare_nan(js: Call) -> None:
    body = "return [NaN, Infinity, 0, 1234567, -0.00001234, 1234.5, 0.123456].map((n) => js.short(n))"
    assert js("format.js", body) == ["not a number", "infinite", "0", "1.2e6", "\u22121.2e\u22125", "1,235", "0.123"]
    assert js("format.js", "return [3.4, 185, 3727].map(js.duration)") == ["3 s", "3:05 min", "1:02:07 h"]


# --- a critic beside the exact optimum --------------------------------------------------------------------------------------------


def test_arrows_grow_evenly_up_to_slope_one_and_never_reach_their_neighbours(js: Call) -> None:
    slopes = np.concatenate(([0.0], np.geomspace(1e-6, 1e6, 200)))
    lengths = np.array(js("panels/arrows.js", "return values[0].map(js.lengthOf)", slopes.tolist()))
    one = js("panels/arrows.js", "return js.lengthOf(1)")
    np.testing.assert_allclose(lengths[slopes <= 1], one * slopes[slopes <= 1], atol=1e-12)
    assert (np.diff(lengths) >= 0).all()
    assert lengths.max() < 1
    assert js("panels/arrows.js", "return js.lengthOf(1 + 1e-6) - js.lengthOf(1)") == pytest.approx(one * 1e-6, rel=1e-3)  # no kink
    assert js("panels/arrows.js", "return js.lengthOf(NaN)") == 0


def test_the_standard_arrow_is_slope_one_or_the_median(js: Call) -> None:
    arrows = np.array([[3, 4], [0, 0.01], [0.02, 0], [0, 0], [np.nan, 1]], dtype=np.float32)
    axis = np.linspace(-2, 2, 5)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2).astype(np.float32)
    body = """
        const {arrows, points} = (await import("/lab/web/safetensors.js")).parse(bytes(values[0]));
        const flat = {...arrows, data: arrows.data.map(() => 0)};
        return [js.unitSlope(arrows, true), js.unitSlope(arrows, false), js.unitSlope(flat, false), js.spacing(points)];
    """
    body = f"return (async () => {{{body}}})();"
    found = js("panels/arrows.js", body, text_of(safetensors.numpy.save({"arrows": arrows, "points": points})))
    assert found == pytest.approx([1, np.median([5, 0.01, 0.02, 0]), 1, 1])


def moments_of(size: float, low: float, high: float) -> dict[str, Any]:
    return {"moments": [{"field": {"size": size, "low": low, "high": high}}]}


def test_with_an_optimum_it_alone_rules_the_shared_scale(js: Call) -> None:
    wild, flat, optimum = moments_of(300, -400, 400), moments_of(0.004, -0.005, 0.002), {"size": 2.1, "low": -3.0, "high": 0.7}
    scales = "return js.fieldScales(values[0], values[1], values[2])"
    loud, quiet = js("fieldscale.js", scales, [wild, flat], True, [optimum, optimum])
    assert loud["limit"] == quiet["limit"] == 2.5
    assert quiet["step"] == 1
    assert 800 / loud["step"] <= 40  # lines that can be told apart
    own = js("fieldscale.js", scales, [wild, flat], False, [optimum, optimum])
    assert own == js("fieldscale.js", scales, [wild, flat], False)  # on scales of their own there is nothing to share
    assert own[1]["step"] < 0.001
    assert js("fieldscale.js", scales, [wild, flat], True, [None, None]) == js("fieldscale.js", scales, [wild, flat], True)


def test_a_wild_critic_has_colours_of_its_own_and_a_flat_one_stays_flat(js: Call) -> None:
    scales = "return js.fieldScales(values[0], values[1]).map(({limit, alone}) => [limit, Boolean(alone)])"
    wild, steep, gentle, flat = moments_of(4600, -5000, 900), moments_of(18, -20, 9), moments_of(4, -5, 2), moments_of(0.004, -0.005, 0.002)
    assert js("fieldscale.js", scales, [wild, steep, gentle], True) == [[5000, True], [20, False], [20, False]]
    assert js("fieldscale.js", scales, [flat, gentle], True) == [[5, False], [5, False]]  # white is what it has learnt
    assert js("fieldscale.js", scales, [wild, moments_of(0, 0, 0)], True) == [[5000, False], [5000, False]]
    assert js("fieldscale.js", scales, [wild, gentle], False) == [[5000, False], [5, False]]


def test_the_numbers_of_an_axis_are_written_alike(js: Call) -> None:
    evenly = "return js.evenly(values[0])"
    assert js("format.js", evenly, [0, 5e-4, 1e-3]) == ["0", "0.0005", "0.0010"]
    assert js("format.js", evenly, [-7.5e-5, 0, 7.5e-5, 1.5e-4]) == ["\u22120.75e\u22124", "0", "0.75e\u22124", "1.50e\u22124"]
    assert js("format.js", evenly, [0, 500, 1000, 1500]) == ["0", "500", "1,000", "1,500"]
    assert js("format.js", evenly, [-0.5, 0, 0.5, 1]) == ["\u22120.5", "0", "0.5", "1.0"]
    assert js("format.js", "return js.decadesInWords(values[0])", [1e-4, 1e-3, 1]) == ["10\u207b\u2074", "10\u207b\u00b3", "10\u2070"]
    assert js("format.js", "return js.decadesInWords(values[0])", [1e-3, 1, 1000]) == ["0.001", "1", "1,000"]


def test_the_ticks_of_a_count_are_whole_and_reach_its_end(js: Call) -> None:
    for count in (1, 2, 3, 4, 8, 20):
        found = js("format.js", "return js.wholeTicks(0, 8, values[0])", count)
        assert (found[0], found[-1]) == (0, 8)
        assert len(found) <= count + 1
        assert all(value == int(value) for value in found)
    assert js("format.js", "return js.wholeTicks(0, 25, 5)") == [0, 5, 10, 15, 20, 25]


def test_measured_numbers_keep_their_digits_and_need_no_power_of_ten(js: Call) -> None:
    pairs = [[1.02, 3], [1, 3], [0.996, 2], [130.4, 2], [999.6, 3], [0.0351, 2], [-1.5, 2], [0.00001, 2], [0, 2]]
    found = js("format.js", "return values[0].map(([number, digits]) => js.measured(number, digits))", pairs)
    assert found == ["1.02", "1", "1.0", "130", "1,000", "0.035", "\u22121.5", "1.0e\u22125", "0"]


def test_lines_end_where_nothing_was_measured_for_long(js: Call) -> None:
    x, y = [0, 1, 2, 3, 40, 41, 42, 43], [1, 2, 3, 4, 5, 6, 7, 8]
    cut = "return js.interrupted(values, false)"
    assert js("curvedata.js", cut, x, y) == [[0, 1, 2, 3, 21.5, 40, 41, 42, 43], [1, 2, 3, 4, None, 5, 6, 7, 8]]
    slower = [0, 1, 2, 4, 8, 16, 32, 64]  # measured ever less often: no gap
    assert js("curvedata.js", cut, slower, y) == [slower, y]
    assert js("curvedata.js", cut, x[:4], [1, None, 3, 4]) == [[0, 2, 3], [1, 3, 4]]
    assert js("curvedata.js", "return js.interrupted(values, true)", x[:4], [1, None, 3, 4]) == [x[:4], [1, None, 3, 4]]


def test_a_curve_that_leaves_the_frame_is_marked_once_where_it_is_farthest(js: Call) -> None:
    values = [9, 12, 11, None, 2, 3, -4, 8]
    assert js("chartmarks.js", "return js.beyond(values[0], 0, 5)", values) == [[1, 1], [6, -1], [7, 1]]
    assert js("chartmarks.js", "return js.beyond(values[0], 0, 20)", values[:6]) == []


def test_each_group_of_runs_has_one_optimum_read_from_the_first_scene_that_holds_it(js: Call) -> None:
    runs = [{"id": "a", "group": "rolls"}, {"id": "b", "group": "rings"}, {"id": "c", "group": "rolls"}, {"id": "d", "group": "rings"}]
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "real": np.zeros((5, 2), dtype=np.float32),
        "fake": np.ones((4, 2), dtype=np.float32),
        "optimum_field": np.array([[-1, 0], [0.5, 0.25]], dtype=np.float16),
        "optimum_field_scale": np.array([3], dtype=np.float32),
        "optimum_norms_plane": np.array([1, 1], dtype=np.float32),
        "exact": np.array([1.25, 0.1, 0.2], dtype=np.float32),
        "chance": np.array([0.75], dtype=np.float32),
    }
    body = """
        return (async () => {
            const {RunStore} = await import("/lab/web/store.js");
            const stores = [null, values[2], values[1], null].map((text) => {
                const store = new RunStore("a-b", values[3]);
                if (text) store.take({header: {kind: "scene"}, payload: bytes(text)});
                return store;
            });
            const theme = {palette: {truth: "#009E73"}};
            const views = js.optimumViews({optimum: true, runs: values[0]}, values[0], stores, theme, true);
            return views.map(({run, found, frame, scale, look}) => ({
                id: run.id, found: found && {...found, moment: 0}, limit: scale.limit, colour: look.colour,
                field: frame && frame.moment.field, samples: frame && frame.moment.tensors.samples.shape,
            }));
        })();
    """
    moving = {"real": arrays["real"]}
    blobs = (text_of(safetensors.numpy.save(part)) for part in (arrays, moving))
    rolls, rings = js("optimum.js", body, runs, *blobs, COLUMNS)
    assert (rolls["id"], rings["id"]) == ("optimum:rolls", "optimum:rings")
    assert rolls["found"] == {"moment": 0, "w1": 1.25, "real": 5, "fake": 4}
    assert (rolls["field"]["low"], rolls["field"]["high"], rolls["samples"], rolls["colour"]) == (-3, 1.5, [4, 2], "#009E73")
    assert 2.5 <= rolls["limit"] <= 3
    assert (rings["found"], rings["field"]) == (None, None)
    one = "return js.optimumRuns(values[0]).map(({id}) => id)"
    assert js("optimum.js", one, {"optimum": True, "runs": [{"id": "a"}, {"id": "b", "group": ""}]}) == ["optimum"]
    assert js("optimum.js", one, {"optimum": False, "runs": runs}) == []
    assert js("optimum.js", one, {"optimum": True, "runs": []}) == []
