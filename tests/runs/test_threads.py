"""How many threads a run takes, on machines whose speed is made up, and in a real run."""

from __future__ import annotations

from collections.abc import Callable

from wgan_gp.runs.threads import MOST_PATIENCE_SECONDS, Tempo


def train(
    tempo: Tempo, rate: Callable[[int, float], float], seconds: float, start: tuple[float, float] = (0.0, 0.0)
) -> tuple[float, float]:
    """Train on a machine that makes `rate(threads, now)` iterations a second, said every 0.2 s; where training is then."""
    step, now = start
    while now < start[1] + seconds:
        took = max(0.2, 1 / rate(tempo.threads, now))
        step, now = step + took * rate(tempo.threads, now), now + took
        tempo.observe(int(step), now)
    return step, now


def test_all_threads_on_a_quiet_machine() -> None:
    tempo = Tempo(4)
    step, _ = train(tempo, lambda threads, now: 60.0 * threads, 60)
    assert tempo.threads == 4
    assert step > 0.9 * 60 * 4 * 60  # little is lost by trying


def test_one_thread_while_somebody_else_uses_the_cores() -> None:
    def rate(threads: int, now: float) -> float:
        busy = 20 <= now < 200
        return (40.0 if threads == 1 else 1.0) if busy else (60.0 if threads == 1 else 100.0)

    tempo = Tempo(2)
    place = train(tempo, rate, 20)
    assert tempo.threads == 2
    busy_from = place[0]
    place = train(tempo, rate, 180, place)
    assert place[0] - busy_from > 0.85 * 180 * 40  # most of the time it was one thread
    train(tempo, rate, MOST_PATIENCE_SECONDS, place)
    assert tempo.threads == 2


def test_a_net_for_which_threads_are_no_help_is_trained_by_one() -> None:
    step, _ = train(Tempo(8), lambda threads, now: 500.0 if threads == 1 else 300.0, 300)
    assert step > 0.97 * 300 * 500


def test_one_slow_second_is_no_reason_to_change() -> None:
    tempo = Tempo(2)
    place = train(tempo, lambda threads, now: 60.0 * threads, 10)
    place = train(tempo, lambda threads, now: 50.0, 1.2, place)
    assert tempo.threads == 2
    train(tempo, lambda threads, now: 60.0 * threads, 1.2, place)
    assert tempo.threads == 2


def test_slow_iterations_and_another_run() -> None:
    tempo = Tempo(2)
    train(tempo, lambda threads, now: 0.3 * threads, 30)
    assert tempo.threads == 2
    tempo.forget()
    assert tempo.threads == 1
