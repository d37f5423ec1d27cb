"""Three loops, the same training: first whether their weights agree, then how fast each is.

Absolute speeds drift with the machine and who else uses it. So the loops take turns in one process, every turn is compared with the
others of its round, and each case stands beside the matrix product measured between its rounds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import torch
from torch import Tensor, nn

from wgan_gp.benchmark.cases import Case
from wgan_gp.benchmark.flops import count_flops
from wgan_gp.benchmark.textbook import TextbookTrainer
from wgan_gp.config import GradientPenalty
from wgan_gp.theory.precision import float64
from wgan_gp.training.device import choose_precision
from wgan_gp.training.step import ReferenceTrainer
from wgan_gp.training.trainer import Trainer

LARGEST_PARITY_ERROR = 1e-7
CPU = torch.device("cpu")
PENALTY = GradientPenalty(weight=10)


class Loop(Protocol):
    """What is compared: nets, and one iteration a call."""

    generator: nn.Module
    critic: nn.Module

    def step(self) -> object:
        """One iteration: n_critic critic updates and one generator update."""
        ...


@dataclass(frozen=True)
class Speeds:
    """Iterations per second, medians over the rounds."""

    textbook_per_s: float
    reference_per_s: float
    fast_per_s: float
    ratio: float  # fast over textbook, the median of the rounds' ratios
    ratio_low: float  # a tenth of the rounds lie below
    ratio_high: float  # a tenth of the rounds lie above
    textbook_gflop: float  # per iteration
    gflop: float  # per iteration of the fast trainer
    gemm_gflop_per_s: float  # float32 matrix products in the same process
    gemm_share: float  # gflop * fast_per_s of that rate


@dataclass(frozen=True)
class Row:
    """What is found out about a case. Without parity there are no speeds."""

    name: str
    parity_error: float
    speeds: Speeds | None


def compare(case: Case, device: torch.device, *, seconds: float = 0.7, rounds: int = 7) -> Row:
    """Check, count and time a case. seconds: the length of a turn; two iterations at least."""
    choose_precision(device, tf32=False)  # for all loops and for the matrix product they are measured by
    error = parity_error(case, device)
    if not error < LARGEST_PARITY_ERROR:  # NaN is no parity
        return Row(case.name, error, None)
    return Row(case.name, error, _speeds(case, device, seconds, rounds))


def make_loops(case: Case, device: torch.device, *, dtype: torch.dtype = torch.float32, batch_size: int = 0) -> dict[str, Loop]:
    """The three loops with the same initial weights and seed."""
    latent_dim, batch_size = case.latent_dim, batch_size or case.batch_size
    textbook = TextbookTrainer(
        *case.nets(dtype),
        case.sampler(CPU, dtype),
        latent_dim=latent_dim,
        batch_size=batch_size,
        penalty_weight=PENALTY.weight,
        device=device,
    )
    reference, fast = (
        kind(*case.nets(dtype), PENALTY, case.sampler(device, dtype), latent_dim=latent_dim, batch_size=batch_size, device=device)
        for kind in (ReferenceTrainer, Trainer)
    )
    return {"textbook": textbook, "reference": reference, "fast": fast}


# --- parity -------------------------------------------------------------------------------------------------------------------


def parity_error(case: Case, device: torch.device = CPU, *, iterations: int = 3) -> float:
    """How far the loops' nets are apart after `iterations` in float64 from the same weights and random numbers, with batches of 8.

    The largest relative L2 difference of a weight or statistic between the fast trainer and the others, on the CPU. On CUDA the fast
    trainer has to agree with the reference there, too, for long enough that a captured graph is replayed (the textbook draws on the CPU).
    """
    error = _apart(make_loops(case, CPU, dtype=torch.float64, batch_size=8), iterations)
    if device.type == "cuda":
        loops = make_loops(case, device, dtype=torch.float64, batch_size=8)
        del loops["textbook"]
        error = torch.maximum(error, _apart(loops, 4 * iterations))
    return error.item()


def _apart(loops: dict[str, Loop], iterations: int) -> Tensor:
    for loop in loops.values():
        _iterate(loop, iterations)
    fast = loops["fast"]
    differences = [
        (tensor - wanted).norm() / wanted.norm()
        for name, other in loops.items()
        if name != "fast"
        for tensor, wanted in zip(_tensors(fast), _tensors(other), strict=True)
    ]
    return torch.stack(differences).max().cpu()  # NaN where one is NaN


def _iterate(loop: Loop, iterations: int) -> None:
    for _ in range(iterations):
        loop.step()


def _tensors(loop: Loop) -> Iterator[Tensor]:
    return (float64(value) for value in chain(loop.generator.state_dict().values(), loop.critic.state_dict().values()))


# --- speed --------------------------------------------------------------------------------------------------------------------


def _speeds(case: Case, device: torch.device, seconds: float, rounds: int) -> Speeds:
    textbook_flops, flops = _counted(case)
    loops = make_loops(case, device)
    for loop in loops.values():
        _iterate(loop, 1 if device.type == "cpu" else 10)  # warm-up, in which a graph may be captured
    rates: dict[str, list[float]] = {name: [] for name in loops}
    gemm_rates = []
    for turn in range(rounds):
        names = list(loops)
        for name in names[turn % 3 :] + names[: turn % 3]:
            rates[name].append(_rate(loops[name].step, seconds, device))
        gemm_rates.append(gemm_rate(device, seconds / 5))
    ratios = torch.tensor([fast / textbook for fast, textbook in zip(rates["fast"], rates["textbook"], strict=True)])
    medians = {name: statistics.median(values) for name, values in rates.items()}
    gemm = statistics.median(gemm_rates)
    return Speeds(
        textbook_per_s=medians["textbook"],
        reference_per_s=medians["reference"],
        fast_per_s=medians["fast"],
        ratio=ratios.quantile(0.5).item(),
        ratio_low=ratios.quantile(0.1).item(),
        ratio_high=ratios.quantile(0.9).item(),
        textbook_gflop=textbook_flops / 1e9,
        gflop=flops / 1e9,
        gemm_gflop_per_s=gemm / 1e9,
        gemm_share=flops * medians["fast"] / gemm,
    )


def _counted(case: Case) -> tuple[int, int]:
    """Flops of an iteration of the textbook and the fast loop: on the CPU, where nothing hides in a graph."""
    loops = make_loops(case, CPU)
    return count_flops(loops["textbook"].step), count_flops(loops["fast"].step)


def gemm_rate(device: torch.device, seconds: float = 0.1) -> float:
    """Flops per second of float32 matrix products, each large enough to be bound by arithmetic."""
    size = 8192 if device.type == "cuda" else 1024
    random = torch.Generator(device).manual_seed(0)
    left, right, product = (torch.rand(size, size, generator=random, device=device) for _ in range(3))

    def multiply() -> None:
        torch.mm(left, right, out=product)

    multiply()
    return 2 * size**3 * _rate(multiply, seconds, device)


def _rate(work: Callable[[], object], seconds: float, device: torch.device) -> float:
    """How often a second: measured over `seconds`, or two calls where they take longer."""
    _wait(device)
    began = time.perf_counter()
    count = 0
    while count < 2 or time.perf_counter() - began < seconds:
        work()
        count += 1
    _wait(device)
    return count / (time.perf_counter() - began)


def _wait(device: torch.device) -> None:
    """Until the device has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
