"""The command line. Errors are one sentence on stderr; exit code 2 for bad input, 1 for a failure, 0 only for success."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from wgan_gp import presets
from wgan_gp.config import DATA_SHAPES, Changes, RunConfig, override
from wgan_gp.errors import DeviceMissing, InvalidConfig, LabError, Refused, UnknownGenerator, UnknownRun
from wgan_gp.foreground import foreground
from wgan_gp.generator_commands import command_parser, export_generator, generator_commands
from wgan_gp.runs import launcher, record
from wgan_gp.terminal import ending_of, prepare_streams, target_file, visible

BAD_INPUT = (InvalidConfig, UnknownRun, UnknownGenerator, Refused)
EXPORT_ENDINGS = (".sqlite", ".safetensors")
FIGURES = ("value-surfaces", "gradient-norms", "weights")
PRESET_HELP = "fast takes one to two minutes, paper (larger nets, longer) much longer, tiny only tries the way (default %(default)s)"

OPTIMIZER_HELP = "own: that of the constraint's paper; rmsprop or adam: the same for every constraint, to compare (default %(default)s)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 for success, 1 for a failure, 2 for bad input."""
    prepare_streams()
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except LabError as error:
        print(f"wgan_gp: {visible(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, BAD_INPUT) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone
        return 1


def entry() -> None:
    """The command `wgan-gp` of an installation."""
    sys.exit(main())


# --- the commands -------------------------------------------------------------------------------------------------------------


def train(options: argparse.Namespace) -> int:
    """Train in the foreground; the run's id is the last line."""
    config = presets.preset(options.data, options.constraint, options.preset, options.optimizer)
    fixed = {"steps": options.steps, "seed": options.seed, "device": options.device, "name": options.name}
    settings = [f"{field}={json.dumps(value)}" for field, value in fixed.items() if value is not None]
    config = override(config, settings + options.set)
    run_id = launcher.create(config)
    return foreground(run_id, config)


def resume(options: argparse.Namespace) -> int:
    """Go on with a run in the foreground, from its last checkpoint; with --steps also with one that has finished."""
    launcher.check_resumable(options.id, options.steps)
    if options.steps is not None:
        launcher.set_length(options.id, options.steps)
    with record.RunReader(record.path_of(options.id)) as reader:
        config = reader.config()
    return foreground(options.id, config)


def stop(options: argparse.Namespace) -> int:
    """Stop a run, wherever it was started; it saves its state first."""
    launcher.stop(options.id)
    return 0


def delete(options: argparse.Namespace) -> int:
    """Delete a run and all its files; refused while it is running."""
    record.delete(options.id)
    return 0


def export(options: argparse.Namespace) -> int:
    """Copy a run into one clean file that can be given away, watched and replayed, but not resumed; or its generator (.safetensors)."""
    target = target_file(options.file, EXPORT_ENDINGS, "file")
    if ending_of(target) == ".safetensors":
        return export_generator(options.id, target)
    record.export_clean(options.id, target.absolute(), checkpoints=False, moments=options.moments)
    print(visible(options.file))
    return 0


def list_runs(options: argparse.Namespace) -> int:
    """List the runs, the newest first."""
    runs = record.list_runs()
    if options.json:
        print(json.dumps([asdict(run) for run in runs], indent=2, default=str))
        return 0
    for run in runs:
        said = run.message if run.state == "damaged" else run.name
        print(f"{run.id:<32} {run.state:<12} {run.step:>9,} of {run.steps:<11,} {visible(said)}".rstrip())
    return 0


def show(options: argparse.Namespace) -> int:
    """Show one run: state, step, config, last scalars and the SHA-256 of its weights."""
    with record.RunReader(record.path_of(record.latest() if options.id == "latest" else options.id)) as reader:
        status = asdict(reader.status())
        status |= {"config": reader.config().model_dump(), "scalars": reader.last_scalars()}
    if options.json:
        print(json.dumps(status, indent=2, default=str))
        return 0
    for name, value in status.items():
        print(f"{name:<16} {json.dumps(value, default=str)}")
    return 0


def bench(options: argparse.Namespace) -> int:
    """Time the trainer beside the loop most WGAN-GP repositories have, after a check that both give the same weights."""
    override(RunConfig(), [f"device={json.dumps(options.device)}"])  # refuses what is no device at all
    from wgan_gp.benchmark import report  # brings torch: only this command waits for it
    from wgan_gp.benchmark.cases import find_cases
    from wgan_gp.benchmark.compare import compare
    from wgan_gp.training.device import resolve_device

    try:
        device = resolve_device(options.device)
    except DeviceMissing as error:
        raise InvalidConfig(str(error)) from None
    rows = []
    for case in find_cases(options.only):
        print(f"{case.name} ...", file=sys.stderr, flush=True)
        rows.append(compare(case, device, seconds=options.seconds))
    if options.json:
        print(json.dumps(report.as_json(rows, device), indent=2))
    else:
        print(report.heading(device), report.table(rows, markdown=options.markdown), sep="\n\n")
    return 0 if all(row.speeds for row in rows) else 1


def figure(options: argparse.Namespace) -> int:
    """Make a figure of the papers: .png, .svg, .pdf, its numbers as .csv and what they say as .json, into one folder."""
    import torch  # brings seconds of imports, as does matplotlib: only this command waits for them

    from wgan_gp.figures import papers

    torch.set_num_threads(1)  # nets this small gain nothing from more, and one gives the same numbers each time

    def say(line: str) -> None:
        print(f"{line} ...", file=sys.stderr, flush=True)

    for path in papers.make(options.name, options.preset, options.seed, Path(options.out), say):
        print(visible(str(path)))
    return 0


# --- the parser ---------------------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence and exit code 2, without the usage text."""
        print(f"wgan_gp: {visible(message)}; see python -m wgan_gp --help.", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m wgan_gp", description="WGAN-GP Lab: train, watch and sample Wasserstein GANs.")
    commands = parser.add_subparsers(required=True, metavar="command")
    _train_parser(commands)
    resuming = command_parser(commands, "resume", resume)
    resuming.add_argument("id", help="the run's id")
    resuming.add_argument("--steps", type=int, metavar="N", help=Changes.model_fields["steps"].description)
    for command, name in ((stop, "stop"), (delete, "delete")):
        command_parser(commands, name, command).add_argument("id", help="the run's id")
    exporting = command_parser(commands, "export", export)
    exporting.add_argument("id", help="the run's id")
    exporting.add_argument("file", help="the new file: my-run.sqlite, or my-generator.safetensors for the generator alone")
    exporting.add_argument("--moments", type=int, metavar="N", help="keep at most so many moments, evenly spread (default: all)")
    listing = command_parser(commands, "list", list_runs)
    listing.add_argument("--json", action="store_true", help="print JSON")
    showing = command_parser(commands, "show", show)
    showing.add_argument("id", help="the run's id, or latest")
    showing.add_argument("--json", action="store_true", help="print JSON")
    generator_commands(commands)
    drawing = command_parser(commands, "figure", figure)
    drawing.add_argument("name", choices=FIGURES, help="which figure")
    drawing.add_argument("--preset", default="fast", choices=["fast", "paper", "tiny"], help=PRESET_HELP)
    drawing.add_argument("--seed", type=int, default=0, help="a whole number (default %(default)s)")
    drawing.add_argument("--out", required=True, metavar="DIR", help="the folder to write to; made where it is missing")
    benching = command_parser(commands, "bench", bench)
    benching.add_argument("--only", nargs="+", metavar="NAME", help="these nets instead of all, for example toy-128")
    benching.add_argument("--device", default="auto", help=RunConfig.model_fields["device"].description)
    benching.add_argument("--json", action="store_true", help="print JSON")
    benching.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    benching.add_argument("--seconds", type=float, default=0.7, help=argparse.SUPPRESS)  # a turn of each loop
    return parser


def _train_parser(commands: Any) -> None:
    parser = command_parser(commands, "train", train)
    fields = RunConfig.model_fields
    parser.add_argument("--data", default="8gaussians", choices=list(DATA_SHAPES), help=fields["data"].description)
    parser.add_argument("--constraint", default="gp", choices=["gp", "clip", "none"], help=fields["constraint"].description)
    parser.add_argument("--preset", default="fast", choices=presets.VARIANTS, help="values to start from (default %(default)s)")
    parser.add_argument("--optimizer", default="own", choices=list(presets.OPTIMIZERS), help=OPTIMIZER_HELP)
    for name, kind in (("steps", int), ("seed", int), ("device", str), ("name", str)):
        parser.add_argument(f"--{name}", type=kind, help=fields[name].description)
    parser.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="PATH=VALUE", help="any setting, for example critic.width=64"
    )
