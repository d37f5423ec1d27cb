"""The commands about trained generators: models, sample, interpolate, evaluate, pretrain, train-features."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wgan_gp.errors import InvalidConfig
from wgan_gp.foreground import foreground
from wgan_gp.runs import launcher
from wgan_gp.seeds import parse_seeds
from wgan_gp.shelf.cards import cards
from wgan_gp.shelf.report import headlines, shown
from wgan_gp.terminal import ending_of, target_file, visible

SAMPLE_ENDINGS = (".png", ".npz", ".csv")
PATH_ENDINGS = (".gif", ".png", ".npz", ".csv")
GENERATOR_HELP = "a generator that ships, a run's id, or a .safetensors file"
FRAME_MILLISECONDS = 80
GIF_ROOM, PNG_ROOM = 256, 512  # pixels: so often are samples enlarged as they fit into them


def list_generators(options: argparse.Namespace) -> int:
    """List the generators that ship."""
    found = cards()
    if options.json:
        print(json.dumps([card.model_dump() for card in found], indent=2))
        return 0
    for card in found:
        lines = headlines(card.report) if card.report else []
        said, real = ("; ".join(part) for part in ([line.text for line in lines], [line.real for line in lines if line.real]))
        print(f"{card.name:<20} {card.title:<28} {said}{f' (real data: {real})' * bool(real)}".rstrip())
    return 0


def sample(options: argparse.Namespace) -> int:
    """Generate samples from seeds into a file: the ending decides which kind."""
    target, seeds = target_file(options.out, SAMPLE_ENDINGS), parse_seeds(options.seeds)
    from wgan_gp.generators import generate  # brings torch: only these commands wait for it
    from wgan_gp.shelf.finding import find_generator

    _write(target, generate(find_generator(options.generator), seeds), "seed", seeds)
    return 0


def interpolate(options: argparse.Namespace) -> int:
    """Go from one seed's latent to another's, into an animation, a strip of pictures, or numbers."""
    target = target_file(options.out, PATH_ENDINGS)
    from wgan_gp import generators
    from wgan_gp.shelf.finding import find_generator

    generator = find_generator(options.generator)
    samples = generators.interpolate(generator, options.start, options.end, options.frames, options.mode)
    _write(target, samples, "frame", range(options.frames), columns=options.frames)
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Judge a generator: every measure with the same of real data beside it."""
    from wgan_gp.shelf.evaluate import evaluate as judge
    from wgan_gp.shelf.finding import find_generator

    report = judge(find_generator(options.generator))
    if options.json:
        print(report.model_dump_json(indent=2))
        return 0
    print(f"{report.model} on {report.data}, {report.seconds:.1f} s")
    print(f"{'measure':<34} {'generated':>10} {'real data':>16}  better")
    for measure in report.measures:
        print(f"{measure.name:<34} {shown(measure.value):>10} {measure.of_real_data():>16}  {measure.better}")
    return 0


def pretrain(options: argparse.Namespace) -> int:
    """Train a generator that ships after its recipe, or go on with its training, and write it into pretrained/ with its model card."""
    from wgan_gp.shelf import publish
    from wgan_gp.shelf.recipes import recipe

    wanted = recipe(options.name)
    candidate = publish.find_run(wanted)
    run_id = candidate.id if candidate else launcher.create(wanted.config)
    if candidate is None or not candidate.finished:
        if candidate is not None:
            launcher.check_resumable(run_id)
        code = foreground(run_id, wanted.config)
        if code:
            return code
    card = publish.publish(wanted, run_id)
    print(f"{card.name}: {card.bytes:,} bytes, SHA-256 {card.sha256}")
    return 0


def train_features(options: argparse.Namespace) -> int:
    """Train the small classifier whose features Fréchet distances are taken with, and write it into pretrained/features."""
    from wgan_gp.measures.train_features import train_features as train

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    train(options.data, options.seed, say)
    return 0


def export_generator(name: str, target: Path) -> int:
    """The generator of a run, or one that ships, as a .safetensors file."""
    from wgan_gp import imaging
    from wgan_gp.shelf.file import write_generator
    from wgan_gp.shelf.finding import find_generator

    imaging.write_whole(target, write_generator(find_generator(name)))
    print(visible(str(target)))
    return 0


# --- files --------------------------------------------------------------------------------------------------------------------


def _write(target: Path, samples: Any, counted: str, numbers: Sequence[int], columns: int | None = None) -> None:
    """Samples into a file, with the numbers of what counts them: seeds, or frames; `columns` of a PNG's grid."""
    import numpy as np

    from wgan_gp import imaging
    from wgan_gp.shelf import sample_files

    plane, ending = samples.ndim == 2, ending_of(target)
    if plane and ending in (".png", ".gif"):
        raise InvalidConfig("out: this generator makes points in the plane; write them to .npz or .csv.")
    if not plane and ending == ".csv":
        raise InvalidConfig("out: this generator makes images; write them to .png or .npz.")
    if ending == ".npz":
        content = imaging.npz(samples=samples, **{f"{counted}s": np.asarray(numbers, dtype=np.int64)})
    elif ending == ".csv":
        content = sample_files.table(counted, numbers, sample_files.point_columns(samples))
    elif ending == ".gif":
        content = imaging.gif(samples, FRAME_MILLISECONDS, imaging.times_in(GIF_ROOM, max(samples.shape[1:3])))
    else:
        content = sample_files.filling_png(imaging.grid(samples, columns), PNG_ROOM)
    imaging.write_whole(target, content)
    print(visible(str(target)))


# --- the parser ---------------------------------------------------------------------------------------------------------------


def generator_commands(commands: Any) -> None:
    """Add the commands of this module to the parser's."""
    command_parser(commands, "models", list_generators).add_argument("--json", action="store_true", help="print the model cards as JSON")
    sampling = command_parser(commands, "sample", sample)
    sampling.add_argument("generator", metavar="NAME", help=GENERATOR_HELP)
    sampling.add_argument("--seeds", default="0:64", help="first:end, the end not included, or a list such as 1,5,9 (default %(default)s)")
    sampling.add_argument("--out", required=True, help="grid.png (images), points.csv (the plane) or samples.npz (both)")
    walking = command_parser(commands, "interpolate", interpolate)
    walking.add_argument("generator", metavar="NAME", help=GENERATOR_HELP)
    walking.add_argument("--from", dest="start", type=int, default=1, metavar="SEED", help="the first end point (default %(default)s)")
    walking.add_argument("--to", dest="end", type=int, default=2, metavar="SEED", help="the other end point (default %(default)s)")
    walking.add_argument("--frames", type=int, default=16, help="how many samples, both ends included (default %(default)s)")
    walking.add_argument("--mode", default="slerp", help="slerp (great circle) or lerp (straight line) (default %(default)s)")
    walking.add_argument("--out", required=True, help="walk.gif, strip.png (images), path.csv (the plane) or path.npz (both)")
    judging = command_parser(commands, "evaluate", evaluate)
    judging.add_argument("generator", metavar="NAME", help=GENERATOR_HELP)
    judging.add_argument("--json", action="store_true", help="print JSON")
    command_parser(commands, "pretrain", pretrain).add_argument("name", help="a recipe, for example mnist-gp")
    features = command_parser(commands, "train-features", train_features)
    features.add_argument("data", help="a data set with labels, for example digits")
    features.add_argument("--seed", type=int, default=0, help="a whole number (default %(default)s)")


def command_parser(commands: Any, name: str, command: Any) -> argparse.ArgumentParser:
    """The parser of one command, described by the first line of its function's docstring."""
    first_line = (command.__doc__ or "").splitlines()[0]
    parser: argparse.ArgumentParser = commands.add_parser(name, help=first_line, description=first_line)
    parser.set_defaults(command=command)
    return parser
