"""Slices, maps, paths and catalogues on disk: a file that holds all there is to a picture, arrays as they were to the bit.

A file is a NumPy archive (.npz), which ``numpy.load`` opens too: the arrays, numbered, and "content", JSON that says where
each belongs.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from landscape.basins import BasinMap
from landscape.catalogue import Points
from landscape.pathway import Pathway
from landscape.problems import Problem
from landscape.protocol import Protocol
from landscape.slice import Laid, Slice
from landscape.surface import Surface
from landscape.training import Trajectory

FORMAT = 1
KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (Surface, Protocol, Slice, Laid, BasinMap, Trajectory, Pathway, Points)
}
"""What can be saved, beside dictionaries and lists of it, tables, arrays, numbers and words."""


def save(thing: Any, path: Path | str) -> Path:
    """Write a Slice, BasinMap, Trajectory, Pathway or Points, or a list or dictionary of them, to ``path`` (.npz); returns
    the path. What a slice has computed so far is kept with it."""
    file = Path(path).with_suffix(".npz")
    arrays: list[Any] = []
    content = {"format": FORMAT, "is": _written(thing, arrays)}
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    with unfinished.open("wb") as stream:
        np.savez_compressed(stream, content=json.dumps(content), **{f"array{n}": array for n, array in enumerate(arrays)})
    unfinished.replace(file)  # never half a file
    return file


def load(path: Path | str) -> Any:
    """What ``save`` wrote. Raises ValueError for a file that is damaged or of another format."""
    with Path(path).open("rb") as stream:
        try:
            archive = np.load(stream)
            content = json.loads(str(archive["content"]))
            if content["format"] == FORMAT:
                return _read(content["is"], lambda number: archive[f"array{number}"])
        except (BadZipFile, KeyError, EOFError, IndexError, ValueError) as error:
            raise ValueError(f"{path} is damaged, or was not written by landscape.save ({error!r}); make it again") from None
    raise ValueError(f"{path} has format {content['format']}, this version of landscape reads {FORMAT}; make it again")


def _written(thing: Any, arrays: list[Any]) -> Any:
    if thing is None or isinstance(thing, (bool, int, float, str)):
        return thing
    if isinstance(thing, np.generic):
        return _written(thing.item(), arrays)
    if isinstance(thing, np.ndarray):
        if thing.dtype.kind not in "biufUS":
            raise TypeError(f"an array of kind {thing.dtype} cannot be saved; give numbers or words")
        arrays.append(thing)
        return {"array": len(arrays) - 1}
    if isinstance(thing, (list, tuple)):
        return {"list" if isinstance(thing, list) else "tuple": [_written(each, arrays) for each in thing]}
    if isinstance(thing, dict):
        return {"dict": [[key, _written(value, arrays)] for key, value in thing.items()]}
    if isinstance(thing, pd.DataFrame):
        return {"table": [[str(name), _written(_plain(thing[name]), arrays)] for name in thing.columns]}
    if isinstance(thing, Problem):
        return {"problem": [_written(part, arrays) for part in (thing.inputs, thing.targets, thing.name)]}
    if is_dataclass(thing) and type(thing).__name__ in KINDS:
        own = [[part.name, _written(getattr(thing, part.name), arrays)] for part in fields(thing)]
        return {"kind": type(thing).__name__, "fields": own}
    known = ", ".join(KINDS)
    raise TypeError(f"{type(thing).__name__} cannot be saved; give one of: {known}, or tables, arrays, numbers and words")


def _plain(column: pd.Series) -> Any:
    """A column as an array; words, of a categorical too, as words."""
    values = column.to_numpy()
    return values if values.dtype.kind in "biuf" else values.astype(np.str_)


def _read(written: Any, array: Callable[[int], Any]) -> Any:
    if not isinstance(written, dict):
        return written
    (what, content), *rest = written.items()
    if what == "array":
        return array(content)
    if what in ("list", "tuple"):
        return (list if what == "list" else tuple)(_read(each, array) for each in content)
    if what == "dict":
        return {key: _read(value, array) for key, value in content}
    if what == "table":
        return pd.DataFrame({name: _read(column, array) for name, column in content})
    if what == "problem":
        return Problem(*(_read(part, array) for part in content))
    return KINDS[content](**{name: _read(value, array) for name, value in rest[0][1]})
