"""A critic that is trained alone beside its exact optimum, at the same points throughout."""

from __future__ import annotations

import torch
from torch import Tensor

from wgan_gp.data.plane import PlaneSet
from wgan_gp.measures.critic import centred_field, estimates
from wgan_gp.measures.look import Look
from wgan_gp.measures.table import numbers
from wgan_gp.theory.agreement import correlation, mean_cosine
from wgan_gp.theory.transport import noise_floor, optimal_critic

SCATTERED = 128  # real points, and as many fake ones, at which learned and optimal values are compared
FLOOR_DRAWS = 8


def slopes(look: Look) -> dict[str, Tensor]:
    """`norms_line`, `norms_real`, `norms_fake`, `norms_plane` f32[n], sorted, and `arrows` f32[a, 2]: the gradient where arrows begin."""
    return {f"norms_{part}": _sorted_norms(found) for part, found in look.slopes.items()} | {"arrows": look.slopes["plane"]}


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
        count, line = len(points.real), look.seen["line"]
        self._best = optimal_critic(points.real, look.fake)
        self._plane = self._best(points.grid)
        self._slopes = {"line": self._best.gradient(line), "plane": self._best.gradient(points.arrows)}
        self._floor = noise_floor(lambda count: data.sample(count, random), count, FLOOR_DRAWS)
        others = optimal_critic(data.sample(count, random), fakes(count, random))
        self._chance = mean_cosine(others.gradient(line), self._slopes["line"])

    def scene(self, look: Look) -> dict[str, Tensor]:
        """`fake` f32[n, 2], and what the optimum says in the arrays of a moment:

        `optimum_field` f16[g, g], `optimum_field_scale` f32[1], `optimum_arrows` f32[a, 2] at `arrow_points` f32[a, 2],
        `optimum_norms_line`, `optimum_norms_plane` f32, sorted, `optimum_values` f32[2 * SCATTERED] at real and fake points, told apart
        by `values_kind` u8 (0 real, 1 fake); `exact` f32[3]: W1 of the points, and its noise floor, low and high; `chance` f32[1]: the
        mean cosine on lines that the optimum of other samples of the same distributions reaches.
        """
        scattered = torch.cat((look.points.real[:SCATTERED], look.fake[:SCATTERED]))
        field = centred_field(self._plane.float(), torch.zeros(()))  # its mean over the real points is 0
        return {
            "fake": look.fake,
            "arrow_points": look.points.arrows,
            "exact": torch.tensor(numbers("exact", w1=self._best.distance, low=self._floor.low, high=self._floor.high)),
            "chance": torch.tensor([self._chance]),
            "values_kind": torch.tensor([0] * SCATTERED + [1] * SCATTERED, dtype=torch.uint8),
            "optimum_values": self._best(scattered).float(),
            "optimum_arrows": self._slopes["plane"].float(),
            **{f"optimum_norms_{part}": _sorted_norms(slopes) for part, slopes in self._slopes.items()},
            **{f"optimum_{name}": value for name, value in field.items()},
        }

    def agreement(self, look: Look) -> dict[str, Tensor]:
        """`agreement` of the table of measures."""
        lines, plane = (mean_cosine(look.slopes[part], best) for part, best in self._slopes.items())
        correlated = correlation(look.values["plane"], self._plane)
        said = float(estimates(look)["estimates"][0])
        return {"agreement": torch.tensor(numbers("agreement", lines=lines, plane=plane, values=correlated, estimate=said))}


def _sorted_norms(slopes: Tensor) -> Tensor:
    """Without what is added under the root elsewhere: a clipped critic's slopes are tiny."""
    norms: Tensor = slopes.float().norm(dim=1)
    return norms.sort().values
