"""What all figures share: where tables, slices and maps come from."""

from pathlib import Path
from typing import Any

import pandas as pd

from landscape.saved import load as load_saved


class MissingError(Exception):
    """A table that a figure needs has not been made yet."""


def load(results: Path, name: str, made_by: str) -> Any:
    """A table (.parquet) or what else a study saved (.npz); where it is missing, say which study makes it."""
    table, saved = results / f"{name}.parquet", results / f"{name}.npz"
    if table.exists():
        return pd.read_parquet(table)
    if saved.exists():
        return load_saved(saved)
    raise MissingError(f"{results / name} is not there yet; make it with: python studies/{made_by}.py --out {results}")
