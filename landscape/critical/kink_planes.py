"""Planes of kinks: which kinks a point lies on, which of them are one, and how a point is put on them.

At a kink the gradient of a function jumps; the kink is a plane in the space of parameters, given by the distance of a point
from it and a normal. Kinks may lie in one and the same plane, as those of a pattern and of a multiple of it for a unit
without bias: with normals a and c a they are one kink, whose jump along a is the sum of ``jump`` and ``|c| jump``. They are
taken together before anything is asked of them, since two convex ones of opposite normals hold a point that neither holds
alone, and a concave one may undo a convex one.
"""

import numpy as np
from numpy.typing import NDArray

from landscape._simd.jit import kernel
from landscape.critical.bounded_least_squares import PARALLEL, extend
from landscape.function import Kinks

Array = NDArray[np.float64]

NEAR = 1e-12
"""Distance below which a point lies on a kink; ``put_on`` makes it a thousandth of that."""
STEEP = 1e-3
"""A point is not put on a kink that meets those before it at a smaller angle: it would move by more than a thousand times
its distance."""


def on_kink(kinks: Kinks) -> NDArray[np.bool_]:
    """Which kinks (n, K) each point lies on; one that no parameter moves, as of a unit without bias at input 0, is none."""
    near: NDArray[np.bool_] = (np.abs(kinks.distance) <= NEAR) & (kinks.normal != 0.0).any(axis=2)
    return near


def taken_together(kinks: Kinks) -> Kinks:
    """The same kinks, those of one plane as one: the first has the jump of all of them, the others have none."""
    first, _ = planes_of(kinks)
    return kinks._replace(jump=summed_jumps(kinks, first))


def planes_of(kinks: Kinks) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The first kink in the plane of each (n, K), and whether the two have opposite normals."""
    first, opposite = np.empty(kinks.distance.shape, np.int64), np.empty(kinks.distance.shape, np.bool_)
    _in_planes(kinks.distance, kinks.normal, first, opposite)
    return first, opposite


def summed_jumps(kinks: Kinks, first: NDArray[np.int64]) -> Array:
    """The jumps of the kinks of one plane, along the normal of the first, and 0 for the others."""
    jump = np.zeros_like(kinks.jump)
    _sum_jumps(kinks.normal, kinks.jump, first, jump)
    return jump


@kernel
def _in_planes(distance: Array, normal: Array, first: NDArray[np.int64], opposite: NDArray[np.bool_]) -> None:
    n, most = distance.shape
    size = normal.shape[2]
    leading = np.empty(most, np.int64)  # the first parameter that moves the kink: different ones of different units
    for row in range(n):
        for k in range(most):
            a = normal[row, k]
            leading[k] = 0
            while leading[k] < size and a[leading[k]] == 0.0:
                leading[k] += 1
            first[row, k], opposite[row, k] = k, False
            if leading[k] == size:
                continue
            for m in range(k):
                if first[row, m] != m or leading[m] != leading[k]:
                    continue
                b = normal[row, m]
                ratio = a[leading[k]] / b[leading[k]]
                same = abs(distance[row, k] - ratio * distance[row, m]) <= NEAR * (1.0 + abs(ratio))
                for i in range(leading[k], size):
                    if not same:
                        break
                    same = abs(a[i] - ratio * b[i]) <= PARALLEL * abs(a[leading[k]])
                if same:
                    first[row, k], opposite[row, k] = m, ratio < 0.0
                    break


@kernel
def _sum_jumps(normal: Array, jump: Array, first: NDArray[np.int64], summed: Array) -> None:
    n, most = jump.shape
    for row in range(n):
        for k in range(most):
            m = first[row, k]
            if m == k:
                summed[row, k] += jump[row, k]
            else:
                ratio = (normal[row, k] ** 2).sum() / (normal[row, m] ** 2).sum()
                summed[row, m] += np.sqrt(ratio) * jump[row, k]


def put_on(theta: Array, kinks: Kinks) -> None:
    """Move points (n, P) that are all but on a kink onto it. What is as near already as rounding brings it stays: it is this
    rounding that leads a search off a unit whose weights are all zero."""
    _put_on(theta, kinks.distance, kinks.normal)


@kernel
def _put_on(theta: Array, distance: Array, normal: Array) -> None:
    """One kink after the other, each time across those before, and all once more against rounding."""
    n, most = distance.shape
    size = theta.shape[1]
    basis, moved = np.empty((size, size)), np.empty(size)
    for row in range(n):
        moved[:] = 0.0
        for _ in range(2):
            count = 0
            for k in range(most):
                a = normal[row, k]
                left = distance[row, k] + (a * moved).sum()
                if abs(distance[row, k]) > NEAR or abs(left) <= 1e-3 * NEAR or count == size:
                    continue
                more = extend(basis, count, a, STEEP)
                if more > count:
                    moved -= left / (a * basis[count]).sum() * basis[count]
                    count = more
        theta[row] += moved
