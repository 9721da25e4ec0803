"""Objectives: what an output that is not its target costs.

One function each, of one output of one pattern: ``(z, o, slope, curvature, y)`` with logit z, output o = g(z), slope
g'(z), curvature g''(z) and target y. It returns four numbers: the cost, its first and second derivative by z, and its
derivative by o, which the faulty gradients send back (``gradients.py``).

Adding an objective: one function here and a record in ``OBJECTIVES``; one row in ``tests/references.py``.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from landscape._simd.elementary import exp_neg, log1p_unit
from landscape._simd.lanes import fabs, where
from landscape.parts import jets
from landscape.parts.jets import Jet

Four = tuple[float, float, float, float]


def squared_error(z: float, o: float, slope: float, curvature: float, y: float) -> Four:
    """``(o - y)^2``."""
    error = o - y
    return error * error, 2.0 * error * slope, 2.0 * (slope * slope + error * curvature), 2.0 * error


def cross_entropy(z: float, o: float, slope: float, curvature: float, y: float) -> Four:
    """``-y log o - (1 - y) log(1 - o)`` with o = sigmoid(z), written on the logit so that it is exact for large |z|.
    The derivative by o is not asked for here: the output slope that it would lack cancels."""
    e = exp_neg(-fabs(z))
    small = e / (1.0 + e)  # the smaller of o and 1 - o; what is left of 1 would have lost its digits
    error = (1.0 - y) * where(z > 0.0, o, small) - y * where(z > 0.0, small, 1.0 - small)
    return where(z > 0.0, (1.0 - y) * z, -y * z) + log1p_unit(e), error, slope, error


class Objective(NamedTuple):
    """One objective.

    function : cost and derivatives, see above
    formula : the cost out of logit, output and target in as many digits as are wanted
    output : the only output it goes with, or None
    of : what it is the cost of, where that names the output
    slope_cancels : whether the output's slope cancels in its derivative by the logit, so that no gradient can leave it out
    """

    function: Callable[[float, float, float, float, float], Four]
    formula: Callable[[Jet, Jet, float], Jet]
    output: str | None = None
    of: str = ""
    slope_cancels: bool = False


OBJECTIVES: MappingProxyType[str, Objective] = MappingProxyType(
    {
        "squared_error": Objective(squared_error, lambda z, o, y: (o - y) * (o - y)),
        "cross_entropy": Objective(
            cross_entropy,
            lambda z, o, y: (1 - y) * z + jets.log1p(jets.exp(-z)),
            output="sigmoid",
            of="a probability",
            slope_cancels=True,
        ),
    }
)


class Reduction(NamedTuple):
    """How costs of patterns and outputs become one loss.

    weight : what their sum is multiplied by
    averaged : whether it is divided by their number
    meaning : a sentence
    """

    weight: float
    averaged: bool
    meaning: str


REDUCTIONS: MappingProxyType[str, Reduction] = MappingProxyType(
    {
        "mean": Reduction(1.0, True, "The mean over patterns and outputs."),
        "sum": Reduction(1.0, False, "The sum over patterns and outputs."),
        "half_mean": Reduction(0.5, True, "Half the mean."),
        "half_sum": Reduction(0.5, False, "Half the sum."),
    }
)
