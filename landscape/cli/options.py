"""The command that says what there is to set."""

import textwrap
from pathlib import Path
from typing import Any

import click
import pandas as pd
from click.shell_completion import CompletionItem

from landscape.cli.arguments import FORMAT, OUT, tell
from landscape.io.tables import wrapped
from landscape.options import OPTIONS, RECORDS, settings_table, values_table
from landscape.validation import known

WIDTH, NARROW = 80, 22
"""Letters of a line of text, and of columns beside the meaning in a table of values."""


def _names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name, help=column.meaning) for name, column in OPTIONS.items() if name.startswith(incomplete)]


@click.command(short_help="Every setting: what it means, takes and is by default.")
@click.argument("setting", required=False, shell_complete=_names)
@FORMAT
@OUT
def options(setting: str | None, form: str, out: Path | None) -> None:
    """List every setting of Surface and Protocol: its default, its meaning, what it takes, and the values of other settings
    that it needs to have an effect. With SETTING, list the values of that one: what each means, its range, the settings that
    it reads and others do not, and those that it needs.

    \b
    landscape options
    landscape options activation
    landscape options optimizer --format markdown
    """
    table = settings_table()
    if setting is not None:
        try:
            table = table[table["setting"] == known("setting", setting, OPTIONS)]
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    values = plain(values_table(setting)) if setting is not None and setting in RECORDS else None
    if form != "text" or out is not None:
        tell(plain(table) if values is None else values, form, out)
        return
    for owner, rows in table.groupby("of", sort=False):
        if setting is None:
            click.echo(f"Settings of {owner}")
        for row in rows.to_dict("records"):
            click.echo(_block(row, values is None))
        click.echo()
    if values is not None:
        widths = {
            name: min(NARROW, max(map(len, [name, *values[name]]))) for name in values if name not in ("value", "meaning")
        }
        others = [max(map(len, values["value"])), *widths.values()]
        click.echo(wrapped(values, meaning=WIDTH - sum(width + len("  ") for width in others), **widths))


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """A table of words without the marks of code."""
    return table.map(lambda text: text.replace("``", ""))


def _block(row: dict[str, Any], takes: bool) -> str:
    """One setting in lines of text; without what it takes where a table of its values follows."""
    given = f"{row['setting']}={row['default']}"
    lines = [
        f"{given:<24}{row['meaning']}",
        *([f"takes {row['takes']}"] if takes else []),
        *([f"only with {row['only_with']}"] if row["only_with"] else []),
    ]
    first, *others = lines
    indent = " " * 4
    return "\n".join(
        [first, *(textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent=indent) for line in others)]
    )
