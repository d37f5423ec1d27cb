"""What a moment holds while only the critic learns: the critic beside the exact optimum, at the same points throughout."""

from __future__ import annotations

import torch
from torch import Tensor

from wgan_gp.config import RunConfig
from wgan_gp.data.plane import PlaneSet
from wgan_gp.measures.measured import Measured
from wgan_gp.measures.probes import Probes, centred_field, grid_over, to_blob
from wgan_gp.measures.table import numbers
from wgan_gp.theory.agreement import correlation, mean_cosine
from wgan_gp.theory.lipschitz import gradients, interpolates
from wgan_gp.theory.objective import estimate
from wgan_gp.theory.transport import noise_floor, optimal_critic

ARROWS = 13  # a side of the grid of arrows
SCATTERED = 128  # real points, and as many fake ones, at which learned and optimal values are compared
FLOOR_DRAWS = 8


class CriticProbes(Probes):
    """Measures a critic that is trained alone. Its points and their exact optimum stand still, in the scene."""

    def __init__(self, measured: Measured, data: PlaneSet, config: RunConfig) -> None:
        super().__init__(measured, data, config)
        fakes, random = measured.fakes, torch.Generator(measured.device).manual_seed((config.seed + 1) % 2**63)
        assert fakes is not None
        self._fake = fakes(self._count, random)  # [count, 2]
        self._extent = config.plane_extent or _extent(self._fake, data.extent)
        self._grid = grid_over(self._extent, self._nodes, measured.device)
        self._arrows = grid_over(self._extent * (1 - 1 / ARROWS), ARROWS, measured.device)  # in the middle of cells
        self._line = interpolates(self._real[: self._norm_count], self._fake[: self._norm_count], self._epsilon)
        self._optimum = optimal_critic(self._real, self._fake)
        self._optimum_plane = self._optimum(self._grid)
        self._optimum_slopes = [self._optimum.gradient(points) for points in (self._line, self._arrows)]
        self._floor = noise_floor(lambda count: data.sample(count, random), self._count, FLOOR_DRAWS)
        others = optimal_critic(data.sample(self._count, random), fakes(self._count, random))
        self._chance = mean_cosine(others.gradient(self._line), self._optimum_slopes[0])

    @property
    def points(self) -> Tensor:
        """The real and the fake points, [2 * count, 2]."""
        return torch.cat((self._real, self._fake))

    def scene(self) -> bytes:
        """`real`, `fake` f32[n, 2] and `extent` f32[4]; and what the optimum of these points says, in the arrays of a moment:

        `optimum_field` f16[g, g], `optimum_field_scale` f32[1], `optimum_arrows` f32[a, 2] at `arrow_points` f32[a, 2],
        `optimum_norms_line`, `optimum_norms_plane` f32, sorted, `optimum_values` f32[2 * SCATTERED] at real and fake points, told apart
        by `values_kind` u8 (0 real, 1 fake); `exact` f32[3]: W1 of the points, and its noise floor, low and high; `chance` f32[1]: the
        mean cosine on lines that the optimum of other samples of the same distributions reaches.
        """
        line, arrows = self._optimum_slopes
        arrays = {
            "real": self._real,
            "fake": self._fake,
            "extent": self._corners(),
            "arrow_points": self._arrows,
            "exact": torch.tensor(numbers("exact", w1=self._optimum.distance, low=self._floor.low, high=self._floor.high)),
            "chance": torch.tensor([self._chance]),
            "values_kind": torch.tensor([0] * SCATTERED + [1] * SCATTERED, dtype=torch.uint8),
            "optimum_values": self._optimum(torch.cat((self._real[:SCATTERED], self._fake[:SCATTERED]))).float(),
            "optimum_arrows": arrows.float(),
            "optimum_norms_line": _sorted_norms(line),
            "optimum_norms_plane": _sorted_norms(arrows),
        }
        field = centred_field(self._optimum_plane.float(), torch.zeros(()))  # its mean over the real points is 0
        return to_blob(arrays | {f"optimum_{name}": value for name, value in field.items()})

    def moment(self, *, seldom: bool = False) -> bytes:
        """`samples` (the fake points), `norms_line`, `norms_real`, `norms_fake` and what else is said of a critic in every moment, and

        `arrows` f32[a, 2]: the gradient at the scene's `arrow_points`, `norms_plane` f32[a]: its norms, sorted; the field, `estimates` and
        `values` as `_values` says; `agreement` f32[4]: mean cosine with the optimum's gradient on the lines, the same over the plane,
        correlation with its values over the plane, and the estimate on the points that exact W1 is of.
        """
        slopes, cosines = self._slopes()
        values, correlated = self._values()
        lines, plane = cosines
        said = numbers("agreement", lines=lines, plane=plane, values=correlated, estimate=float(values["estimates"][0]))
        costly = self._timed(self._fake) if seldom else {}
        arrays = {"samples": self._fake, "agreement": torch.tensor(said)} | slopes | values | self._critic_arrays(self._fake)
        return to_blob(arrays | costly)

    def _taken_seldom(self, fake: Tensor) -> dict[str, Tensor]:
        return self._bracket(fake)

    def _slopes(self) -> tuple[dict[str, Tensor], list[float]]:
        """What is made of the critic's gradients, and their mean cosine with the optimum's: on the lines, over the plane."""
        real, fake = self._real[: self._norm_count], self._fake[: self._norm_count]
        parts = {"line": self._line, "real": real, "fake": fake, "plane": self._arrows}
        found = gradients(self._measured.critic, torch.cat(list(parts.values())))
        slopes = dict(zip(parts, torch.split(found, [len(part) for part in parts.values()]), strict=True))
        cosines = [mean_cosine(slopes[part], best) for part, best in zip(("line", "plane"), self._optimum_slopes, strict=True)]
        norms = {f"norms_{part}": _sorted_norms(value) for part, value in slopes.items()}
        return norms | {"arrows": slopes["plane"]}, cosines

    @torch.no_grad()
    def _values(self) -> tuple[dict[str, Tensor], float]:
        """`estimates` f32[2]: on the points that exact W1 is of, and on held-out real points; the field; `values` f32[2 * SCATTERED]: D at
        the scene's points, minus its mean over real. Also the correlation of the field with the optimum's.
        """
        assert self._grid is not None
        parts = (self._real, self._fake, self._held_out, self._grid)
        found = self._measured.critic(torch.cat(parts)).flatten()
        real, fake, held_out, plane = torch.split(found, [len(part) for part in parts])
        arrays = centred_field(plane, real.mean()) | {
            "estimates": torch.stack((estimate(real, fake), estimate(held_out, fake))),
            "values": torch.cat((real[:SCATTERED], fake[:SCATTERED])) - real.mean(),
        }
        return arrays, correlation(plane, self._optimum_plane)


def _sorted_norms(slopes: Tensor) -> Tensor:
    norms: Tensor = slopes.float().norm(dim=1)
    return norms.sort().values


def _extent(points: Tensor, least: float) -> float:
    """Half the side of the picture: nearly all points are inside, in steps of a half."""
    far = float(points.abs().flatten().cpu().quantile(0.97))
    return max(least, round(2 * far) / 2)
