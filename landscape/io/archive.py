"""Slices, maps, paths and catalogues on disk: a file that holds all there is to a picture, equal to what was saved.

A file is a NumPy archive (.npz), which ``numpy.load`` opens too: the arrays, numbered, and "content", JSON that says where
each belongs; of tables see ``frames``.

What would not come back equal, types and index included, is refused when it is saved. A file that is read is data: objects
are made by their own classes, with all their checks, and nothing is unpacked that would not fit in memory. One thing is not
asked again: a problem keeps its name, also one that today's ``Problem`` leaves to a table of the package.
"""

import json
import operator
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pandas as pd
from numpy.lib.format import read_array, read_array_header_1_0, read_array_header_2_0, read_magic
from numpy.typing import NDArray

from landscape.critical.catalogue import Points
from landscape.critical.pathway import Pathway
from landscape.io.files import whole
from landscape.io.frames import read_table, refuse_unequal, write_table
from landscape.machine import fits_in_memory
from landscape.maps.basins import BasinMap
from landscape.problems import Problem
from landscape.protocol import Protocol
from landscape.slices.slice import Laid, Slice
from landscape.surface import Surface
from landscape.training.train import Trajectory
from landscape.validation import of_class

FORMAT = 2
READ = (1, 2)
"""Formats that are read. In 1 a table had no index and its columns were numbers or text."""
KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (Surface, Protocol, Slice, Laid, BasinMap, Trajectory, Pathway, Points)
}
"""What can be saved, beside dictionaries and lists of it, tables, arrays, numbers and words."""
ARRAYS = "biufUSmM"
"""Kinds of array: numbers, text, durations and dates."""
DEEPEST = 100
"""Depth of lists in lists, at most: a file of nothing but brackets is refused, and so is what holds itself."""
SMALLEST = 1032
"""Deflate makes nothing smaller than by this factor."""
PARSED = 8.0
"""Memory that parsed JSON takes, against its text in four bytes a letter: empty lists, at worst, 5.3 times as much."""


def save(thing: Any, path: Path | str) -> Path:
    """Write results to a file.

    A result is a Slice, Laid, BasinMap, Trajectory, Pathway or Points, a Surface, Protocol or Problem, tables, arrays,
    numbers and words, or lists and dictionaries of them; what a slice has computed so far is kept with it.

    Parameters
    ----------
    thing : object
        What to save.
    path : str or Path
        The file; ".npz" is added to a name that does not end with it.

    Returns
    -------
    Path
        The file. It is written beside its place and moved there: never half a file, and of two that are saved at once under
        one name one is there.

    Raises
    ------
    TypeError, ValueError
        for what would not come back equal, such as an array of objects or a column of intervals. Nothing is written then.

    Examples
    --------
    >>> import landscape as ls
    >>> path = ls.replay(ls.Surface("xor"), ls.Protocol(budget=10))
    >>> ls.save({"path": path, "note": "ten epochs"}, "results/path").name
    'path.npz'
    """
    of_class("path", path, str, Path)
    name = Path(path).name
    if not name:
        raise ValueError(f"path={str(path)!r} names no file; give one such as results/basins.npz")
    file = Path(path) if name.endswith(".npz") else Path(path).with_name(name + ".npz")
    arrays: list[Any] = []
    content = json.dumps({"format": FORMAT, "is": _written(thing, arrays)})
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file) as stream:
        np.savez_compressed(stream, content=content, **{f"array{n}": array for n, array in enumerate(arrays)})
    return file


def load(path: Path | str) -> Any:
    """Read what ``save`` wrote, with this version or an earlier one.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    object
        Equal to what was saved.

    Raises
    ------
    ValueError
        for a file that is damaged, that makes no object of its class, or that is of another format.
    OSError
        for one that is not there or cannot be read.
    TypeError
        for what is no path.

    Examples
    --------
    >>> import landscape as ls
    >>> ls.load(ls.save({"rates": [0.1, 0.9]}, "rates"))
    {'rates': [0.1, 0.9]}
    """
    of_class("path", path, str, Path)
    with Path(path).open("rb") as stream:
        try:
            with ZipFile(stream) as archive:
                reader = _Reader(archive)
                if reader.format in READ:
                    return reader.thing()
        except Exception as error:  # whatever a damaged file does to those who unpack it
            raise ValueError(
                f"{path} is damaged, or was not written by landscape.save ({type(error).__name__}: {error}); make it again"
            ) from None
    able = " and ".join(map(str, READ))
    raise ValueError(f"{path} has format {reader.format}, this version of landscape reads {able}; make it again")


def _written(thing: Any, arrays: list[Any], depth: int = 0) -> Any:
    """A thing as JSON; its arrays are put into the list, and into the JSON their places there."""
    if depth > DEEPEST:
        raise ValueError(f"what is to be saved is nested more than {DEEPEST} deep, or holds itself; give less in one file")

    def inner(part: Any) -> Any:
        return _written(part, arrays, depth + 1)

    kind = type(thing)
    if thing is None or kind in (bool, int, float, str):
        return thing
    if isinstance(thing, np.generic) or kind is np.ndarray:
        if thing.dtype.kind not in ARRAYS:
            raise TypeError(f"an array of kind {thing.dtype} cannot be saved; give numbers, text or dates")
        if thing.dtype.kind in "US" and thing.ndim == 0 and np.asarray(thing)[()] != thing:
            raise TypeError(
                f"{thing!r} would not come back equal: NumPy drops the zeros that end text; give it without them"
            )
        arrays.append(np.asarray(thing))
        return {"array" if kind is np.ndarray else "scalar": len(arrays) - 1}
    if kind in (list, tuple):
        return {kind.__name__: [inner(each) for each in thing]}
    if kind is dict:
        return {"dict": [[inner(key), inner(value)] for key, value in thing.items()]}
    if kind is pd.DataFrame:
        table = write_table(thing, inner)
        refuse_unequal(thing, lambda: read_table(table, lambda part: _read(part, arrays.__getitem__)))
        return {"frame": table}
    if kind is Problem:
        return {"problem": [inner(part) for part in (thing.inputs, thing.targets, thing.name)]}
    if is_dataclass(thing) and KINDS.get(kind.__name__) is kind:
        return {"kind": kind.__name__, "fields": [[part.name, inner(getattr(thing, part.name))] for part in fields(thing)]}
    raise TypeError(
        f"{kind.__name__} cannot be saved; give one of: {', '.join(KINDS)}, or tables, arrays, numbers and words"
    )


def _read(written: Any, array: Callable[[int], Any], depth: int = 0) -> Any:
    """What ``_written`` made JSON of."""
    if depth > DEEPEST:
        raise ValueError(f"it is nested more than {DEEPEST} deep")

    def inner(part: Any) -> Any:
        return _read(part, array, depth + 1)

    if not isinstance(written, dict):
        if isinstance(written, list):
            raise ValueError("a list does not say what it is")
        return written
    if written.keys() == {"kind", "fields"}:
        return KINDS[written["kind"]](**_of_pairs((name, inner(value)) for name, value in written["fields"]))
    ((what, content),) = written.items()
    match what:
        case "array":
            return array(content)
        case "scalar":
            return array(content)[()]
        case "list":
            return [inner(each) for each in content]
        case "tuple":
            return tuple(inner(each) for each in content)
        case "dict":
            return _of_pairs((inner(key), inner(value)) for key, value in content)
        case "frame":
            return read_table(content, inner)
        case "table":  # of format 1
            return pd.DataFrame(_of_pairs((name, inner(column)) for name, column in content))
        case "problem":
            return Problem._stored(*(inner(part) for part in content))
    raise ValueError(f"{what!r} is nothing that is saved")


def _of_pairs(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    listed = list(pairs)
    found = dict(listed)
    if len(found) != len(listed):
        raise ValueError("a key is there twice")
    return found


class _Reader:
    """The members of an archive, each read once, and no larger than it says it is."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive, self._members = archive, {info.filename: info for info in archive.infolist()}
        if len(self._members) != len(archive.infolist()):
            raise ValueError("two of its parts have one name")
        for name, info in self._members.items():
            if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or info.file_size > SMALLEST * info.compress_size + 64:
                raise ValueError(f"{name} cannot have been packed into {info.compress_size} bytes")
        size = sum(info.file_size for info in self._members.values())
        text = self._members["content.npy"].file_size
        fits_in_memory("what it holds", size + PARSED * text, "load it where there is more memory")
        content = json.loads(str(self._array("content")))
        self.format, self._written = content["format"], content.get("is")

    def thing(self) -> Any:
        """All that is there. Raises ValueError where some of it is left over."""
        found = _read(self._written, lambda number: self._array(f"array{operator.index(number)}"))
        if self._members:
            raise ValueError(f"{', '.join(sorted(self._members))} belongs to nothing")
        return found

    def _array(self, name: str) -> NDArray[Any]:
        """A member, which is then no longer there: a file that names it again would multiply it."""
        info = self._members.pop(f"{name}.npy")
        with self._archive.open(info) as stream:
            packed = stream.read(info.file_size)  # and no further, whatever comes; its checksum is compared
        header = BytesIO(packed)
        read = {(1, 0): read_array_header_1_0, (2, 0): read_array_header_2_0}[read_magic(header)]
        shape, _, dtype = read(header)
        size = header.tell() + dtype.itemsize * prod(shape)
        if dtype.kind not in ARRAYS or not size == len(packed) == info.file_size:
            raise ValueError(f"{name} is not an array of {shape} of {dtype}")
        found: NDArray[Any] = read_array(BytesIO(packed))
        return found
