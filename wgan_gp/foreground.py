"""Training in the foreground of a terminal, with a progress bar; the run's id is the last line."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from wgan_gp.config import RunConfig
from wgan_gp.runs import record
from wgan_gp.terminal import visible
from wgan_gp.training.events import Changed, Event, Scalars, Started


def foreground(run_id: str, config: RunConfig) -> int:
    """Train a run that `launcher.create` made, or go on with one. Returns the exit code: 0 where it finished or was stopped."""
    from wgan_gp.runs import worker

    with _progress(config) as on_event:
        code = worker.run(record.path_of(run_id), on_event=on_event)
    with record.RunReader(record.path_of(run_id)) as reader:
        status = reader.status()
    if status.message:
        print(f"wgan_gp: {visible(status.message)}", file=sys.stderr)
    print(run_id)
    return code if status.state in ("finished", "stopped") else max(1, code)


@contextlib.contextmanager
def _progress(config: RunConfig) -> Iterator[Any]:
    from tqdm import tqdm

    with tqdm(total=config.steps, unit="it", desc=f"{config.data} {config.constraint.kind}", disable=None) as bar:

        def on_event(event: Event) -> None:
            match event:
                case Started():
                    passed_over = event.facts.get("passed_over")
                    if isinstance(passed_over, list):
                        print(*(f"wgan_gp: {visible(sentence)}" for sentence in passed_over), sep="\n", file=sys.stderr)
                    bar.initial = bar.n = event.step
                case Changed():
                    bar.total = event.config.steps
                case Scalars():
                    bar.set_postfix(estimate=f"{event.rows[-1, 6]:.3f}", refresh=False)
                    bar.update(int(event.rows[-1, 0]) - bar.n)

        yield on_event
