"""What a network and its hidden units compute, as Boolean functions of the inputs."""

import numpy as np
from numpy.typing import NDArray

from landscape.parts.activations import ACTIVATIONS
from landscape.problems import BOOLEAN_NAMES, Problem
from landscape.surface import Surface

Array = NDArray[np.float64]
Bits = NDArray[np.bool_]

SATURATED = 0.01
"""A unit is saturated on a pattern where its slope is below this part of the largest slope it has anywhere."""


def names_of(bits: Bits, problem: Problem) -> NDArray[np.str_]:
    """Names (n,) of truth columns (n, patterns): those of the sixteen functions where the patterns are all four of two
    inputs, else the bits themselves, pattern by pattern."""
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
"""Nearer to its threshold than this an output is on neither side."""


def computed(surface: Surface, theta: Array) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Function that each network (n, P) computes, each output read as 1 above its midpoint, the names of several outputs
    joined by commas, "undecided" where one is at its midpoint; and the number (n,) of patterns on which every output is on
    its target's side."""
    above = surface.forward(theta) - surface.table.midpoint
    clear = np.abs(above) > MARGIN
    right = (clear & ((above > 0.0) == (surface.table.targets > surface.table.midpoint))).all(axis=2).sum(axis=1)
    outputs = [_named(above[:, :, k] > 0.0, clear[:, :, k], surface.table) for k in range(surface.table.n_outputs)]
    return _joined(outputs, len(theta)), right


def unit_gates(surface: Surface, theta: Array) -> NDArray[np.str_]:
    """Function of each hidden unit, joined by commas, for each network (n, P). A unit is on above the middle of a bounded
    activation, and where its sum is positive if the activation is not bounded."""
    sums = surface.unit_sums(theta)
    low, high = ACTIVATIONS[surface.activation].low, ACTIVATIONS[surface.activation].high
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
    """How many hidden units of each network (n, P) are dead, with slope 0 on every pattern, and how many saturated, with a
    slope below a hundredth of the activation's largest on every pattern, the dead ones included."""
    slope = np.abs(surface.activate(surface.unit_sums(theta))[1])
    largest = np.abs(surface.activate(np.linspace(-4.0, 4.0, 801))[1]).max()
    dead, flat = (slope == 0.0).all(axis=1), (slope < SATURATED * largest).all(axis=1)
    return dead.sum(axis=1), flat.sum(axis=1)
