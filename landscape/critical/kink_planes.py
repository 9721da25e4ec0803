"""Planes of kinks: which kinks a point lies on, which kinks lie in one plane, and how a point is moved onto them.

At a kink the gradient of a function jumps. The kink is a hyperplane in the space of parameters, given by the distance of a
point from it and by a normal. Several kinks may lie in the same plane, as those of a pattern and of a multiple of it do for
a unit without bias. Kinks with normals a and c a act as one, whose jump along a is the sum of ``jump`` and ``|c| jump``.
Kinks are merged in this way before slopes are computed: two convex kinks with opposite normals hold a point that neither of
them holds alone, and a concave kink may cancel a convex one.
"""

import numpy as np
from numpy.typing import NDArray

from landscape._simd.jit import kernel
from landscape.critical.bounded_least_squares import PARALLEL, extend
from landscape.function import Kinks

Array = NDArray[np.float64]

NEAR = 1e-12
"""Distance below which a point lies on a kink; ``put_on`` brings it to a thousandth of that."""
STEEP = 1e-3
"""Sine of the smallest angle to the kinks before it at which a point is moved onto a kink, too. At a smaller angle it would
move by more than a thousand times its distance."""


def on_kink(kinks: Kinks) -> NDArray[np.bool_]:
    """Which kinks (n, K) each point lies on. A kink with normal 0, as of a unit without bias at input 0, does not count."""
    near: NDArray[np.bool_] = (np.abs(kinks.distance) <= NEAR) & (kinks.normal != 0.0).any(axis=2)
    return near


def taken_together(kinks: Kinks) -> Kinks:
    """The kinks with those of one plane merged: the first has the jump of all of them, the others have jump 0."""
    first, _ = planes_of(kinks)
    return kinks._replace(jump=summed_jumps(kinks, first))


def planes_of(kinks: Kinks) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The number (n, K) of the first kink in the plane of each kink, and whether (n, K) the two have opposite normals."""
    first, opposite = np.empty(kinks.distance.shape, np.int64), np.empty(kinks.distance.shape, np.bool_)
    _in_planes(kinks.distance, kinks.normal, first, opposite)
    return first, opposite


def summed_jumps(kinks: Kinks, first: NDArray[np.int64]) -> Array:
    """Jumps (n, K), summed over the kinks of one plane: the sum at the first one, along its normal, and 0 at the others."""
    jump = np.zeros_like(kinks.jump)
    _sum_jumps(kinks.normal, kinks.jump, first, jump)
    return jump


@kernel
def _in_planes(distance: Array, normal: Array, first: NDArray[np.int64], opposite: NDArray[np.bool_]) -> None:
    n, most = distance.shape
    size = normal.shape[2]
    leading = np.empty(most, np.int64)  # the first parameter that moves the kink: it differs between units
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
    """Move points (n, P) that are within ``NEAR`` of a kink onto it, in place. Points that are already as near as rounding
    allows stay: this rounding leads a search away from a unit whose weights are all zero."""
    _put_on(theta, kinks.distance, kinks.normal)


@kernel
def _put_on(theta: Array, distance: Array, normal: Array) -> None:
    """Move onto one kink after the other, each time within the ones before, and once more over all against rounding."""
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
