"""Slices, maps, paths and catalogues on disk: a file that holds all there is to a picture, equal to what was saved.

A file is a NumPy archive (.npz), which ``numpy.load`` opens too: the arrays, numbered, and "content", JSON that says where
each belongs. Tables are columns of arrays and JSON as well, and not Parquet members: Parquet forgot categories that do not
occur and those that are numbers, made lists of tuples, and a small file of it may hold a column of any length.

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
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pandas as pd
from numpy.lib.format import read_array, read_array_header_1_0, read_array_header_2_0, read_magic
from numpy.typing import NDArray

from landscape._checks import fits_in_memory, known
from landscape.basins import BasinMap
from landscape.pathway import Pathway
from landscape.problems import Problem
from landscape.protocol import Protocol
from landscape.slice import Laid, Slice
from landscape.stationary import Points
from landscape.surface import Surface
from landscape.training import Trajectory

FORMAT = 2
READ = (1, 2)
"""Formats that are read. In 1 a table had no index and its columns were numbers or text."""
KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (Surface, Protocol, Slice, Laid, BasinMap, Trajectory, Pathway, Points)
}
"""What can be saved, beside dictionaries and lists of it, tables, arrays, numbers and words."""
ARRAYS = "biufUSmM"
"""Kinds of array: numbers, text, durations and dates."""
NULLABLE = ("boolean", *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)), "Float32", "Float64")
"""Types of pandas whose columns are an array and where values are missing."""
DEEPEST = 100
"""Of lists in lists: a file of nothing but brackets is refused, and so is what holds itself."""
SMALLEST = 1032
"""Deflate makes nothing smaller than by this factor."""
PARSED = 8.0
"""Memory that parsed JSON takes, against its text in four bytes a letter: empty lists, at worst, 5.3 times as much."""


def save(thing: Any, path: Path | str) -> Path:
    """Write a Slice, BasinMap, Trajectory, Pathway or Points, tables, arrays, numbers and words, or lists and dictionaries
    of them, to a file; what a slice has computed so far is kept with it.

    Parameters
    ----------
    path : the file; ".npz" is added to a name that does not end with it

    Returns
    -------
    Path of the file. It is written beside its place and moved there: never half a file, and of two that are saved at once
    under one name one is there.

    Raises
    ------
    TypeError, ValueError
        for what would not come back equal, such as an array of objects or a column of intervals. Nothing is written then.
    """
    name = Path(path).name
    if not name:
        raise ValueError(f"path={str(path)!r} names no file; give one such as results/basins.npz")
    file = Path(path) if name.endswith(".npz") else Path(path).with_name(name + ".npz")
    arrays: list[Any] = []
    content = json.dumps({"format": FORMAT, "is": _written(thing, arrays)})
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{uuid4().hex}.unfinished")
    try:
        with unfinished.open("xb") as stream:
            np.savez_compressed(stream, content=content, **{f"array{n}": array for n, array in enumerate(arrays)})
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return file


def load(path: Path | str) -> Any:
    """What ``save`` wrote, of this version or an earlier one. Raises ValueError for a file that is damaged, that makes no
    object of its class, or that is of another format, and OSError for one that is not there or cannot be read."""
    with Path(path).open("rb") as stream:
        try:
            with ZipFile(stream) as archive:
                reader = _Reader(archive)
                if reader.format in READ:
                    return reader.thing()
        except Exception as error:  # whatever a damaged file does to those who unpack it
            raise ValueError(f"{path} is damaged, or was not written by landscape.save ({error}); make it again") from None
    able = " and ".join(map(str, READ))
    raise ValueError(f"{path} has format {reader.format}, this version of landscape reads {able}; make it again")


Inner = Callable[[Any], Any]
"""Writes, or reads, what is inside of something."""


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
        arrays.append(np.asarray(thing))
        return {"array" if kind is np.ndarray else "scalar": len(arrays) - 1}
    if kind in (list, tuple):
        return {kind.__name__: [inner(each) for each in thing]}
    if kind is dict:
        return {"dict": [[inner(key), inner(value)] for key, value in thing.items()]}
    if kind is pd.DataFrame:
        table = _written_table(thing, inner)
        _refuse_unequal(thing, _read_table(table, lambda part: _read(part, arrays.__getitem__)))
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
            return _read_table(content, inner)
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


def _written_table(table: pd.DataFrame, inner: Inner) -> dict[str, Any]:
    values = []
    for k, name in enumerate(table.columns):
        try:
            values.append(_written_column(table.iloc[:, k], inner))
        except TypeError as error:
            raise TypeError(f"column {name!r} of a table: {error}") from None
    columns, index = _written_index(table.columns, inner), _written_index(table.index, inner)
    return {"columns": columns, "index": index, "values": values, "attrs": inner(table.attrs)}


def _read_table(written: dict[str, Any], inner: Inner) -> pd.DataFrame:
    columns, index = _read_index(written["columns"], inner), _read_index(written["index"], inner)
    values = [_read_column(column, inner) for column in written["values"]]
    if any(len(column) != len(index) for column in values):
        raise ValueError(f"a column of a table is not as long as its index, {len(index)} rows")
    table = pd.DataFrame({k: _series(column, index) for k, column in enumerate(values)}, index=index)
    table.columns = columns
    table.attrs = dict(inner(written["attrs"]))
    return table


def _series(values: Any, index: pd.Index | None = None) -> pd.Series:
    return pd.Series(values, index=index, dtype=values.dtype)  # else objects that are all text become text


def _refuse_unequal(table: pd.DataFrame, back: pd.DataFrame) -> None:
    """What no check of types has foreseen."""
    try:
        pd.testing.assert_frame_equal(back, table, check_exact=True, check_index_type=True, check_column_type=True)
    except AssertionError as error:
        text = " ".join(str(error).split())
        raise TypeError(f"a table would not come back equal: {text}; give columns of numbers, text or dates") from None


def _written_column(column: pd.Series, inner: Inner) -> Any:
    """By its type: numbers and dates as an array, text and objects as a list, categories with their codes."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return {"objects": [inner(each) for each in column]} if dtype.kind == "O" else inner(column.to_numpy())
    if isinstance(dtype, pd.CategoricalDtype):
        codes, categories = inner(column.cat.codes.to_numpy()), _written_index(dtype.categories, inner)
        return {"codes": codes, "categories": categories, "ordered": bool(dtype.ordered)}
    if isinstance(dtype, pd.DatetimeTZDtype):
        return {"times": inner(column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()), "zone": str(dtype.tz)}
    missing = column.isna().to_numpy()
    if isinstance(dtype, pd.StringDtype):
        text = [None if lost else str(each) for each, lost in zip(column, missing, strict=True)]
        return {"text": text, "dtype": dtype.name}
    if dtype.name in NULLABLE:
        values = column.to_numpy(dtype=np.dtype(dtype.name.lower().replace("boolean", "bool")), na_value=0)
        return {"values": inner(values), "missing": inner(missing), "dtype": dtype.name}
    raise TypeError(f"values of type {dtype} cannot be saved; give numbers, text, dates or categories")


def _read_column(written: dict[str, Any], inner: Inner) -> Any:
    """An array, of NumPy or of pandas."""
    if written.keys() == {"objects"}:
        column = np.empty(len(written["objects"]), object)
        for place, each in enumerate(written["objects"]):  # one by one: NumPy would look into lists
            column[place] = inner(each)
        return column
    if written.keys() == {"codes", "categories", "ordered"}:
        categories = _read_index(written["categories"], inner)
        return pd.Categorical.from_codes(inner(written["codes"]), categories, ordered=written["ordered"])
    if written.keys() == {"times", "zone"}:
        return pd.DatetimeIndex(inner(written["times"])).tz_localize("UTC").tz_convert(written["zone"]).array
    if written.keys() == {"text", "dtype"}:
        text = [np.nan if each is None else each for each in written["text"]]
        dtype = pd.Series(dtype=known("dtype", written["dtype"], ("str", "string"))).dtype
        if not isinstance(dtype, pd.StringDtype):  # "str" of pandas 2 is a column of objects
            return np.array(text, dtype=object)
        return pd.array(text, dtype=dtype)
    if written.keys() == {"values", "missing", "dtype"}:
        found = pd.array(inner(written["values"]), dtype=written["dtype"])
        found[inner(written["missing"])] = pd.NA
        return found
    return np.atleast_1d(inner(written))


def _written_index(index: pd.Index, inner: Inner) -> dict[str, Any]:
    names = inner(list(index.names))
    if type(index) is pd.RangeIndex:
        return {"range": [index.start, index.stop, index.step], "names": names}
    try:
        levels = [_written_column(index.get_level_values(k).to_series(), inner) for k in range(index.nlevels)]
    except TypeError as error:
        raise TypeError(f"index of a table: {error}") from None
    freq = getattr(index, "freqstr", None)  # of dates at even steps
    return {"levels": levels, "multiple": isinstance(index, pd.MultiIndex), "freq": freq, "names": names}


def _read_index(written: dict[str, Any], inner: Inner) -> pd.Index:
    names = inner(written["names"])
    if "range" in written:
        index: pd.Index = pd.RangeIndex(*written["range"])
    else:
        levels = [_read_column(level, inner) for level in written["levels"]]
        if written["multiple"]:
            return pd.MultiIndex.from_arrays(levels, names=names)
        (level,) = levels
        index = pd.Index(level, dtype=level.dtype)
        if written["freq"] is not None:
            index.freq = written["freq"]
    (index.name,) = names
    return index


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
