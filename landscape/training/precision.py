"""Precision: the number types in which runs are trained, and the settings that they can hold."""

from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.protocol import Protocol
from landscape.surface import Surface

Array = NDArray[np.float64]

PRECISIONS: MappingProxyType[str, type[np.floating[Any]]] = MappingProxyType({"float64": np.float64, "float32": np.float32})
"""Number types in which runs are trained, by name."""


def rounded(starts: Array, precision: str) -> NDArray[Any]:
    """Starts (n, P) rounded to a precision; infinite where it cannot hold them. The kernel computes in their number type."""
    with np.errstate(over="ignore"):
        return starts.astype(PRECISIONS[precision], copy=False)


def refuse_out_of_reach(surface: Surface, protocol: Protocol, number: type[np.floating[Any]]) -> None:
    """Refuse settings that rounding would turn into 0 or infinity or, for a decay rate ``beta``, into 1."""
    if number is np.float64:
        return
    smallest, largest, step = (
        float(limit) for limit in (np.finfo(number).tiny, np.finfo(number).max, np.finfo(number).epsneg)
    )
    settings = surface.settings | protocol.settings
    numbers = {name: value for name, value in settings.items() if isinstance(value, float)}
    tables = {"inputs": surface.table.inputs, "targets": surface.table.targets}
    for name, value in [*numbers.items(), *((name, float(np.abs(table).max())) for name, table in tables.items())]:
        size = value**2 if name == "stall" else abs(value)
        lost = 0.0 < size < smallest and name not in tables  # tiny inputs may round to 0
        if lost or size > largest or (name.startswith("beta") and number(value) == 1.0):
            raise ValueError(
                f"{name}={value!r} is beyond {number.__name__}, which holds {smallest:.2g} to {largest:.2g}, below 1 in "
                f'steps of {step:.1g}, and a stall is squared; give another, or precision="float64"'
            )
