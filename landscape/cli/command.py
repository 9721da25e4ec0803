"""The command ``landscape``: studies from a shell."""

import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from click.exceptions import NoArgsIsHelpError

from landscape._version import __version__
from landscape.cli import settings_text
from landscape.cli.settings_text import Asked
from landscape.critical.diagnosis import diagnose
from landscape.deprecation import current_levels, current_names
from landscape.io import tables
from landscape.io.tables import FORMATS
from landscape.schema import CELL, IDENTITY, RESULTS, SETTINGS
from landscape.statistics import success_rates
from landscape.study.blocks import DamagedError
from landscape.study.grid import Cell, grid
from landscape.study.store import Store, folder_of
from landscape.study.study import Study, checked_width, open_study
from landscape.training.train import train
from landscape.validation import checked_checkpoints, integer

DONE, FAILED, USAGE, UNFINISHED, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit codes; the help of the command says them in words."""

EXAMPLES = """
\b
Examples
  landscape plan results/widths activation=sigmoid,tanh hidden=2..8 lr=0.1,1
  landscape run results/widths activation=sigmoid,tanh hidden=2..8 lr=0.1,1 --runs 1000
  landscape run results/widths                     go on where it was stopped
  landscape run results/mine --from mine.toml      settings from a file
  landscape extend results/widths 5000             until each cell has 5000 runs
  landscape status results/widths                  how far it is
  landscape table results/widths --by activation,hidden --format markdown
  landscape query results/widths "select hidden, avg(solved) from runs group by all"
  landscape show results/widths 17 activation=tanh hidden=2 lr=1
  landscape stuck activation=sigmoid hidden=2 lr=1   where the runs end that fail

\b
Settings are fields of Surface and Protocol, with one value or several:
  name=value   name=a,b,c   name=2..8 (2 to 8)   bias=true,false
What is not given keeps its default.

\b
Exit codes
  0 done           1 failed, with the reason in one line    2 wrong usage
  3 status: runs are left      4 another process writes      130 interrupted
"""


class InterruptedByUser(click.ClickException):
    """Ctrl-C, as Click passes it on in silence."""

    exit_code = INTERRUPTED


class Group(click.Group):
    """Commands that tell an interrupt from other ends."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise InterruptedByUser("; ".join(["interrupted", *getattr(error, "__notes__", [])])) from error


@click.group(cls=Group, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="landscape")
def cli() -> None:
    """Trainings of small networks by the thousand: run studies, keep them, ask them."""


PATH = click.argument("path", callback=lambda context, parameter, path: folder_of(path))
WORDS = click.argument("settings", nargs=-1, metavar="[NAME=VALUES]...")


class Whole(click.IntRange):
    """A whole number within bounds, refused in the words in which Python refuses it."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> int:
        number = click.INT.convert(value, parameter, context)
        try:
            return integer(
                str(getattr(parameter, "name", "number")),
                number,
                int(self.min or 0),
                None if self.max is None else int(self.max),
            )
        except ValueError as error:
            raise click.UsageError(str(error), context) from None


RUNS, SEED, THREADS = Whole(1, 2**40), Whole(0, 2**63 - 1), Whole(1)
FORMAT = click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", help="How to print (default text)."
)


def asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Path, settings and options of a study that may not be there yet."""
    options = [
        PATH,
        WORDS,
        click.option("--runs", type=RUNS, help="Runs of each cell (default: what is there, or 1000)."),
        click.option("--seed", type=SEED, help="Seed of all runs (default: what is there, or 0)."),
        click.option("--checkpoints", metavar="EPOCHS", help="Epochs at which to look at every run, such as 100,1000."),
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
    """The study in a folder, with what is asked for added to it."""
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
        there = _opened(path).manifest
        cells = grid(there.cells)
    else:
        with suppress(DamagedError):  # it will be set aside, and written anew for these cells
            there = Store(path).manifest()
    if there:
        runs, seed = there.runs if runs is None else runs, there.seed if seed is None else seed
        epochs = there.checkpoints if epochs is None else epochs
    precision = there.precision if there else "float64"
    return Study(path, cells, 1000 if runs is None else runs, 0 if seed is None else seed, epochs or (), precision)


@cli.command(short_help="What run would do, and how long it would take.")
@asking
def plan(**given: Any) -> None:
    """Say what is stored in folder PATH, what is left to do for these settings, and what it would take. Nothing is done.

    \b
    landscape plan results/widths activation=sigmoid,tanh hidden=2..8 lr=0.1,1 --runs 10000
    """
    click.echo(_study(**given).plan())


@cli.command(short_help="Train what is missing, and store it.")
@asking
@click.option("--threads", type=THREADS, help="Default: all processors.")
@click.option(
    "--until",
    type=float,
    callback=lambda context, parameter, width: _width(width),
    metavar="WIDTH",
    help="More runs of every cell, until no interval is wider than this.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
def run(threads: int | None, until: float | None, quiet: bool, **given: Any) -> None:
    """Train what is missing in folder PATH for these settings. A study that was stopped, however it was, goes on where it
    was; settings that are new are added to it, with the defaults for what is not given.

    \b
    landscape run results/widths activation=sigmoid,tanh hidden=2..8 lr=0.1,1
    landscape run results/widths
    landscape run results/widths --until 0.02
    """
    click.echo(_study(**given).run(threads=threads, progress=not quiet, until=until).status())


@cli.command(short_help="More runs of every cell.")
@PATH
@click.argument("runs", type=RUNS)
@click.option("--threads", type=THREADS, help="Default: all processors.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def extend(path: Path, runs: int, threads: int | None, quiet: bool) -> None:
    """Train until every cell in folder PATH has RUNS runs; those that are there keep their numbers.

    \b
    landscape extend results/widths 5000
    """
    click.echo(_opened(path).extend(runs, threads=threads, progress=not quiet).status())


@cli.command(short_help="How far a study is.")
@PATH
def status(path: Path) -> int:
    """Say how far the study in folder PATH is. The exit code is 3 while runs are left.

    \b
    landscape status results/widths || landscape run results/widths
    """
    found = _opened(path).status()
    click.echo(found)
    return UNFINISHED if found.left else DONE


@cli.command(short_help="Success rates by any columns.")
@PATH
@WORDS
@click.option("--by", help="Columns to group by, such as activation,hidden (default: the settings that differ).")
@FORMAT
def table(path: Path, settings: tuple[str, ...], by: str | None, form: str) -> None:
    """Print success rates with 95 % intervals of the study in folder PATH, of the rows with these settings. Where "epoch"
    is named, the rates at the checkpoints. Where settings are pooled, a line says over which, below a table as text,
    and on standard error beside the other formats.

    \b
    landscape table results/widths --by activation,hidden
    landscape table results/widths activation=tanh lr=1 --by hidden --format latex
    """
    study, where = _opened(path), _parsed(settings)
    keys = (
        current_names(name.strip() for name in by.split(",")) if by else _varying(study.cells()) or ["activation", "hidden"]
    )
    seen = "epoch" in keys or "epoch" in where
    read = study.checkpoints if seen else study.runs
    guards = [*_varying(study.cells()), *IDENTITY, CELL, "epoch" if seen else "epochs"]
    rows = read(columns=[*dict.fromkeys([*keys, *guards, "solved"])], where=where)
    if rows.empty:
        raise ValueError(f"no stored run has {' '.join(settings)}" if settings else "nothing is stored yet")
    rates = success_rates(rows, by=keys)
    click.echo(FORMATS[form](rates))
    said, chosen = tables.note(rates), ", ".join(name for name in RESULTS if name in where)
    if chosen:
        said = "; ".join([*([said] if said else []), f"of runs chosen by how they went ({chosen}), not of all runs"])
    if said:
        click.echo(said, err=form != "text")


@cli.command(short_help="Ask in SQL.")
@PATH
@click.argument("sql")
@FORMAT
def query(path: Path, sql: str, form: str) -> None:
    """Print the answer to a question in SQL, asked of the tables runs, cells and checkpoints of the study in folder PATH.
    Nothing can be changed by it. Needs DuckDB.

    \b
    landscape query results/widths "select activation, hidden, avg(solved) from runs group by all"
    landscape query results/widths "describe runs"
    """
    click.echo(FORMATS[form](_opened(path).query(sql)))


@cli.command(short_help="One run: settings, end, outputs, replayed.")
@PATH
@click.argument("run", type=Whole(0, 2**62))
@WORDS
def show(path: Path, run: int, settings: tuple[str, ...]) -> None:
    """Replay run number RUN of one cell of the study in folder PATH; the settings say of which.

    \b
    landscape show results/widths 17 activation=tanh hidden=2 lr=1
    """
    study, where = _opened(path), _parsed(settings)
    cell = _one_cell(study, where)
    asked = study.manifest
    again = train(
        cell.surface,
        cell.protocol,
        1,
        asked.seed,
        run,
        checkpoints=asked.checkpoints,
        threads=1,
        precision=asked.precision,
        generator=asked.generator,
    )
    stored = len(study.runs(columns=["run"], where={CELL: cell.id, "run": run})) == 1
    row = again.runs.iloc[0].to_dict()
    click.echo(tables.facts({**row, CELL: cell.id, "stored": "yes" if stored else "no"}))
    problem, outputs = cell.surface.table, cell.surface.forward(again.theta[0])
    columns = {
        **{f"input {i + 1}": problem.inputs[:, i] for i in range(problem.n_inputs)},
        **{f"target {k + 1}": problem.targets[:, k] for k in range(problem.n_outputs)},
        **{f"output {k + 1}": outputs[:, k] for k in range(problem.n_outputs)},
    }
    click.echo("\n" + FORMATS["text"](pd.DataFrame(columns)))
    for name, weights in cell.surface.unpack(again.theta[0]).items():
        click.echo(f"\n{name}\n{np.array2string(weights, precision=6)}")


STUCK: dict[str, list[Any]] = {"activation": ["sigmoid", "tanh", "relu", "leaky_relu"], "hidden": [2, 3, 4, 5], "lr": [1.0]}
"""What is looked at when nothing is asked for."""


@cli.command(short_help="Where the runs end that fail.")
@click.argument("words", nargs=-1, metavar="[PATH] [NAME=VALUES]...")
@click.option("--runs", type=RUNS, help="Runs of each cell, where no PATH is given (default 1000).")
@click.option("--seed", type=SEED, help="Seed of all runs, where no PATH is given (default 0).")
@FORMAT
def stuck(words: tuple[str, ...], runs: int | None, seed: int | None, form: str) -> None:
    """Diagnose every run, and print how each that fails has ended: stuck in a minimum or at a saddle, with weights that grow
    without bound, with dead units, slow, or diverged; and at which point. Of the stored runs of the study in folder PATH,
    those with these settings; without PATH, of runs that are trained now and not kept: sigmoid, tanh, relu and leaky_relu
    with two to five hidden units if nothing else is asked for.

    \b
    landscape stuck activation=sigmoid hidden=2 lr=1
    landscape stuck results/widths activation=tanh
    """
    path = folder_of(words[0]) if words and "=" not in words[0] else None
    where = _parsed(words[1:] if path else words)
    if path:
        if runs is not None or seed is not None:
            raise click.UsageError(f"--runs and --seed are for runs trained now; those of the study in {path} are stored")
        study = _opened(path)
        cells = [study.cell(name) for name in study.cells(where)[CELL]]
        results = (study.result(cell) for cell in cells)
    else:
        cells = _cells(where or STUCK)
        results = (train(cell.surface, cell.protocol, 1000 if runs is None else runs, seed or 0) for cell in cells)
    varying = _varying(pd.DataFrame([cell.settings for cell in cells]))
    found, solved, total = [], 0, 0
    for cell, result in zip(cells, results, strict=True):
        diagnosis = diagnose(cell.surface, result)
        ends = diagnosis.ends
        for place, name in enumerate(varying):
            ends.insert(place, name, cell.settings[name])
        found.append(ends[ends["end"] != "solved"])
        solved, total = solved + int((diagnosis.runs["end"] == "solved").sum()), total + len(diagnosis.runs)
    if total == 0:
        raise ValueError("there are no runs with these settings" if path else "no runs are asked for; give --runs 1000")
    if solved < total:
        click.echo(FORMATS[form](pd.concat(found).drop(columns="point")))
    click.echo(f"{solved:,} of {total:,} runs are solved", err=form != "text")


def _cells(settings: dict[str, list[Any]]) -> list[Cell]:
    """Those of a grid of settings given as words."""
    try:
        return list(grid(**settings))
    except (ValueError, TypeError) as error:
        raise click.UsageError(str(error)) from None


def _width(width: float | None) -> float | None:
    """That of the intervals that are asked for."""
    try:
        return None if width is None else checked_width(width)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _opened(path: Path) -> Study:
    try:
        return open_study(path)
    except FileNotFoundError:
        raise ValueError(
            f"there is no study at {path}; make one with: landscape run {path} activation=sigmoid,tanh hidden=2..8"
        ) from None


def _parsed(settings: tuple[str, ...]) -> dict[str, list[Any]]:
    try:
        return current_levels(settings_text.settings(settings))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _varying(cells: pd.DataFrame) -> list[str]:
    """The settings that are not the same in all cells."""
    return [name for name in cells if name in SETTINGS and cells[name].nunique() > 1]


def _one_cell(study: Study, where: dict[str, list[Any]]) -> Cell:
    cells = study.cells(where)
    if len(cells) == 0:
        raise ValueError(f"no cell of {study.path} has all of these settings; see: landscape table {study.path}")
    if len(cells) > 1:
        choices = "; ".join(f"{name}={','.join(map(str, cells[name].unique()))}" for name in _varying(cells))
        raise ValueError(f"{len(cells)} cells have these settings; choose one by {choices}")
    return study.cell(cells[CELL].iloc[0])


def main() -> None:
    """Run the command; what goes wrong is one line on standard error and an exit code."""
    warnings.showwarning = lambda message, *_, **__: click.echo(f"landscape: warning: {message}", err=True)
    try:
        code = cli(prog_name="landscape", standalone_mode=False) or DONE
    except NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = USAGE
    except click.ClickException as error:
        code = _failed(error.format_message(), error.exit_code if error.exit_code == INTERRUPTED else USAGE)
    except (KeyboardInterrupt, click.Abort):  # while words were read, or the end was said
        code = _failed("interrupted", INTERRUPTED)
    except BlockingIOError as error:
        code = _failed(error, BUSY)
    except MemoryError as error:
        code = _failed(f"there is not enough memory for this {error}".strip(), FAILED)
    except (ValueError, TypeError, OSError, ImportError) as error:
        code = _failed(error, FAILED)
    sys.exit(code)


def _failed(error: object, code: int) -> int:
    """Say it in one line."""
    text = "; ".join([str(error), *getattr(error, "__notes__", [])])
    click.echo(f"landscape: {' '.join(text.split())}", err=True)
    return code
