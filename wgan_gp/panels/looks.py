"""What to look for in each panel: sentence by sentence, each with its key and, where it is not always true, its condition.

To add one: write it here; in tests/panels/test_sentences.py register under its key a check of what it claims and, where it has a condition,
states in which it is said and is not.
"""

from __future__ import annotations

from collections.abc import Mapping

from wgan_gp.panels.sentences import Sentence, both, either, every, fact, some

CLIPPED, PENALISED = fact("constraint", "==", "clip"), fact("constraint", "==", "gp")
TO_ONE = both(PENALISED, fact("target", "==", 1), fact("sides", "==", "two"), fact("weight", ">", 0))
STEP_OF_ADAM = 1e-8  # what RMSProp and Adam add to the root: gradients far below it move nothing
DEEP = 8  # hidden layers from which clipping changes gradients by powers of ten
STEEP = 0.25  # powers of ten for each layer: two for eight

LOOKS: Mapping[str, tuple[Sentence, ...]] = {
    "samples": (
        Sentence(
            "samples.colours", "Grey: real points; in colour: samples at the same latents throughout.", some(fact("plane", "==", True))
        ),
        Sentence("samples.reach", "Do the samples reach everything that is in the real data, and stay there?"),
    ),
    "estimate": (
        Sentence("estimate.course", "How far the critic keeps real and fake apart. It falls with their distance if the critic keeps up."),
        Sentence("estimate.loss", "The critic loss that most code prints is minus this, plus the penalty."),
        Sentence("estimate.levels", "Levels of two critics do not compare.", fact("runs", ">", 1)),
        Sentence(
            "estimate.negative",
            "Below 0: the critic ranks the fakes first, until it has followed the generator.",
            when=some(fact("curve.estimate", "<", 0)),
            caption=True,
        ),
        Sentence(
            "estimate.held-out",
            "Circles: training data (filled) and held-out data (open) at one moment; a gap that keeps growing is the critic's overfitting.",
            when=some(fact("images", "==", True)),
            caption=True,
        ),
    ),
    "norms": (
        Sentence("norms.penalty", "The penalty pulls the norms to 1.", some(TO_ONE)),
        Sentence("norms.clipping", "Clipping leaves them wherever the weights allow.", some(CLIPPED)),
    ),
    "losses": (
        Sentence("losses.terms", "Three terms: critic loss = −E[D(real)] + E[D(fake)] + λ·GP."),
        Sentence("losses.penalty", "λ·GP falls but stays above 0, for a slope a little above 1 pays.", some(TO_ONE)),
        Sentence(
            "losses.generator",
            "The generator's loss is faint: a constant added to D moves it and changes nothing else, so its ups and downs say nothing.",
            some(fact("critic_alone", "==", False)),
        ),
    ),
    "norms-over-time": (
        Sentence("norms-over-time.band", "Under the penalty, a narrow band around 1 means that it holds.", some(TO_ONE)),
        Sentence(
            "norms-over-time.small",
            "The size of a slope alone does not matter to RMSProp and Adam, only its direction does.",
            when=some(both(fact("quantiles_line.median", "<", 0.1), fact("quantiles_line.median", ">", 1000 * STEP_OF_ADAM))),
        ),
        Sentence(
            "norms-over-time.vanished",
            "Far below 1e−8, what RMSProp and Adam add to their root, a generator stands still.",
            when=some(both(fact("quantiles_line.median", "<", STEP_OF_ADAM / 1000), fact("critic_alone", "==", False))),
        ),
    ),
    "interpolation": (
        Sentence("interpolation.smooth", "Do the samples change smoothly on the way?"),
        Sentence(
            "interpolation.jumps",
            "Long jumps are where the way crosses empty space between modes.",
            some(both(fact("modes", ">", 0), fact("plane", "==", True), fact("step", ">", 0))),
        ),
    ),
    "weights": (
        Sentence("weights.first", "Nothing has been clipped yet: compare the next moment.", some(both(CLIPPED, fact("step", "==", 0)))),
        Sentence("weights.clipping", "Clipping piles weights up at −c and +c.", some(fact("weights_share.share", ">", 0.2))),
        Sentence("weights.penalty", "The penalty leaves a bell.", some(PENALISED)),
    ),
    "layers": (
        Sentence("layers.flat", "A flat line hands every layer a gradient of the same size."),
        Sentence(
            "layers.clipping",
            "Under clipping it falls or rises by powers of ten.",
            some(
                both(CLIPPED, fact("depth", ">=", DEEP), either(fact("gradients.slope", "<", -STEEP), fact("gradients.slope", ">", STEEP)))
            ),
        ),
    ),
    "layers-over-time": (Sentence("layers-over-time.first-clip", "Does training change the slope, or was it there from the first clip?"),),
    "scatter": (
        Sentence("scatter.line", "On the dashed line the critic says what the optimum says."),
        Sentence("scatter.cloud", "A straight cloud off the line: right but for its slope."),
    ),
    "truth": (
        Sentence(
            "truth.band",
            "W₁ is not above the green band: so few points cannot tell these samples from data by it.",
            when=some(fact("truth.w1", "<=", "truth.high")),
            caption=True,
        ),
        Sentence(
            "truth.good",
            "Then look at good samples and modes.",
            when=some(both(fact("truth.w1", "<=", "truth.high"), fact("modes", ">", 0))),
        ),
        Sentence(
            "truth.collapse",
            "Most samples are good, and yet fewer modes well covered than there are: mode collapse.",
            when=some(both(fact("truth.good", ">", 0.5), fact("truth.well", "<", "truth.modes"))),
        ),
        Sentence(
            "truth.ratio",
            "estimate / W₁ ends where W₁ enters the band. It moves: the slope is not 1 everywhere, the critic has not finished learning.",
        ),
    ),
    "quality": (
        Sentence("quality.floor", "The lower the distance, the better, down to the dashed line, where two sets of real images lie."),
        Sentence(
            "quality.density", "Density is low where samples resemble no data, coverage where kinds of pictures are missing: mode collapse."
        ),
    ),
    "agreement": (
        Sentence("agreement.one", "1 at fake points: the critic shows each of them the way to its partner in the exact matching."),
        Sentence("agreement.unique", "Directions are judged where mass moves: only there do all optimal critics share them."),
        Sentence("agreement.chance", "Dashed: the optimum of another sample."),
    ),
    "distance": (
        Sentence("distance.lipschitz", "A 1-Lipschitz critic stays at or below the green line; above it, it is steeper than 1 somewhere."),
        Sentence("distance.clipping", "What a clipped one says depends on c.", some(CLIPPED)),
    ),
    "weights-over-time": (
        Sentence("weights-over-time.signs", "Near 100 % the critic has little left to choose but signs."),
        Sentence(
            "weights-over-time.first-clip",
            "The first clip alone takes many weights there.",
            some(both(CLIPPED, fact("first_weights", "==", "normal"), fact("limit", "<=", 0.05))),
        ),
    ),
    "bracket": (
        Sentence(
            "bracket.between", "The Lipschitz constant lies between the steepest point seen and the product of the layers' operator norms."
        ),
        Sentence("bracket.apart", "Where the two are far apart, a bound on the weights says little of the slope."),
    ),
}

ALONE: Mapping[str, tuple[Sentence, ...]] = {
    "samples": (
        Sentence("samples.alone", "Where the slope is 1, level lines one unit of D apart are one unit of x apart."),
        Sentence("samples.alone.many", "The exact optimum shown is one of many: away from the points they differ."),
    ),
    "norms": (
        Sentence("norms.alone.optimum", "Where mass moves every optimum has slope 1; the one shown has it almost everywhere."),
        Sentence(
            "norms.alone.lines",
            "The penalty asks for it on the lines between real and fake only.",
            some(both(TO_ONE, fact("points", "==", "line"))),
        ),
    ),
    "estimate": (
        Sentence(
            "estimate.alone",
            "The generator stands still: after the first update the estimate rises until the critic has learnt all that its constraint "
            "allows.",
        ),
    ),
}
"""Where only the critic learns."""

HOME: tuple[Sentence, ...] = (
    Sentence("home.begin", "Both generators begin with a blob.", every(fact("step", "<", 60))),
    Sentence(
        "home.ring",
        "Under the penalty samples are much nearer to the data by now than under clipping.",
        every(both(fact("step", ">=", 60), fact("step", "<", 280))),
    ),
    Sentence(
        "home.modes",
        "Both have the ring. Now samples gather on the eight modes, sooner under the penalty.",
        every(both(fact("step", ">=", 280), fact("step", "<", 900))),
    ),
    Sentence(
        "home.end",
        "Nine of ten samples end on a mode under the penalty, half of them under clipping. A part of that is the optimiser: Adam, RMSProp.",
        every(fact("step", ">=", 1300)),
    ),
    Sentence("home.flat", "The orange curve is not 0 but small: the clipped critic is more than a hundred times as flat."),
)
"""On the recorded duel of the first page."""
