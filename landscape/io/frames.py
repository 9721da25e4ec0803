"""Tables as JSON and arrays, and back: index, names and types as they were.

Columns are numbered and what they are made of is given to a function, ``inner``, that writes or reads it: an array, a list.
They are no Parquet file within the archive: Parquet forgot categories that do not occur and those that are numbers, made
lists of tuples, and a small file of it may hold a column of any length.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from landscape.validation import known

Inner = Callable[[Any], Any]

NULLABLE = ("boolean", *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)), "Float32", "Float64")
"""Types of pandas whose columns are an array and where values are missing."""


def write_table(table: pd.DataFrame, inner: Inner) -> dict[str, Any]:
    """A table as JSON. Raises TypeError that names the column of which the type is not foreseen."""
    values = []
    for k, name in enumerate(table.columns):
        try:
            values.append(_written_column(table.iloc[:, k], inner))
        except TypeError as error:
            raise TypeError(f"column {name!r} of a table: {error}") from None
    columns, index = _written_index(table.columns, inner), _written_index(table.index, inner)
    return {"columns": columns, "index": index, "values": values, "attrs": inner(table.attrs)}


def read_table(written: dict[str, Any], inner: Inner) -> pd.DataFrame:
    """What ``write_table`` made JSON of. Raises ValueError, or what pandas raises, where that makes no table."""
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


def refuse_unequal(table: pd.DataFrame, read: Callable[[], pd.DataFrame]) -> None:
    """Raises TypeError where a table is not read as it was, or not at all: what no check of types has foreseen, such as a
    zone of time that only a file on this machine knows, or dates at steps that have no name."""
    try:
        pd.testing.assert_frame_equal(read(), table, check_exact=True, check_index_type=True, check_column_type=True)
    except Exception as error:  # pandas has many kinds
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
