"""Symmetries of truth tables: candidates, which ``symmetry`` verifies on a surface."""

from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from landscape.critical.units import TableSymmetry
from landscape.problems import Problem

Array = NDArray[np.float64]

MOST_INPUTS, MOST_OUTPUTS = 5, 3
"""A larger truth table is not searched for symmetries: five inputs have 3840 signed permutations already."""


def possible_symmetries(table: Problem) -> list[TableSymmetry]:
    """Signed permutations of inputs and outputs about their midpoints that map the truth table onto itself; the identity
    first."""
    x, y = table.inputs, table.targets
    middle, half = _middle(x)
    ends, _ = _middle(y)
    rows = _sorted(np.concatenate([x, y], axis=1))
    nothing = TableSymmetry(
        np.eye(table.n_inputs),
        np.zeros(table.n_inputs),
        tuple(range(table.n_outputs)),
        np.ones(table.n_outputs),
        np.zeros(table.n_outputs),
    )
    if table.n_inputs > MOST_INPUTS or table.n_outputs > MOST_OUTPUTS:
        return [nothing]
    found = []
    for order, signs in _signed_permutations(table.n_inputs):
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(half == half[list(order)], 1.0, half / half[list(order)])
        if not np.isfinite(scale).all():
            continue
        matrix = np.zeros((table.n_inputs, table.n_inputs))
        matrix[np.arange(table.n_inputs), list(order)] = signs * scale
        offset = middle - matrix @ middle
        for outputs, sides in _signed_permutations(table.n_outputs):
            images = ends + sides * (y - ends)[:, list(outputs)]
            if np.allclose(_sorted(np.concatenate([x @ matrix.T + offset, images], axis=1)), rows, rtol=0.0, atol=1e-9):
                found.append(TableSymmetry(matrix, offset, outputs, sides, np.zeros(table.n_outputs)))
                if (moved := np.where(sides < 0.0, 2.0 * ends, 0.0)).any():
                    found.append(TableSymmetry(matrix, offset, outputs, sides, moved))
    return found


def _signed_permutations(n: int) -> list[tuple[tuple[int, ...], Array]]:
    signs = [np.array(sign) for sign in product((1.0, -1.0), repeat=n)]
    return [(order, sign) for order in permutations(range(n)) for sign in signs]


def _middle(values: Array) -> tuple[Array, Array]:
    """Midpoint and half the range of each column."""
    low, high = values.min(axis=0), values.max(axis=0)
    return 0.5 * (low + high), 0.5 * (high - low)


def _sorted(rows: Array) -> Array:
    """Rows, rounded to nine places, in lexicographic order, whatever order they come in."""
    rounded = np.round(rows, 9) + 0.0
    return rounded[np.lexsort(rounded.T[::-1])]
