"""No speed without parity: the three loops give the same weights, and what is printed is what a script needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from wgan_gp.benchmark import compare
from wgan_gp.benchmark.cases import CASES, Case, find_cases
from wgan_gp.benchmark.compare import CPU, make_loops, parity_error
from wgan_gp.benchmark.report import as_json, table
from wgan_gp.errors import InvalidConfig

ROOT = Path(__file__).parents[2]
TINY = Case("tiny", lambda: (nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))), (2,), 2, 8)


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "wgan_gp", "bench", "--device", "cpu", "--seconds", "0.01", *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads on two cores that others use wait for each other most of the time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", CASES)
def test_the_three_loops_give_the_same_weights(name: str) -> None:
    assert parity_error(CASES[name], iterations=2) < 1e-9


def test_the_nets_learn_while_they_are_compared() -> None:
    (loop,) = [loop for name, loop in make_loops(TINY, CPU, dtype=torch.float64).items() if name == "textbook"]
    for net, start in zip((loop.generator, loop.critic), TINY.nets(torch.float64), strict=True):
        assert all(torch.equal(a, b) for a, b in zip(net.parameters(), start.parameters(), strict=True))
    loop.step()
    for net, start in zip((loop.generator, loop.critic), TINY.nets(torch.float64), strict=True):
        changes = [(a - b).norm() / b.norm() for a, b in zip(net.parameters(), start.parameters(), strict=True)]
        assert min(changes[:-1]) > 1e-5  # the critic's last bias has no gradient: it cancels in E[D(fake)] - E[D(real)]


@pytest.mark.parametrize("what", ["weight", "nan", "seed"])
def test_without_parity_there_are_no_figures(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(compare.Trainer):
        def step(self):  # type: ignore[no-untyped-def]
            scalars = super().step()
            with torch.no_grad():
                if what == "seed":
                    self.random.manual_seed(1)
                else:
                    next(self.critic.parameters())[0, 0] += 1e-6 if what == "weight" else float("nan")
            return scalars

    assert compare.compare(TINY, CPU, seconds=0, rounds=1).speeds is not None
    monkeypatch.setattr(compare, "Trainer", Wrong)
    row = compare.compare(TINY, CPU, seconds=0, rounds=1)
    assert row.speeds is None
    assert not row.parity_error < 1e-7
    (values,) = json.loads(json.dumps(as_json([row], CPU), allow_nan=False))
    assert values["ratio"] is None
    assert "not below 1e-07" in table([row])


def test_the_figures_belong_together() -> None:
    row = compare.compare(TINY, CPU, seconds=0.01, rounds=3)
    assert row.speeds is not None
    speeds = row.speeds
    assert speeds.ratio_low <= speeds.ratio <= speeds.ratio_high
    assert speeds.gemm_share == pytest.approx(speeds.gflop * speeds.fast_per_s / speeds.gemm_gflop_per_s)
    assert 0 < speeds.gflop < speeds.textbook_gflop
    plain, markdown = table([row, replace(row, name="other")]).splitlines(), table([row], markdown=True).splitlines()
    assert len({len(line) for line in plain}) == 1
    assert plain[2].startswith("other ")
    assert {line.count("|") for line in markdown} == {10}


def test_json_holds_what_a_script_needs() -> None:
    done = bench("--only", "toy-128", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert row["name"] == "toy-128"
    assert row["gflop"] == pytest.approx(1.02, abs=0.05)
    assert row["textbook_gflop"] > row["gflop"]
    for field in ("textbook_per_s", "reference_per_s", "fast_per_s", "ratio", "ratio_low", "ratio_high", "gemm_share"):
        assert row[field] > 0
    assert row["parity_error"] < 1e-9
    assert (row["device"][:3], row["torch"]) == ("cpu", torch.__version__)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--only", "toy-129"], "only: 'toy-129' is not known; there is: toy-128, toy-512,"), (["--device", "tpu"], "device: 'tpu'")],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments: list[str], said: str) -> None:
    done = bench(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_cases_are_found_by_name() -> None:
    assert [case.name for case in find_cases()] == [
        "toy-128",
        "toy-512",
        "mlp-28",
        "conv16-32",
        "conv32-28",
        "conv64-28",
        "module-512",
        "module-28",
    ]
    assert find_cases(["mlp-28"]) == [CASES["mlp-28"]]
    with pytest.raises(InvalidConfig, match="conv64-28"):
        find_cases(["mlp-28", "mlp"])
