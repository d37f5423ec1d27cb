"""Which panels a board shows."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from wgan_gp.errors import Damaged
from wgan_gp.panels.table import DUEL_PANELS
from wgan_gp.panels.texts import PANEL_TEXTS
from wgan_gp.presets import preset
from wgan_gp.ui import board


@pytest.mark.parametrize(
    ("data", "judged"),
    [
        ("8gaussians", {"truth"}),
        ("moons", {"truth"}),
        ("digits", {"quality"}),
        ("mnist", {"quality"}),
        ("kmnist", set()),
        ("cifar10", set()),
    ],
)
def test_a_duel_is_judged_by_the_exact_answer_or_by_features_where_there_are_some(data: str, judged: set[str]) -> None:
    panels = board.duel_panels([preset(data, "clip"), preset(data, "gp")])
    assert {"truth", "quality"} & set(panels) == judged
    assert set(panels) | {"truth", "bracket", "quality"} == set(DUEL_PANELS)
    assert ("bracket" in panels) == ("truth" in panels)
    assert set(panels) <= set(PANEL_TEXTS)


def test_a_broken_index_takes_the_panel_and_not_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Mapping[str, object]:
        raise Damaged("the index cannot be read.")

    monkeypatch.setattr(board, "read_index", broken)
    assert "quality" not in board.duel_panels([preset("digits")])
