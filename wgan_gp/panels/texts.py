"""What each panel is called, what to look for, its formula and its source: for the board, the figures and their captions alike."""

from __future__ import annotations

from collections.abc import Mapping

from wgan_gp.panels.table import ARJOVSKY, ESTIMATE, GULRAJANI, OVER_TIME

PANEL_TEXTS: Mapping[str, Mapping[str, str]] = {
    "samples": {
        "title": "Samples now",
        "look": "Do the samples reach everything that is in the real data, and stay there?",
        "formula": "G(z) at the same latents z throughout. Background: D(x) minus its mean over real data; lines one unit apart.",
        "source": f"{GULRAJANI}, figure 1",
    },
    "norms": {
        "title": "How steep the critic is now",
        "look": "The penalty gathers the norms at 1. Clipping leaves them wherever the weights allow.",
        "formula": "‖∇D(x)‖ at points on lines between real and fake, at real, or at fake points",
        "source": f"{GULRAJANI}, section 4 and proposition 1",
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
        "source": f"{GULRAJANI}, figure 1 b",
    },
    "layers": {
        "title": "Gradients through the critic's layers",
        "look": "A flat line hands every layer a gradient of the same size. Under clipping it falls or rises by powers of ten.",
        "formula": "‖∂(critic loss) / ∂(activations of a layer)‖ over 64 real and 64 fake points and the layer's units, on a logarithmic "
        "scale; the loss without the penalty, so that all critics are asked the same. The last layer is the value itself",
        "source": f"{GULRAJANI}, figure 1 b, left",
    },
    "layers-over-time": {
        "title": "The same over time",
        "look": "Does training change the slope, or was it there from the first clip?",
        "formula": "log₁₀ of those norms at each moment; slope: by least squares over the layers, towards the input, so that above 0 the "
        "gradient explodes and below 0 it vanishes",
        "source": f"{GULRAJANI}, figure 1 b, left, which shows one moment",
    },
    "scatter": {
        "title": "Learnt against optimal value",
        "look": "On the dashed line the critic says what the optimum says. A straight cloud off the line: right but for its slope.",
        "formula": "D(x) − mean D(real) against f*(x) − mean f*(real) at the same 128 real and 128 fake points",
        "source": "f*: optimal critic of the 512 real and 512 fake points, from the dual of the assignment by McShane 1934",
    },
} | {
    name: {"title": panel.title, "look": panel.look, "formula": panel.formula, "source": panel.source} for name, panel in OVER_TIME.items()
}

# What the same panels say where only the critic learns.
CRITIC_TEXTS: Mapping[str, Mapping[str, str]] = {
    "samples": {
        "title": "What the critics have learnt",
        "look": "Level lines one unit apart: where slope is 1, they are one unit of length apart, too.",
        "formula": "D(x) minus its mean over real data, while the generator stands still. "
        "Exact optimum: f*(x) = min over fake y of ‖x − y‖ − v(y), v from the dual of the assignment of the points. Arrows: ∇D(x)",
        "source": f"{GULRAJANI}, figure 1 a; McShane 1934",
    },
    "norms": {
        "title": "How steep the critic is now",
        "look": "The optimum has slope 1 almost everywhere. The penalty asks for it on the lines between real and fake only.",
        "formula": "‖∇D(x)‖ at points on lines between real and fake, at real or fake points, or over the whole plane",
        "source": f"{GULRAJANI}, section 4 and proposition 1",
    },
    "estimate": {
        "title": "The critic's estimate",
        "look": "The generator stands still: the estimate rises until the critic has learnt all that its constraint allows.",
        "formula": ESTIMATE,
        "source": f"{ARJOVSKY}, figure 3; {GULRAJANI}, figure 5",
    },
}
