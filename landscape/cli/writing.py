"""Commands that train runs and write them to a study."""

import textwrap
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from landscape.cli import settings_text
from landscape.cli.arguments import PATH, RUNS, SEED, THREADS, WORDS, opened
from landscape.cli.settings_text import EXAMPLE, Asked
from landscape.study.blocks import DamagedError
from landscape.study.grid import grid
from landscape.study.planning import checked_width
from landscape.study.store import Store
from landscape.study.study import Study
from landscape.validation import checked_checkpoints

TOML = "\n\n".join(
    "\b\n" + part for part in ("A file for --from, whole, in TOML\n" + textwrap.indent(EXAMPLE, "  ")).rstrip().split("\n\n")
)
"""The end of the help of ``run``; lines and blanks stay as they are."""


def asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: path, settings and options of a study that may not exist yet."""
    options = [
        PATH,
        WORDS,
        click.option("--runs", type=RUNS, help="Runs of each cell (default: as stored, or 1000)."),
        click.option("--seed", type=SEED, help="Seed of all runs (default: as stored, or 0)."),
        click.option("--checkpoints", metavar="EPOCHS", help="Look at runs at epochs such as 100,1000."),
        click.option(
            "--from", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Settings from a TOML file."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _study(
    path: Path, settings: tuple[str, ...], runs: int | None, seed: int | None, checkpoints: str | None, file: Path | None
) -> Study:
    """The study in a folder, extended by what the command line or a TOML file asks for; or a new one."""
    try:
        asked = settings_text.from_toml(file) if file else Asked()
        cells = grid(**settings_text.settings(settings)) if settings else None
        epochs = tuple(settings_text.values(checkpoints)) if checkpoints else asked.checkpoints
        if cells is not None and asked.grid is not None:
            raise ValueError(f"settings are given both in {file} and as words; give them in one place")
        cells = cells or asked.grid
        least = min((cell.protocol.budget for cell in cells or ()), default=2**53)
        checked_checkpoints(epochs or (), least)
    except (ValueError, TypeError) as error:
        raise click.UsageError(str(error)) from None
    runs, seed = asked.runs if runs is None else runs, asked.seed if seed is None else seed
    there = None
    if cells is None:
        there = opened(path).manifest
        cells = grid(there.cells)
    else:
        with suppress(DamagedError):  # a damaged manifest is set aside, and rewritten for these cells
            there = Store(path).manifest()
    if there:
        runs, seed = there.runs if runs is None else runs, there.seed if seed is None else seed
        epochs = there.checkpoints if epochs is None else epochs
    precision = there.precision if there else "float64"
    return Study(path, cells, 1000 if runs is None else runs, 0 if seed is None else seed, epochs or (), precision)


@click.command(short_help="What run would do, and how long it would take.")
@asking
def plan(**given: Any) -> None:
    """Say what is stored in folder PATH, what is left to train for these settings, and how long that would take. Nothing is
    trained or written.

    \b
    landscape plan results/widths activation=sigmoid,tanh hidden=2..8 lr=0.1,1
    """
    click.echo(_study(**given).plan())


@click.command(short_help="Train what is missing, and store it.", epilog=TOML)
@asking
@click.option("--threads", type=THREADS, help="Threads (default: one a processor).")
@click.option(
    "--until",
    type=float,
    callback=lambda context, parameter, width: _width(width),
    metavar="WIDTH",
    help="Add runs until no interval is wider.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
def run(threads: int | None, until: float | None, quiet: bool, **given: Any) -> None:
    """Train the runs that are missing in folder PATH for these settings, and store them. A study that was stopped goes on
    where it was. New settings are added; what is not given keeps its default.

    \b
    landscape run results/widths activation=sigmoid,tanh hidden=2..8 lr=0.1,1
    landscape run results/widths
    landscape run results/widths --until 0.02
    landscape run results/mine --from mine.toml
    """
    click.echo(_study(**given).run(threads=threads, progress=not quiet, until=until).status())


@click.command(short_help="More runs of every cell.")
@PATH
@click.argument("runs", type=RUNS)
@click.option("--threads", type=THREADS, help="Threads (default: one a processor).")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def extend(path: Path, runs: int, threads: int | None, quiet: bool) -> None:
    """Train until every cell in folder PATH has RUNS runs. Stored runs keep their numbers.

    \b
    landscape extend results/widths 5000
    """
    click.echo(opened(path).extend(runs, threads=threads, progress=not quiet).status())


def _width(width: float | None) -> float | None:
    """The checked value of --until."""
    try:
        return None if width is None else checked_width(width)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
