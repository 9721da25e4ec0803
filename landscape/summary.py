"""What an object says of itself at the prompt and in a notebook: what it is, and what to ask it next.

A class that is ``summarized`` has a method ``_summary``, which makes a ``Summary``: one description, for text and HTML. It
counts and reads what is there; it trains nothing and calls no kernel, which might have to be compiled first.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from html import escape
from typing import Any, TypeVar

import numpy as np
import pandas as pd

T = TypeVar("T")

WIDTH = 200
"""Letters of a line, at most; what is longer ends with "..."."""
NAME = 40
"""Letters of a name that a user gave."""
PATH = 100
"""Letters of a path."""
ROWS = 10
"""Rows of a table in HTML, at most."""


@dataclass(frozen=True)
class Summary:
    """What there is to say of an object.

    Attributes
    ----------
    first : what it is, with the numbers that matter
    ask : attributes and methods to ask next, such as "runs", "lay(theta)"
    table : makes the table that HTML shows its first rows of; None for an object without one
    whole : whether the first line is Python and never cut
    """

    first: str
    ask: tuple[str, ...] = ()
    table: Callable[[], pd.DataFrame] | None = None
    whole: bool = False

    def lines(self) -> list[str]:
        """One line or two."""
        first = self.first if self.whole else short(self.first, WIDTH)
        return [first, *([short(" ".join(f".{name}" for name in self.ask), WIDTH)] if self.ask else [])]

    def html(self) -> str:
        """The same, with the table. Colours and fonts are the notebook's."""
        first, *second = map(escape, self.lines())
        parts = [
            f"<div>{f'<code>{first}</code>' if self.whole else first}</div>",
            *(f'<div style="opacity: 0.7"><code>{line}</code></div>' for line in second),
        ]
        if self.table is not None:
            parts += _rows(self.table())
        return f"<div>{''.join(parts)}</div>"


def _rows(table: pd.DataFrame) -> list[str]:
    """The first rows of a table as HTML, and how many are left out."""
    shown, left = table.head(ROWS), max(len(table) - ROWS, 0)
    if shown.empty:
        return []
    text = shown.to_html(index=False, border=0, float_format="{:.4g}".format, max_cols=None, justify="right")
    text = text.replace("<table", '<table style="text-align: right"', 1)
    return [text, *([f'<div style="opacity: 0.7">{left:,} of {len(table):,} rows are not shown</div>'] if left else [])]


def summarized(kind: type[T]) -> type[T]:
    """Decorate a class that has a method ``_summary``: it is shown by that.

    A decorator, as a dataclass would write its own ``__repr__`` over an inherited one, and a NamedTuple inherits none. An
    object that cannot be described, such as one half made or with a column missing, says so: a repr that raises hides
    the error that somebody is looking for."""

    def summary(self: Any) -> Summary:
        try:
            found: Summary = self._summary()
            found.lines()
        except Exception as error:
            said = f"{kind.__name__} that cannot be described ({type(error).__name__}: {error})"
            return Summary(said, tuple(getattr(kind, "__annotations__", ())))
        return found

    def text(self: Any) -> str:
        return "\n".join(summary(self).lines())

    def html(self: Any) -> str:
        found = summary(self)
        try:
            return found.html()
        except Exception:  # the lines are there, and the table is not
            return Summary(found.first, found.ask, whole=found.whole).html()

    kind.__repr__ = text  # type: ignore[method-assign]
    kind._repr_html_ = html  # type: ignore[attr-defined]
    return kind


def python_of(thing: Any, always: Mapping[str, str] | None = None) -> str:
    """A dataclass as Python that makes an equal one: the fields in ``always``, with their text, and those that are not at
    their defaults."""
    said = list((always or {}).values())
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.name not in (always or {}) and (field.default is MISSING or value != field.default):
            said.append(f"{field.name}={_quoted(value)}")
    return f"{type(thing).__name__}({', '.join(said)})"


def _quoted(value: Any) -> str:
    """A value as Python, text in the double quotes that the documentation uses."""
    text = repr(value)
    return f'"{value}"' if isinstance(value, str) and text == f"'{value}'" else text


def one_line(text: str) -> str:
    """Text without line breaks and other letters that cannot be printed."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def short(text: str, width: int = NAME) -> str:
    """Text in one line, cut to so many letters."""
    line = one_line(text)
    return line if len(line) <= width else f"{line[: width - 3].rstrip()}..."


def place_of(path: Any) -> str:
    """A path as its user wrote it; of a long one the end, which tells it from its neighbours."""
    text = one_line(str(path))
    return text if len(text) <= PATH else f"...{text[3 - PATH :]}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and what is counted: "1 run", "200 runs"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def tally(values: Iterable[Any], most: int = 4) -> str:
    """How often each value occurs, the most frequent first: "60 budget, 6 diverged"."""
    found = pd.Series([str(value) for value in values], dtype=object).value_counts()
    said = [f"{number:,} {short(name)}" for name, number in found.head(most).items()]
    return ", ".join([*said, *([f"{found.iloc[most:].sum():,} others"] if len(found) > most else [])])


def interval(low: Any, high: Any) -> str:
    """An interval of a share."""
    return f"[{float(low):.2f}, {float(high):.2f}]"


def span(values: Any) -> str:
    """From the least to the greatest of the finite numbers: "0.1 to 3"."""
    numbers = np.asarray(values, dtype=np.float64)
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return "nowhere finite"
    low, high = f"{finite.min():.4g}", f"{finite.max():.4g}"
    said = low if low == high else f"{low} to {high}"
    return said if finite.size == numbers.size else f"{said}, {numbers.size - finite.size:,} not finite"


def network(surface: Any) -> str:
    """A surface, in words: "2-2-1 tanh on xor"; "a function of 3 parameters" for a plain function."""
    if hasattr(surface, "architecture"):
        return f"{surface.architecture} {short(surface.activation)} on {short(surface.table.name)}"
    return f"a function of {counted(surface.n_parameters, 'parameter')}"
