"""What is measured of a generator of points: modes as VEEGAN and PacGAN count them, and the exact distance W₁."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from wgan_gp.data.plane import PlaneSet
from wgan_gp.shelf.generator import Generator, generate
from wgan_gp.shelf.report import GOOD_SAMPLES, MODES, W1, Better, Measure, measure
from wgan_gp.theory.quality import PERFECT_SHARE_2D, PERFECT_SIGMA_RATIO_2D, ModeReport, mode_report
from wgan_gp.theory.transport import exact_w1

SAMPLES = 2500  # as VEEGAN and PacGAN take
W1_SAMPLES = 2048  # with fewer, what chance adds hides what a generator lacks
FLOOR_DRAWS = 40  # of real data: a second each
BAND = (0.05, 0.95)  # quantiles of them
FIRST = 3  # measures of modes that stand before the distance


def plane_measures(generator: Generator, data: PlaneSet, random: torch.Generator) -> list[Measure]:
    """For mixtures of Gaussians good samples and modes, then exact W1, then what else is counted over modes."""
    samples = torch.from_numpy(generate(generator, range(SAMPLES)))  # [2500, 2]
    of_modes = _modes(samples, data, random) if data.centres else []
    return [*of_modes[:FIRST], _distance(samples[:W1_SAMPLES], data, random), *of_modes[FIRST:]]


def _distance(samples: Tensor, data: PlaneSet, random: torch.Generator) -> Measure:
    """W1 to an even sample of the data (each mode, or stretch of a curve, has its fair share), and the same of many plain samples."""

    def to_even(points: Tensor) -> float:
        return exact_w1(points, data.sample_evenly(len(points), random))

    count = len(samples)
    value = to_even(samples) if bool(samples.isfinite().all()) else math.nan
    floors = torch.tensor([to_even(data.sample(count, random)) for _ in range(FLOOR_DRAWS)], dtype=torch.float64)
    low, high = floors.quantile(torch.tensor(BAND, dtype=torch.float64)).tolist()
    return measure(
        W1, value, float(floors.median()), "lower", count,
        f"How far samples have to be moved on average to become data, in units of x: exact by linear assignment of {count:,} to as many "
        f"real points, of which each mode or stretch has its fair share. Real data: 5 to 95 % of {FLOOR_DRAWS} draws of as many points.",
        (low, high),
    )  # fmt: skip


def _modes(samples: Tensor, data: PlaneSet, random: torch.Generator) -> list[Measure]:
    centres = torch.tensor(data.centres)
    found, real = (mode_report(points, centres, data.sigma) for points in (samples, data.sample(SAMPLES, random)))

    def of_both(name: str, field: str, better: Better, help_text: str) -> Measure:
        return measure(name, _value(found, field), _value(real, field), better, SAMPLES, help_text)

    count, fair = len(centres), "20 % of their fair share of samples"
    perfect = 100 * PERFECT_SHARE_2D
    return [
        of_both(
            GOOD_SAMPLES, "good_share", "higher",
            f"Share of samples within 3 sigma of the nearest mode; perfect data in the plane have {perfect:.1f} %.",
        ),
        of_both(MODES, "well_covered", "higher", f"Of {count} modes those with at least {fair}."),
        of_both("modes covered", "covered", "higher", f"Of {count} modes those with at least one sample within 3 sigma."),
        of_both(
            "sigma ratio, off by", "sigma_error", "lower",
            f"How far the spread of good samples round their modes ({_said(found.sigma_ratio)}) is from that of data "
            f"({PERFECT_SIGMA_RATIO_2D:.3f} sigma).",
        ),
        of_both(
            "KL of mode counts", "kl", "lower",
            "How unevenly good samples are shared among the modes: KL(counts || uniform) in nats; never quite 0 for finitely many samples.",
        ),
    ]  # fmt: skip


def _value(report: ModeReport, name: str) -> float:
    return abs(report.sigma_ratio - PERFECT_SIGMA_RATIO_2D) if name == "sigma_error" else float(getattr(report, name))


def _said(ratio: float) -> str:
    return f"{ratio:.3f} sigma" if math.isfinite(ratio) else "unknown: no sample is good"
