"""Panels as files over real HTTP: every format, one drawing for many, and no string that leads elsewhere."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
import pytest
from PIL import Image

from tests.figures.support import RECORDINGS
from tests.runs.support import NASTY_IDS, scalars, small_config
from tests.ui.test_routes import Answer, get
from wgan_gp.runs import record
from wgan_gp.training.events import COLUMNS
from wgan_gp.ui import downloads

ROOT = Path(__file__).parents[2]
CLIP, GP = RECORDINGS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path))
    monkeypatch.setattr(downloads, "_files", downloads._Files(most_bytes=16_000_000))
    return tmp_path


def ask(port: int, **query: str | int | list[str] | list[int]) -> Answer:
    asked = {"panel": "estimate", "run": [CLIP, GP], "format": "csv"} | query
    return get(port, f"/lab/panel?{urlencode(asked, doseq=True)}")


def refused(answer: Answer, status: int, *words: str) -> None:
    """One sentence of plain text."""
    assert answer.status == status, answer
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.body.decode()
    assert len(text) < 400
    assert text.endswith(".")
    assert all(word in text for word in words), text


# --- the files -----------------------------------------------------------------------------------------------------------------------


def test_each_format_is_what_it_says(port: int) -> None:
    found = {form: ask(port, format=form, panel="norms") for form in downloads.TYPES}
    assert {form: answer.status for form, answer in found.items()} == dict.fromkeys(downloads.TYPES, 200)
    assert {form: answer.headers["content-type"] for form, answer in found.items()} == downloads.TYPES
    with Image.open(io.BytesIO(found["png"].body)) as picture:
        assert picture.format == "PNG"
    assert ElementTree.fromstring(found["svg"].body).tag.endswith("svg")
    assert found["pdf"].body.startswith(b"%PDF")
    rows = list(csv.DictReader(io.StringIO(found["csv"].body.decode("utf-8"))))
    assert {row["run"] for row in rows} == {CLIP, GP}


@pytest.mark.parametrize("form", downloads.TYPES)
def test_the_name_tells_what_it_is(port: int, form: str) -> None:
    answer = ask(port, panel="weights", format=form, step=700)
    assert answer.headers["content-disposition"] == f'attachment; filename="weights-687-8gaussians-clip-recorded-gp-recorded.{form}"'
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_names_of_files_are_safe_and_short() -> None:
    runs = [f"fashion-mnist-gp-{letter * 8}" for letter in "abcdef"]
    name = downloads.file_name("norms-over-time", 123456, runs, "pdf")
    assert re.fullmatch(r"norms-over-time-123456-fashion-[a-z0-9-]+\.pdf", name)
    assert len(name) <= 124


def test_a_step_for_all_or_one_for_each_or_the_newest(port: int) -> None:
    def steps(**query: int | list[int]) -> list[int]:
        rows = csv.DictReader(io.StringIO(ask(port, panel="weights", **query).body.decode()))
        return [int(step) for _, step in sorted({(row["run"], row["iteration"]) for row in rows})]

    assert steps() == [1500, 1500]
    assert steps(step=700) == [687, 674]
    assert steps(step=[1500, 700]) == [1500, 674]


def test_the_numbers_are_the_recording(port: int) -> None:
    rows = list(csv.DictReader(io.StringIO(ask(port, panel="losses", run=[GP]).body.decode())))
    with record.RunReader(record.path_of(GP)) as reader:
        curve = reader.scalars()
    assert [int(row["iteration"]) for row in rows] == curve[:, 0].astype(int).tolist()
    assert np.array_equal([np.float32(row["penalty"]) for row in rows], curve[:, COLUMNS.index("penalty")])


def test_a_class_that_clicks_together_costs_one_drawing(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    make = downloads._make

    def counted(asked: downloads.Asked, readers: list[record.RunReader]) -> tuple[str, bytes]:
        made.append(asked)
        return make(asked, readers)

    monkeypatch.setattr(downloads, "_make", counted)
    with ThreadPoolExecutor(30) as pool:
        bodies = {answer.body for answer in pool.map(lambda _: ask(port, panel="norms", format="svg"), range(30))}
    assert len(bodies) == 1
    assert len(made) == 1
    monkeypatch.setattr(downloads, "FRESH_SECONDS", 0.0)
    assert ask(port, panel="norms", format="svg").body in bodies
    assert len(made) == 1  # the runs have not changed


def test_a_run_that_went_on_is_drawn_anew(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "FRESH_SECONDS", 0.0)
    with record.RunWriter.create(small_config()) as writer:
        writer.begin_attempt(1)
        for last in (10, 20):
            writer.write(scalars(last - 9, last))
            writer.flush()
            assert len(ask(port, panel="losses", run=writer.path.stem).body.splitlines()) == last + 1


def test_what_is_held_is_bounded(port: int) -> None:
    files = downloads._Files(most_bytes=200_000)
    for step in (100, 400, 700):
        files.get(downloads.Asked("losses", (GP,), (step,), "csv"))
    assert 1 <= len(files._held) < 3
    assert [asked.steps for asked in files._held][-1] == (700,)


# --- what nobody should ask ----------------------------------------------------------------------------------------------------------


def test_what_is_not_understood_is_refused_in_one_sentence(port: int) -> None:
    refused(ask(port, panel="nothing"), 400, "panel: 'nothing'", "samples")
    refused(get(port, f"/lab/panel?run={GP}&format=pdf"), 400, "panel: ''")
    refused(ask(port, format="exe"), 400, "format: 'exe'", "png, svg, pdf, csv")
    refused(get(port, "/lab/panel?panel=norms&format=pdf"), 400, "run: 0 were given")
    refused(ask(port, run=[f"{GP}{place}" for place in range(7)]), 400, "run: 7 were given", "1 to 6")
    refused(ask(port, run=[GP, GP]), 400, "another")
    for step in (["x"], ["-1"], ["1.5"], ["9" * 5000], ["1", "2", "3"], ["١"], [""]):
        refused(ask(port, step=step), 400, "step: ")
    refused(ask(port, panel="x" * 5000), 400, "panel: ")


def test_what_is_not_there_is_refused_in_one_sentence(port: int) -> None:
    refused(ask(port, run=["8gaussians-gp-aaaaaaaa"]), 404, "There is no run '8gaussians-gp-aaaaaaaa'")
    refused(ask(port, panel="scatter"), 404, "recorded nothing for the panel 'scatter'")


@pytest.mark.parametrize("run", NASTY_IDS)
def test_a_nasty_id_is_no_run_and_no_file(port: int, run: str) -> None:
    refused(get(port, f"/lab/panel?panel=norms&format=csv&run={quote(run, safe='')}"), 404, "There is no run")


def test_the_server_loads_matplotlib_late_and_torch_never() -> None:
    code = (
        "import sys; from wgan_gp.ui import downloads\n"
        "def heavy(): return sorted({'torch', 'matplotlib', 'matplotlib.pyplot'} & set(sys.modules))\n"
        "print(heavy())\n"
        f"downloads._files.get(downloads.Asked('norms', ('{GP}',), (), 'png'))\n"
        "print(heavy())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n['matplotlib']\n"
