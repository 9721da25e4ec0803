"""Criteria: when a run counts as solved.

One function each, of one output of one pattern: ``(o, y, midpoint, loss)`` with output o, target y, the midpoint of the
targets and the loss of the whole surface. It returns how far this output is from what is asked; a run is solved when the
largest of these numbers is below the limit, the second entry of ``CRITERIA`` (None: the protocol's ``tolerance``).
"""

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from landscape._lanes import fabs, where


def threshold(o: float, y: float, midpoint: float, loss: float) -> float:
    """Every output strictly on its target's side of the midpoint."""
    return where(y > midpoint, 1.0, -1.0) * (midpoint - o)


def margin(o: float, y: float, midpoint: float, loss: float) -> float:
    """Every output nearer to its target than the tolerance."""
    return fabs(o - y)


def loss_below(o: float, y: float, midpoint: float, loss: float) -> float:
    """Loss below the tolerance."""
    return loss


def never(o: float, y: float, midpoint: float, loss: float) -> float:
    """No run is ever solved: all go on to the budget."""
    return loss


class Criterion(NamedTuple):
    """How far an output is from what is asked, and the limit below which it has got there."""

    distance: Callable[[float, float, float, float], float]
    limit: float | None


CRITERIA: MappingProxyType[str, Criterion] = MappingProxyType(
    {
        "threshold": Criterion(threshold, 0.0),
        "margin": Criterion(margin, None),
        "loss": Criterion(loss_below, None),
        "never": Criterion(never, -math.inf),
    }
)
