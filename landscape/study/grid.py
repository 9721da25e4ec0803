"""Grids: which surfaces and protocols a study joins. A cell is one of each."""

import hashlib
import json
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from landscape.deprecation import current, new_name
from landscape.problems import Problem, problem
from landscape.protocol import Protocol
from landscape.schema import LATER, SETTINGS
from landscape.summary import Summary, counted, summarized
from landscape.surface import Surface
from landscape.training.settings import settings_of, trainer_settings
from landscape.validation import elements, known, unmasked

SURFACE_FIELDS = tuple(field.name for field in fields(Surface))
PROTOCOL_FIELDS = tuple(field.name for field in fields(Protocol))
FIELDS = SURFACE_FIELDS + PROTOCOL_FIELDS
"""Every setting that a grid can run over."""
DEFAULTS: dict[str, Any] = {field.name: field.default for kind in (Surface, Protocol) for field in fields(kind)}

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One surface under one protocol, in one precision.

    Attributes
    ----------
    surface : Surface
    protocol : Protocol
    precision : "float64" or "float32"
    settings : dict
        Every column that describes the cell, in the order of a table of runs.
    id : str
        16 hexadecimal digits, a hash of the settings and of the truth table: equal settings have one id anywhere. A setting
        that came after the first release counts only where its value differs from what older releases had.
    """

    surface: Surface
    protocol: Protocol
    precision: str = "float64"

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Every column that describes the cell, in the order of a table of runs."""
        return settings_of(self.surface, self.protocol, self.precision)

    @cached_property
    def id(self) -> str:
        """Name of the cell: 16 hexadecimal digits, a hash of its settings and truth table."""
        table = self.surface.table
        content = {
            SETTINGS[name].stored if name in SETTINGS else name: value
            for name, value in self.settings.items()
            if name not in LATER or value != LATER[name].missing
        }
        content |= {"inputs": table.inputs.tolist(), "targets": table.targets.tolist()}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    def at(self, precision: str) -> "Cell":
        """Return the cell in another precision. Raises ValueError for settings that this precision cannot hold."""
        trainer_settings(self.surface, self.protocol, precision)
        return Cell(self.surface, self.protocol, precision)


@summarized
class Grid:
    """A set of cells, as settings still to be checked.

    ``filter`` comes before the check, so that it can leave out what makes no sense. Iteration, ``len`` and ``cells`` check;
    they raise ValueError or TypeError that name the settings at fault, and ValueError where two truth tables have one name.
    """

    def __init__(self, settings: Iterable[Settings | Cell]) -> None:
        self.settings = tuple(settings)

    def __add__(self, other: "Grid") -> "Grid":
        if not isinstance(other, Grid):
            return NotImplemented
        made = Grid(self.settings + other.settings)
        _say(set(alike(made.settings)) - set(alike(self.settings)) - set(alike(other.settings)))
        return made

    def filter(self, keep: Callable[[dict[str, Any]], bool]) -> "Grid":
        """Keep the combinations for which ``keep(settings)`` is true.

        Parameters
        ----------
        keep : callable
            Takes a dictionary of every field by name, defaults included, and the problem's name.

        Returns
        -------
        Grid
        """

        if not callable(keep):
            raise TypeError(f"keep={keep!r} cannot be called; give a function of the settings, such as a lambda")

        def named(settings: Settings | Cell) -> dict[str, Any]:
            every = DEFAULTS | _fields_of(settings)
            return every | {"problem": problem(every["problem"]).name}

        return Grid(settings for settings in self.settings if keep(named(settings)))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Each cell once, in the order given."""
        found: dict[str, Cell] = {}
        for settings in self.settings:
            try:
                cell = settings if isinstance(settings, Cell) else cell_of(settings)
            except (ValueError, TypeError) as error:
                if len(self.settings) == 1:
                    raise
                text = ", ".join(f"{name}={value!r}" for name, value in _fields_of(settings).items())
                raise type(error)(f"{error} (the combination {text}; filter() leaves combinations out)") from None
            found.setdefault(cell.id, cell)
        one_table_a_name(found.values())
        return tuple(found.values())

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    def _summary(self) -> Summary:
        names = dict.fromkeys(name for settings in self.settings if not isinstance(settings, Cell) for name in settings)
        given = f" of {', '.join(map(str, names))}" if names else ""
        return Summary(f"Grid: {counted(len(self.settings), 'combination')}{given}", ("cells", "filter(keep)", "settings"))


def grid(cells: Iterable[Settings | tuple[Surface, Protocol] | Cell] = ({},), /, **levels: Any) -> Grid:
    """Combine levels of any fields of ``Surface`` and ``Protocol`` into a grid; other fields keep their defaults.

    Parameters
    ----------
    cells : list of cells, optional
        Each a dictionary of fields, or a pair of surface and protocol; ``levels`` are then combined with each of them, in
        place of what a pair has there.
    **levels : a value, or a list of values, for each field

    Returns
    -------
    Grid
        ``+`` joins two, ``filter`` leaves combinations out, and a cell that comes twice counts once. Levels that differ
        and print alike, such as 0.3 and 0.1 + 0.2, are two cells; a warning says so.

    Raises
    ------
    ValueError
        for a field that is not known, a field without levels, or one given both in a cell and for all cells. Values are
        checked when ``cells`` of the grid are asked for.
    TypeError
        for what is no list of cells.

    Examples
    --------
    >>> import landscape as ls
    >>> len(ls.grid(activation=["sigmoid", "tanh"], hidden=range(2, 9), lr=[0.1, 1.0]))
    28
    >>> both = ls.grid(update=["batch", "online"], optimizer=["gd", "adam"])
    >>> len(both.filter(lambda settings: settings["update"] == "batch" or settings["optimizer"] == "gd"))
    3
    >>> pairs = [{"activation": "tanh", "lr": 0.1}, {"activation": "sigmoid", "lr": 1.0}]
    >>> len(ls.grid(pairs, hidden=[2, 3]) + ls.grid(hidden=8))
    5
    """
    if isinstance(cells, Mapping):
        raise TypeError(f"{cells!r} is one cell; give a list of cells, or its fields by name")
    if not isinstance(cells, Iterable):
        raise TypeError(f"{cells!r} is no list of cells; give one, or the fields by name")
    given = list(cells)
    if not levels and all(isinstance(cell, Cell) for cell in given):
        return Grid(given)  # type: ignore[arg-type]  # checked when they were made
    fixed = current(_fields_of(cell) for cell in given)
    for name in [name for settings in [*fixed, levels] for name in settings]:
        known("field", new_name(name), FIELDS)
    values = [_levels(name, value) for name, value in levels.items()]
    combined = current(dict(zip(levels, combination, strict=True)) for combination in product(*values))
    for cell, settings in zip(given, fixed, strict=True):
        twice = sorted(settings.keys() & combined[0].keys()) if isinstance(cell, Mapping) else ()
        if twice:
            raise ValueError(f"{twice[0]} is given both in a cell and for all of them; give it in one place")
    made = Grid(settings | combination for settings in fixed for combination in combined)
    _say(alike(made.settings))
    return made


def alike(settings: Iterable[Settings | Cell]) -> list[str]:
    """For each setting with levels that differ and print alike, a sentence that says so: numbers in the six digits of a
    table, names of problems but for spaces and for how an accent is written."""
    printed: dict[tuple[str, str], set[Any]] = {}
    for each in settings:
        for name, value in _fields_of(each).items():
            if isinstance(value, (float, np.floating)) and np.isfinite(value):
                printed.setdefault((name, f"{value:g}"), set()).add(float(value))
            elif isinstance(value, Problem):
                seen = " ".join(unicodedata.normalize("NFC", value.name).split())
                printed.setdefault((name, seen), set()).add(value.name)
    return [
        f"{name}={' and '.join(map(repr, sorted(values)))} print alike and are different cells; "
        f"{'give names that look different' if name == 'problem' else 'round them if they are one'}"
        for (name, _), values in printed.items()
        if len(values) > 1
    ]


def _say(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        warnings.warn(sentence, stacklevel=3)


def one_table_a_name(cells: Iterable[Cell]) -> None:
    """Raises ValueError where two truth tables have one name: a table of runs could not tell them apart."""
    problems: dict[str, Problem] = {}
    for cell in cells:
        problem = cell.surface.table
        if problems.setdefault(problem.name, problem) != problem:
            raise ValueError(f'two different problems are named "{problem.name}"; give each a name of its own')


def cell_of(settings: Settings) -> Cell:
    """The cell with these fields, the others at their defaults. Raises ValueError or TypeError where they make no sense."""
    surface = Surface(**{name: value for name, value in settings.items() if name in SURFACE_FIELDS})
    protocol = Protocol(**{name: value for name, value in settings.items() if name in PROTOCOL_FIELDS})
    return Cell(surface, protocol).at(settings.get("precision", "float64"))


def _fields_of(cell: Any) -> dict[str, Any]:
    """Every field that is given."""
    if isinstance(cell, Mapping):
        return dict(cell)
    pair = (cell.surface, cell.protocol) if isinstance(cell, Cell) else cell
    if isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], Surface) and isinstance(pair[1], Protocol):
        return {name: getattr(pair[name in PROTOCOL_FIELDS], name) for name in FIELDS}
    raise TypeError(f"{cell!r} is not a cell; give a dictionary of fields, or a pair (Surface, Protocol)")


def _levels(name: str, value: Any) -> list[Any]:
    """A single value is one level; an array's numbers become Python's."""
    if isinstance(value, (str, Problem)) or not isinstance(value, Iterable):
        return [value]
    unmasked(name, value)
    levels = elements(value) if isinstance(value, np.ndarray) else list(value)
    if not levels:
        raise ValueError(f"{name} has no levels; give one value or more")
    return levels
