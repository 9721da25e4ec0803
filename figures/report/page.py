"""One page from what studies and figures have stored: questions, findings, tables, figures, and how they were made.

A folder of results may come from anywhere. All text from it is escaped; a figure is an image, in which a browser runs no
script and loads nothing; and the page's policy allows its own script and style sheet by their hashes and no others.
"""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from landscape.figures.common import MissingError, drawn, load, load_record
from landscape.io.tables import cell
from landscape.sections import Section, sections

HERE = Path(__file__).parent
FOLDED = 16
"""A table with more rows than this is folded."""
WHOLE, FIRST = 1_000, 100
"""Of a table with more rows than that, only so many are shown: it is for programs, and all are in its file."""

Part = dict[str, Any]
"""What the template shows of a study, a table or a figure: its contents, or what is ``missing`` for it."""


def page(results: Path) -> str:
    """The whole page, from a folder of results."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    parts = [section_of(results, section) for section in sections().values()]
    own = {"style": allowed("style.css"), "script": allowed("page.js")}
    return environment.get_template("page.html.j2").render(sections=parts, **own)


def allowed(name: str) -> Part:
    """A file of this folder that stands in the page as it is, and the hash by which the page's policy allows it."""
    text = (HERE / name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"text": Markup(text), "hash": Markup(f"sha256-{digest}")}


def or_missing(make: Callable[..., Part], *given: Any) -> Part:
    """What is made, or the error that says what is missing, and the command that makes it."""
    try:
        return make(*given) | {"missing": None}
    except MissingError as error:
        return {"missing": error}


def section_of(results: Path, section: Section) -> Part:
    """A study: its record, its tables, its figures."""
    part = or_missing(load_record, results, section.name) | {"study": section.name}
    part["tables"] = [or_missing(table, results, section.name, named) for named in part.get("tables", ())]
    part["figures"] = [or_missing(figure, results, name) for name in section.figures]
    return part


def table(results: Path, study: str, named: dict[str, Any]) -> Part:
    """A table of a study, as text, the first of its rows; of a long one, what is the same in all rows stands apart."""
    rows = load(results, named["name"], made_by=study)
    folded = len(rows) > FOLDED
    same = [name for name in rows if folded and rows[name].astype(str).nunique(dropna=False) == 1]
    varied = rows.drop(columns=same)
    return {
        "name": named["name"],
        "title": named["title"],
        "total": len(rows),
        "folded": folded,
        "same": {name: text(name, rows[name].iloc[0]) for name in same},
        "columns": [(name, is_number(kind)) for name, kind in varied.dtypes.items()],
        "rows": [
            [text(name, value) for name, value in zip(varied, row, strict=True)]
            for row in varied.head(len(rows) if len(rows) <= WHOLE else FIRST).itertuples(index=False, name=None)
        ],
    }


def is_number(kind: Any) -> bool:
    """Whether a column of this type holds numbers, and stands to the right."""
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def text(name: str, value: Any) -> str:
    """A value as a table shows it: a list with commas, nothing where there is none."""
    if isinstance(value, (list, np.ndarray)):
        return ", ".join(text(name, each) for each in value)
    return "" if pd.isna(value) else cell(name, value)


def figure(results: Path, name: str) -> Part:
    """A figure as the source of an image, with its caption."""
    caption, path = drawn(results, name)
    graphic = base64.b64encode(path.with_suffix(".svg").read_bytes()).decode()
    return {"name": name, "caption": caption, "source": f"data:image/svg+xml;base64,{graphic}"}
