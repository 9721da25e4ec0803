"""What a network and its hidden units compute, as Boolean functions of the inputs."""

import numpy as np
from numpy.typing import NDArray

from landscape import registry
from landscape.problems import BOOLEAN_NAMES, Problem
from landscape.surface import Surface

Array = NDArray[np.float64]
Bits = NDArray[np.bool_]

SATURATED = 0.01
"""A unit is saturated on a pattern where its slope is below this part of the largest slope of its activation."""


def names_of(bits: Bits, problem: Problem) -> NDArray[np.str_]:
    """Names (n,) of Boolean functions given as columns of a truth table (n, patterns). Where the patterns are the four of
    two binary inputs, the name is one of the sixteen known ones; otherwise it is the bits, pattern by pattern."""
    low, high = problem.inputs.min(axis=0), problem.inputs.max(axis=0)
    if problem.n_inputs == 2 and problem.n_patterns == 4 and np.isin(problem.inputs, [low, high]).all():
        on = problem.inputs > 0.5 * (low + high)
        place = 2 * on[:, 0] + on[:, 1]
        if len(set(place)) == 4:
            names: NDArray[np.str_] = np.array(BOOLEAN_NAMES)[(bits << place).sum(axis=1)]
            return names
    return np.array(["".join("01"[int(bit)] for bit in row) for row in bits], dtype=np.str_)


UNDECIDED = "undecided"
MARGIN = 1e-6
"""An output nearer to its threshold than this is on neither side."""


def computed(surface: Surface, theta: Array) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Boolean function that each network (n, P) computes, and the number (n,) of patterns on which every output is on its
    target's side.

    An output counts as 1 above its midpoint. The names of several outputs are joined by commas; an output that is at its
    midpoint on some pattern is "undecided"."""
    above = surface.forward(theta) - surface.table.midpoint
    clear = np.abs(above) > MARGIN
    right = (clear & ((above > 0.0) == (surface.table.targets > surface.table.midpoint))).all(axis=2).sum(axis=1)
    outputs = [_named(above[:, :, k] > 0.0, clear[:, :, k], surface.table) for k in range(surface.table.n_outputs)]
    return _joined(outputs, len(theta)), right


def unit_gates(surface: Surface, theta: Array) -> NDArray[np.str_]:
    """Boolean functions of the hidden units of each network (n, P), joined by commas. A unit of a bounded activation is on
    above the middle of its range; a unit of an unbounded one is on where its weighted sum is positive."""
    sums = surface.unit_sums(theta)
    low, high = registry.activation(surface.activation).low, registry.activation(surface.activation).high
    if np.isfinite([low, high]).all():
        above = surface.activate(sums)[0] - 0.5 * (low + high)
        clear = np.abs(above) > MARGIN
    else:
        above = np.where(np.abs(sums) > MARGIN, sums, 0.0)  # off at a kink
        clear = np.ones_like(above, np.bool_)
    units = [_named(above[:, :, j] > 0.0, clear[:, :, j], surface.table) for j in range(surface.hidden)]
    return _joined(units, len(theta))


def _named(on: Bits, clear: Bits, problem: Problem) -> NDArray[np.str_]:
    return np.where(clear.all(axis=1), names_of(on, problem), UNDECIDED)


def _joined(columns: list[NDArray[np.str_]], n: int) -> NDArray[np.str_]:
    return np.array([", ".join(row) for row in zip(*columns, strict=True)] if columns else [""] * n, dtype=np.str_)


def idle_units(surface: Surface, theta: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers (n,) of dead and of saturated hidden units of each network (n, P). A dead unit has slope 0 on every pattern; a
    saturated one has a slope below a hundredth of the activation's largest on every pattern. Dead units count as saturated,
    too."""
    slope = np.abs(surface.activate(surface.unit_sums(theta))[1])
    largest = np.abs(surface.activate(np.linspace(-4.0, 4.0, 801))[1]).max()
    dead, flat = (slope == 0.0).all(axis=1), (slope < SATURATED * largest).all(axis=1)
    return dead.sum(axis=1), flat.sum(axis=1)
