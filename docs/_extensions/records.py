"""Directives that make tables of the reference out of the package's own records, so that nothing is typed twice.

``{settings} Surface``    fields of Surface or Protocol, or parameters of train that tables show
``{parts} activations``   one kind of part
``{columns}``             columns of tables of runs, checkpoints and cells
"""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from docutils import nodes
from numpydoc.docscrape import ClassDoc, FunctionDoc
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import landscape as ls
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


def markdown(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [list(header), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in line) + " |" for line in lines)


def described(owner: str) -> dict[str, tuple[str, str]]:
    """Of each parameter of a public class or function what it takes and what its docstring says."""
    each = getattr(ls, owner)
    said = ClassDoc(each)["Parameters"] if inspect.isclass(each) else FunctionDoc(each)["Parameters"]
    return {name.strip(): (entry.type, " ".join(entry.desc)) for entry in said for name in entry.name.split(",")}


def settings(owner: str) -> str:
    """Settings of one owner: what each is, takes and is by default."""
    said = described(owner)
    return markdown(
        ("setting", "meaning", "takes", "default", "since"),
        (
            (f"`{name}`", f"{column.meaning}", said[name][0], f"`{column.default!r}`", column.since)
            for name, column in SETTINGS.items()
            if column.owner == owner
        ),
    )


def fields_of(record: Any) -> dict[str, str]:
    """What a record says of its part, beside its functions: the first docstring, then numbers and words."""
    values = record._asdict() if hasattr(record, "_asdict") else {"function": record} if callable(record) else {}
    doc = next((value.__doc__ for value in values.values() if inspect.isfunction(value) and value.__doc__), "")
    plain = {name: value for name, value in values.items() if isinstance(value, (bool, int, float, str, tuple))}
    return {"": " ".join(inspect.cleandoc(doc or "").split())} | {name: shown(value) for name, value in plain.items()}


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


class Table(SphinxDirective):
    """A table made of records."""

    optional_arguments = 1
    makers: ClassVar = {"settings": settings, "parts": parts, "columns": columns}

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(__file__)
        return self.parse_text_to_nodes(self.makers[self.name](self.arguments[0] if self.arguments else ""))


def setup(app: Sphinx) -> dict[str, Any]:
    for name in Table.makers:
        app.add_directive(name, Table)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
