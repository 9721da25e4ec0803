"""The command that draws a study."""

from pathlib import Path

import click

from landscape.cli.arguments import PATH, WORDS, opened, parsed, varying
from landscape.deprecation import current_names
from landscape.io import tables
from landscape.schema import CELL, IDENTITY, RESULTS
from landscape.validation import known


@click.command(short_help="A picture of the runs, in a file.")
@PATH
@WORDS
@click.option("--kind", default="success_rates", metavar="NAME", help="Which picture (default success_rates); see above.")
@click.option("--x", metavar="COLUMN", help="What it goes over, such as hidden.")
@click.option("--by", metavar="COLUMNS", help="One or two: a colour, and a line style, for each level.")
@click.option("--facet", metavar="COLUMN", help="A panel for each level.")
@click.option("-o", "--out", "out", required=True, metavar="FILE", help="Where to; .pdf, .svg or .png.")
def plot(
    path: Path, settings: tuple[str, ...], kind: str, x: str | None, by: str | None, facet: str | None, out: str
) -> None:
    """Draw the runs with these settings of the study in folder PATH, into a file whose ending says its format. The picture
    is, by its name in landscape.plot, one of success_rates and expected_running_time, over the column --x; ecdf, the share
    solved by each epoch; learning_curves, the loss at the checkpoints. Settings that are pooled are named.

    \b
    landscape plot results/widths --x hidden --by activation -o rates.pdf
    landscape plot results/widths --x hidden --by activation --facet lr -o rates.png
    landscape plot results/widths hidden=2 --kind ecdf --by activation,lr -o solved.svg
    """
    from landscape.plot import kinds  # Matplotlib takes most of a second, for this command alone

    study, where = opened(path), parsed(settings)
    try:
        chosen = kinds.KINDS[known("kind", kind, kinds.KINDS)]
        file = kinds.checked_file(Path(out))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    differing = varying(study.cells())
    if chosen.over_x and x is None:
        raise click.UsageError(f"{kind} needs --x; the settings that differ are: {', '.join(differing) or 'none'}")
    if x is not None and not chosen.over_x:
        raise click.UsageError(f"--x is for a picture over a column; {kind} goes over epochs")
    lines = current_names(name.strip() for name in by.split(",")) if by else []
    over, facet = (None if name is None else current_names([name])[0] for name in (x, facet))
    keys = [*lines, *(name for name in (over, facet) if name is not None)]
    seen = chosen.at_checkpoints or "epoch" in keys or "epoch" in where
    guards = [*differing, *IDENTITY, CELL, *(["epoch"] if seen else ["epochs", "budget"])]
    rows = (study.checkpoints if seen else study.runs)(
        columns=[*dict.fromkeys([*keys, *guards, *chosen.needs])], where=where
    )
    if rows.empty:
        raise ValueError(f"no stored run has {' '.join(settings)}" if settings else "nothing is stored yet")
    table = kinds.draw_runs(chosen, rows, file, over, lines, facet)
    click.echo(file)
    by_results = ", ".join(name for name in RESULTS if name in where)
    for said in (
        tables.note(table) if chosen.table else "",
        f"of runs chosen by how they went ({by_results}), not of all runs" if by_results else "",
    ):
        if said:
            click.echo(said, err=True)
