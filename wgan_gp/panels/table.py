"""The panels over time: which numbers, on which axes, beside which marks, and in which words. Without matplotlib.

The board gets this table as JSON and draws it with one class (ui/web/panels/overtime.js), figures and CSV files are made of it by
figures/overtime.py. Numbers are named as in measures/table.py and `DERIVED`, those of every iteration `curve.<column>` as in
training/events.py. In texts `{truth.w1:2}` stands for that number in two digits, `{truth.good*100:3}` for a hundred times it,
`{weights_share.share:%}` for a percentage, `{curve.real|unknown}` for it or for that word; a piece of text with a number that is not
known is left out. `{smoothing}` is over how many iterations curves are averaged, `{kind}` the chosen kind of points by name, `{points}`
in words.
"""

from __future__ import annotations

from collections.abc import Mapping

from wgan_gp.panels.charts import Box, OverTime
from wgan_gp.panels.looks import LOOKS

GULRAJANI = "Gulrajani et al. 2017, arXiv 1704.00028"
ARJOVSKY = "Arjovsky et al. 2017, arXiv 1701.07875"
ESTIMATE = "E[D(real)] − E[D(fake)]"

DUEL_PANELS = (
    "samples", "estimate", "norms", "truth", "quality", "losses", "norms-over-time", "interpolation", "weights", "bracket",
)  # fmt: skip
CRITIC_PANELS = ("samples", "norms", "scatter", "agreement", "distance", "norms-over-time", "losses", "weights", "bracket")
GRADIENTS_PANELS = ("samples", "layers", "layers-over-time", "weights", "weights-over-time", "norms", "estimate")

_FIRST = "appears here with the first moments."

OVER_TIME: Mapping[str, OverTime] = {
    "estimate": OverTime(
        title="The critic's estimate",
        look=LOOKS["estimate"],
        formula=ESTIMATE,
        source=f"{ARJOVSKY}, figure 3; {GULRAJANI}, figure 5",
        measure="curve",
        boxes=(
            Box(
                "", "units of D", "curve.estimate", dots=("estimates.train", "estimates.held_out"), log=True,
                y_alone=f"{ESTIMATE}, units of D",
            ),
        ),
        legend=("{curve.estimate:2}",),
        alternative="The critic's estimate over training; now {runs}.",
        spoken=("{curve.estimate|has no value yet}",),
        between=", ",
        empty="The estimate appears here with the first iterations.",
        note="Line: exponential mean over {smoothing}{log}.",
        note_log="; not drawn: values up to 0",
        log="off",
        log_help="Logarithmic scale: values at or below 0 are left out",
        csv=(("estimate", "curve.estimate"), ("estimate_same_moment", "estimates.train"), ("estimate_held_out", "estimates.held_out")),
        caption=("Lines: exponential mean over {smoothing}, the raw values faint behind.",),
    ),
    "losses": OverTime(
        title="What the critic's loss is made of",
        look=LOOKS["losses"],
        formula="critic loss = E[D(fake)] − E[D(real)] + λ E[(‖∇D(x̂)‖ − 1)²]; generator loss = −E[D(fake)]",
        source=f"{GULRAJANI}, equation 3",
        measure="curve",
        boxes=(
            Box("−E[D(real)]", "units of D", "curve.real", mirrored=True),
            Box("E[D(fake)]", "units of D", "curve.fake", mirrored=True),
            Box("λ · GP", "units of D", "curve.penalty", remark="0 without a penalty"),
            Box("generator loss", "units of D", "curve.generator_loss", remark="its level is arbitrary", faint=True, moving=True),
        ),
        legend=(),
        alternative="Loss terms now. {runs}.",
        spoken=(
            "−E[D(real)] {curve.real|unknown}", ", E[D(fake)] {curve.fake|unknown}", ", λ · GP {curve.penalty|unknown}",
            ", generator loss {curve.generator_loss|unknown}",
        ),
        opening="{run}: ",
        empty="The terms of the loss appear here with the first iterations.",
        csv=(
            ("minus_mean_d_real", "curve.real"), ("mean_d_fake", "curve.fake"), ("penalty", "curve.penalty"),
            ("generator_loss", "curve.generator_loss"),
        ),
        caption=(
            "Critic loss = −E[D(real)] + E[D(fake)] + λ · GP; the generator loss is −E[D(fake)], its level is arbitrary.",
            "Lines: exponential mean over {smoothing}, the raw values faint behind.",
        ),
    ),
    "norms-over-time": OverTime(
        title="How steep the critic was",
        look=LOOKS["norms-over-time"],
        formula="median and 10 to 90 % of ‖∇D(x̂)‖ over the interpolates of each moment",
        source=f"{GULRAJANI}, section 4",
        measure="quantiles_{kind}",
        kinds=True,
        boxes=(
            Box(
                "", "gradient norm", "quantiles_{kind}.median", around=("quantiles_{kind}.low", "quantiles_{kind}.high"), aim=1, log=True,
            ),
        ),
        legend=("{quantiles_{kind}.median:3}", " ({quantiles_{kind}.low:3} to {quantiles_{kind}.high:3})"),
        alternative="The critic's gradient norm over training at {points}; median now {runs}.",
        spoken=("{quantiles_{kind}.median:3}",),
        between=", ",
        empty="The band appears here with the first moments.",
        missing="These runs recorded no gradient norms at {points}.",
        note="At {points}. Line: median; band: 10 to 90 %.",
        log="off",
        csv=(
            ("quantile_10", "quantiles_{kind}.low"), ("median", "quantiles_{kind}.median"), ("quantile_90", "quantiles_{kind}.high"),
        ),
        caption=("‖∇D(x)‖. Line: median; band: 10 to 90 %; dashed: 1, the penalty's aim.",),
    ),
    "truth": OverTime(
        title="Next to the exact answer",
        look=LOOKS["truth"],
        formula="a sample is good within 3 σ of a mode (perfect data: 98.9 %), a mode well covered with 20 % of its fair share of samples; "
        "W₁ = min over matchings of the mean ‖x − y‖ between the samples and as many real points, of which each part of the data has "
        "its fair share",
        source="Lin et al. 2018, PacGAN; W₁ exact by linear assignment (SciPy); Stanczuk et al. 2021, arXiv 2103.01678",
        measure="truth",
        known="truth.low",
        boxes=(
            Box("good samples", "share (%)", "truth.good", scale=100, most=100, needs="truth.well"),
            Box("modes well covered", "modes", "truth.well", most="truth.modes", needs="truth.well"),
            Box("exact W₁", "W₁ (units of x)", "truth.w1", band=("truth.low", "truth.high")),
            Box("estimate / W₁", "units of D per unit of x", "estimates.train / truth.w1", above=("truth.w1", "truth.high")),
        ),
        legend=("{truth.good:%} good", ", {truth.well} of {truth.modes} modes", ", W₁ {truth.w1:3}"),
        alternative="Good samples, modes, the exact distance between real and generated samples and the critic's estimate as a multiple of "
        "it; now {runs}.",
        empty=f"The exact distance {_FIRST}",
        note="Of {truth.samples} samples. Green band: W₁ of as many real points, 5 to 95 % of draws, {truth.low:2} to {truth.high:2}.",
        csv=(
            ("exact_w1", "truth.w1"), ("noise_floor_low", "truth.low"), ("noise_floor_high", "truth.high"), ("modes", "truth.modes"),
            ("modes_well_covered", "truth.well"), ("share_of_good_samples", "truth.good"), ("estimate", "estimates.train"),
            ("samples", "truth.samples"),
        ),
        caption=(
            "Of {truth.samples} samples. Green: W₁ of as many real points, 5 to 95 % of draws, {truth.low:2} to {truth.high:2}; estimate / "
            "W₁ ends where W₁ enters it. W₁ by linear assignment.",
        ),
    ),
    "quality": OverTime(
        title="Next to real images",
        look=LOOKS["quality"],
        formula="FD = ‖μ − μ'‖² + tr(C + C' − 2 (C C')^½), with means and covariances of 84 features of up to 1,000 generated images "
        "and as many real ones. The features are those of a small net that learnt to tell the classes of these data: FD is no FID, and is "
        "comparable within one data set only. Density and coverage: how many balls round real images, up to their 5th neighbour, "
        "hold a sample; data score 1 and 0.969",
        source="Heusel et al. 2017, arXiv 1706.08500; Naeem et al. 2020, arXiv 2002.09797",
        measure="quality",
        known="quality.floor",
        once="quality.iteration",
        boxes=(
            Box(
                "Frechet distance", "FD (features²)", "quality.distance", line="quality.floor",
                line_text="real against real: {quality.floor:2}", line_above=True, log=True,
            ),
            Box("density", "density (data: 1)", "quality.density", line=1, line_text="real data"),
            # of two sets of real images: Naeem et al. 2020, 5 neighbours
            Box("coverage", "share of real images", "quality.coverage", line=0.969, line_text="real data", most=1),
            Box("modes well covered", "modes", "quality.well", most="quality.modes", needs="quality.well"),
        ),
        legend=(
            "FD {quality.distance:2}, density {quality.density:2}, coverage {quality.coverage:2}",
            ", {quality.well} of {quality.modes} modes",
        ),
        alternative="The distance between features of generated and real images over training, with density and coverage; now {runs}.",
        empty="Images are judged about every twenty seconds, and at the end of a run: the first answer appears here.",
        note="Green: {quality.samples} real images against as many others, distance {quality.floor:2}; no generator can be told from data "
        "below it.",
        log="on",
        log_help="Logarithmic scale of the distance",
        dots=True,
        thin=True,
        csv=(
            ("frechet_distance", "quality.distance"), ("floor", "quality.floor"), ("density", "quality.density"),
            ("coverage", "quality.coverage"), ("modes", "quality.modes"), ("modes_well_covered", "quality.well"),
            ("samples", "quality.samples"),
        ),
        caption=(
            "Features of a small net trained on these data: no FID. Dashed green: {quality.samples} real images against as many others, "
            "FD {quality.floor:2}; density and coverage with 5 neighbours.",
        ),
    ),
    "agreement": OverTime(
        title="How far the critic agrees with the optimum",
        look=LOOKS["agreement"],
        formula="mean of cos(∇D(x), y(x) − x) at fake points x and half way to their partners y(x) in the exact matching: there every "
        "optimum rises towards the partner with slope 1; correlation of D and f* at the points drawn",
        source=f"{GULRAJANI}, proposition 1; f* by McShane 1934 from the exact dual",
        measure="agreement",
        boxes=(
            Box(
                "direction at fake points", "mean cosine", "agreement.fakes", most=1, needs="agreement.fakes",
                line="chance.fakes", line_text="another sample's optimum",
            ),
            Box(
                "direction half way to the partners", "mean cosine", "agreement.ways", most=1, needs="agreement.ways",
                line="chance.ways", line_text="another sample's optimum",
            ),
            Box("values at the points drawn", "correlation", "agreement.drawn", most=1, needs="agreement.drawn"),
        ),
        legend=("{agreement.fakes:2} at fake points", ", {agreement.ways:2} half way", ", values {agreement.drawn:2}"),
        alternative="Agreement with the exact optimum, 1 is the same: {runs}.",
        empty=f"The comparison {_FIRST}",
        missing="These runs were not compared with an optimum: their generators move.",
        note="1: the same. The optimum of other samples of the same data reaches a cosine of {each} at the fake points.",
        each="{chance.fakes:2}",
        csv=(
            ("cosine_at_fakes", "agreement.fakes"), ("cosine_half_way", "agreement.ways"), ("correlation_at_points", "agreement.drawn"),
            ("cosine_on_lines", "agreement.lines"), ("cosine_over_plane", "agreement.plane"),
            ("correlation_of_values", "agreement.values"),
        ),
        caption=(
            "Mean cosine of the angle between ∇D and the way to the partner in the exact matching.",
            "Dashed: the optimum of other samples of the same two distributions.",
        ),
    ),
    "distance": OverTime(
        title="The estimate against the exact distance",
        look=LOOKS["distance"],
        formula="E[D(real)] − E[D(fake)] on the 512 real and 512 fake points of which W₁ = min over matchings of the mean ‖x − y‖",
        source="exact by linear assignment (SciPy); Stanczuk et al. 2021, arXiv 2103.01678",
        measure="agreement",
        boxes=(Box("", "units of D (W₁: of x)", "agreement.estimate", band=(0.0, "exact.high"), line="exact.w1", log=True),),
        legend=("{agreement.estimate:2}",),
        spoken=("{agreement.estimate:3}", ", exact distance {exact.w1:3}"),
        alternative="The critic's estimate over training beside the exact distance: {runs}.",
        empty="The estimate and the exact distance appear here with the first moments.",
        missing="These runs keep no exact distance: their generators move.",
        note="Green line: exact W₁ of the points; green band: as much as two sets of real data differ.",
        grouped=True,
        group_title="exact W₁ = {exact.w1:3}",
        log="off",
        log_help="Logarithmic scale: values at or below 0 are left out",
        csv=(
            ("estimate", "agreement.estimate"), ("exact_w1", "exact.w1"), ("noise_floor_low", "exact.low"),
            ("noise_floor_high", "exact.high"),
        ),
        each="{exact.w1:3} (noise floor {exact.low:2} to {exact.high:2})",
        caption=(
            "Green: exact W₁ of 512 real and 512 fake points, {each}; band: up to its noise floor. A critic above the line is steeper "
            "than 1.",
        ),
    ),
    "weights-over-time": OverTime(
        title="Weights at the clipping limit",
        look=LOOKS["weights-over-time"],
        formula="share of all weights and biases of the critic with | |w| − c | ≤ 0.01 c",
        source=f"{GULRAJANI}, figure 1 b, right",
        measure="weights_share",
        boxes=(Box("", "share (%)", "weights_share.share", scale=100, most=100),),
        legend=("{weights_share.share:%}",),
        alternative="Share of the critic's weights within 1 % of the clipping limit, over training; now {runs}.",
        empty=f"The share {_FIRST}",
        missing="These runs did not count their weights at ±c.",
        only="clip",
        without="Not here, since nothing is clipped: {names}.",
        nobody="No run here is clipped: there is no ±c.",
        nobody_spoken="no clipped run",
        csv=(("share_at_limit", "weights_share.share"),),
        caption=("Of all weights and biases; runs that are not clipped have none.",),
    ),
    "bracket": OverTime(
        title="How steep it can be at most",
        look=LOOKS["bracket"],
        formula="max ‖∇D(x)‖ over the points of the histogram ≤ Lipschitz constant ≤ product over layers of ‖W‖₂, since ReLU and LeakyReLU "
        "stretch by 1 at most",
        source="Szegedy et al. 2014, arXiv 1312.6199, section 4.3",
        measure="bracket",
        boxes=(
            Box("steepest point seen", "gradient norm", "bracket.low", line=1, line_text="1", log=True),
            Box("product of operator norms", "gradient norm", "bracket.high", line=1, line_text="1", log=True),
            Box(
                "product / steepest seen", "times", "bracket.high / bracket.low", line=1, line_text="1: they agree", line_above=True,
                log=True,
            ),
        ),
        legend=("{bracket.low:2}", " to {bracket.high:2}"),
        alternative="Bounds of the critic's Lipschitz constant, from points and from its weights, over training; now {runs}.",
        spoken=("between {bracket.low:2}", " and {bracket.high:2}"),
        empty="The two bounds appear here with the first moments.",
        missing="These runs did not measure the two bounds.",
        log="on",
        log_help="Logarithmic scale",
        dots=True,
        csv=(("steepest_seen", "bracket.low"), ("product_of_operator_norms", "bracket.high")),
        caption=(
            "The Lipschitz constant lies between the largest gradient norm at points and the product of the layers' operator norms; "
            "dashed: 1.",
        ),
    ),
}  # fmt: skip
