"""A finished run becomes a generator that ships: the file, its model card as JSON and for people, a picture of real beside generated."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wgan_gp import imaging
from wgan_gp.config import RunConfig
from wgan_gp.data import load
from wgan_gp.data.plane import PlaneSet
from wgan_gp.errors import LabError, Refused
from wgan_gp.runs import record
from wgan_gp.shelf.cards import FOLDER, Card, cards
from wgan_gp.shelf.evaluate import evaluate
from wgan_gp.shelf.file import write_generator
from wgan_gp.shelf.generator import Generator, generate
from wgan_gp.shelf.loading import load_checkpoint_generator
from wgan_gp.shelf.recipes import CREDITS, Recipe
from wgan_gp.shelf.report import GOOD_SAMPLES, MODES, W1, Measure, shown

SHOWN = 64
ENLARGED = 320  # pixels of a grid's side in the picture, at least


@dataclass(frozen=True)
class Candidate:
    """The run of a recipe, as far as it is."""

    id: str
    finished: bool


def find_run(recipe: Recipe) -> Candidate | None:
    """The newest run with the set-up of this recipe, a finished one first; None where there is none. A run's name decides nothing."""
    found = [run for run in record.list_runs() if run.state != "damaged" and _same(run.id, recipe.config)]
    candidates = [Candidate(run.id, run.state == "finished" and run.step >= recipe.config.steps) for run in found]
    return next((run for run in candidates if run.finished), candidates[0] if candidates else None)


def _same(run_id: str, config: RunConfig) -> bool:
    with contextlib.suppress(LabError), record.RunReader(record.path_of(run_id)) as reader:  # another one that is damaged, or gone
        return reader.config().model_copy(update={"name": config.name}) == config
    return False


def publish(recipe: Recipe, run_id: str, folder: Path = FOLDER) -> Card:
    """Write file, card and picture of a finished run, and the table of all cards. Returns the card.

    Raises Refused where the run has not finished, DataMissing where the real data are not here, Damaged.
    """
    with record.RunReader(record.path_of(run_id)) as reader:
        status, (step, blob) = reader.status(), reader.checkpoint()
    if status.state != "finished":
        raise Refused(f"{run_id} is {status.state} at iteration {step:,}; only a finished run is published.")
    generator = load_checkpoint_generator(blob, recipe.name)
    generator = Generator(recipe.name, generator.config.model_copy(update={"name": recipe.name}), generator.module, generator.critic)
    content = write_generator(generator)
    credit = CREDITS[recipe.data]
    card = Card(
        name=recipe.name,
        data=recipe.data,
        method=recipe.method,
        credit=credit.maker,
        licence=credit.licence,
        recipe=recipe.command,
        config=generator.config,
        iterations=step,
        seconds=round(status.seconds, 1),
        device=f"{status.device}, 1 thread" if status.device.startswith("cpu") else status.device,
        torch=str(status.facts.get("torch", "unknown")),
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        report=evaluate(generator),
    )
    (folder / "cards").mkdir(parents=True, exist_ok=True)
    imaging.write_whole(folder / "cards" / f"{card.name}.png", _picture(generator))
    imaging.write_whole(folder / f"{card.name}.safetensors", content)
    imaging.write_whole(folder / "cards" / f"{card.name}.json", (card.model_dump_json(indent=1) + "\n").encode())
    write_pages(folder)
    return card


def write_pages(folder: Path = FOLDER) -> None:
    """Write what people read of the cards in this folder: a page for each, and the table of all."""
    found = cards(folder)
    for card in found:
        imaging.write_whole(folder / "cards" / f"{card.name}.md", page(card).encode())
    imaging.write_whole(folder / "README.md", overview(found).encode())


# --- the picture --------------------------------------------------------------------------------------------------------------


def _picture(generator: Generator) -> bytes:
    """PNG: real on the left, generated from seeds 0 to 63 on the right, none chosen by hand."""
    data = load(generator.config.data)
    if isinstance(data, PlaneSet):
        return _scatter(generator, data)
    every = np.linspace(0, len(data.images) - 1, SHOWN).round().astype(int)
    real = data.images[every].movedim(1, -1).numpy()
    grids = [imaging.grid(images) for images in (real, generate(generator, range(SHOWN)))]
    gap = np.full((grids[0].shape[0], 6, grids[0].shape[2]), 255, dtype=np.uint8)
    picture = np.concatenate([grids[0], gap, grids[1]], axis=1)
    return imaging.png(imaging.enlarge(picture, max(1, -(-ENLARGED // grids[0].shape[0]))))


def _scatter(generator: Generator, data: PlaneSet) -> bytes:
    import io

    import torch
    from matplotlib.figure import Figure

    from wgan_gp.colours import COLOURS

    figure = Figure(figsize=(6.4, 3.4), dpi=100, layout="constrained")
    real = data.sample(1000, torch.Generator().manual_seed(0)).numpy()
    colours = COLOURS["light"]
    sides = (("real", real, colours["real"]), ("generated", generate(generator, range(1000)), colours[generator.config.constraint.kind]))
    for axes, (title, points, colour) in zip(figure.subplots(1, 2), sides, strict=True):
        axes.scatter(points[:, 0], points[:, 1], s=3, color=colour, linewidths=0)
        axes.set(title=title, xlim=(-data.extent, data.extent), ylim=(-data.extent, data.extent), xlabel="x₁", ylabel="x₂", aspect="equal")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


# --- cards and their table for people -----------------------------------------------------------------------------------------


def page(card: Card) -> str:
    """The model card for people, as Markdown."""
    measures = card.report.measures if card.report else ()
    rows = "\n".join(f"| {m.name} | {shown(m.value)} | {_floor(m)} | {m.better} | {m.samples:,} | {m.help} |" for m in measures)
    trained = f"{card.iterations:,} iterations in {card.duration} on {card.device}, torch {card.torch}"
    return f"""# {card.name}

A generator for {card.title}, its critic held by {"a gradient penalty (WGAN-GP)" if card.method == "gp" else "weight clipping (WGAN)"}.

![real on the left, generated on the right]({card.name}.png)

Real on the left, generated on the right: seeds from 0 on, none chosen.

- Data: {card.credit}. Licence: {card.licence}.
- Trained: {trained}.
- Recipe: `{card.recipe}`
- File: `{card.name}.safetensors`, {card.bytes:,} bytes, SHA-256 `{card.sha256}`

| measure | generated | floor: real against real | better | samples | what it is |
| --- | ---: | ---: | --- | ---: | --- |
{rows}

```python
from wgan_gp.generators import generate, load_generator

samples = generate(load_generator("{card.name}"), range(64))
```
"""


def _floor(measure: Measure) -> str:
    return shown(measure.floor) + (f" ({measure.of_real_data()})" if measure.band else "")


def overview(found: Sequence[Card]) -> str:
    """pretrained/README.md: what is in the folder, and the table of all cards."""
    return f"""# Generators that ship

Each was trained by the Lab itself. Where a data set has two, one critic was held by the gradient penalty (gp) and one clipped (clip),
with the same nets, seed and number of iterations, each with the optimiser of its paper: RMSProp under clipping, Adam under the penalty.
`cards/` holds a model card for each; `features/` what Fréchet distances are taken with; `recordings/` what plays on the first page.
`python -m wgan_gp pretrain NAME` makes one again; `python -m wgan_gp evaluate NAME` takes the measures anew.

{table(found)}

In brackets: the same of real data against other real data. exact W₁: Wasserstein distance of 2,048 points in the plane, in brackets what
90 % of draws of real data have. FD: Fréchet distance between features of the Lab's own classifier of that data set, not comparable with
anybody's FID, nor between data sets.
"""


def table(found: Sequence[Card]) -> str:
    """The cards as a Markdown table: two measures and the distance, each with that of real data, and how long it trained on what."""
    rows = [
        "| generator | good samples, or coverage | modes, or density | distance | iterations | trained |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for card in found:
        measures = list(card.report.measures) if card.report else []
        cells = [_cell(_first(measures, *names)) for names in (("coverage", GOOD_SAMPLES), ("density", MODES), ("FD-", W1))]
        link = f"[{card.name}](cards/{card.name}.md)"
        rows.append(f"| {link} | {' | '.join(cells)} | {card.iterations:,} | {card.duration}, {card.device} |")
    return "\n".join(rows)


def _first(measures: Sequence[Measure], *starts: str) -> Measure | None:
    return next((measure for start in starts for measure in measures if measure.name.startswith(start)), None)


def _cell(measure: Measure | None) -> str:
    if measure is None:
        return ""
    kind = next((f"{kind} " for kind in ("FD", W1) if measure.name.startswith(kind)), "")
    return f"{kind}{shown(measure.value)} ({measure.of_real_data()})"
