"""Commands that read a study, or train runs only to look at them."""

from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from landscape.cli.arguments import FORMAT, PATH, RUNS, SEED, WORDS, Whole, opened, parsed, varying
from landscape.cli.exit_codes import DONE, UNFINISHED
from landscape.critical.diagnosis import diagnose
from landscape.deprecation import current_names
from landscape.io import tables
from landscape.io.tables import FORMATS
from landscape.schema import CELL, IDENTITY, RESULTS
from landscape.statistics import success_rates
from landscape.study.grid import Cell, grid
from landscape.study.store import folder_of
from landscape.study.study import Study
from landscape.training.train import train


@click.command(short_help="How far a study is.")
@PATH
def status(path: Path) -> int:
    """Say how far the study in folder PATH is. The exit code is 3 while runs are left.

    \b
    landscape status results/widths || landscape run results/widths
    """
    found = opened(path).status()
    click.echo(found)
    return UNFINISHED if found.left else DONE


@click.command(short_help="Success rates by any columns.")
@PATH
@WORDS
@click.option("--by", help="Columns to group by, such as activation,hidden (default: the settings that differ).")
@FORMAT
def table(path: Path, settings: tuple[str, ...], by: str | None, form: str) -> None:
    """Print success rates with 95 % intervals of the study in folder PATH, from the runs with these settings. If "epoch" is
    named, print the rates at the checkpoints. If settings are pooled, a line says over which: below a table as text, and on
    standard error for the other formats.

    \b
    landscape table results/widths --by activation,hidden
    landscape table results/widths activation=tanh lr=1 --by hidden --format latex
    """
    study, where = opened(path), parsed(settings)
    keys = (
        current_names(name.strip() for name in by.split(",")) if by else varying(study.cells()) or ["activation", "hidden"]
    )
    seen = "epoch" in keys or "epoch" in where
    read = study.checkpoints if seen else study.runs
    guards = [*varying(study.cells()), *IDENTITY, CELL, "epoch" if seen else "epochs"]
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


@click.command(short_help="Ask in SQL.")
@PATH
@click.argument("sql")
@FORMAT
def query(path: Path, sql: str, form: str) -> None:
    """Print the answer to a query in SQL on the tables runs, cells and checkpoints of the study in folder PATH. A query
    cannot change the study. Needs DuckDB.

    \b
    landscape query results/widths "select activation, hidden, avg(solved) from runs group by all"
    landscape query results/widths "describe runs"
    """
    click.echo(FORMATS[form](opened(path).query(sql)))


@click.command(short_help="One run: settings, end, outputs, replayed.")
@PATH
@click.argument("run", type=Whole(0, 2**62))
@WORDS
def show(path: Path, run: int, settings: tuple[str, ...]) -> None:
    """Replay run number RUN of one cell of the study in folder PATH; the settings name the cell.

    \b
    landscape show results/widths 17 activation=tanh hidden=2 lr=1
    """
    study, where = opened(path), parsed(settings)
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
"""Grid of ``stuck`` where neither a study nor settings are given."""


@click.command(short_help="Where the runs end that fail.")
@click.argument("words", nargs=-1, metavar="[PATH] [NAME=VALUES]...")
@click.option("--runs", type=RUNS, help="Runs of each cell, where no PATH is given (default 1000).")
@click.option("--seed", type=SEED, help="Seed of all runs, where no PATH is given (default 0).")
@FORMAT
def stuck(words: tuple[str, ...], runs: int | None, seed: int | None, form: str) -> None:
    """Diagnose every run, and print how and at which point the failed ones ended: stuck in a minimum or at a saddle, with
    weights that grow without bound, with dead units, slow, or diverged. With PATH, the runs are the stored ones of the study
    in that folder with these settings. Without PATH, runs are trained now and not kept; the default is sigmoid, tanh, relu
    and leaky_relu with two to five hidden units.

    \b
    landscape stuck activation=sigmoid hidden=2 lr=1
    landscape stuck results/widths activation=tanh
    """
    path = folder_of(words[0]) if words and "=" not in words[0] else None
    where = parsed(words[1:] if path else words)
    if path:
        if runs is not None or seed is not None:
            raise click.UsageError(f"--runs and --seed are for runs trained now; those of the study in {path} are stored")
        study = opened(path)
        cells = [study.cell(name) for name in study.cells(where)[CELL]]
        diagnoses = (diagnose(study, cell) for cell in cells)
    else:
        cells, count = _cells(where or STUCK), 1000 if runs is None else runs
        diagnoses = (diagnose(cell.surface, train(cell.surface, cell.protocol, count, seed or 0)) for cell in cells)
    named = varying(pd.DataFrame([cell.settings for cell in cells]))
    found, solved, total = [], 0, 0
    for cell, diagnosis in zip(cells, diagnoses, strict=True):
        ends = diagnosis.ends
        for place, name in enumerate(named):
            ends.insert(place, name, cell.settings[name])
        found.append(ends[ends["end"] != "solved"])
        solved, total = solved + int((diagnosis.runs["end"] == "solved").sum()), total + len(diagnosis.runs)
    if total == 0:
        raise ValueError("there are no runs with these settings" if path else "no runs are asked for; give --runs 1000")
    if solved < total:
        click.echo(FORMATS[form](pd.concat(found).drop(columns="point")))
    click.echo(f"{solved:,} of {total:,} runs are solved", err=form != "text")


def _cells(settings: dict[str, list[Any]]) -> list[Cell]:
    """Cells of the grid with these levels."""
    try:
        return list(grid(**settings))
    except (ValueError, TypeError) as error:
        raise click.UsageError(str(error)) from None


def _one_cell(study: Study, where: dict[str, list[Any]]) -> Cell:
    """The only cell with these settings. Raises ValueError where there is none, or more than one."""
    cells = study.cells(where)
    if len(cells) == 0:
        raise ValueError(f"no cell of {study.path} has all of these settings; see: landscape table {study.path}")
    if len(cells) > 1:
        choices = "; ".join(f"{name}={','.join(map(str, cells[name].unique()))}" for name in varying(cells))
        raise ValueError(f"{len(cells)} cells have these settings; choose one by {choices}")
    return study.cell(cells[CELL].iloc[0])
