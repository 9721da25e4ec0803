"""Arguments and options that several commands share, and how they are read."""

from pathlib import Path
from typing import Any

import click
import pandas as pd

from landscape.cli import completion, settings_text
from landscape.deprecation import current_levels
from landscape.io import files
from landscape.io.tables import FORMATS
from landscape.schema import SETTINGS
from landscape.study.store import folder_of
from landscape.study.study import Study, open_study
from landscape.validation import integer

PATH = click.argument("path", callback=lambda context, parameter, path: folder_of(path), shell_complete=completion.folders)
WORDS = click.argument("settings", nargs=-1, metavar="[NAME=VALUES]...", shell_complete=completion.settings)


class Whole(click.IntRange):
    """A whole number within bounds, with the same error messages as in Python."""

    name = "number"

    def _describe_range(self) -> str:
        """Nothing in help: most bounds are there for what a computer can hold."""
        return ""

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
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    metavar="FORM",
    help=f"How to print the table: {', '.join(FORMATS)} (default text).",
)


def _writable(context: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    """The checked value of --out, before anything is computed."""
    try:
        return None if path is None else files.ready(path)
    except ValueError as error:
        raise click.UsageError(str(error), context) from None


OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_writable,
    metavar="FILE",
    help=f"Write the table to a file and do not print it; its ending says how: {', '.join(files.FILES)}.",
)


def tell(table: pd.DataFrame, form: str, out: Path | None, *said: str) -> None:
    """Print a table, or write it to a file, and say what there is to say of it: below a table as text, else on standard
    error."""
    if out is None:
        click.echo(FORMATS[form](table))
    else:
        files.write(table, out)
        click.echo(f"{len(table):,} row{'s' * (len(table) != 1)} written to {out}", err=True)
    for line in filter(None, said):
        click.echo(line, err=form != "text" or out is not None)


def opened(path: Path) -> Study:
    """The study in a folder. Raises ValueError where there is none."""
    try:
        return open_study(path)
    except FileNotFoundError:
        raise ValueError(
            f"there is no study at {path}; make one with: landscape run {path} activation=sigmoid,tanh hidden=2..8"
        ) from None


def parsed(settings: tuple[str, ...]) -> dict[str, list[Any]]:
    """Levels by name, from words such as "hidden=2..8"; old names and levels become the new ones."""
    try:
        return current_levels(settings_text.settings(settings))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def varying(cells: pd.DataFrame) -> list[str]:
    """Settings that differ between cells."""
    return [name for name in cells if name in SETTINGS and cells[name].nunique() > 1]
