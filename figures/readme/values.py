"""Values of stored tables, records and captions, each noted with its study, and how pages show them."""

import math
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pandas as pd

from landscape.figures.common import drawn, load, load_record
from landscape.sections import sections

WIDTH = 125
"""Letters in a line of the README."""


class Values:
    """A folder of results, and the studies that were asked so far."""

    def __init__(self, results: Path) -> None:
        self.results = results
        self.asked: set[str] = set()

    def made(self, study: str) -> dict[str, Any]:
        """The record of a study."""
        self.asked.add(study)
        return load_record(self.results, study)

    def finding(self, study: str, beginning: str) -> str:
        """The one finding of a study that begins so."""
        (found,) = [sentence for sentence in self.made(study)["findings"] if sentence.startswith(beginning)]
        return found

    def rows(self, table: str, **where: Any) -> pd.DataFrame:
        """Those rows of a table in which columns have these values. A table's name begins with its study's."""
        (study,) = [study for study in sections() if f"{table}_".startswith(f"{study}_")]
        self.asked.add(study)
        rows = load(self.results, table, made_by=study)
        for column, wanted in where.items():
            rows = rows[rows[column] == wanted]
        return rows

    def value(self, table: str, column: str, **where: Any) -> Any:
        """The value of a column in the one row in which others have these values."""
        found = self.rows(table, **where)[column]
        if len(found) != 1 or found.isna().any():
            raise ValueError(
                f"{table} has {found.notna().sum()} values of {column} where {where}, and the README tells one; was all "
                "that the study compares at hand when it was run?"
            )
        return found.iloc[0]

    def caption(self, figure: str) -> str:
        """Of a figure that has been drawn."""
        self.asked |= {study for study, section in sections().items() if figure in section.figures}
        return drawn(self.results, figure)[0]


def fixed(value: float, digits: int = 0) -> str:
    """A number with so many digits after the point, and commas between thousands."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number to be told")
    return f"{value:,.{digits}f}"


def brief(value: float) -> str:
    """A number without what is not needed: 1 and not 1.0."""
    return f"{value:g}"


def filled(paragraph: str) -> str:
    """The lines of a paragraph, broken anew."""
    return textwrap.fill(" ".join(paragraph.split()), WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


def with_output(block: str) -> str:
    """A block of Python, and after it what it prints."""
    code = block.strip().removeprefix("```python\n").removesuffix("```")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return f"{block.rstrip()}\n\n```\n{done.stdout}```\n"
