"""Tables as text: for a terminal, Markdown, LaTeX, HTML, CSV."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from tabulate import tabulate

from landscape.statistics.groups import ONE_SAMPLE, SETTINGS

THREE_DIGITS = ("rate", "share", "low", "high")


def cell(name: str, value: Any) -> str:
    """A value as people read it: shares with three digits, or so many that none near 0 or 1 reads as one of them; other
    numbers with six, whole numbers whole."""
    if not isinstance(value, (float, np.floating)):
        return str(value)
    number = float(value)
    if name in THREE_DIGITS:
        shares = (f"{number:.{digits}f}" for digits in range(3, 18))
        return next((share for share in shares if float(share) == number or float(share) not in (0.0, 1.0)), repr(number))
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else f"{number:.6g}"


def wrapped(table: pd.DataFrame, **widths: int) -> str:
    """A table of words for a terminal, with columns of these names broken at so many letters."""
    names = list(map(str, table.columns))
    rows = table.astype(str).to_numpy().tolist()
    return tabulate(rows, names, "simple", disable_numparse=True, maxcolwidths=[widths.get(name) for name in names])


def facts(values: dict[str, Any]) -> str:
    """Names and values, one a line."""
    rows = [[name, cell(name, value)] for name, value in values.items()]
    return tabulate(rows, tablefmt="plain", disable_numparse=True)


def _tabulated(table: pd.DataFrame, style: str) -> str:
    names = list(map(str, table.columns))
    columns = [_cells(name, table.iloc[:, place]) for place, name in enumerate(names)]
    rows = list(map(list, zip(*columns, strict=True)))
    if style == "pipe":
        rows = [[text.replace("|", r"\|").replace("\n", " ") for text in row] for row in rows]
    sides = ["right" if pd.api.types.is_numeric_dtype(kind) else "left" for kind in table.dtypes]
    return tabulate(rows, names, style, disable_numparse=True, colalign=sides if rows else None)


def _cells(name: str, column: pd.Series) -> list[str]:
    """The values of a column; settings that differ and would look alike with all their digits."""
    values = column.tolist()
    words = [cell(name, value) for value in values]
    if name in SETTINGS and pd.api.types.is_float_dtype(column) and len(set(words)) < column.nunique():
        return list(map(str, values))
    return words


def _csv(table: pd.DataFrame) -> str:
    """Every digit; lists in full."""
    whole = table.map(lambda value: value.tolist() if isinstance(value, np.ndarray) else value)
    return str(whole.to_csv(index=False)).rstrip("\n")


def html(table: pd.DataFrame) -> str:
    """A page with this table, its words escaped."""
    rows = _tabulated(table, "html")
    return f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Table</title>\n{rows}\n</html>\n'


def note(table: pd.DataFrame) -> str:
    """What a statistic says of its sample, where there is something to say: that settings are pooled, or that the table did
    not tell."""
    said = str(table.attrs.get("sample", ONE_SAMPLE))
    return "" if said == ONE_SAMPLE else said


FORMATS: dict[str, Callable[[pd.DataFrame], str]] = {
    "text": lambda table: _tabulated(table, "simple"),
    "markdown": lambda table: _tabulated(table, "pipe"),
    "latex": lambda table: _tabulated(table, "latex_booktabs"),
    "csv": _csv,
}
"""How a table can be printed."""
