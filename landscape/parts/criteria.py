"""Criteria: when a run counts as solved.

One function each, of one output of one pattern: ``(o, y, midpoint)`` with output o, target y and the midpoint of the
targets. It returns how far this output is from what is asked; a run is solved when the largest of these numbers is below
the record's limit. Where there is no function, the loss of the surface is this number.

Adding a criterion: one function here and a record in ``CRITERIA``.
"""

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from landscape._simd.lanes import fabs, where


def threshold(o: float, y: float, midpoint: float) -> float:
    """Every output strictly on its target's side of the midpoint."""
    return where(y > midpoint, 1.0, -1.0) * (midpoint - o)


def margin(o: float, y: float, midpoint: float) -> float:
    """Every output nearer to its target than the tolerance."""
    return fabs(o - y)


class Criterion(NamedTuple):
    """One criterion.

    distance : how far an output is from what is asked, or None for the loss
    limit : below which it has got there, or None for the protocol's ``tolerance``
    takes_sides : whether it asks on which side of the midpoint an output lies, so that no target may lie on it
    meaning : a sentence, where no function's docstring says it
    """

    distance: Callable[[float, float, float], float] | None
    limit: float | None
    takes_sides: bool = False
    meaning: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """Settings that it reads and others do not."""
        return ("tolerance",) if self.limit is None else ()


CRITERIA: MappingProxyType[str, Criterion] = MappingProxyType(
    {
        "threshold": Criterion(threshold, 0.0, takes_sides=True),
        "margin": Criterion(margin, None),
        "loss": Criterion(None, None, meaning="The loss is below the tolerance."),
        "never": Criterion(None, -math.inf, meaning="No run is ever solved: all go on to the budget."),
    }
)
