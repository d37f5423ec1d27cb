"""The recorded duel of the first page: each of its captions is true of the moments over which it stands."""

from __future__ import annotations

from wgan_gp.figures.facts import shown
from wgan_gp.figures.recording import Recording, number, read
from wgan_gp.panels.looks import HOME
from wgan_gp.panels.sentences import holds
from wgan_gp.runs.names import path_of
from wgan_gp.runs.record import RunReader
from wgan_gp.ui.recordings import DUEL

SENTENCES = {sentence.key: sentence for sentence in HOME}


def recordings(step: int | None = None) -> list[Recording]:
    found = []
    for run in DUEL:
        with RunReader(path_of(run)) as reader:
            found.append(read(reader, lambda config: config.constraint.label, step=step))
    return found


def over(key: str, name: str) -> list[list[float]]:
    """A number of clipping's and of the penalty's moments over which a sentence stands."""
    condition = SENTENCES[key].when
    return [
        [number(moment.arrays, name) for moment in run.moments if "truth" in moment.arrays and holds(condition, [{"step": moment.step}])]
        for run in recordings()
    ]


def test_both_begin_with_a_blob() -> None:
    good = over("home.begin", "truth.good")
    assert all(share < 0.05 for run in good for share in run)
    assert all(run for run in good)


def test_the_penalty_is_nearer_to_the_data_first() -> None:
    clip, gp = over("home.ring", "truth.w1")
    assert len(gp) > 1
    assert all(penalised < 0.75 * clipped for clipped, penalised in zip(clip, gp, strict=False))


def test_samples_gather_on_modes_sooner_under_the_penalty() -> None:
    clip, gp = over("home.modes", "truth.good")
    assert gp[-1] > clip[-1]
    assert sum(gp) / len(gp) > 1.5 * sum(clip) / len(clip)
    assert max(over("home.modes", "truth.w1")[0]) < 0.35  # a ring


def test_nine_of_ten_and_half_of_them_at_the_end() -> None:
    clip, gp = over("home.end", "truth.good")
    assert all(0.85 <= share <= 0.95 for share in gp)
    assert all(0.45 <= share <= 0.55 for share in clip)
    assert [run.config.critic_optimizer.kind for run in recordings()] == ["rmsprop", "adam"]


def test_the_clipped_critic_is_flat_from_the_first_clip_on() -> None:
    clip, gp = ([number(moment.arrays, "quantiles_line.median") for moment in run.moments[1:]] for run in recordings())
    assert 100 * max(clip) < min(gp)


def test_at_most_one_caption_of_time_stands_at_once_and_all_come() -> None:
    said = set()
    for step in [moment.step for moment in recordings()[1].moments]:
        facts = shown(recordings(step))
        now = [key for key, sentence in SENTENCES.items() if key != "home.flat" and holds(sentence.when, facts)]
        assert len(now) <= 1
        said |= set(now)
    assert said == set(SENTENCES) - {"home.flat"}
