"""What statistics are given: tables, names of columns, columns and numbers, checked once and made into arrays."""

import numbers
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from landscape.schema import BY_NAME, COLUMNS, IDENTITY, SETTINGS, Column

Values = NDArray[Any]

NEAREST = 1e-9
"""No confidence is nearer to 0 or 1. Further out the tails are lost among the rounding errors of the distributions."""


class HasRuns(Protocol):
    """What keeps runs: a result as ``runs``, a study as what ``runs()`` returns."""

    @property
    def runs(self) -> Any: ...


class HasCheckpoints(Protocol):
    """What keeps checkpoints: a result as ``checkpoints``, a study as what ``checkpoints()`` returns."""

    @property
    def checkpoints(self) -> Any: ...


def table_of(given: object, kept: str = "runs") -> pd.DataFrame:
    """A table whose columns have one name each: the one given, or the one that the object given keeps under this name.

    A method is called without arguments, so a study is read as a whole."""
    runs = given
    if not isinstance(given, pd.DataFrame):
        runs = getattr(given, kept, None)
        runs = runs() if callable(runs) else runs
    if not isinstance(runs, pd.DataFrame):
        raise TypeError(
            f"{kept} of type {type(given).__name__} is not a table, and keeps none as .{kept}; give a DataFrame such as "
            f"result.{kept} or study.{kept}(), or the Result or the Study"
        )
    if runs.columns.nlevels > 1:
        raise ValueError(
            f"the columns have names of {runs.columns.nlevels} levels; give a table whose columns have one name each"
        )
    if not runs.columns.is_unique:
        twice = runs.columns[runs.columns.duplicated()][0]
        raise ValueError(f"column {twice!r} is in the table more than once; give each once, or rename the others")
    return runs


def names_of(field: str, given: object, runs: pd.DataFrame) -> list[str]:
    """Names of columns of a table, from one of them or several."""
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{field}={given!r} names no columns; give one name or a list of them")
    present(names, runs)
    return list(names)


def present(names: Sequence[str], runs: pd.DataFrame) -> None:
    """Refuse a table that lacks one of these columns."""
    missing = [name for name in names if name not in runs.columns]
    if missing:
        raise ValueError(f"column {missing[0]!r} is not in the table; it has: {', '.join(map(str, runs.columns))}")


def _plain(column: pd.Series) -> tuple[Values, str]:
    """Its values as NumPy has them, and what they are where that is neither numbers nor True and False."""
    missing = column.isna().to_numpy()
    if missing.any():
        if not isinstance(column.dtype, np.dtype) or column.dtype.kind != "f":
            return np.asarray(column), f"missing values in {missing.sum():,} rows"
    elif isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    values: Values = column.to_numpy(dtype=getattr(column.dtype, "numpy_dtype", None))
    if values.dtype.kind == "O":
        kinds = set(map(type, values))
        other = [kind for kind in kinds if not issubclass(kind, (numbers.Real, np.bool_))]
        if other:
            return values, "text" if issubclass(other[0], str) else f"values of type {other[0].__name__}"
        if kinds <= {bool, np.bool_}:
            return values.astype(np.bool_), ""
        if kinds & {bool, np.bool_}:
            return values.astype(np.float64), "True and False among numbers"
        try:
            return values.astype(np.int64 if all(issubclass(kind, numbers.Integral) for kind in kinds) else np.float64), ""
        except OverflowError:
            return values, "numbers too large"
    return values, "" if values.dtype.kind in "biuf" else f"values of type {values.dtype}"


def _flags(runs: pd.DataFrame, name: str) -> Values:
    """True and False; 1 and 0 are taken for them, as SQL gives them."""
    values, wrong = _plain(runs[name])
    if wrong in ("", "True and False among numbers"):
        wrong = "" if ((values == 0) | (values == 1)).all() else "other numbers than 1 and 0"
    if wrong:
        raise ValueError(
            f"column {name!r} holds more than True and False ({wrong}); give a table with True or False, or 1 or 0, in "
            "every row"
        )
    return np.asarray(values == 1)


def _counts(runs: pd.DataFrame, name: str, missing: bool = False) -> Values:
    """Finite numbers of 0 and above; NaN among them where a ``missing`` one is told of elsewhere."""
    values, wrong = _plain(runs[name])
    if not wrong and values.dtype.kind == "b":
        wrong = "True and False"
    if not wrong:
        fine = np.isfinite(values) & (values >= 0)
        wrong = "" if (fine | np.isnan(values) if missing else fine).all() else f"such as {values[~fine][0]}"
    if wrong:
        raise ValueError(f"column {name!r} holds more than numbers of 0 and above ({wrong}); give {_meant(name)}")
    return values


def _whole(runs: pd.DataFrame, name: str) -> Values:
    """Whole numbers, as names of starts."""
    values = _counts(runs, name)
    if values.dtype.kind != "i" and not ((values == np.floor(values)) & (values < 2.0**63)).all():
        raise ValueError(f"column {name!r} holds more than whole numbers of 0 and above; give {_meant(name)}")
    return values.astype(np.int64)


def _meant(name: str) -> str:
    """What to give as this column."""
    return f"the {BY_NAME[name].meaning} in every row{', or leave the column out' if name in IDENTITY else ''}"


def _how(column: Column) -> Callable[[pd.DataFrame, str], Values]:
    """How a column that is reckoned with is read."""
    if column.name in IDENTITY:
        return _whole
    if column.type is bool:
        return _flags
    return partial(_counts, missing=column.name in SETTINGS)


READ = {column.name: _how(column) for column in COLUMNS if column.unit == "epochs" or column.name in (*IDENTITY, "solved")}
"""How each column that is reckoned with is read."""


def numbers_of(field: str, given: ArrayLike, allowed: str) -> NDArray[np.float64]:
    """An array of real numbers, none of them masked; ``allowed`` says what they should be."""
    if _masked(given):  # before NumPy computes with the numbers under the mask
        raise ValueError(f"{field}={given!r} is masked in some places; give {allowed}, everywhere")
    try:
        array = np.asarray(given)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{field}={given!r} holds more than numbers; give {allowed}")
    return array.astype(np.float64)


def _masked(given: object) -> bool:
    """Whether some number is masked, also in an array inside a sequence."""
    if isinstance(given, Sequence) and not isinstance(given, (str, bytes)):
        return any(map(_masked, given))
    return bool(np.ma.is_masked(given))


def fraction(field: str, value: float, allowed: str) -> float:
    """A number strictly between 0 and 1."""
    if not (isinstance(value, (float, np.floating)) and 0.0 < value < 1.0):
        raise ValueError(f"{field}={value!r} is not allowed; give {allowed}")
    return float(value)


def confident(confidence: float, most: float = 1.0 - NEAREST, by: str = "float64") -> float:
    """The confidence of an interval, up to the ``most`` that can be told ``by`` what it is found with."""
    allowed = f"a number between 0 and 1, such as 0.95; {by} can tell intervals from {NEAREST:g} to {most:.10g}"
    value = fraction("confidence", confidence, allowed)
    if not NEAREST <= value <= most:
        raise ValueError(f"confidence={confidence!r} is not allowed; give {allowed}")
    return value
