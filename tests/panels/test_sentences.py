"""What panels say is held against numbers: each sentence has a check under its key, and states in which it is said and is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.panels import loss_claims, optimum_claims, slope_claims, truth_claims
from tests.panels.support import alone, deep, digits, duel, end, home, of, shipped, start  # noqa: F401
from tests.panels.truth_claims import DATA, SAMPLES, collapsed, random, truth_of
from wgan_gp.config import override
from wgan_gp.data.plane import PLANE_SETS
from wgan_gp.figures import panels
from wgan_gp.figures.recording import Recording
from wgan_gp.panels.looks import ALONE, LOOKS
from wgan_gp.panels.sentences import ALWAYS, Facts, Sentence, holds
from wgan_gp.presets import critic_preset, gradients_presets, preset
from wgan_gp.training.events import COLUMNS

SENTENCES: Mapping[str, Sentence] = {sentence.key: sentence for looks in (*LOOKS.values(), *ALONE.values()) for sentence in looks}


class Nothing(str):
    """Why a sentence claims nothing that could be false."""


Check = Callable[[], None]
CHECKS: Mapping[str, Check | Nothing] = {
    "samples.colours": loss_claims.samples_colours,
    "samples.reach": Nothing("a question"),
    "estimate.course": loss_claims.estimate_course,
    "estimate.loss": loss_claims.critic_losses,
    "estimate.levels": loss_claims.levels,
    "estimate.negative": loss_claims.estimate_negative,
    "estimate.held-out": loss_claims.set_against_training,
    "norms.penalty": slope_claims.norms_penalty,
    "norms.clipping": slope_claims.norms_clipping,
    "losses.terms": loss_claims.critic_losses,
    "losses.penalty": loss_claims.losses_penalty,
    "losses.generator": loss_claims.losses_generator,
    "norms-over-time.band": slope_claims.band_around_one,
    "norms-over-time.small": slope_claims.small_slopes,
    "norms-over-time.vanished": slope_claims.vanished_slopes,
    "interpolation.smooth": Nothing("a question"),
    "interpolation.jumps": truth_claims.interpolation_jumps,
    "weights.first": slope_claims.weights_first,
    "weights.clipping": slope_claims.weights_clipping,
    "weights.penalty": slope_claims.weights_penalty,
    "layers.flat": slope_claims.layers_flat,
    "layers.clipping": slope_claims.layers_clipping,
    "layers-over-time.first-clip": Nothing("a question"),
    "scatter.line": optimum_claims.scatter_line,
    "scatter.cloud": optimum_claims.scatter_cloud,
    "truth.band": truth_claims.truth_band,
    "truth.good": truth_claims.truth_good,
    "truth.collapse": truth_claims.truth_collapse,
    "truth.ratio": truth_claims.truth_ratio,
    "quality.floor": truth_claims.quality_floor,
    "quality.density": truth_claims.quality_density,
    "agreement.one": optimum_claims.agreement_one,
    "agreement.unique": optimum_claims.agreement_unique,
    "agreement.chance": optimum_claims.agreement_chance,
    "distance.lipschitz": optimum_claims.lipschitz_below_w1,
    "distance.clipping": loss_claims.levels,
    "weights-over-time.signs": slope_claims.signs_alone,
    "weights-over-time.first-clip": slope_claims.first_clip,
    "bracket.between": slope_claims.bracket_between,
    "bracket.apart": slope_claims.bracket_apart,
    "samples.alone": optimum_claims.level_lines,
    "samples.alone.many": optimum_claims.many_optima,
    "norms.alone.optimum": optimum_claims.optimum_is_steep_as_one,
    "norms.alone.lines": optimum_claims.penalty_on_lines,
    "estimate.alone": optimum_claims.estimate_alone,
}


def test_each_sentence_has_a_check() -> None:
    assert len(SENTENCES) == sum(len(looks) for looks in (*LOOKS.values(), *ALONE.values())), "a key stands twice"
    assert set(CHECKS) == set(SENTENCES)
    assert all(SENTENCES[key].text.endswith("?") == isinstance(check, Nothing) for key, check in CHECKS.items())


@pytest.mark.parametrize("key", [key for key, check in CHECKS.items() if not isinstance(check, Nothing)])
def test_what_a_sentence_claims_is_true(key: str) -> None:
    check = CHECKS[key]
    assert callable(check)
    check()


# --- when they are said -------------------------------------------------------------------------------------------------------------

CLIP, GP = of(preset("8gaussians", "clip")), of(preset("8gaussians", "gp"))
NOT_TO_ONE = [
    CLIP,
    *(of(override(preset("8gaussians", "gp"), [f"constraint.{change}"])) for change in ("target=0", "sides=one", "weight=0")),
]
MOONS = PLANE_SETS["moons"]


def gradients(*settings: str, limit: float = 0.01) -> Facts:
    return of(override(gradients_presets(clip_limits=(limit,))[0], list(settings)))


def measured(samples: object, data: str = "8gaussians") -> Facts:
    return {**of(preset(data)), **truth_of(samples, PLANE_SETS[data])}  # type: ignore[arg-type]


STATES: Mapping[str, Callable[[], tuple[Sequence[Facts], Sequence[Facts]]]] = {
    "samples.colours": lambda: ([end(duel("gp"))], [end(digits("gp"))]),
    "estimate.negative": lambda: ([{**GP, "curve.estimate": -0.1}], [{**GP, "curve.estimate": 0.1}, GP]),
    "estimate.held-out": lambda: ([end(digits("gp")), end(digits("clip"))], [end(duel("gp"))]),
    "norms.penalty": lambda: ([GP, end(alone("gp"))], NOT_TO_ONE),
    "norms.clipping": lambda: ([CLIP], [GP]),
    "losses.penalty": lambda: ([GP, end(shipped("gp"))], NOT_TO_ONE),
    "losses.generator": lambda: ([CLIP, GP], [end(alone("gp"))]),
    "norms-over-time.band": lambda: ([GP], NOT_TO_ONE),
    "norms-over-time.small": lambda: (
        [end(shipped("clip")), {**CLIP, "quantiles_line.median": 1e-4}],
        [end(shipped("gp")), start(shipped("clip")), end(deep(0.001)), end(duel("clip"))],
    ),
    "norms-over-time.vanished": lambda: (
        [end(deep(0.001))],
        [end(shipped("clip")), {**CLIP, "quantiles_line.median": 1e-9}, {**end(alone("clip")), "quantiles_line.median": 1e-12}],
    ),
    "interpolation.jumps": lambda: ([end(shipped("gp")), end(shipped("clip"))], [start(shipped("gp")), end(digits("gp"))]),
    "weights.first": lambda: ([start(duel("clip"))], [end(duel("clip")), start(duel("gp"))]),
    "weights.clipping": lambda: ([end(duel("clip"))], [start(duel("clip")), end(duel("gp"))]),
    "weights.penalty": lambda: ([GP], [CLIP]),
    "layers.clipping": lambda: (
        [*(end(deep(limit)) for limit in (0.001, 0.01, 0.1)), {**end(deep(0.01)), "gradients.slope": 0.5}],
        [start(deep(0.01)), end(deep(0.25, "steps=1", "n_critic=1")), end(duel("clip"))],  # 0.25 = 1 / root(32 / 2): as much as before
    ),
    "truth.band": lambda: ([measured(DATA.sample(SAMPLES, random()))], [measured(collapsed())]),
    "truth.good": lambda: (
        [measured(DATA.sample(SAMPLES, random()))],
        [measured(collapsed()), measured(MOONS.sample(SAMPLES, random()), "moons")],
    ),
    "truth.collapse": lambda: (
        [measured(collapsed())],
        [measured(DATA.sample(SAMPLES, random())), measured(DATA.sample(SAMPLES, random()) * 0)],  # nothing learnt yet
    ),
    "distance.clipping": lambda: ([CLIP], [GP]),
    "weights-over-time.first-clip": lambda: (
        [gradients()],
        [gradients("first_weights=inside"), gradients(limit=0.5), of(gradients_presets()[-1])],
    ),
    "norms.alone.lines": lambda: (
        [end(alone("gp"))],
        [
            of(override(critic_preset("8gaussians", "gp"), [f"constraint.{change}"]))
            for change in ("points=fake", "points=real", "sides=one", "target=0")
        ],
    ),
}


def test_each_condition_has_states_on_both_sides() -> None:
    of_runs = {"estimate.levels"}
    assert set(STATES) | of_runs == {key for key, sentence in SENTENCES.items() if sentence.when != ALWAYS}


@pytest.mark.parametrize("key", STATES)
def test_a_sentence_is_said_where_it_is_true_and_only_there(key: str) -> None:
    true, false = STATES[key]()
    assert true
    assert false
    assert [holds(SENTENCES[key].when, [state]) for state in true] == [True] * len(true)
    assert [holds(SENTENCES[key].when, [state]) for state in false] == [False] * len(false)


def test_levels_are_compared_where_there_are_several() -> None:
    when = SENTENCES["estimate.levels"].when
    assert holds(when, [CLIP, GP])
    assert not holds(when, [GP])


def test_figures_say_what_is_true_of_the_shown_iteration() -> None:
    recording = duel("gp")
    curve = recording.curve.copy()
    for estimate, expected in ((2.0, False), (-2.0, True)):
        curve[:, COLUMNS.index("estimate")] = estimate
        shown = Recording(**vars(recording) | {"curve": curve.copy()})
        words = panels.draw_panel("estimate", [shown]).get_supxlabel().replace("\n", " ")
        assert (SENTENCES["estimate.negative"].text in words) == expected
