"""What each panel is called, what to look for, its formula and its source: for the board, the figures and their captions alike."""

from __future__ import annotations

from collections.abc import Mapping

_G = "Gulrajani et al. 2017, arXiv 1704.00028"
_A = "Arjovsky et al. 2017, arXiv 1701.07875"

PANEL_TEXTS: Mapping[str, Mapping[str, str]] = {
    "samples": {
        "title": "Samples now",
        "look": "Do the samples reach everything that is in the real data, and stay there?",
        "formula": "G(z) at the same latents z throughout. Background: D(x) minus its mean over real data; lines one unit apart.",
        "source": f"{_G}, figure 1",
    },
    "estimate": {
        "title": "The critic's estimate",
        "look": "Should rise fast while the critic learns, then fall towards 0 as samples improve. Levels of two critics do not compare.",
        "formula": "E[D(real)] − E[D(fake)]",
        "source": f"{_A}, figure 3; {_G}, figure 5",
    },
    "norms": {
        "title": "How steep the critic is now",
        "look": "The penalty gathers the norms at 1. Clipping leaves them wherever the weights allow.",
        "formula": "‖∇D(x)‖ at points on lines between real and fake, at real, or at fake points",
        "source": f"{_G}, section 4 and proposition 1",
    },
    "losses": {
        "title": "What the critic's loss is made of",
        "look": "Three terms: critic loss = −E[D(real)] + E[D(fake)] + λ·GP. The generator's loss is faint: its level is arbitrary.",
        "formula": "critic loss = E[D(fake)] − E[D(real)] + λ E[(‖∇D(x̂)‖ − 1)²]; generator loss = −E[D(fake)]",
        "source": f"{_G}, equation 3",
    },
    "truth": {
        "title": "Next to the exact answer",
        "look": "W₁ falls into the green band when samples are as good as data. The critic's number is no distance: its slope is not 1 "
        "everywhere, and it has not finished learning; so its ratio to W₁ moves.",
        "formula": "W₁ = min over matchings of the mean ‖x − y‖, 256 real against 256 generated points; a sample is good within 3 σ of a "
        "mode (perfect data: 98.9 %), a mode well covered with 20 % of its fair share of 512 samples",
        "source": "exact by linear assignment (SciPy); Stanczuk et al. 2021, arXiv 2103.01678; Lin et al. 2018, PacGAN",
    },
    "quality": {
        "title": "Next to real images",
        "look": "The distance falls towards the dashed line, where two sets of real images lie. Density is low where samples resemble no "
        "data, coverage where kinds of pictures are missing.",
        "formula": "FD = ‖μ − μ'‖² + tr(C + C' − 2 (C C')^½), with means and covariances of 84 features of up to 1,000 generated images "
        "and as many real ones. The features are those of a small net that learnt to tell the classes of these data: FD is no FID, and is "
        "comparable within one data set only. Density and coverage: how many balls round real images, up to their 5th neighbour, "
        "hold a sample; data score 1 and 0.969",
        "source": "Heusel et al. 2017, arXiv 1706.08500; Naeem et al. 2020, arXiv 2002.09797",
    },
    "norms-over-time": {
        "title": "How steep the critic was",
        "look": "A band around 1 that narrows means that the constraint holds. Far below 1, the generator learns from a faint signal.",
        "formula": "median and 10 to 90 % of ‖∇D(x̂)‖ over the interpolates of each moment",
        "source": f"{_G}, section 4",
    },
    "interpolation": {
        "title": "Between two latents",
        "look": "A good generator changes smoothly. In the plane, long jumps between modes are where it has to cross empty space.",
        "formula": "G(z) with z on the great circle between two fixed latents (slerp)",
        "source": "White 2016, arXiv 1609.04468",
    },
    "weights": {
        "title": "The critic's weights",
        "look": "Clipping piles weights up at −c and +c. The penalty leaves a bell.",
        "formula": "histogram of all weights and biases of the critic",
        "source": f"{_G}, figure 1 b",
    },
    "layers": {
        "title": "Gradients through the critic's layers",
        "look": "A flat line hands every layer a gradient of the same size. Under clipping it falls or rises by powers of ten.",
        "formula": "‖∂(critic loss) / ∂(activations of a layer)‖ over 64 real and 64 fake points and the layer's units, on a logarithmic "
        "scale; the loss without the penalty, so that all critics are asked the same. The last layer is the value itself",
        "source": f"{_G}, figure 1 b, left",
    },
    "layers-over-time": {
        "title": "The same over time",
        "look": "Does training change the slope, or was it there from the first clip?",
        "formula": "log₁₀ of those norms at each moment; slope: by least squares over the layers, towards the input, so that above 0 the "
        "gradient explodes and below 0 it vanishes",
        "source": f"{_G}, figure 1 b, left, which shows one moment",
    },
    "weights-over-time": {
        "title": "Weights at the clipping limit",
        "look": "Near 100 % the critic has little left to choose but signs. The first clip alone takes many weights there.",
        "formula": "share of all weights and biases of the critic with | |w| − c | ≤ 0.01 c",
        "source": f"{_G}, figure 1 b, right",
    },
    "scatter": {
        "title": "Learnt against optimal value",
        "look": "On the dashed line the critic says what the optimum says. A straight cloud off the line: right but for its slope.",
        "formula": "D(x) − mean D(real) against f*(x) − mean f*(real) at the same 128 real and 128 fake points",
        "source": "f*: optimal critic of the 512 real and 512 fake points, from the dual of the assignment by McShane 1934",
    },
    "agreement": {
        "title": "How far the critic agrees with the optimum",
        "look": "A cosine of 1: a generator that follows the critic goes the optimal way. Dashed: the optimum of another sample.",
        "formula": "mean of cos(∇D(x), ∇f*(x)) on lines between real and fake points, and over the plane; "
        "correlation of D and f* over the plane",
        "source": f"{_G}, proposition 1; f* by McShane 1934 from the exact dual",
    },
    "distance": {
        "title": "The estimate against the exact distance",
        "look": "A 1-Lipschitz critic stays at or below the green line; above it, it is steeper than 1 somewhere. "
        "What a clipped one says depends on c.",
        "formula": "E[D(real)] − E[D(fake)] on the 512 real and 512 fake points of which W₁ = min over matchings of the mean ‖x − y‖",
        "source": "exact by linear assignment (SciPy); Stanczuk et al. 2021, arXiv 2103.01678",
    },
}

# What the same panels say where only the critic learns.
CRITIC_TEXTS: Mapping[str, Mapping[str, str]] = {
    "samples": {
        "title": "What the critics have learnt",
        "look": "Level lines one unit apart: where slope is 1, they are one unit of length apart, too.",
        "formula": "D(x) minus its mean over real data, while the generator stands still. "
        "Exact optimum: f*(x) = min over fake y of ‖x − y‖ − v(y), v from the dual of the assignment of the points. Arrows: ∇D(x)",
        "source": f"{_G}, figure 1 a; McShane 1934",
    },
    "norms": {
        "title": "How steep the critic is now",
        "look": "The optimum has slope 1 almost everywhere. The penalty asks for it on the lines between real and fake only.",
        "formula": "‖∇D(x)‖ at points on lines between real and fake, at real or fake points, or over the whole plane",
        "source": f"{_G}, section 4 and proposition 1",
    },
    "estimate": {
        "title": "The critic's estimate",
        "look": "The generator stands still: the estimate rises until the critic has learnt all that its constraint allows.",
        "formula": "E[D(real)] − E[D(fake)]",
        "source": f"{_A}, figure 3; {_G}, figure 5",
    },
}
