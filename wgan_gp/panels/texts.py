"""What each panel is called, what to look for, its formula and its source: for the board, the figures and their captions alike."""

from __future__ import annotations

from collections.abc import Mapping

from wgan_gp.panels.charts import Text
from wgan_gp.panels.looks import ALONE, LOOKS
from wgan_gp.panels.table import ARJOVSKY, ESTIMATE, GULRAJANI, OVER_TIME

PANEL_TEXTS: Mapping[str, Text] = {
    "samples": Text(
        title="Samples now",
        look=LOOKS["samples"],
        formula="G(z) at the same latents z throughout. Background: D(x) minus its mean over real data, with level lines as far apart as "
        "each card says.",
        source=f"{GULRAJANI}, figure 1",
    ),
    "norms": Text(
        title="How steep the critic is now",
        look=LOOKS["norms"],
        formula="‖∇D(x)‖ at points on lines between real and fake, at real, or at fake points",
        source=f"{GULRAJANI}, section 4 and proposition 1",
    ),
    "interpolation": Text(
        title="Between two latents",
        look=LOOKS["interpolation"],
        formula="G(z) with z on the great circle between two fixed latents (slerp)",
        source="White 2016, arXiv 1609.04468",
    ),
    "weights": Text(
        title="The critic's weights",
        look=LOOKS["weights"],
        formula="histogram of all weights and biases of the critic",
        source=f"{GULRAJANI}, figure 1 b",
    ),
    "layers": Text(
        title="Gradients through the critic's layers",
        look=LOOKS["layers"],
        formula="‖∂(critic loss) / ∂(activations of a layer)‖ over 64 real and 64 fake points and the layer's units, on a logarithmic "
        "scale; the loss without the penalty, so that all critics are asked the same. The last layer is the value itself",
        source=f"{GULRAJANI}, figure 1 b, left",
    ),
    "layers-over-time": Text(
        title="The same over time",
        look=LOOKS["layers-over-time"],
        formula="log₁₀ of those norms at each moment; slope: by least squares over the layers, towards the input, so that above 0 the "
        "gradient explodes and below 0 it vanishes",
        source=f"{GULRAJANI}, figure 1 b, left, which shows one moment",
    ),
    "scatter": Text(
        title="Learnt against optimal value",
        look=LOOKS["scatter"],
        formula="D(x) − mean D(real) against f*(x) − mean f*(real) at the same 128 real and 128 fake points",
        source="f*: optimal critic of the 512 real and 512 fake points, from the dual of the assignment by McShane 1934",
    ),
    **OVER_TIME,
}

CRITIC_TEXTS: Mapping[str, Text] = {
    "samples": Text(
        title="What the critics have learnt",
        look=ALONE["samples"],
        formula="D(x) minus its mean over real data, while the generator stands still. "
        "Exact optimum: f*(x) = min over fake y of ‖x − y‖ − v(y), v from the dual of the assignment of the points. Arrows: ∇D(x)",
        source=f"{GULRAJANI}, figure 1 a; McShane 1934",
    ),
    "norms": Text(
        title="How steep the critic is now",
        look=ALONE["norms"],
        formula="‖∇D(x)‖ at points on lines between real and fake, at real or fake points, or over the whole plane",
        source=f"{GULRAJANI}, section 4 and proposition 1",
    ),
    "estimate": Text(
        title="The critic's estimate",
        look=ALONE["estimate"],
        formula=ESTIMATE,
        source=f"{ARJOVSKY}, figure 3; {GULRAJANI}, figure 5",
    ),
}
"""What the same panels say where only the critic learns."""


def text_of(panel: str, *, critic_alone: bool) -> Text:
    """The panel's text. Raises KeyError."""
    return (critic_alone and CRITIC_TEXTS.get(panel)) or PANEL_TEXTS[panel]
