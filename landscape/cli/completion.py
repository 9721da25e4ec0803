"""What a shell is offered where the tabulator key is pressed: folders, settings and their values, cells of a study.

Bash takes "activation=sig" for three words, the others for one. What is offered fits either.
"""

from collections.abc import Iterable
from contextlib import suppress

import click
from click.shell_completion import CompletionItem

from landscape.options import OPTIONS, RECORDS, meaning
from landscape.problems import FAMILIES
from landscape.schema import IDENTITY
from landscape.study.store import folder_of
from landscape.study.study import open_study


def folders(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Folders, by the shell itself."""
    return [CompletionItem(incomplete, type="dir")]


def columns(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Columns to group by, the last one of a list that commas part."""
    before, last = _parted(incomplete)
    return [CompletionItem(before + name) for name in (*IDENTITY, "epoch", *OPTIONS) if name.startswith(last)]


def settings(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Settings such as "activation=", and their values: those of the study in the folder that is given, if one is there."""
    words = list(context.params.get(parameter.name or "") or ())
    name, equals, text = incomplete.partition("=")
    levels = _levels(context, words)
    if equals:
        return _values(name, text, levels, f"{name}=")
    if len(words) >= 2 and words[-1] == "=":  # as bash parts it
        return _values(words[-2], incomplete, levels)
    if words and words[-1].endswith("="):
        return _values(words[-1][:-1], incomplete, levels)
    names = [option for option in levels or OPTIONS if option.startswith(incomplete)]
    if len(names) == 1:  # its values at once: a name alone would be followed by a blank
        return _values(names[0], "", levels, f"{names[0]}=")
    return [CompletionItem(f"{option}=", help=OPTIONS[option].meaning) for option in names]


def folder_or_settings(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Settings, and folders as long as there is neither."""
    words = context.params.get(parameter.name or "") or ()
    return settings(context, parameter, incomplete) + (
        [] if words or "=" in incomplete else [*folders(context, parameter, incomplete)]
    )


def _parted(text: str) -> tuple[str, str]:
    """A list up to its last comma, and what follows."""
    before, comma, last = text.rpartition(",")
    return before + comma, last


def _values(name: str, text: str, levels: dict[str, list[str]], prefix: str = "") -> list[CompletionItem]:
    """Values of a setting that go on with the last one of a list."""
    before, last = _parted(text)
    told = {value: meaning(record).replace("``", "") for value, record in RECORDS.get(name, {}).items()}
    if name == "problem":
        members = (f"{family}{n}" for family, record in FAMILIES.items() for n in range(1, record.most + 1))
        told = {value: text for value, text in told.items() if value not in FAMILIES} | dict.fromkeys(members, "")
    if name in levels:
        found: Iterable[str] = levels[name]
    elif name in RECORDS:
        found = told
    elif name in OPTIONS:
        found = ["true", "false"] if OPTIONS[name].type is bool else [str(OPTIONS[name].default)]
    else:
        found = []
    return [
        CompletionItem(f"{prefix}{before}{value}", help=told.get(value) or None) for value in found if value.startswith(last)
    ]


def _levels(context: click.Context, words: list[str]) -> dict[str, list[str]]:
    """Settings that differ between the cells of the study in the folder that is given, with their values; nothing where
    there is none, and for commands that may add cells."""
    if context.info_name in ("run", "plan"):
        return {}
    path = context.params.get("path") or (words[0] if words and not any("=" in word for word in words[:2]) else None)
    with suppress(ValueError, OSError):
        cells = open_study(folder_of(path)).cells() if path else None
        if cells is not None:
            several = [name for name in OPTIONS if name in cells and cells[name].nunique() > 1]
            return {name: [_word(value) for value in cells[name].unique()] for name in several}
    return {}


def _word(value: object) -> str:
    """A value as it is typed."""
    return str(value).lower() if str(value) in ("True", "False") else str(value)
