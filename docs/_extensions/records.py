"""Directives of the reference: tables made of the package's own records.

``{settings} Surface``    fields of Surface or Protocol, or parameters of train that tables show
``{parts} activation``    values of a setting that takes names
``{quantities}``          what slices can show
``{columns}``             columns of tables of runs, checkpoints and cells
``{commands}``            the commands of ``landscape``, each a section
"""

from typing import Any

import tables
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Table(SphinxDirective):
    """A table, or several, made of records."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(tables.__file__)
        text = tables.MAKERS[self.name](self.arguments[0] if self.arguments else "")
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    for name in tables.MAKERS:
        app.add_directive(name, Table)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
