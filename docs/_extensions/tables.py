"""Tables of the reference in Markdown, made of the package's own records, so that nothing is typed twice."""

import inspect
import re
from collections.abc import Callable, Iterable

import click

import landscape as ls
from landscape.cli.command import cli
from landscape.options import RECORDS, settings_table, values_table
from landscape.schema import COLUMNS, SETTINGS, Kind
from landscape.slices.quantities import QUANTITIES


def markdown(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [list(header), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in line) + " |" for line in lines)


def settings(owner: str) -> str:
    """Settings of one owner: what each means, takes and is by default, and when it says anything."""
    table = settings_table()
    rows = [
        (f"`{row.setting}`", row.meaning, _names(row.takes, row.setting), f"`{row.default}`", row.only_with)
        for row in table[table["of"] == owner].itertuples()
    ]
    others = [name for name, column in SETTINGS.items() if column.owner == owner and name not in set(table["setting"])]
    rows += [
        (f"`{name}`", SETTINGS[name].meaning, _described(owner, name), f"`{SETTINGS[name].default}`", "") for name in others
    ]
    return markdown(("setting", "meaning", "takes", "default", "only with"), rows)


def _names(takes: str, setting: str) -> str:
    """What a setting takes; names as code."""
    return ", ".join(f"`{name}`" for name in takes.split(", ")) if setting in RECORDS else takes


def _described(function: str, parameter: str) -> str:
    """What a parameter of a public function takes, by its docstring."""
    (takes,) = re.findall(rf"^{parameter} : (.*)$", inspect.getdoc(getattr(ls, function)) or "", re.MULTILINE)
    return str(takes)


def parts(setting: str) -> str:
    """Values of a setting that takes names, each with what its record says."""
    table = values_table(setting)
    header = ["name", *(column.replace("_", " ") for column in table.columns[1:])]
    return markdown(header, ((f"`{name}`", *others) for name, *others in table.to_numpy().tolist()))


def quantities(_: str) -> str:
    """What slices can show."""
    rows = []
    for name, each in QUANTITIES.items():
        needs = "a Surface" if each.of_networks else f"`{each.needs}`"
        rows.append((f"`{name}`", inspect.getdoc(each.function) or "", each.label, needs))
    return markdown(("name", "meaning", "on an axis", "needs"), rows)


def columns(_: str) -> str:
    """Columns that are no settings."""
    return markdown(
        ("column", "type", "meaning", "unit", "kind"),
        (
            (f"`{column.name}`", column.type.__name__, column.meaning, column.unit, column.kind.name.lower())
            for column in COLUMNS
            if column.kind is not Kind.SETTING
        ),
    )


def text_of(help: str) -> str:
    """Help of a command as Markdown: what keeps its lines in a shell keeps them here."""
    found = []
    for part in inspect.cleandoc(help).split("\n\n"):
        kept = part.strip("\n").startswith("\b")
        found.append("```text\n{}\n```".format(inspect.cleandoc(part.strip("\b\n"))) if kept else part)
    return "\n\n".join(found)


def commands(_: str) -> str:
    """Every command: what it does, how it is called, its options."""
    found = []
    names = [("landscape", cli), *((f"landscape {name}", command) for name, command in sorted(cli.commands.items()))]
    for name, command in names:
        context = click.Context(command, info_name=name)
        options = [each.get_help_record(context) for each in command.get_params(context)]
        found += [
            f"## {name}",
            "```text\n{}\n```".format(" ".join([name, *command.collect_usage_pieces(context)])),
            text_of(command.help or ""),
            markdown(("option", "meaning"), ((f"`{option}`", said) for option, said in filter(None, options) if said)),
            text_of(command.epilog or ""),
        ]
    return "\n\n".join(found)


MAKERS: dict[str, Callable[[str], str]] = {
    "settings": settings,
    "parts": parts,
    "quantities": quantities,
    "columns": columns,
    "commands": commands,
}
"""What makes the tables of each directive, see ``records``."""
