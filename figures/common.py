"""What all figures share: where records, tables, slices and maps come from."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from landscape.io import load as load_saved


class MissingError(Exception):
    """What a figure or a page needs has not been made yet, and the command that makes it."""

    def __init__(self, what: Path, command: str) -> None:
        super().__init__(f"{what} is not there yet; make it with: {command}")
        self.what, self.command = what, command


def load(results: Path, name: str, made_by: str) -> Any:
    """A table (.parquet) or what else a study saved (.npz); where it is missing, say which study makes it. Raises ValueError
    where the name, which a stored record may have given, leads out of the folder."""
    if Path(name).name != name:
        raise ValueError(f"{name!r} leads out of {results}; a table is named by the name of its file, without a folder")
    table, saved = results / f"{name}.parquet", results / f"{name}.npz"
    if table.exists():
        return pd.read_parquet(table)
    if saved.exists():
        return load_saved(saved)
    raise MissingError(results / name, f"landscape study {made_by} --out {results}")


def load_record(results: Path, study: str) -> dict[str, Any]:
    """What a study found and how it was made, as it wrote it down itself."""
    path = results / f"{study}.json"
    if not path.exists():
        raise MissingError(path, f"landscape study {study} --out {results}")
    return json.loads(path.read_text(encoding="utf-8"))


def drawn(results: Path, name: str) -> tuple[str, Path]:
    """The caption of a figure that has been drawn, and its path, to which .svg or .png is to be added."""
    path = results / "figures" / name
    for part in (path.with_suffix(suffix) for suffix in (".txt", ".svg", ".png")):
        if not part.exists():
            raise MissingError(part, f"landscape figure {name} --results {results}")
    return path.with_suffix(".txt").read_text(encoding="utf-8").strip(), path
