"""Tables as files: the kind by the ending of the name, and the file whole or not written at all."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

import numpy as np
import pandas as pd

from landscape.extras import needed_for
from landscape.io.tables import FORMATS, html


@contextmanager
def whole(file: Path) -> Iterator[IO[bytes]]:
    """A stream whose content becomes the file when all of it is written; until then, and after an error, nothing changes."""
    unfinished = file.with_name(f".{uuid4().hex}.unfinished")
    try:
        with unfinished.open("xb") as stream:
            yield stream
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _text(form: str) -> Callable[[pd.DataFrame], bytes]:
    return lambda table: (FORMATS[form](table) + "\n").encode()


def _parquet(table: pd.DataFrame) -> bytes:
    plain = table.copy()
    plain.attrs = {}  # notes of statistics are no JSON, which Parquet wants
    content: bytes = plain.to_parquet(None, index=False)
    return content


def _excel(table: pd.DataFrame) -> bytes:
    """A sheet with lists as text; a word that begins with "=" stays a word."""
    ready("table.xlsx")
    stream = io.BytesIO()
    plain = table.map(lambda value: str(value.tolist()) if isinstance(value, np.ndarray) else value)
    with pd.ExcelWriter(stream, engine="openpyxl") as writer:
        plain.to_excel(writer, index=False)
        for cell in (cell for row in writer.sheets["Sheet1"] for cell in row):
            cell.data_type = "s" if cell.data_type == "f" else cell.data_type
    return stream.getvalue()


FILES: dict[str, Callable[[pd.DataFrame], bytes]] = {
    ".csv": _text("csv"),
    ".parquet": _parquet,
    ".xlsx": _excel,
    ".md": _text("markdown"),
    ".tex": _text("latex"),
    ".html": lambda table: html(table).encode(),
}
"""What a table can be written as, by the ending of the file's name."""


def ready(path: Path | str) -> Path:
    """A path that a table can be written to. Raises ValueError for an ending that is none of ``FILES``, and ImportError
    where a package is missing that writes it."""
    path = Path(path)
    if path.suffix.lower() not in FILES:
        raise ValueError(f'out="{path}" ends with none of {", ".join(FILES)}; give a name such as rates.csv')
    if path.suffix.lower() == ".xlsx":
        with needed_for("files of Excel need"):
            import openpyxl  # noqa: F401
    return path


def write(table: pd.DataFrame, path: Path | str) -> Path:
    """Write a table to a file of the kind that its name ends with: csv and parquet with every digit, the others as people
    read them. A file that is there is replaced once the new one is whole.

    Raises
    ------
    ValueError
        for another ending.
    ImportError
        where openpyxl is missing and the ending is .xlsx.
    OSError
        where nothing can be written.
    """
    file = ready(path)
    content = FILES[file.suffix.lower()](table)
    with whole(file) as stream:
        stream.write(content)
    return file
