"""Old names and old values: how long they are answered, and what is said.

A change of a name or a value that programs may use is a row of ``CHANGES``. For two minor releases the old one is answered
by the new one, with one FutureWarning a call that says what to write; after that it is refused in the same words. Doors are
the constructors of ``Surface`` and ``Protocol``, grids, ``where=``, ``columns=``, SQL, TOML files and the command line.
"""

import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, TypeVar

from landscape._version import __version__

T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """A name or a value that is written in another way now.

    Attributes
    ----------
    old : name of a setting or column as it was; of an old value, the name of its setting
    now : its name now; or a function that is given the value under ``old`` and gives the settings that now mean the same,
        and None for a value that means what it did
    since : release that announced it
    """

    old: str
    now: str | Callable[[Any], dict[str, Any] | None]
    since: str

    @property
    def until(self) -> str:
        """The release that refuses the old one, two minor ones later."""
        major, minor = _minor(self.since)
        return f"{major}.{minor + 2}.0"

    @property
    def over(self) -> bool:
        return _minor(__version__) >= _minor(self.until)


CHANGES: tuple[Change, ...] = ()
"""Every change that is announced, and those whose time is over: their errors go on saying what to write."""


def _minor(release: str) -> tuple[int, int]:
    major, minor = release.split(".")[:2]
    return int(major), int(minor)


def current(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Settings as they are named and meant now, with one warning for each change that was needed.

    Raises ValueError where the time of an old one is over, and where a setting is given by its old and its new name.
    """
    found = [dict(settings) for settings in given]
    said: dict[Change, str] = {}
    for change in CHANGES:
        for place, settings in enumerate(found):
            if change.old not in settings:
                continue
            value = settings[change.old]
            new = {change.now: value} if isinstance(change.now, str) else change.now(value)
            if new is None:
                continue
            rest = {name: other for name, other in settings.items() if name != change.old}
            if twice := [name for name in new if name in rest]:
                raise ValueError(f"{twice[0]} is given, and by the older {change.old} too; give {twice[0]} alone")
            found[place] = rest | new
            was = change.old if isinstance(change.now, str) else f"{change.old}={value!r}"
            is_now = change.now if isinstance(change.now, str) else ", ".join(f"{name}={new[name]!r}" for name in new)
            said.setdefault(change, _sentence(change, was, is_now))
    _warn(said)
    return found


def current_levels(given: Mapping[str, Iterable[Any]]) -> dict[str, list[Any]]:
    """The same of several values for each name, any of which may be meant."""
    found: dict[str, list[Any]] = {}
    for name, values in given.items():
        each = current({name: value} for value in values)
        names = {tuple(settings) for settings in each} or {(new_name(name),)}
        if len(names) > 1 or (len(each) > 1 and len(each[0]) > 1):
            raise ValueError(f"values of {name} are spread over several settings now; give one of them at a time")
        for new in names.pop():
            if new in found:
                raise ValueError(f"{new} is given by an old and a new name; give it by the new one")
            found[new] = [settings[new] for settings in each]
    return found


def current_names(names: Iterable[str]) -> list[str]:
    """Names of columns as they are now, with one warning for each that was an old one."""
    asked = list(names)
    renamed = {change.old: change for change in CHANGES if isinstance(change.now, str) and change.old in asked}
    _warn({change: _sentence(change, change.old, str(change.now)) for change in renamed.values()})
    return list(map(new_name, asked))


def new_name(name: str) -> str:
    """What a setting or column of this name is called now; nothing is said."""
    return next((change.now for change in CHANGES if change.old == name and isinstance(change.now, str)), name)


def words_of(query: str, over: bool) -> list[str]:
    """The old names that occur as words in a query, of those whose time is over or of the others."""
    names = [change.old for change in CHANGES if isinstance(change.now, str) and change.over == over]
    return [name for name in names if re.search(rf"\b{re.escape(name)}\b", query, re.IGNORECASE)]


def takes_old_names(kind: type[T]) -> type[T]:
    """A dataclass whose constructor is given settings by any name or value that ``CHANGES`` knows."""
    construct, names = kind.__init__, [field.name for field in fields(kind)]  # type: ignore[arg-type]

    @wraps(construct)
    def constructor(self: T, *values: Any, **settings: Any) -> None:
        placed = names[: len(values)]
        if CHANGES and len(placed) == len(values) and not settings.keys() & placed:
            (settings,), values = current([dict(zip(placed, values, strict=True)) | settings]), ()
        construct(self, *values, **settings)

    kind.__init__ = constructor  # type: ignore[method-assign, assignment]
    return kind


def _sentence(change: Change, was: str, now: str) -> str:
    """What is said of an old name or value. Raises ValueError where its time is over."""
    if change.over:
        raise ValueError(f"{was} is written {now} since {change.since}, and refused since {change.until}; give {now}")
    return f"{was} is written {now} since {change.since}; give {now}, the old way ends with {change.until}"


def _warn(said: Mapping[Change, str]) -> None:
    """At the line outside of this package, or of what dataclasses generate for it, that asked."""
    level, frame = 1, sys._getframe()
    while frame.f_back and str(frame.f_globals.get("__name__")).startswith("landscape."):
        level, frame = level + 1, frame.f_back
    for sentence in said.values():
        warnings.warn(sentence, FutureWarning, stacklevel=level)
