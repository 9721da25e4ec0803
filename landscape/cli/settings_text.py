"""Settings as people write them: ``activation=sigmoid,tanh hidden=2..8 lr=0.1,1``, or a TOML file."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from landscape.deprecation import new_name
from landscape.problems import Problem
from landscape.schema import BY_NAME
from landscape.study.grid import Grid, grid
from landscape.validation import integer, known

MOST_VALUES = 100_000
"""Most values of a range: enough for any grid, and a mistyped number does not fill the memory."""


def values(text: str) -> list[Any]:
    """The values of a list such as "sigmoid,tanh", "0.1,1", "true" or "2..8,16"; a..b counts from a to b."""
    found: list[Any] = []
    for word in _words(text):
        first, dots, last = word.partition("..")
        if dots:
            try:
                low, high = int(first), int(last)
            except ValueError:
                raise ValueError(f'"{word}" is not a range; give two whole numbers, such as 2..8') from None
            if low > high:
                raise ValueError(f'"{word}" is empty; give the smaller number first')
            if high - low >= MOST_VALUES:
                raise ValueError(f'"{word}" has {high - low + 1:,} values; give {MOST_VALUES:,} at most')
            found += range(low, high + 1)
        else:
            found.append(_value(word))
    return found


def _words(text: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise ValueError(f'"{text}" has an empty value; give values such as sigmoid,tanh or 2..8')
    return words


def _value(word: str) -> Any:
    if word.lower() in ("true", "false"):
        return word.lower() == "true"
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            pass
    return word


def _levels(name: str, text: str) -> list[Any]:
    """Levels of one column. In a column of words every value stays a word: problems may be named true, 7 or 1e3."""
    column = BY_NAME.get(new_name(name))
    return _words(text) if column and column.type is str else values(text)


def settings(words: Iterable[str]) -> dict[str, list[Any]]:
    """Levels by name, from words such as "hidden=2..8". Names are not checked here."""
    found: dict[str, list[Any]] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise ValueError(f'"{word}" is not a setting; give name=value, such as hidden=2..8')
        if name in found:
            raise ValueError(f"{name} is given twice; give all its values at once, such as {name}={text},...")
        found[name] = _levels(name, text)
    return found


EXAMPLE = """\
runs = 1000
checkpoints = [100, 1000]

[grid]                            # or several [[grid]], which are added
activation = ["sigmoid", "tanh"]
hidden = "2..4"                   # text is read as on the command line
budget = 2000
problem = ["xor", "mine"]

[problems.mine]                   # a truth table of your own
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [1, 0, 1, 0]
"""
"""A study as a TOML file; a ``seed`` may stand beside ``runs``. What is left out keeps its default."""


@dataclass(frozen=True)
class Asked:
    """What a file or a command line asks for; None for what it leaves open."""

    grid: Grid | None = None
    runs: int | None = None
    seed: int | None = None
    checkpoints: tuple[int, ...] | None = None


def from_toml(path: Path) -> Asked:
    """A study's settings from a file such as ``EXAMPLE``. Raises ValueError or TypeError where it is not of that form."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    try:
        return _asked(content)
    except (ValueError, TypeError) as error:
        raise type(error)(f"{path}: {error}") from None


def _asked(content: dict[str, Any]) -> Asked:
    for name in content:
        known("key", name, ("grid", "runs", "seed", "checkpoints", "problems"))
    problems = {name: _problem(name, table) for name, table in _table("problems", content.get("problems", {})).items()}
    tables = content.get("grid", [])
    grids = [_grid(_table("grid", table), problems) for table in (tables if isinstance(tables, list) else [tables])]
    checkpoints = content.get("checkpoints")
    if isinstance(checkpoints, str):
        checkpoints = values(checkpoints)
    if not isinstance(checkpoints, (list, type(None))):
        raise TypeError(f"checkpoints={checkpoints!r} is not a list of epochs; give one such as [100, 1000]")
    return Asked(
        reduce(add, grids) if grids else None,
        integer("runs", content["runs"], 1, 2**40) if "runs" in content else None,
        integer("seed", content["seed"], 0, 2**63 - 1) if "seed" in content else None,
        None if checkpoints is None else tuple(checkpoints),
    )


def _table(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{name}={value!r} is not a table; write its keys below [{name}]")
    return value


def _problem(name: str, table: Any) -> Problem:
    if set(_table(f"problems.{name}", table)) != {"inputs", "targets"}:
        raise ValueError(f'problem "{name}" has the keys {", ".join(table) or "none"}; give inputs and targets')
    return Problem(**table, name=name)


def _grid(table: dict[str, Any], problems: dict[str, Problem]) -> Grid:
    levels = {name: _levels(name, value) if isinstance(value, str) else value for name, value in table.items()}
    if "problem" in levels:
        given = levels["problem"] if isinstance(levels["problem"], list) else [levels["problem"]]
        levels["problem"] = [problems.get(value, value) if isinstance(value, str) else value for value in given]
    return grid(**levels)
