"""Steps of the second-order methods, in the eigenbasis of each Hessian. Points are handled one after the other, so that a
step does not depend on which other points are searched with it.

Eigenvalues (n, P) ascend, eigenvectors (n, P, P) stand in columns.
"""

import numpy as np
from numpy.typing import NDArray

from landscape._simd.jit import inline, kernel
from landscape.critical.kink_planes import NEAR

Array = NDArray[np.float64]

NOISE = 1e-12
"""An eigenvalue below this part of the largest may be 0 but for rounding. It counts as this part when a step is computed, so
that no step runs away along a flat valley."""
TINY = 1e-300


def norms(rows: Array) -> Array:
    """Euclidean norms (n,) of rows (n, P). Each row is summed on its own: its bits do not depend on the other rows."""
    found = np.empty(len(rows))
    _norms(rows, found)
    return found


@kernel
def _norms(rows: Array, found: Array) -> None:
    for row in range(rows.shape[0]):
        squares = 0.0
        for i in range(rows.shape[1]):
            squares += rows[row, i] * rows[row, i]
        found[row] = np.sqrt(squares)


@inline
def _safe(eigenvalues: Array, safe: Array) -> None:
    """Copy the eigenvalues (P,) to ``safe``, with the size of their rounding in place of those that may be rounding."""
    largest = 0.0
    for i in range(eigenvalues.size):
        if abs(eigenvalues[i]) < np.inf:
            largest = max(largest, abs(eigenvalues[i]))
    noise = max(NOISE * largest, TINY)
    for i in range(eigenvalues.size):
        safe[i] = eigenvalues[i] if abs(eigenvalues[i]) > noise else noise


@inline
def _into_eigenbasis(vectors: Array, x: Array, along: Array) -> None:
    """Write to ``along`` (P,) the components of x (P,) along the eigenvectors."""
    for i in range(x.size):
        along[i] = 0.0
        for j in range(x.size):
            along[i] += vectors[j, i] * x[j]


@inline
def _out_of_eigenbasis(vectors: Array, along: Array, x: Array) -> None:
    """Write to ``x`` (P,) the vector with components ``along`` (P,)."""
    for j in range(x.size):
        x[j] = 0.0
        for i in range(x.size):
            x[j] += vectors[j, i] * along[i]


@inline
def _length(slope: Array, values: Array, shift: float) -> float:
    """Length of the step with the eigenvalues shifted, by ``slope`` (P,) in the eigenbasis."""
    squares = 0.0
    for i in range(slope.size):
        part = slope[i] / (values[i] + shift) if slope[i] != 0.0 else 0.0
        squares += part * part
    length: float = np.sqrt(squares)
    return length


@kernel
def step_down(
    values: Array, vectors: Array, slope: Array, radius: Array, step: Array, predicted: Array, shifts: Array
) -> None:
    """Minimiser (n, P) of each quadratic model within its radius, and the decrease (n,) it promises.

    The step is ``-slope_i / (value_i + shift)`` along eigenvector i. The shift is 0 if that step leads to a minimum within
    the radius; otherwise bisection finds the shift at which the step ends on the radius. Where the step ends inside even
    with the smallest shift allowed (the hard case), a step along the lowest eigenvector completes it to the radius.
    """
    n, size = slope.shape
    safe, along, part = np.empty(size), np.empty(size), np.empty(size)
    for row in range(n):
        _safe(values[row], safe)
        total = 0.0
        _into_eigenbasis(vectors[row], slope[row], along)
        for i in range(size):
            total += along[i] * along[i]
        shift = 0.0
        if safe[0] <= 0.0 or _length(along, safe, 0.0) > radius[row]:
            low = max(0.0, -safe[0])
            high = low + np.sqrt(total) / radius[row]
            for _ in range(80):
                shift = 0.5 * (low + high)
                if _length(along, safe, shift) > radius[row]:
                    low = shift
                else:
                    high = shift
                if high - low <= 1e-3 * (high + min(safe[0], 0.0)):
                    break
            shift = high
        shifts[row] = shift
        squares = 0.0
        for i in range(size):
            part[i] = -along[i] / (safe[i] + shift) if along[i] != 0.0 and safe[i] + shift > 0.0 else 0.0
            squares += part[i] * part[i]
        left = radius[row] * radius[row] - squares
        if safe[0] < 0.0 and left > 0.1 * radius[row] * radius[row]:
            part[0] += np.sqrt(left) if along[0] <= 0.0 else -np.sqrt(left)
        predicted[row] = 0.0
        for i in range(size):
            if part[i] != 0.0:
                predicted[row] -= along[i] * part[i] + 0.5 * safe[i] * part[i] * part[i]
        _out_of_eigenbasis(vectors[row], part, step[row])


@inline
def _bent_step(
    distance: Array, image: Array, jump: Array, share: Array, stiffness: Array, along: Array, moved: Array
) -> None:
    """Write to ``moved`` (P,), in the eigenbasis, the minimiser of the model with slopes ``along`` and curvatures
    ``stiffness`` whose gradient jumps at the kinks. ``share`` (K,) begins as 0 on the negative side of a kink and 1 on the
    other. Coordinate descent on the shares: the gradient at the end is ``along + sum_k share_k jump_k image_k``."""
    size, most = moved.size, share.size
    for i in range(size):
        moved[i] = -along[i] / stiffness[i]
    for _ in range(300):
        largest = 0.0
        for k in range(most):
            if jump[k] <= 0.0:
                continue
            there, give, free = distance[k], 0.0, 0.0
            for i in range(size):
                there += image[k, i] * moved[i]
                give += image[k, i] * image[k, i] / stiffness[i]
                free += image[k, i] * image[k, i] if stiffness[i] < np.inf else 0.0
            if free < 1e-18:  # a kink that holds the point
                continue
            wanted = min(max(share[k] + there / (jump[k] * give), 0.0), 1.0)
            change = (wanted - share[k]) * jump[k]
            share[k] = wanted
            largest = max(largest, abs(change) * give)
            for i in range(size):
                moved[i] -= change * image[k, i] / stiffness[i]
        if largest < 1e-15:
            return


@kernel
def respect_kinks(
    distance: Array,
    normal: Array,
    jump: Array,
    values: Array,
    vectors: Array,
    gradient: Array,
    radius: Array,
    shift: Array,
    step: Array,
    predicted: Array,
) -> None:
    """Replace steps (n, P) that cross a convex kink by minimisers of the model whose gradient jumps there. Other steps
    stay."""
    n, size = step.shape
    most = distance.shape[1]
    safe, along, moved, stiffness = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    share = np.empty(most)
    image = np.empty((most, size))  # the normals in the eigenbasis
    for row in range(n):
        crossed = False
        for k in range(most):
            there = distance[row, k]
            for i in range(size):
                there += normal[row, k, i] * step[row, i]
            crossed |= jump[row, k] > 0.0 and (there > 0.0) != (distance[row, k] > NEAR)
        if not crossed:
            continue
        _safe(values[row], safe)
        _into_eigenbasis(vectors[row], gradient[row], along)
        for k in range(most):
            _into_eigenbasis(vectors[row], normal[row, k], image[k])
        lift = shift[row]
        for _ in range(40):
            for k in range(most):
                share[k] = 1.0 if distance[row, k] > NEAR else 0.0
            for i in range(size):
                stiffness[i] = safe[i] + lift
            _bent_step(distance[row], image, jump[row], share, stiffness, along, moved)
            squares, gain = 0.0, 0.0
            for i in range(size):
                squares += moved[i] * moved[i]
                if moved[i] != 0.0:
                    gain -= along[i] * moved[i] + 0.5 * safe[i] * moved[i] * moved[i]
            for k in range(most):
                if jump[row, k] > 0.0:
                    change = 0.0
                    for i in range(size):
                        change += image[k, i] * moved[i]
                    before = 1.0 if distance[row, k] > NEAR else 0.0
                    rise = max(distance[row, k] + change, 0.0) - max(distance[row, k], 0.0)
                    gain -= jump[row, k] * (rise - before * change)
            predicted[row] = gain
            if gain > 0.0 and np.sqrt(squares) <= 1.1 * radius[row]:
                break  # otherwise too long, or coordinate descent has not converged: stiffen
            lift = 3.0 * lift + 1e-3 * (abs(safe[0]) + 1e-10)
        _out_of_eigenbasis(vectors[row], moved, step[row])


@kernel
def step_along(
    values: Array,
    vectors: Array,
    slope: Array,
    radius: Array,
    index: NDArray[np.int64],
    step: Array,
    expected: Array,
) -> None:
    """Newton's step (n, P), uphill along the ``index`` (n,) lowest eigenvectors and downhill along the others, no longer
    than the radius; and the slope (n, P) that the quadratic model expects at its end. Index -1 goes uphill where the model
    is curved downward: plain Newton."""
    n, size = slope.shape
    safe, part = np.empty(size), np.empty(size)
    for row in range(n):
        _safe(values[row], safe)
        squares = 0.0
        for i in range(size):
            along = 0.0
            for j in range(size):
                along += vectors[row, j, i] * slope[row, j]
            up = i < index[row] if index[row] >= 0 else safe[i] < 0.0
            part[i] = along / abs(safe[i]) if up else -along / abs(safe[i])
            squares += part[i] * part[i]
        shorter = min(1.0, radius[row] / max(np.sqrt(squares), TINY))
        for j in range(size):
            step[row, j] = 0.0
            expected[row, j] = slope[row, j]
            for i in range(size):
                step[row, j] += vectors[row, j, i] * part[i] * shorter
                if part[i] != 0.0:
                    expected[row, j] += vectors[row, j, i] * safe[i] * part[i] * shorter


@kernel
def stiffen(hessian: Array, basis: Array, count: NDArray[np.int64], stiff: Array) -> None:
    """Project the Hessians (n, P, P), in place, onto the orthogonal complement of the first ``count`` (n,) rows of each
    basis (n, K, P), and give those rows the eigenvalue ``stiff`` (n,)."""
    n, size, _ = hessian.shape
    image = np.empty(size)
    for row in range(n):
        for m in range(count[row]):
            a = basis[row, m]
            through = 0.0
            for i in range(size):
                image[i] = 0.0
                for j in range(size):
                    image[i] += hessian[row, i, j] * a[j]
                through += a[i] * image[i]
            for i in range(size):
                for j in range(size):
                    hessian[row, i, j] += (through + stiff[row]) * a[i] * a[j] - a[i] * image[j] - image[i] * a[j]
