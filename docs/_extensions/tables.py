"""Tables of the reference in Markdown, made of the package's own records, so that nothing is typed twice."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

import landscape as ls
from landscape.cli.command import cli
from landscape.parts.activations import ACTIVATIONS
from landscape.parts.criteria import CRITERIA
from landscape.parts.gradients import GRADIENTS
from landscape.parts.initializers import INITIALIZERS
from landscape.parts.objectives import OBJECTIVES, REDUCTIONS
from landscape.parts.optimizers import OPTIMIZERS
from landscape.parts.output_layers import OUTPUT_LAYERS
from landscape.problems import FAMILIES, PROBLEMS
from landscape.schema import COLUMNS, SETTINGS, Kind
from landscape.slices.quantities import QUANTITIES

PARTS: dict[str, Mapping[str, Any]] = {
    "problems": PROBLEMS,
    "families": FAMILIES,
    "activations": ACTIVATIONS,
    "output_layers": OUTPUT_LAYERS,
    "objectives": OBJECTIVES,
    "reductions": REDUCTIONS,
    "optimizers": OPTIMIZERS,
    "initializers": INITIALIZERS,
    "criteria": CRITERIA,
    "gradients": GRADIENTS,
    "quantities": QUANTITIES,
}
"""Tables of parts, by the names of their kinds."""
NAMED: dict[str, tuple[str, ...]] = {
    "activation": ("activations",),
    "output": ("activations", "output_layers"),
    "objective": ("objectives",),
    "reduction": ("reductions",),
    "optimizer": ("optimizers",),
    "gradient": ("gradients",),
    "init": ("initializers",),
    "criterion": ("criteria",),
}
"""Settings that name a part, and its kinds."""


def markdown(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [list(header), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in line) + " |" for line in lines)


def described(owner: str) -> dict[str, str]:
    """What each parameter of a public class or function takes, by its docstring."""
    text = inspect.cleandoc(getattr(ls, owner).__doc__ or "")
    (section,) = re.findall(r"^Parameters\n-+\n(.*?)(?:\n\n[A-Z]|\Z)", text, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^(\w+(?:, \w+)*) : (.*)$", section, re.MULTILINE)
    return {name: takes for names, takes in lines for name in names.split(", ")}


def settings(owner: str) -> str:
    """Settings of one owner: what each is, takes and is by default."""
    said = described(owner)
    return markdown(
        ("setting", "meaning", "takes", "default", "since"),
        (
            (f"`{name}`", column.meaning, taken(name, said[name]), f"`{column.default!r}`", column.since)
            for name, column in SETTINGS.items()
            if column.owner == owner
        ),
    )


def taken(name: str, described: str) -> str:
    """What a setting takes: names, where it names a part, or what its docstring says."""
    kinds = NAMED.get(name, ())
    return ", ".join(f"`{part}`" for kind in kinds for part in PARTS[kind]) if kinds else described


def fields_of(record: Any) -> dict[str, str]:
    """What a record says of its part, beside its functions: the first docstring, then numbers and words."""
    if type(record) is tuple:  # a reduction
        record = dict(zip(("weight", "divided"), record, strict=True))
    values = record._asdict() if hasattr(record, "_asdict") else record if isinstance(record, dict) else {"function": record}
    plain = {name: value for name, value in values.items() if isinstance(value, (bool, int, float, str, tuple))}
    return {"": said_by(values)} | {name: shown(value) for name, value in plain.items()}


def said_by(values: Mapping[str, Any]) -> str:
    """The first docstring of a function in a record, or in records within it."""
    for value in values.values():
        if inspect.isfunction(value) and value.__doc__:
            return " ".join(inspect.cleandoc(value.__doc__).split())
        if isinstance(value, Mapping):
            return said_by({name: part for each in value.values() for name, part in each._asdict().items()})
    return ""


def shown(value: Any) -> str:
    """A value of a record in a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(shown, value))
    return f"{value:.4g}" if isinstance(value, (int, float)) else str(value)


def parts(kind: str) -> str:
    """Parts of one kind: each with what its record says."""
    table = PARTS[kind]
    if kind == "problems":
        return markdown(
            ("number", "name", "(0,0)", "(0,1)", "(1,0)", "(1,1)"),
            (
                (str(number), f"`{name}`", *(f"{target:.0f}" for target in each.targets.ravel()))
                for number, (name, each) in enumerate(table.items())
            ),
        )
    found = {name: fields_of(record) for name, record in table.items()}
    names = list(dict.fromkeys(field for record in found.values() for field in record))
    used = [field for field in names if any(record.get(field) for record in found.values())]
    header = ["name", *("what it is" if field == "" else field.replace("_", " ") for field in used)]
    return markdown(header, ([f"`{name}`", *(record.get(field, "") for field in used)] for name, record in found.items()))


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


MAKERS: dict[str, Callable[[str], str]] = {"settings": settings, "parts": parts, "columns": columns, "commands": commands}
"""What makes the tables of each directive, see ``records``."""
