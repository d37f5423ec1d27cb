"""A critic that is trained alone beside its exact optimum, at the same points throughout."""

from __future__ import annotations

import torch
from torch import Tensor

from wgan_gp.data.plane import PlaneSet
from wgan_gp.measures.critic import centred_field, estimates, true_norms
from wgan_gp.measures.floors import PAIR_FLOORS
from wgan_gp.measures.look import Look
from wgan_gp.measures.table import numbers
from wgan_gp.theory.agreement import correlation, mean_cosine
from wgan_gp.theory.precision import float64
from wgan_gp.theory.transport import optimal_critic, transport_plan

SCATTERED = 128  # real points, and as many fake ones, at which learned and optimal values are compared


def slopes(look: Look) -> dict[str, Tensor]:
    """`norms_line`, `norms_real`, `norms_fake`, `norms_plane` f64[n], sorted, and `arrows` f32[a, 2]: the gradient where arrows begin."""
    return {f"norms_{part}": true_norms(look, part) for part in (*look.seen, "plane")} | {"arrows": look.slopes["plane"]}


def values(look: Look) -> dict[str, Tensor]:
    """`values` f32[2 * SCATTERED]: D at the scene's points, minus its mean over real ones."""
    real, fake = look.values["real"], look.values["fake"]
    return {"values": torch.cat((real[:SCATTERED], fake[:SCATTERED])) - real.mean()}


class Optimum:
    """The exact optimum of the points that a run is measured at, and how far a critic agrees with it."""

    def __init__(self, look: Look, data: PlaneSet, random: torch.Generator) -> None:
        """`look`: at the run's beginning; only its points count, and how its fake ones are drawn."""
        points, fakes = look.points, look.measured.fakes
        assert fakes is not None
        assert points.ways is not None
        count, line = len(points.real), look.seen["line"]
        self._best = optimal_critic(points.real, look.fake)
        self._plane = self._best(points.grid)
        self._slopes = {"line": self._best.gradient(line), "plane": self._best.gradient(points.arrows)}
        self._partners = way_to_partner(points.real, look.fake)
        others = optimal_critic(data.sample(count, random), fakes(count, random))
        self._chance = {
            "lines": mean_cosine(others.gradient(line), self._slopes["line"]),
            "fakes": mean_cosine(others.gradient(look.seen["fake"]), self._partners[: len(line)]),
            "ways": mean_cosine(others.gradient(points.ways), self._partners),
        }
        self._floor = PAIR_FLOORS[data.name]

    def scene(self, look: Look) -> dict[str, Tensor]:
        """`fake` f32[n, 2], and what the optimum says in the arrays of a moment:

        `optimum_field` f16[g, g], `optimum_field_scale` f32[1], `optimum_arrows` f32[a, 2] at `arrow_points` f32[a, 2],
        `optimum_norms_line`, `optimum_norms_plane` f32, sorted, `optimum_values` f32[2 * SCATTERED] at real and fake points, told apart
        by `values_kind` u8 (0 real, 1 fake); `exact` f32[3]: W1 of the points, and its noise floor, low and high; `chance` f32[3]: the
        mean cosines that the optimum of other samples of the same distributions reaches.
        """
        field = centred_field(self._plane.float(), torch.zeros(()))  # its mean over the real points is 0
        return {
            "fake": look.fake,
            "arrow_points": look.points.arrows,
            "exact": torch.tensor(numbers("exact", w1=self._best.distance, low=self._floor[0], high=self._floor[2])),
            "chance": torch.tensor(numbers("chance", **self._chance)),
            "values_kind": torch.tensor([0] * SCATTERED + [1] * SCATTERED, dtype=torch.uint8),
            "optimum_values": self._at_drawn(look).float(),
            "optimum_arrows": self._slopes["plane"].float(),
            **{f"optimum_norms_{part}": _sorted_norms(slopes) for part, slopes in self._slopes.items()},
            **{f"optimum_{name}": value for name, value in field.items()},
        }

    def agreement(self, look: Look) -> dict[str, Tensor]:
        """`agreement` of the table of measures."""
        lines, plane = (mean_cosine(look.slopes[part], best) for part, best in self._slopes.items())
        correlated = correlation(look.values["plane"], self._plane)
        said = float(estimates(look)["estimates"][0])
        drawn = correlation(values(look)["values"], self._at_drawn(look))
        fakes = mean_cosine(look.slopes["fake"], self._partners[: len(look.slopes["fake"])])
        ways = mean_cosine(look.slopes["ways"], self._partners)
        found = numbers("agreement", lines=lines, plane=plane, values=correlated, estimate=said, fakes=fakes, ways=ways, drawn=drawn)
        return {"agreement": torch.tensor(found)}

    def _at_drawn(self, look: Look) -> Tensor:
        return self._best(torch.cat((look.points.real[:SCATTERED], look.fake[:SCATTERED])))


def way_to_partner(real: Tensor, fake: Tensor) -> Tensor:
    """Unit vectors from each fake point to the real one it goes to in the exact matching, float64[n, 2] on the CPU.

    Where mass moves, every optimal critic rises this way with slope 1 ([G], proposition 1): only there is the optimum unique.
    """
    way = float64(real)[transport_plan(fake, real)] - float64(fake)
    unit: Tensor = way / way.norm(dim=1, keepdim=True).clamp(min=torch.finfo(way.dtype).tiny)
    return unit


def between_partners(real: Tensor, fake: Tensor) -> Tensor:
    """The middle between each fake point and its partner: [n, 2]."""
    return (fake + real[transport_plan(fake, real).to(real.device)]) / 2


def _sorted_norms(slopes: Tensor) -> Tensor:
    norms: Tensor = slopes.float().norm(dim=1)
    return norms.sort().values
