"""What to look for in each panel: sentence by sentence, each with its key and, where it is not always true, its condition.

To add one: write it here, and register a check of what it claims under its key in tests/panels/test_sentences.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from wgan_gp.panels.sentences import Sentence, fact, some

LOOKS: Mapping[str, tuple[Sentence, ...]] = {
    "samples": (Sentence("samples.reach", "Do the samples reach everything that is in the real data, and stay there?"),),
    "estimate": (
        Sentence("estimate.course", "Should rise fast while the critic learns, then fall towards 0 as samples improve."),
        Sentence("estimate.levels", "Levels of two critics do not compare."),
        Sentence(
            "estimate.negative",
            "Below 0: the generator has moved on and the critic has not followed yet.",
            when=some(fact("curve.estimate", "<", 0)),
            caption=True,
        ),
    ),
    "norms": (
        Sentence("norms.penalty", "The penalty gathers the norms at 1."),
        Sentence("norms.clipping", "Clipping leaves them wherever the weights allow."),
    ),
    "losses": (
        Sentence("losses.terms", "Three terms: critic loss = −E[D(real)] + E[D(fake)] + λ·GP."),
        Sentence("losses.generator", "The generator's loss is faint: its level is arbitrary."),
    ),
    "norms-over-time": (
        Sentence("norms-over-time.band", "A band around 1 that narrows means that the constraint holds."),
        Sentence("norms-over-time.faint", "Far below 1, the generator learns from a faint signal."),
    ),
    "interpolation": (
        Sentence("interpolation.smooth", "A good generator changes smoothly."),
        Sentence("interpolation.jumps", "In the plane, long jumps between modes are where it has to cross empty space."),
    ),
    "weights": (
        Sentence("weights.clipping", "Clipping piles weights up at −c and +c."),
        Sentence("weights.penalty", "The penalty leaves a bell."),
    ),
    "layers": (
        Sentence("layers.flat", "A flat line hands every layer a gradient of the same size."),
        Sentence("layers.clipping", "Under clipping it falls or rises by powers of ten."),
    ),
    "layers-over-time": (Sentence("layers-over-time.first-clip", "Does training change the slope, or was it there from the first clip?"),),
    "scatter": (
        Sentence("scatter.line", "On the dashed line the critic says what the optimum says."),
        Sentence("scatter.cloud", "A straight cloud off the line: right but for its slope."),
    ),
    "truth": (
        Sentence("truth.band", "W₁ falls into the green band when samples are as good as data."),
        Sentence(
            "truth.ratio",
            "The critic's number is no distance: its slope is not 1 everywhere, and it has not finished learning; "
            "so its ratio to W₁ moves.",
        ),
    ),
    "quality": (
        Sentence("quality.floor", "The distance falls towards the dashed line, where two sets of real images lie."),
        Sentence("quality.density", "Density is low where samples resemble no data, coverage where kinds of pictures are missing."),
    ),
    "agreement": (
        Sentence("agreement.one", "A cosine of 1: a generator that follows the critic goes the optimal way."),
        Sentence("agreement.chance", "Dashed: the optimum of another sample."),
    ),
    "distance": (
        Sentence("distance.lipschitz", "A 1-Lipschitz critic stays at or below the green line; above it, it is steeper than 1 somewhere."),
        Sentence("distance.clipping", "What a clipped one says depends on c."),
    ),
    "weights-over-time": (
        Sentence("weights-over-time.signs", "Near 100 % the critic has little left to choose but signs."),
        Sentence("weights-over-time.first-clip", "The first clip alone takes many weights there."),
    ),
    "bracket": (
        Sentence(
            "bracket.between", "The Lipschitz constant lies between the steepest point seen and the product of the layers' operator norms."
        ),
        Sentence("bracket.apart", "Where the two are far apart, a bound on the weights says little of the slope."),
    ),
}

ALONE: Mapping[str, tuple[Sentence, ...]] = {
    "samples": (Sentence("samples.alone", "Level lines one unit apart: where slope is 1, they are one unit of length apart, too."),),
    "norms": (
        Sentence("norms.alone.optimum", "The optimum has slope 1 almost everywhere."),
        Sentence("norms.alone.lines", "The penalty asks for it on the lines between real and fake only."),
    ),
    "estimate": (
        Sentence(
            "estimate.alone", "The generator stands still: the estimate rises until the critic has learnt all that its constraint allows."
        ),
    ),
}
"""Where only the critic learns."""
