"""Sections of the report: a study, the figures drawn from what it stored, and where those of every package are found.

A package declares its sections in its ``pyproject.toml``, under any name, as a sequence of ``Section``:

    [project.entry-points."landscape.studies"]
    mine = "my_module:SECTIONS"

They are found where the package is installed, and where the ``pyproject.toml`` lies in the current folder. ``landscape new``
makes a folder to start from.
"""

import os
import pkgutil
import sys
import tomllib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

STUDIES, COMMANDS = "landscape.studies", "landscape.commands"
"""Groups of entry points: sequences of sections; commands that stand in ``studies/`` and ``figures/``."""
ALL = "all"
"""What the command takes for every study."""


@dataclass(frozen=True)
class Section:
    """A study and its figures: what the commands ``study``, ``figure`` and ``report`` know of them.

    Functions are named as ``"module:function"`` and imported when they are needed: a study need not import Matplotlib.

    Parameters
    ----------
    name
        The study's name, with which the names of its tables and of its record begin: letters, digits and underscores.
    study
        The function that trains, stores its tables and its record, and takes no arguments; the first line of its module's
        docstring is the question that the study answers.
    figures
        By name, in the order of the report, the function that draws a figure: it takes the folder of results, and returns a
        Matplotlib figure and its caption.

    Raises
    ------
    ValueError
        Where a name is none that a file and a table may have, or a function is not named as ``"module:function"``.

    Examples
    --------
    >>> from landscape.sections import Section
    >>> Section("widths", "my_widths:main", {"widths": "my_figure:draw"}).name
    'widths'
    """

    name: str
    study: str
    figures: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (self.name, *self.figures):
            if not name.isidentifier() or name == ALL:
                raise ValueError(
                    f'{name!r} is not allowed as the name of a study or figure; give letters, digits and "_", not "{ALL}"'
                )
        for function in (self.study, *self.figures.values()):
            if function.count(":") != 1:
                raise ValueError(f'{function!r} names no function of section {self.name}; write it as "module:function"')

    @property
    def question(self) -> str:
        """What the study answers: the first line of its module's docstring."""
        return (import_module(self.study.split(":")[0]).__doc__ or "").strip().split("\n")[0]


def sections() -> dict[str, Section]:
    """Every section by its study's name: those of this package in the order of the report, then those of others.

    Raises
    ------
    ValueError
        Where two studies have one name, or nothing is installed.
    """
    found: dict[str, Section] = {}
    entries = declared(STUDIES)
    for entry in sorted(entries, key=lambda entry: (entry.name != "landscape", entry.name)):
        try:
            given = tuple(entry.load())
            if not all(isinstance(each, Section) for each in given):
                raise TypeError("they are no sequence of Section")
        except Exception as error:  # whatever somebody else's module may raise
            warnings.warn(f"the studies of {entry.value} are left out: {type(error).__name__}: {error}", stacklevel=2)
            continue
        for section in given:
            if found.setdefault(section.name, section) != section:
                raise ValueError(f"two studies are named {section.name}; rename that of {entry.value}")
    if not found:
        raise ValueError("no study is installed; install the package again: pip install xor-landscape")
    return found


def figures() -> dict[str, str]:
    """By name, the function that draws each figure of every section, as ``"module:function"``.

    Raises
    ------
    ValueError
        Where two figures have one name.
    """
    found: dict[str, str] = {}
    for section in sections().values():
        for name, function in section.figures.items():
            if found.setdefault(name, function) != function:
                raise ValueError(f"two figures are named {name}; rename that of {section.study}")
    return found


def function_of(name: str) -> Callable[..., Any]:
    """The function named ``"module:function"``."""
    found: Callable[..., Any] = pkgutil.resolve_name(name)
    return found


def declared(group: str) -> list[EntryPoint]:
    """Entry points of a group: of installed packages, and of a ``pyproject.toml`` in the current folder, from which modules
    are imported from then on."""
    project, here = Path("pyproject.toml"), []
    if project.is_file():
        try:
            content = tomllib.loads(project.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{project.absolute()} cannot be read: {error}") from None
        own = content.get("project", {}).get("entry-points", {}).get(group, {})
        here = [EntryPoint(name, value, group) for name, value in own.items()]
        if here and os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
    return [*here, *entry_points(group=group)]
