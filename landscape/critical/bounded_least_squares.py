"""Bounded least squares and orthonormal bases, for kernels."""

import numpy as np
from numpy.typing import NDArray

from landscape._simd.jit import inline

Array = NDArray[np.float64]

PARALLEL = 1e-8
"""A vector is linearly independent of others if the part of it orthogonal to their span is longer than this part of it."""
MOST_PIVOTS = 10
"""Changes of the set of free shares (the active set), for each kink of one point. Each change shortens the slope, so that no
set comes twice. With 1 to 24 random kinks, some of them dependent, no more than 2 were needed."""


@inline
def shortest(slope: Array, columns: Array, upper: float, share: Array) -> None:
    """Replace ``slope`` (P,) by the shortest vector slope + sum_m share_m columns_m with 0 <= share <= upper, and write the
    shares (m,): bounded least squares with an active set (Stark & Parker 1995). The columns (m, P) may be linearly
    dependent; the columns of free shares never are."""
    most, size = columns.shape
    free, barred = np.zeros(most, np.bool_), np.zeros(most, np.bool_)
    wanted, rest = np.empty(most), np.empty(size)
    basis, upright = np.empty((size, size)), np.empty((size, size))
    base = slope.copy()
    share[:] = 0.0
    for _ in range(MOST_PIVOTS * most):
        chosen, steepest = -1, 0.0
        for m in range(most):
            if free[m] or barred[m]:
                continue
            squares = (columns[m] * columns[m]).sum()
            along = -(columns[m] * slope).sum() if share[m] == 0.0 else (columns[m] * slope).sum()
            if along > 1e-14 * squares and along > steepest * np.sqrt(squares):
                chosen, steepest = m, along / np.sqrt(squares)
        if chosen < 0:
            return
        free[chosen] = True
        while True:
            rest[:] = base
            for m in range(most):
                if not free[m]:
                    rest += share[m] * columns[m]
            if not _coefficients(columns, free, rest, basis, upright, wanted):
                free[chosen] = False
                break
            part, stopped = 1.0, -1
            for m in range(most):
                if free[m] and not 0.0 <= wanted[m] <= upper:
                    reach = ((0.0 if wanted[m] < 0.0 else upper) - share[m]) / (wanted[m] - share[m])
                    if reach < part or stopped < 0:
                        part, stopped = min(reach, part), m
            for m in range(most):
                if free[m]:
                    share[m] += part * (wanted[m] - share[m])
            if stopped < 0:
                break
            share[stopped] = 0.0 if wanted[stopped] < 0.0 else upper
            free[stopped] = False
        barred[:] = False
        barred[chosen] = not free[chosen]
        slope[:] = base
        for m in range(most):
            slope += share[m] * columns[m]


@inline
def _coefficients(columns: Array, free: NDArray[np.bool_], rest: Array, basis: Array, upright: Array, wanted: Array) -> bool:
    """Write to ``wanted`` (m,) the shares of the free columns that make rest + sum_m wanted_m columns_m shortest. Returns
    False where the free columns are linearly dependent."""
    count = 0
    for m in range(free.size):
        if free[m]:
            if count == rest.size or extend(basis, count, columns[m], PARALLEL) == count:
                return False
            for i in range(count + 1):
                upright[i, count] = (basis[i] * columns[m]).sum()
            count += 1
    for m in range(free.size - 1, -1, -1):
        if free[m]:
            count -= 1
            left = -(basis[count] * rest).sum()
            behind = count + 1
            for other in range(m + 1, free.size):
                if free[other]:
                    left -= upright[count, behind] * wanted[other]
                    behind += 1
            wanted[m] = left / upright[count, count]
    return True


@inline
def extend(basis: Array, count: int, normal: Array, least: float) -> int:
    """Add the direction of ``normal`` to an orthonormal basis of ``count`` rows by Gram-Schmidt, unless the part of it
    orthogonal to their span is no longer than ``least`` times its length. Returns the new count."""
    row = basis[count]
    before = 0.0
    for i in range(normal.size):
        row[i] = normal[i]
        before += normal[i] * normal[i]
    for _ in range(2):  # twice is enough (Giraud, Langou & Rozloznik 2005)
        for m in range(count):
            along = 0.0
            for i in range(normal.size):
                along += row[i] * basis[m, i]
            for i in range(normal.size):
                row[i] -= along * basis[m, i]
    after = 0.0
    for i in range(normal.size):
        after += row[i] * row[i]
    if not after > least * least * before:  # linearly dependent
        return count
    for i in range(normal.size):
        row[i] /= np.sqrt(after)
    return count + 1
