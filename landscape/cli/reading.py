"""Commands that read a study, or train runs only to look at them."""

from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landscape.cli import completion
from landscape.cli.arguments import FORMAT, OUT, PATH, RUNS, SEED, WORDS, Whole, opened, parsed, tell, varying
from landscape.cli.exit_codes import DONE, UNFINISHED
from landscape.critical.diagnosis import ENDS, diagnose
from landscape.deprecation import current_names
from landscape.io import tables
from landscape.io.tables import FORMATS
from landscape.options import OPTIONS, applies, meaning
from landscape.parts.criteria import CRITERIA
from landscape.schema import CELL, IDENTITY, OUTCOMES, RESULTS
from landscape.statistics import success_rates
from landscape.study.grid import Cell, grid
from landscape.study.store import folder_of
from landscape.study.study import Study
from landscape.training.train import train


@click.command(short_help="How far a study is.")
@PATH
def status(path: Path) -> int:
    """Say how far the study in folder PATH is. The exit code is 3 while runs are left, so that a shell goes on after "||".

    \b
    landscape status results/widths || landscape run results/widths
    """
    found = opened(path).status()
    click.echo(found)
    return UNFINISHED if found.left else DONE


@click.command(short_help="Success rates by any columns.")
@PATH
@WORDS
@click.option(
    "--by",
    metavar="COLUMNS",
    help="Columns to group by, such as activation,hidden (default: the settings that differ).",
    shell_complete=completion.columns,
)
@FORMAT
@OUT
def table(path: Path, settings: tuple[str, ...], by: str | None, form: str, out: Path | None) -> None:
    """Print success rates with 95 % intervals of the study in folder PATH, from the runs with these settings. If --by or a
    setting names "epoch", they are the rates at the checkpoints. If runs with different settings are counted together, a
    line says over which settings: below a table as text, on standard error otherwise.

    \b
    landscape table results/widths --by activation,hidden
    landscape table results/widths activation=tanh lr=1 --by hidden --out h.tex
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
    said, chosen = tables.note(rates), ", ".join(name for name in RESULTS if name in where)
    if chosen:
        said = "; ".join([*([said] if said else []), f"of runs chosen by how they went ({chosen}), not of all runs"])
    tell(rates, form, out, said)


@click.command(short_help="Ask in SQL.")
@PATH
@click.argument("sql")
@FORMAT
@OUT
def query(path: Path, sql: str, form: str, out: Path | None) -> None:
    """Print the answer to a query in SQL about the study in folder PATH, which has the tables runs, cells and checkpoints. A
    query cannot change the study. Needs DuckDB.

    \b
    landscape query results/widths "describe runs"
    landscape query results/widths "select lr, avg(solved) from runs group by lr"
    landscape query results/widths "select * from runs" --out runs.parquet
    """
    tell(opened(path).query(sql), form, out)


@click.command(short_help="One run: settings, end, outputs, replayed.")
@PATH
@click.argument("run", type=Whole(0, 2**62))
@WORDS
def show(path: Path, run: int, settings: tuple[str, ...]) -> None:
    """Train run number RUN of one cell of the study in folder PATH again, to the same bits, and print what there is to know:
    the settings that have an effect, how it ended, what the network answers and why that counts as solved or what to try
    next, and its weights. The settings name the cell: as many as it takes to tell it from the others.

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
    of_cell = cell.surface.settings | cell.protocol.settings
    facts = {name: value for name, value in row.items() if name not in OPTIONS or applies(name, of_cell)}
    click.echo(tables.facts({**facts, CELL: cell.id, "stored": "yes" if stored else "no"}))
    problem, outputs = cell.surface.table, cell.surface.forward(again.theta[0])
    columns = {
        **{f"input {i + 1}": problem.inputs[:, i] for i in range(problem.n_inputs)},
        **{f"target {k + 1}": problem.targets[:, k] for k in range(problem.n_outputs)},
        **{f"output {k + 1}": outputs[:, k] for k in range(problem.n_outputs)},
    }
    click.echo("\n" + FORMATS["text"](pd.DataFrame(columns)))
    click.echo("\n" + click.wrap_text(_explained(cell, str(row["outcome"]), float(row["loss"]), outputs), 80))
    for name, weights in cell.surface.unpack(again.theta[0]).items():
        click.echo(f"\n{name}\n{np.array2string(weights, precision=6)}")


def _explained(cell: Cell, outcome: str, loss: float, outputs: NDArray[np.float64]) -> str:
    """Why a run counts as solved, by the output that is farthest from its target; or how it ended and what to try next."""
    if outcome != "solved":
        return f"{outcome}: {OUTCOMES[outcome].meaning} {OUTCOMES[outcome].advice}"
    protocol, problem = cell.protocol, cell.surface.table
    criterion = CRITERIA[protocol.criterion]
    asked = meaning(criterion).rstrip(".")
    place = np.unravel_index(np.abs(outputs - problem.targets).argmax(), outputs.shape)
    limits = {
        "midpoint": f"{problem.midpoint[place[1]]:g}" if criterion.takes_sides else "",
        "tolerance": f"{protocol.tolerance:g}" if "tolerance" in criterion.reads else "",
    }
    told = ", ".join(f"{name} {value}" for name, value in limits.items() if value)
    reached = (
        f"The loss is {loss:.4g}"
        if criterion.distance is None
        else f"An output of {outputs[place]:.4g} for a target of {problem.targets[place]:g} is right by this criterion"
    )
    return f"solved by criterion={protocol.criterion}: {asked} ({told}). {reached}."


STUCK: dict[str, list[Any]] = {"activation": ["sigmoid", "tanh", "relu", "leaky_relu"], "hidden": [2, 3, 4, 5], "lr": [1.0]}
"""Grid of ``stuck`` where neither a study nor settings are given."""


@click.command(short_help="Why runs fail: where they end, and what to try.")
@click.argument("words", nargs=-1, metavar="[PATH] [NAME=VALUES]...", shell_complete=completion.folder_or_settings)
@click.option("--runs", type=RUNS, help="Runs of each cell, where no PATH is given (default 1000).")
@click.option("--seed", type=SEED, help="Seed of all runs, where no PATH is given (default 0).")
@FORMAT
@OUT
def stuck(words: tuple[str, ...], runs: int | None, seed: int | None, form: str, out: Path | None) -> None:
    """Say where the runs end that fail: in a minimum, at a saddle, with weights that grow without bound, with dead
    units, slow, or diverged; how many, at which point, and what to try next. With PATH, the runs are those that the study in
    that folder has stored. Without PATH, runs are trained now and not kept; without settings,
    these are runs with sigmoid, tanh, relu and leaky_relu and two to five hidden units.

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
    counted = f"{solved:,} of {total:,} runs are solved"
    if solved == total and out is None:
        click.echo(counted, err=form != "text")
        return
    table = pd.concat(found).drop(columns="point")
    said = [
        click.wrap_text(f"{name}: {end.meaning} {end.advice}", 80)
        for name, end in ENDS.items()
        if (table["end"] == name).any()
    ]
    tell(table, form, out, *(["\n".join(["", *said, ""])] if form == "text" and out is None else []), counted)


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
