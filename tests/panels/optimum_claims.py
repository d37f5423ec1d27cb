"""Checks of what panels say of the optimal critic, and of a critic that learns alone."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from tests.panels.support import METHODS, Floats, alone, last, trained, whole_moments
from wgan_gp.config import GradientPenalty
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.figures import panels
from wgan_gp.figures.recording import Moment, Recording, number
from wgan_gp.panels.table import OVER_TIME
from wgan_gp.theory.agreement import correlation, mean_cosine
from wgan_gp.theory.lipschitz import gradient_norms, gradients, interpolates, penalty_of_norms
from wgan_gp.theory.transport import exact_w1, optimal_critic, transport_plan

DATA = PLANE_SETS["8gaussians"]


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# --- against the optimum ------------------------------------------------------------------------------------------------------------


def lowest(points: Tensor, real: Tensor, values: Tensor) -> Tensor:
    """The lowest optimal critic with these values at the real points: max_i(u_i - |x - x_i|). [n, 2] to [n]."""
    return (values - torch.cdist(points, real, compute_mode="donot_use_mm_for_euclid_dist")).max(1).values


def two_optima() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Real and fake points, values of the highest optimum at the real ones, and a grid around all."""
    real, fake = DATA.sample(96, random()).double(), (DATA.sample(96, random(1)) + torch.randn(96, 2, generator=random(2))).double()
    axis = torch.linspace(-4, 4, 25, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    return real, fake, optimal_critic(real, fake)(real), grid


def many_optima() -> None:
    """Highest and lowest extension: the same estimate, W1, and slope 1 at most, and yet other values away from the points."""
    real, fake, values, grid = two_optima()
    best, other = optimal_critic(real, fake), lambda points: lowest(points, real, values)
    w1 = exact_w1(real, fake)
    for critic in (best, other):
        assert math.isclose(float(critic(real).mean() - critic(fake).mean()), w1, rel_tol=1e-6)
        assert float(gradient_norms(critic, grid + 0.01).max()) < 1 + 1e-6
    assert float((best(grid) - other(grid)).min()) > -1e-9
    assert float((best(grid) - other(grid)).max()) > 1
    assert float((best(real) - other(real)).abs().max()) < 1e-9


def partners() -> tuple[Tensor, Tensor, Tensor]:
    """Fake points, their partners, and the points half way."""
    real, fake, _, _ = two_optima()
    goal = real[transport_plan(fake, real)]
    return fake, goal, (fake + goal) / 2


def potentials(real: Tensor, fake: Tensor) -> Tensor:
    """Values at the partners of the fake points, float64[n], of an optimum without needless ties: the mean of extreme ones.

    Cycles along w(j, k) = |x_j - y_k| - |x_j - y_j|, x_j the partner of y_j, are never below 0, so shortest ways are potentials v with
    v_k - v_j <= w(j, k): those of the dual.
    """
    goal = real[transport_plan(fake, real)]
    costs = torch.cdist(goal, fake)
    ways = costs - costs.diagonal()[:, None]
    for middle in range(len(ways)):
        ways = torch.minimum(ways, ways[:, middle, None] + ways[middle])
    return costs.diagonal() - ways.mean(0)


def agreement_one() -> None:
    """An optimum that has a gradient at the fake points, a lowest one, scores 1 there; turned by 60 degrees it scores 0.5."""
    real, fake, _, _ = two_optima()
    _, goal, _ = partners()
    values = potentials(real, fake)
    said = lowest(goal, goal, values).mean() - lowest(fake, goal, values).mean()
    assert math.isclose(float(said), exact_w1(real, fake), rel_tol=1e-6)
    slopes = gradients(lambda points: lowest(points, goal, values), fake)
    assert math.isclose(mean_cosine(slopes, goal - fake), 1, rel_tol=1e-6)
    turn = torch.tensor([[0.5, -math.sqrt(0.75)], [math.sqrt(0.75), 0.5]], dtype=torch.float64)
    assert math.isclose(mean_cosine(slopes @ turn, goal - fake), 0.5, rel_tol=1e-6)


def agreement_unique() -> None:
    """Half way to the partners both extensions rise alike; over the plane they do not."""
    real, fake, values, grid = two_optima()
    _, goal, ways = partners()
    high, low = optimal_critic(real, fake).gradient, lambda points: gradients(lambda x: lowest(x, real, values), points)
    for slopes in (high, low):
        assert mean_cosine(slopes(ways), goal - fake) > 1 - 1e-6
    assert mean_cosine(high(grid), low(grid)) < 0.95
    assert [box.value for box in OVER_TIME["agreement"].boxes[:2]] == ["agreement.fakes", "agreement.ways"]


def agreement_chance() -> None:
    """The dashed lines are at what the optimum of a sample of our own reaches, nearly."""
    recording = alone("gp")
    scene, fakes = recording.scene, trained(recording, at_start=True).fakes
    assert fakes is not None
    real, fake = (torch.from_numpy(scene[name]).double() for name in ("real", "fake"))
    goal = real[transport_plan(fake, real)]
    data = PLANE_SETS["8gaussians"]
    others = [optimal_critic(data.sample(512, random(seed)), fakes(512, random(seed + 50))) for seed in (21, 22, 23)]
    axes = panels.draw_panel("agreement", [recording]).axes
    for axis, name, at in ((axes[0], "fakes", fake[:160]), (axes[1], "ways", (fake + goal) / 2)):
        level = number(scene, f"chance.{name}")
        found = [mean_cosine(other.gradient(at), (goal - fake)[: len(at)]) for other in others]
        assert abs(float(np.mean(found)) - level) < 0.1
        assert any(line.get_linestyle() == "--" and np.allclose(line.get_ydata(), level) for line in axis.lines)  # type: ignore[arg-type]


def scatter_line() -> None:
    """A run whose values are the optimum's lies on the dashed line, and on the line means the same value."""
    axis, cloud, line = scatter_of(1.0)
    assert np.allclose(cloud[:, 0], cloud[:, 1])
    assert np.allclose(line[0], line[1])
    assert axis


def scatter_cloud() -> None:
    """The optimum times 0.3: a straight cloud off the line, correlation 1, the same directions, another slope."""
    _, cloud, _ = scatter_of(0.3)
    one, other = torch.from_numpy(cloud.astype(np.float64)).T
    assert math.isclose(correlation(one, other), 1, rel_tol=1e-6)
    assert not np.allclose(cloud[:, 0], cloud[:, 1], atol=0.1)
    real, fake, _, grid = two_optima()
    best = optimal_critic(real, fake)
    slopes = gradients(lambda points: 0.3 * best(points), grid + 0.01)
    assert math.isclose(mean_cosine(slopes, best.gradient(grid + 0.01)), 1, rel_tol=1e-6)
    assert torch.allclose(slopes.norm(dim=1), torch.tensor(0.3).double())


def scatter_of(scale: float) -> tuple[object, Floats, tuple[object, object]]:
    recording = alone("gp")
    assert recording.moment is not None
    optimum = recording.scene["optimum_values"]
    moment = Moment(1, 1.0, {**recording.moment.arrays, "values": scale * optimum})
    axis = panels.draw_panel("scatter", [Recording(**vars(recording) | {"moment": moment})]).axes[0]
    clouds = [np.column_stack((line.get_xdata(), line.get_ydata())) for line in axis.lines if line.get_marker() == "o"]  # type: ignore[arg-type]
    (line,) = [line for line in axis.lines if line.get_linestyle() == "--"]
    return axis, np.concatenate(clouds), (line.get_xdata(), line.get_ydata())


def lipschitz_below_w1() -> None:
    """Kantorovich: no function of slope 1 at most says more than W1; f(x) = 2 x, which is steeper, does. So of runs."""
    real, fake = torch.randn(64, 2, generator=random()), torch.randn(64, 2, generator=random(1)) + torch.tensor([1.5, 0.0])
    w1 = exact_w1(real, fake)
    for point in 4 * torch.randn(200, 2, generator=random(2)):
        estimate = (real - point).norm(dim=1).mean() - (fake - point).norm(dim=1).mean()
        assert abs(float(estimate)) <= w1 + 1e-6
    assert 2 * float(fake[:, 0].mean() - real[:, 0].mean()) > w1
    for recording in (alone("gp"), alone("clip")):
        steep = max(last(recording, f"quantiles_{kind}.high") for kind in ("line", "plane"))
        assert last(recording, "agreement.estimate") <= recording.scene["exact"][0] or steep > 1


# --- a critic alone -----------------------------------------------------------------------------------------------------------------


def level_lines() -> None:
    """From one level line to the next, one unit of D higher, it is one unit of x along the gradient of the optimum, on its cones."""
    real, fake, _, _ = two_optima()
    best = optimal_critic(real, fake)
    far = 20 + torch.rand(50, 2, generator=random(3), dtype=torch.float64)  # one cone alone is the lowest there
    slope = best.gradient(far)
    assert torch.allclose(best(far + slope) - best(far), torch.ones(50, dtype=torch.float64))
    figure = panels.draw_panel("samples", [alone("gp")])
    assert "level lines 1 apart" in figure.get_supxlabel().replace("\n", " ")


def optimum_is_steep_as_one() -> None:
    """Highest, lowest and their mean rise with slope 1 half way to the partners; the mean is flatter elsewhere, the one shown hardly."""
    scene = alone("gp").scene
    for kind in ("line", "plane"):
        assert np.mean(np.abs(scene[f"optimum_norms_{kind}"] - 1) < 1e-3) > 0.95
    real, fake, values, grid = two_optima()
    best = optimal_critic(real, fake)
    for share in (0.0, 0.5, 1.0):

        def critic(points: Tensor, share: float = share) -> Tensor:
            return share * best(points) + (1 - share) * lowest(points, real, values)

        assert torch.allclose(gradient_norms(critic, partners()[2]), torch.ones(96, dtype=torch.float64), atol=1e-6)
        assert math.isclose(float((gradient_norms(critic, grid + 0.01) > 0.999).double().mean()), 1, abs_tol=0.05) == (share != 0.5)


def penalty_on_lines() -> None:
    """D = |x| between real and fake, as steep as one likes elsewhere: the penalty is 0 all the same."""
    constraint = alone("gp").config.constraint
    assert isinstance(constraint, GradientPenalty)
    assert constraint.points == "line"
    real, fake = torch.rand(64, 1, generator=random()), 2 + torch.rand(64, 1, generator=random(1))
    points = interpolates(real, fake, torch.rand(64, generator=random(2)))

    def critic(x: Tensor) -> Tensor:
        return torch.where((x >= 0) & (x <= 3), x, 100 * x).flatten()

    assert float(penalty_of_norms(gradient_norms(critic, points))) < 1e-10
    assert float(gradient_norms(critic, points + 10).min()) > 99


def estimate_alone() -> None:
    """From the first moment after an update it rises; then hardly: by more in the first half than in the second. The fake points stay."""
    for method in METHODS:
        recording = alone(method)
        _, first, *rest = (number(moment.arrays, "agreement.estimate") for moment in recording.moments)
        assert rest[-1] > 1.1 * max(first, 0)
        assert abs(rest[-1] - max(rest)) < 0.1 * max(rest)
        assert np.array_equal(whole_moments(recording)[-1]["samples"], recording.scene["fake"])
