"""What the exact answers cost: python tests/benchmarks/truth.py. Medians; figures depend on the machine and on who else uses it."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a script, from anywhere

from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.theory.transport import exact_w1, optimal_critic

REPEATS = 15


def median_ms(work: Callable[[], object]) -> float:
    """The median time of a call in milliseconds, after one that does not count."""
    times = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[1:])


def main() -> None:
    """Print a line for each data set and answer."""
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    axis = torch.linspace(-3, 3, 128)
    picture = torch.cartesian_prod(axis, axis)
    for name in ("8gaussians", "25gaussians", "swissroll"):
        random = torch.Generator().manual_seed(0)
        real = PLANE_SETS[name].sample(512, random)
        fake = PLANE_SETS[name].sample(512, random) + torch.randn(512, 2, generator=random)
        again = PLANE_SETS[name].sample(512, random)
        critic = optimal_critic(real[:256], fake[:256])
        rows = {
            "exact W1 of real against fake, n = 512 (target 60 ms)": lambda real=real, fake=fake: exact_w1(real, fake),
            "exact W1 of real against real, n = 512 (target 60 ms)": lambda real=real, again=again: exact_w1(real, again),
            "optimal critic, dual and 128 x 128 values, n = 256 (target 300 ms)": lambda real=real, fake=fake: optimal_critic(
                real[:256], fake[:256]
            )(picture),
            "  of which the values": lambda critic=critic: critic(picture),
            "  and 128 x 128 gradients": lambda critic=critic: critic.gradient(picture),
        }
        for what, work in rows.items():
            print(f"{name:12} {what:68} {median_ms(work):6.1f} ms")


if __name__ == "__main__":
    main()
