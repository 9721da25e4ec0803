"""Checks of what a user gives: every message says what was given, what is allowed and what to do."""

import difflib
import math
import numbers
import operator
import os
from collections.abc import Iterable
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray


def known(field: str, name: object, table: Iterable[str]) -> str:
    """A name that stands in the table of its kind."""
    names = list(table)
    if not isinstance(name, str):
        raise TypeError(f"{field}={name!r} is not a name; give one of: {', '.join(names)}")
    if name not in names:
        near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
        hint = f' did you mean "{near[0]}"?' if near else ""
        raise ValueError(f'{field}="{name}" is not known;{hint} Known: {", ".join(names)}')
    return name


def integer(field: str, value: object, low: int, high: int | None = None) -> int:
    """A whole number from ``low`` to ``high``; True and 3.0 are not taken for one."""
    allowed = f"a whole number from {low} to {high}" if high is not None else f"a whole number, {low} or more"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{field}={value!r} is not a whole number; give {allowed}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{field}={value!r} is not a whole number; give {allowed}") from None
    if number < low or (high is not None and number > high):
        raise ValueError(f"{field}={number} is out of range; give {allowed}")
    return number


def real(field: str, value: object, above: float = -math.inf, least: float = -math.inf, below: float = math.inf) -> float:
    """A finite number, greater than ``above``, not less than ``least`` and less than ``below``."""
    parts = [
        "a finite number",
        f"above {above:g}" if above > -math.inf else "",
        f"{least:g} or more" if least > -math.inf else "",
        f"below {below:g}" if below < math.inf else "",
    ]
    allowed = ", ".join(part for part in parts if part)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{field}={value!r} is not a number; give {allowed}")
    try:
        number = float(value) + 0.0  # so that -0.0 is 0.0: equal settings are one setting
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and number > above and number >= least and number < below):
        raise ValueError(f"{field}={value!r} is not allowed; give {allowed}")
    return number


def flag(field: str, value: object) -> bool:
    """True or False, and nothing that merely counts as one."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{field}={value!r} is neither True nor False; give one of them")
    return bool(value)


def table_of_numbers(field: str, values: ArrayLike) -> NDArray[np.float64]:
    """A rectangular, finite, float64 copy with at least one element."""
    try:
        if np.asarray(values).dtype.kind not in "biuf":
            raise TypeError(f"of kind {np.asarray(values).dtype}")
        array = np.array(values, dtype=np.float64, order="C") + 0.0  # -0.0 becomes 0.0
    except (ValueError, TypeError) as error:
        raise ValueError(f"{field} is not a rectangular table of numbers ({error}); give rows of equal length") from None
    if array.size == 0:
        raise ValueError(f"{field} is empty (shape {array.shape}); give at least one row with one number")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{field} holds {array[where]} at {where}; give finite numbers only")
    return array


def real_array(field: str, values: ArrayLike) -> NDArray[np.float64]:
    """An array of real numbers, as float64; what is complex, or no number, is not taken for one."""
    given = np.asarray(values)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{field} of kind {given.dtype} is not real; give numbers")
    return given.astype(np.float64, copy=False)


def fits_in_memory(what: str, needed: float, advice: str) -> None:
    """Refuse work whose tables would not fit in this machine's memory, before any of it is done."""
    if not hasattr(os, "sysconf"):  # Windows has no such call; there the allocation itself fails
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > memory:
        raise ValueError(
            f"{what} would take about {needed / 2**30:,.1f} GiB, this machine has {memory / 2**30:,.1f} GiB; {advice}"
        )


FUNCTION = {"n_parameters": "", "loss": "(...)", "gradient": "(..., P)", "hessian": "(..., P, P)"}
"""What a function may be asked for, and the shape of what it makes of points (..., P)."""


def function_with(f: Any, *needed: str) -> None:
    """Whether an object has what is needed of ``FUNCTION``, as every Surface has."""
    missing = [name for name in needed if not hasattr(f, name)]
    if missing:
        raise TypeError(
            f"surface={f!r} is missing {' and '.join(missing)}; give a Surface, or an object with {', '.join(needed)}"
        )
    integer("surface.n_parameters", f.n_parameters, 1)


def function_fits(f: Any, points: NDArray[np.float64], *needed: str) -> None:
    """Whether what it makes of points (n, P), tried on two, has the shapes of ``FUNCTION``."""
    tried = points[:2]
    for order, name in enumerate(name for name in FUNCTION if name != "n_parameters"):
        if name in needed and len(tried):
            with np.errstate(all="ignore"):
                shape = np.shape(getattr(f, name)(tried))
            expected = (len(tried), *[points.shape[1]] * order)
            if shape != expected:
                raise TypeError(
                    f"surface.{name} makes {shape} of points {tried.shape}, not {expected}; let it take points (..., P) and "
                    f"return {FUNCTION[name]}"
                )
