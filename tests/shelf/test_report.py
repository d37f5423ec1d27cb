"""What comes first of a report, in words: held against the numbers, with reports made here and those that ship."""

from __future__ import annotations

import itertools

import pytest

from wgan_gp.shelf.cards import cards
from wgan_gp.shelf.report import Report, headlines, measure


def report(*measures: object) -> Report:
    return Report(model="x", data="8gaussians", measures=measures, seconds=1.0)  # type: ignore[arg-type]


GOOD = measure("good samples", 0.808, 0.9889, "higher", 2500, "Share of them.")
MODES = measure("modes well covered", 7, 8, "higher", 2500, "Of 8 modes.")
DISTANCE = measure("exact W₁", 0.0498, 0.036, "lower", 2048, "How far.", (0.0196, 0.056))
FEATURES = measure("FD-mnist-1a2b3c4d", 12.345, 0.8, "lower", 10_000, "How far features are apart.")


def test_in_the_plane_good_samples_and_modes_come_before_the_distance_with_its_range_and_number_of_points() -> None:
    first, second = headlines(report(GOOD, MODES, DISTANCE))
    assert (first.text, first.real) == ("81 % good samples, 7 modes", "99 % good samples, 8 modes")
    assert (second.text, second.real) == ("exact W₁ 0.0498", "exact W₁ 0.02 to 0.056 with 2,048 points, lower is better")
    assert [line.text for line in headlines(report(DISTANCE))] == ["exact W₁ 0.0498"]


def test_the_extractor_of_features_is_named_in_the_help_alone() -> None:
    (line,) = headlines(report(FEATURES, measure("coverage", 0.5, 0.9, "higher", 2000, "Reach.")))
    assert (line.text, line.real) == ("Fréchet distance 12.3", "Fréchet distance 0.8, lower is better")
    assert line.help == "FD-mnist-1a2b3c4d: How far features are apart."


def test_what_could_not_be_taken_is_said() -> None:
    nothing = measure("exact W₁", float("nan"), float("nan"), "lower", 2048, "How far.")
    assert [(line.text, line.real) for line in headlines(report(nothing))] == [("exact W₁ not taken", "")]
    none_good = measure("good samples", float("nan"), 0.99, "higher", 2500, "Share of them.")
    assert headlines(report(none_good, MODES))[0].text == "unknown good samples, 7 modes"
    assert headlines(report()) == []


def test_both_generators_of_a_data_set_are_compared_with_the_same_of_real_data() -> None:
    for _, pair in itertools.groupby(cards(), key=lambda card: card.data):
        assert len({tuple(line.real for line in headlines(card.report)) for card in pair if card.report}) == 1


def test_of_the_generators_that_ship_the_penalty_has_more_good_samples_and_the_smaller_distance_where_it_can_be_told() -> None:
    found = {card.name: {m.name: m for m in card.report.measures} for card in cards() if card.report}
    assert found["8gaussians-gp"]["good samples"].value > found["8gaussians-clip"]["good samples"].value + 0.1  # type: ignore[operator]
    for method in ("gp", "clip"):  # among draws of real data: no difference that this number could tell
        w1 = found[f"8gaussians-{method}"]["exact W₁"]
        assert w1.band is not None
        assert w1.samples == 2048
        assert w1.value < w1.band[1]  # type: ignore[operator]
    roll = [found[f"swissroll-{method}"]["exact W₁"] for method in ("gp", "clip")]
    assert roll[0].value < roll[1].value / 3  # type: ignore[operator]
    assert roll[0].value == pytest.approx(0.093, abs=0.001)
