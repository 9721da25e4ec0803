"""Checks of user input. Every message says what was given, what is allowed and what to do."""

import difflib
import math
import numbers
import operator
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, SupportsIndex, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

LARGEST_WHOLE = 2**63 - 1
"""No count is larger: it would not fit into an array of integers, nor what is reckoned from it into a float."""


def known(field: str, name: object, table: Iterable[Any]) -> str:
    """A name out of a table. Raises ValueError, with a suggestion, for a name that is not in it."""
    names = list(table)
    listed = ", ".join(map(str, names))  # a column of a table may be named by a number
    if not isinstance(name, str):
        raise TypeError(f"{field}={name!r} is not a name; give one of: {listed}")
    if name not in names:
        near = _near(name, [each for each in names if isinstance(each, str)])
        hint = f' did you mean "{near}"?' if near else ""
        raise ValueError(f'{field}="{name}" is not known;{hint} Known: {listed}')
    return name


def _near(name: str, names: list[str]) -> str | None:
    """The known name that was probably meant, or None. It equals the given one but for case and punctuation, or shares two
    thirds of its letters, or one is a prefix of the other. A weaker likeness misleads: "softmax" shares half of its letters
    with "softsign"."""
    plain = {re.sub(r"[^a-z0-9]", "", known.lower()): known for known in names}
    asked = re.sub(r"[^a-z0-9]", "", name.lower())
    alike = difflib.get_close_matches(asked, plain, n=1, cutoff=0.66)
    longer = [known for known in plain if len(asked) > 1 and known.startswith(asked)]
    shorter = [known for known in plain if len(known) > 2 and asked.startswith(known)]
    return next((plain[known] for known in [*alike, *longer, *sorted(shorter, key=len, reverse=True)]), None)


def integer(field: str, value: object, low: int, high: int | None = None) -> int:
    """A whole number from ``low`` to ``high``. True and 3.0 are refused, and so is what no integer of 64 bits holds."""
    allowed = allowed_integers(low, high)
    unmasked(field, value)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{field}={value!r} is not a whole number; give {allowed}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{field}={value!r} is not a whole number; give {allowed}") from None
    if not low <= number <= (LARGEST_WHOLE if high is None else high):
        given = number if number.bit_length() <= 128 else f"(a number of {number.bit_length()} bits)"
        raise ValueError(f"{field}={given} is out of range; give {allowed}")
    return number


def allowed_integers(low: int, high: int | None = None) -> str:
    """What ``integer`` allows."""
    return f"a whole number from {low} to {high}" if high is not None else f"a whole number, {low} or more"


def real(field: str, value: object, above: float = -math.inf, least: float = -math.inf, below: float = math.inf) -> float:
    """A finite number, greater than ``above``, not less than ``least`` and less than ``below``."""
    allowed = allowed_reals(above, least, below)
    if not is_real(value):
        raise TypeError(f"{field}={value!r} is not a number; give {allowed}")
    try:
        number = float(value) + 0.0  # -0.0 becomes 0.0: equal settings are one setting
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and number > above and number >= least and number < below):
        raise ValueError(f"{field}={value!r} is not allowed; give {allowed}")
    return number


def allowed_reals(above: float = -math.inf, least: float = -math.inf, below: float = math.inf) -> str:
    """What ``real`` allows."""
    parts = [
        "a finite number",
        f"above {above:g}" if above > -math.inf else "",
        f"{least:g} or more" if least > -math.inf else "",
        f"below {below:g}" if below < math.inf else "",
    ]
    return ", ".join(part for part in parts if part)


def is_real(value: object) -> TypeGuard[numbers.Real]:
    """Whether a value is a real number. True is none, and a duration, which NumPy counts among its integers, neither."""
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_, np.timedelta64))


def elements(values: NDArray[Any] | np.generic) -> list[Any]:
    """The elements of an array as Python's numbers and words. Dates and durations stay what they are: counted in nanoseconds
    they would become whole numbers."""
    array = np.atleast_1d(values)
    return list(array) if array.dtype.kind in "mM" else list(array.tolist())


def flag(field: str, value: object) -> bool:
    """True or False; 0 and 1 are refused."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{field}={value!r} is neither True nor False; give one of them")
    return bool(value)


def real_array(field: str, values: ArrayLike) -> NDArray[np.float64]:
    """Real numbers as an array of float64, without a copy if they are one already. All arrays of users pass here.

    Floats, integers and booleans (as 0 and 1) are accepted, from lists, arrays or pandas. Complex numbers, text, dates,
    objects such as None, and masked arrays raise TypeError; rows of unequal length raise ValueError. NaN and infinity pass:
    the caller decides about them.
    """
    unmasked(field, values)
    try:
        given = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{field} is not a rectangular table of numbers ({error}); give rows of equal length") from None
    if given.dtype.kind not in "biuf":
        raise _not_real(field, str(given.dtype))
    return given.astype(np.float64, copy=False)


def unmasked(field: str, values: object) -> None:
    """Refuse a masked array, also inside a sequence: NumPy would compute with the numbers under the mask."""
    masked = _first_masked(values)
    if masked is not None:
        raise _not_real(field, f"masked {masked.dtype}")


def _first_masked(values: object) -> Any:
    if isinstance(values, Sequence) and not isinstance(values, (str, bytes)):
        return next((found for each in values if (found := _first_masked(each)) is not None), None)
    return values if isinstance(values, np.ma.MaskedArray) else None


def _not_real(field: str, kind: str) -> TypeError:
    return TypeError(f"{field} of kind {kind} is not real; give real numbers (floats, integers or booleans), without a mask")


def table_of_numbers(field: str, values: ArrayLike) -> NDArray[np.float64]:
    """A copy as a rectangular array of finite float64 numbers, with at least one element."""
    array = np.array(real_array(field, values), order="C") + 0.0  # -0.0 becomes 0.0
    if array.size == 0:
        raise ValueError(f"{field} is empty (shape {array.shape}); give at least one row with one number")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{field} holds {array[where]} at {where}; give finite numbers only")
    return array


def shaped(field: str, values: ArrayLike, shape: tuple[int | None, ...], whole: bool = False) -> NDArray[Any]:
    """An array of this shape of real numbers, or of whole numbers if ``whole``. None in the shape stands for any length."""
    array: NDArray[Any] = real_array(field, values)
    if whole:
        array = np.asarray(values)
        if array.dtype.kind not in "iu":
            raise TypeError(f"{field} of kind {array.dtype} is not whole; give whole numbers")
    if array.ndim != len(shape) or any(asked not in (None, has) for has, asked in zip(array.shape, shape, strict=True)):
        wanted = ", ".join("n" if length is None else str(length) for length in shape) + ("," if len(shape) == 1 else "")
        raise ValueError(f"{field} of shape {array.shape} does not fit; give shape ({wanted})")
    return array


def of_class(field: str, value: object, *kinds: type) -> None:
    """Refuse an object that is of none of these classes, with TypeError."""
    if not isinstance(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{field} of type {type(value).__name__} does not fit; give one of type {names}")


def checked_checkpoints(epochs: Sequence[int], budget: int) -> tuple[int, ...]:
    """Checkpoints as a tuple of ascending epochs from 0 to the budget."""
    if isinstance(epochs, (str, bytes)) or not isinstance(epochs, (Sequence, np.ndarray)) or np.shape(epochs) == ():
        raise TypeError(f"checkpoints={epochs!r} is not a sequence of epochs; give a tuple such as (100, 1000)")
    unmasked("checkpoints", epochs)
    checked = tuple(integer("checkpoints", epoch, 0) for epoch in epochs)
    for before, after in pairwise(checked):
        if after <= before:
            raise ValueError(f"checkpoints={checked} go from {before} to {after}; give ascending epochs, each once")
    if checked and checked[-1] > budget:
        raise ValueError(
            f"checkpoints={checked} go beyond budget={budget}; give epochs up to the budget, or a larger budget"
        )
    return checked
