"""Activations of a user's own: checked, named by name and content, and called by their address."""

import hashlib
import re
from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np

from landscape._simd.foreign import code_of
from landscape.parts.activations import ACTIVATIONS, Activation
from landscape.validation import known, of_class, real

POINTS = np.linspace(-6.0, 6.0, 97) + 0.01
"""Where a function is tried, none of them a likely kink."""
FAR = np.multiply.outer([-1.0, 1.0], np.multiply.outer(2.0 ** np.arange(3, 10), 1.0 + np.arange(8) / 8.0)).ravel()
"""From 8 to 960 either way; exact numbers, so that a name is the same on every machine."""
LEAK, OTHER_LEAK = 0.01, 0.25
"""Functions that differ only far out, or only in what they make of ``slope``, have different names, too."""
STEP, WRONG = 1e-5, 1e-6
"""Of central differences, and how far a derivative may be from them, in parts of 1 and of itself."""
_registered: dict[str, tuple[Activation, int]] = {}
"""By full name: the record, and the code by which kernels call it."""
_latest: dict[str, str] = {}
"""The full name of what was registered last under a name."""


def register(record: Activation, name: str | None = None) -> str:
    """Make an activation of your own known, so that ``Surface(activation=...)`` takes it.

    Parameters
    ----------
    record : Activation
        Function, range, and kinks if it has any. The function is written for SIMD lanes, as those of the package are: sums,
        products, quotients, comparisons and what ``landscape.lanes`` offers; ``(x, leak)`` to value, slope and curvature.
    name : str, default the name of the function
        Small letters, digits and underscores; none of the package's.

    Returns
    -------
    str : the full name, such as "mish@0f3a77c1", by which tables and studies tell it from another function of that name. The
        part after the "@" is a hash of its values. ``Surface`` takes the short name, too, for what was registered last.

    Raises
    ------
    TypeError, ValueError
        for a record of another kind, a name that is taken, values out of the range given, derivatives that are not those of
        the values, by central differences, and a function that cannot be compiled.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape.lanes import like
    >>> def cube(x, leak):
    ...     return x * x * x, 3.0 * (x * x), 6.0 * x
    >>> ls.register(ls.Activation(cube, low=-float("inf"), high=float("inf")))
    'cube@754b9563'
    >>> ls.Surface(hidden=2, activation="cube").activation
    'cube@754b9563'
    """
    of_class("record", record, Activation)
    name = getattr(record.function, "__name__", "") if name is None else name
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"name={name!r} is no name of a part; give small letters, digits and underscores, such as mish")
    if name in ACTIVATIONS:
        raise ValueError(f'name="{name}" is that of an activation of the package; give another')
    found = _tried(name, record)
    beyond = np.array([_at(name, record, x, leak) for leak in (LEAK, OTHER_LEAK) for x in (*POINTS, *FAR)])
    with_leak, with_other = np.split(beyond, 2)
    if not np.array_equal(with_leak, with_other, equal_nan=True):
        record = record._replace(reads=("slope",))
    ends = repr((float(record.low), float(record.high), tuple(map(float, record.kinks))))
    full = f"{name}@{hashlib.sha256(found.tobytes() + beyond.tobytes() + ends.encode()).hexdigest()[:8]}"
    _registered[full] = record, _registered[full][1] if full in _registered else code_of(record.function)
    _latest[name] = full
    return full


def named(field: str, given: Any, others: Iterable[str] = ()) -> str:
    """The full name of an activation: given by a record, which is registered, or by a name. Names of ``others`` are taken,
    too."""
    if isinstance(given, Activation):
        return register(given)
    if not isinstance(given, str):
        return known(field, given, [*ACTIVATIONS, *others])
    name = _latest.get(given, given)
    if name in _registered:
        return name
    if "@" in name:
        raise ValueError(
            f'{field}="{name}" is an activation of somebody\'s own that is not registered here; give its record to '
            "landscape.register first"
        )
    return known(field, name, [*ACTIVATIONS, *others])


def activation(name: str) -> Activation:
    """The record of an activation, of the package or registered."""
    return _registered[name][0] if name in _registered else ACTIVATIONS[name]


def code(name: str) -> int:
    """By what kernels know an activation: its place in the package's table, or the address of a registered one."""
    return _registered[name][1] if name in _registered else list(ACTIVATIONS).index(name)


def records(surface: Any) -> dict[str, Activation]:
    """The activations of a surface that were registered, by full name: what another process has to be given."""
    return {name: activation(name) for name in (surface.activation, surface.output) if name in _registered}


def _at(name: str, record: Activation, x: float, leak: float) -> np.ndarray:
    """Value, slope and curvature (3,) at x."""
    try:
        with np.errstate(all="ignore"):
            value, slope, curvature = record.function(float(x), leak)
        return np.array([float(value), float(slope), float(curvature)])
    except Exception as error:  # whatever a function of somebody else raises
        raise ValueError(
            f"{name} does not give value, slope and curvature at x={x:g} ({type(error).__name__}: {error}); let it take "
            "(x, leak) and return three numbers"
        ) from error


def _tried(name: str, record: Activation) -> np.ndarray:
    """Value, slope and curvature (3, points) at ``POINTS``, seen to belong together."""
    if not all(isinstance(end, Real) for end in (record.low, record.high)):
        raise TypeError(f"low={record.low!r} and high={record.high!r} are not numbers; give the range of {name}")
    low, high = float(record.low), float(record.high)
    if not low < high:
        raise ValueError(f"the range of {name} from {low:g} to {high:g} is empty; give low below high")
    for kink in record.kinks:
        real("kinks", kink)

    def at(x: float) -> np.ndarray:
        return _at(name, record, x, LEAK)

    found = np.array([at(x) for x in POINTS]).T
    if not np.isfinite(found).all():
        raise ValueError(f"{name} does not give value, slope and curvature, three finite numbers, from -6 to 6; let it")
    if not ((found[0] >= low - WRONG) & (found[0] <= high + WRONG)).all():
        ends = f"{found[0].min():g} to {found[0].max():g}"
        raise ValueError(f"{name} takes values from {ends}, beyond its range; give its low and high")
    kinks = np.array([*record.kinks, np.inf], dtype=np.float64)
    for x, here in zip(POINTS, found.T, strict=True):
        if np.abs(kinks - x).min() <= 2.0 * STEP:
            continue
        rise = (at(x + STEP) - at(x - STEP)) / (2.0 * STEP)
        for what, of, order in (("slope", "value", 1), ("curvature", "slope", 2)):
            if abs(rise[order - 1] - here[order]) > WRONG * (1.0 + abs(here[order])) * 10.0**order:
                raise ValueError(
                    f"the {what} of {name} at {x:g} is {here[order]:g}, but its {of} rises by {rise[order - 1]:g} there; "
                    "mend it, or name the kink"
                )
    return found
