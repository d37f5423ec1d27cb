"""What is measured of a generator of points: modes as VEEGAN and PacGAN count them, and the exact distance."""

from __future__ import annotations

import math
import statistics
from typing import Literal

import torch
from torch import Tensor

from wgan_gp.data.plane import PlaneSet
from wgan_gp.shelf.generator import Generator, generate
from wgan_gp.shelf.report import Measure, measure
from wgan_gp.theory.quality import PERFECT_SHARE_2D, PERFECT_SIGMA_RATIO_2D, ModeReport, mode_report
from wgan_gp.theory.transport import exact_w1, noise_floor

SAMPLES = 2500  # as VEEGAN and PacGAN take
W1_SAMPLES = 512
W1_DRAWS = 4  # pairs of sets, whose median is told


def plane_measures(generator: Generator, data: PlaneSet, random: torch.Generator) -> list[Measure]:
    """Exact W1, and for mixtures of Gaussians what is counted over their modes."""
    samples = torch.from_numpy(generate(generator, range(SAMPLES)))  # [2500, 2]
    distance = _distance(samples, data, random)
    return [distance, *_modes(samples, data, random)] if data.centres else [distance]


def _distance(samples: Tensor, data: PlaneSet, random: torch.Generator) -> Measure:
    """Median W1 over a few disjoint sets of samples, each against fresh real ones."""
    parts = torch.split(samples, W1_SAMPLES)[:W1_DRAWS]
    finite = bool(samples.isfinite().all())
    value = statistics.median(exact_w1(part, data.sample(W1_SAMPLES, random)) for part in parts) if finite else math.nan
    floor = noise_floor(lambda count: data.sample(count, random), W1_SAMPLES, W1_DRAWS).median
    return measure(
        "exact W1", value, floor, "lower", W1_SAMPLES,
        f"How far samples have to be moved on average to become data, in units of x: exact by linear assignment of {W1_SAMPLES} to "
        f"{W1_SAMPLES}, median of {W1_DRAWS} draws.",
    )  # fmt: skip


def _modes(samples: Tensor, data: PlaneSet, random: torch.Generator) -> list[Measure]:
    centres = torch.tensor(data.centres)
    found, real = (mode_report(points, centres, data.sigma) for points in (samples, data.sample(SAMPLES, random)))

    def of_both(name: str, field: str, better: Literal["lower", "higher"], help_text: str) -> Measure:
        return measure(name, _value(found, field), _value(real, field), better, SAMPLES, help_text)

    count, fair = len(centres), "20 % of their fair share of samples"
    perfect = 100 * PERFECT_SHARE_2D
    return [
        of_both("modes covered", "covered", "higher", f"Of {count} modes those with at least one sample within 3 sigma."),
        of_both("modes well covered", "well_covered", "higher", f"Of {count} modes those with at least {fair}."),
        of_both(
            "good samples", "good_share", "higher",
            f"Share of samples within 3 sigma of the nearest mode; perfect data in the plane have {perfect:.1f} %.",
        ),
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
