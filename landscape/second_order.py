"""Second-order methods: from starts to stationary points of any function of a flat vector.

A function is an object with ``n_parameters`` (P) and ``loss``, ``gradient`` and ``hessian``, which take parameter vectors
(n, P) and return (n,), (n, P) and (n, P, P); a Surface is one. It may have ``kinks`` (see ``Kinks``) where its gradient
jumps. Every start is an independent search: whatever else is searched, and on any number of threads, it ends at the same
point to the last bit.

``minimise`` is a trust-region method with the exact Hessian, the subproblem solved in the eigenbasis (Conn, Gould & Toint
2000, chapter 7). ``follow`` climbs along the lowest eigenvectors and descends along the others (eigenvector following:
Cerjan & Miller 1981; Wales 2003, section 6.2), as far as the linear model of the gradient can be trusted.

Eigenvectors are LAPACK's: 7 to 12 us for a 9 x 9 matrix, most of the time of a search. With 12 steps a start (2-2-1 and a
penalty) there is nothing to gain from an eigen-solver of our own.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from landscape._jit import inline, kernel
from landscape.kinks import NEAR, Held, Kinks, hold, put_on

Array = NDArray[np.float64]

GTOL = 1e-10
"""Gradient norm below which a point counts as stationary."""
DISTANCE = 1e-4
"""How far a stationary point may be from where its gradient norm is ``GTOL``; beyond, its place is not known."""
NOISE = 1e-12
"""An eigenvalue below this part of the largest may be what rounding left of 0: it is taken for that part when a step is
computed, so that no step runs away along a flat valley."""
RESOLUTION = 1e-13
"""A predicted decrease below this part of the loss drowns in its rounding; there the gradient decides."""
FAR = 1e6
"""A search that gets so far from the origin finds no stationary point any more."""
LEAP = 0.25
"""A step is no longer than this part of the distance from the origin, or 1: on the slope of an exponential tail, where each
quadratic model promises more than the last, a search would end beyond all numbers instead of on its way there."""
HINT = 1e-14
"""Slope added toward the free side of a kink: where it is all there is along a direction that bends down, it decides."""
LOST = 1e-9
"""Below this radius among kinks, rounding decides what a step gains: such a search begins again with a larger one."""
INWARD = 1e-9
"""How far off a kink the curvature is taken, on the side to which the slope leads."""
MOST_STEPS = 2000
TINY = 1e-300
CHUNK = 256
"""Searches in one task: arrays of one stay in the cache, and a step costs 1 us of Python a search."""


class Function(Protocol):
    """What is searched. ``kinks`` may be missing."""

    @property
    def n_parameters(self) -> int: ...

    def loss(self, theta: Any, /) -> Array: ...

    def gradient(self, theta: Any, /) -> Array: ...

    def hessian(self, theta: Any, /) -> Array: ...


class Ends(NamedTuple):
    """Where n searches ended: theta (n, P), and how many steps (n,) each took."""

    theta: Array
    steps: NDArray[np.int64]


def kinks_of(f: Function, theta: Array) -> Kinks | None:
    """The kinks of a function seen from points (n, P); None for one that has none."""
    kinks = f.kinks(theta) if hasattr(f, "kinks") else None
    return kinks if kinks is not None and kinks.distance.shape[1] else None


def slope_at(f: Function, theta: Array) -> tuple[Array, Held | None]:
    """The slope (n, P) at points (n, P): where the function is smooth its gradient; on a kink the steepest one-sided slope,
    which is 0 exactly where no direction leads down. Beside it the kinks that hold the points."""
    gradient, kinks = f.gradient(theta), kinks_of(f, theta)
    if kinks is None:
        return gradient, None
    held = hold(gradient, kinks)
    return held.slope, held


def curvature_at(f: Function, theta: Array, held: Held | None) -> tuple[Array, Array]:
    """Eigenvalues (n, P), ascending, and eigenvectors (n, P, P), in columns, of the Hessian. Directions that a kink holds
    are infinitely stiff, and have the eigenvalue inf; the others are those within the kink."""
    hessian = f.hessian(theta if held is None else theta + INWARD * held.inward)
    lost = ~np.isfinite(hessian).all(axis=(1, 2))
    if lost.any():  # beyond the finite numbers: told as NaN, where LAPACK would refuse all
        hessian[lost] = 0.0
        eigenvalues, eigenvectors = curvature_of(hessian, held)
        eigenvalues[lost], eigenvectors[lost] = np.nan, np.nan
        return eigenvalues, eigenvectors
    return curvature_of(hessian, held)


def curvature_of(hessian: Array, held: Held | None) -> tuple[Array, Array]:
    """The same for finite Hessians (n, P, P), which are overwritten."""
    if held is None or not held.rank.any():
        eigenvalues, eigenvectors = np.linalg.eigh(hessian)
        return eigenvalues, eigenvectors
    stiff = 1.0 + hessian.shape[1] * np.abs(hessian).max(axis=(1, 2))
    _stiffen(hessian, held.basis, held.rank, stiff)
    eigenvalues, eigenvectors = np.linalg.eigh(hessian)
    eigenvalues[np.arange(hessian.shape[1]) >= hessian.shape[1] - held.rank[:, np.newaxis]] = np.inf
    return eigenvalues, eigenvectors


def minimise(f: Function, starts: Array, gtol: float = GTOL, threads: int = 1) -> Ends:
    """From starts (n, P) downhill, until the slope is at most ``gtol`` and no eigenvalue is below minus ``gtol / DISTANCE``,
    or the search is ``FAR`` from the origin, or cannot move, or its steps are spent: the ends are to be looked at. The loss
    never rises, but for its rounding."""
    return _in_chunks(lambda part, _: _minimise(f, part, gtol), starts, np.zeros(len(starts), np.int64), threads)


def follow(
    f: Function,
    starts: Array,
    index: NDArray[np.int64],
    gtol: float = GTOL,
    threads: int = 1,
    most_steps: int = MOST_STEPS // 4,
) -> Ends:
    """From starts (n, P) toward stationary points with ``index`` (n,) directions down; -1 is Newton's method, which takes
    what is near. Ends like ``minimise``, and its ends are to be looked at: some are of another index, some nowhere. It does
    not land on kinks: a saddle that lies on one is found only where a descent stops there."""
    return _in_chunks(lambda part, wanted: _follow(f, part, wanted, gtol, most_steps), starts, index, threads)


def _in_chunks(search: Callable[[Array, Any], Ends], starts: Array, index: Any, threads: int) -> Ends:
    parts = [slice(first, first + CHUNK) for first in range(0, len(starts), CHUNK)] or [slice(0, 0)]
    with ThreadPoolExecutor(threads) as executor:
        done = list(executor.map(lambda part: search(starts[part], index[part]), parts))
    return Ends(np.concatenate([ends.theta for ends in done]), np.concatenate([ends.steps for ends in done]))


class _State:
    """Where the searches of a chunk are, and the model there."""

    def __init__(self, f: Function, theta: Array, radius: float) -> None:
        n, size = theta.shape
        self.f, self.theta, self.steps, self.radius = f, theta.copy(), np.zeros(n, np.int64), np.full(n, radius)
        self.loss, self.norm, self.slope, self.gradient = np.empty(n), np.empty(n), np.empty((n, size)), np.empty((n, size))
        self.inward = np.zeros((n, size))
        self.values, self.vectors = np.empty((n, size)), np.empty((n, size, size))
        self.move(np.arange(n), self.theta, f.loss(theta))

    def move(self, rows: NDArray[np.int64], theta: Array, loss: Array) -> None:
        """Searches ``rows`` go to ``theta``."""
        if len(rows):
            kinks = kinks_of(self.f, theta)
            if kinks is not None:
                put_on(theta, kinks)
            slope, held = slope_at(self.f, theta)
            self.theta[rows], self.loss[rows], self.slope[rows], self.norm[rows] = theta, loss, slope, norms(slope)
            self.values[rows], self.vectors[rows] = curvature_at(self.f, theta, held)
            self.gradient[rows] = slope if held is None else held.gradient
            self.inward[rows] = 0.0 if held is None else held.inward
            lost = ~(np.isfinite(loss) & np.isfinite(self.norm[rows]) & np.isfinite(self.vectors[rows]).all(axis=(1, 2)))
            self.radius[rows[lost]] = 0.0

    def going(self, open_ended: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Those that are not at their end yet."""
        size = norms(self.theta)
        return np.flatnonzero(open_ended & (size < FAR) & (self.radius > 1e-15 * (1.0 + size)))


def _minimise(f: Function, starts: Array, gtol: float) -> Ends:
    now = _State(f, starts, radius=1.0)
    for _ in range(MOST_STEPS):
        rows = now.going((now.norm > gtol) | (now.values[:, 0] < -zero_eigenvalue(now.values, gtol)))
        if len(rows) == 0:
            break
        now.steps[rows] += 1
        step, predicted, shift = np.empty((len(rows), starts.shape[1])), np.empty(len(rows)), np.empty(len(rows))
        slope = now.slope[rows] - HINT * now.inward[rows]
        _step_down(now.values[rows], now.vectors[rows], slope, now.radius[rows], step, predicted, shift)
        kinks, straight = kinks_of(f, now.theta[rows]), step.copy()
        if kinks is not None:
            _respect_kinks(
                *kinks, now.values[rows], now.vectors[rows], now.gradient[rows], now.radius[rows], shift, step, predicted
            )
        here, loss, radius, length = now.theta[rows], now.loss[rows], now.radius[rows], norms(step)
        there = here + step
        new = f.loss(there)
        ratio = np.where(predicted > 0.0, (loss - new) / np.maximum(predicted, TINY), -1.0)
        rounding = RESOLUTION * np.abs(loss)
        good = (ratio > 1e-4) & (new < loss)
        drowned = np.flatnonzero((predicted <= rounding) & (new <= loss + rounding))
        if len(drowned):
            good[drowned] = norms(slope_at(f, there[drowned])[0]) < now.norm[rows[drowned]]
        ratio[drowned] = np.where(good[drowned], 1.0, -1.0)
        shrunk = np.where(good & (ratio >= 0.25), radius, 0.25 * np.maximum(length, 1e-3 * radius))
        longer = np.minimum(2.0 * radius, np.maximum(1.0, LEAP * norms(here)))
        radius = np.where((ratio > 0.75) & (length > 0.8 * radius), np.maximum(longer, radius), shrunk)
        lost = (radius < LOST) & (now.norm[rows] > gtol) & (kinks is not None)
        now.radius[rows] = np.where(lost, 0.01, radius)
        if kinks is not None:  # the curvature may be that of the other side
            bad = np.flatnonzero(~good & (now.values[rows, 0] < 0.0))
            there[bad] = here[bad] - straight[bad]
            new[bad] = f.loss(there[bad])
            good[bad] = new[bad] < loss[bad] - rounding[bad]
            turned = bad[good[bad]]
            now.radius[rows[turned]] = norms(straight[turned])
        now.move(rows[good], there[good], new[good])
    return Ends(now.theta, now.steps)


def _first_crossing(kinks: Kinks, step: Array) -> Array:
    """Part (n,) of the step (n, P) after which a point first meets a kink it is not on; 1 if it meets none."""
    change = (kinks.normal * step[:, np.newaxis]).sum(axis=2)
    meets = (kinks.distance * (kinks.distance + change) < 0.0) & (np.abs(kinks.distance) > NEAR)
    first: Array = np.where(meets, -kinks.distance / np.where(meets, change, 1.0), 1.0).min(axis=1)
    return first


def _follow(f: Function, starts: Array, index: NDArray[np.int64], gtol: float, most_steps: int) -> Ends:
    now = _State(f, starts, radius=0.3)
    for _ in range(most_steps):
        rows = now.going(now.norm > gtol)
        if len(rows) == 0:
            break
        now.steps[rows] += 1
        step, expected = np.empty((2, len(rows), starts.shape[1]))
        _step_along(now.values[rows], now.vectors[rows], now.slope[rows], now.radius[rows], index[rows], step, expected)
        there, length = now.theta[rows] + step, norms(step)
        slope = slope_at(f, there)[0]
        with np.errstate(over="ignore", invalid="ignore"):
            wrong = norms(slope - expected) / np.maximum(norms(expected - now.slope[rows]), TINY)
        wrong = np.where(np.isfinite(wrong), wrong, np.inf)
        radius = now.radius[rows]
        larger = np.where((wrong < 0.25) & (length > 0.8 * radius), np.minimum(2.0 * radius, 1.0), radius)
        now.radius[rows] = np.where(wrong > 0.75, np.maximum(0.5 * length, 1e-6), larger)
        good = (wrong < 2.0) | ((length < 1e-5) & (wrong < np.inf))
        now.move(rows[good], there[good], now.loss[rows[good]])
    return Ends(now.theta, now.steps)


def zero_eigenvalue(eigenvalues: Array, gtol: float = GTOL) -> Array:
    """Below this size (n,) an eigenvalue (n, P) counts as zero: along its eigenvector a gradient of ``gtol`` leaves the
    place unknown by more than ``DISTANCE``, or rounding may have made it."""
    largest = np.abs(np.where(np.isfinite(eigenvalues), eigenvalues, 0.0)).max(axis=-1)
    limit: Array = gtol / DISTANCE + NOISE * largest
    return limit


def norms(rows: Array) -> Array:
    """Euclidean norms (n,) of rows (n, P), each summed alone: the same bits whatever the other rows are."""
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
    """The eigenvalues (P,), those that may be rounding replaced by the size of that rounding."""
    largest = 0.0
    for i in range(eigenvalues.size):
        if abs(eigenvalues[i]) < np.inf:
            largest = max(largest, abs(eigenvalues[i]))
    noise = max(NOISE * largest, TINY)
    for i in range(eigenvalues.size):
        safe[i] = eigenvalues[i] if abs(eigenvalues[i]) > noise else noise


@inline
def _length(slope: Array, values: Array, shift: float) -> float:
    """Of the step that a shift of the eigenvalues gives."""
    squares = 0.0
    for i in range(slope.size):
        part = slope[i] / (values[i] + shift) if slope[i] != 0.0 else 0.0
        squares += part * part
    length: float = np.sqrt(squares)
    return length


@kernel
def _step_down(
    values: Array, vectors: Array, slope: Array, radius: Array, step: Array, predicted: Array, shifts: Array
) -> None:
    """Minimiser (n, P) of each quadratic model within its radius, and the decrease (n,) it promises.

    The step is ``-slope_i / (value_i + shift)`` along eigenvector i. The shift is 0 if that is a minimum and within the
    radius; else the one at which the step ends on the radius, found by bisection. Where even the smallest shift allowed
    ends inside (the hard case) the lowest eigenvector fills the rest.
    """
    n, size = slope.shape
    safe, along, part = np.empty(size), np.empty(size), np.empty(size)
    for row in range(n):
        _safe(values[row], safe)
        total = 0.0
        for i in range(size):
            along[i] = 0.0
            for j in range(size):
                along[i] += vectors[row, j, i] * slope[row, j]
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
        for j in range(size):
            step[row, j] = 0.0
            for i in range(size):
                step[row, j] += vectors[row, j, i] * part[i]


@inline
def _bent_step(
    distance: Array, image: Array, jump: Array, share: Array, stiffness: Array, along: Array, moved: Array
) -> None:
    """Minimiser ``moved`` (P,), in the eigenbasis, of the model with slopes ``along`` and curvatures ``stiffness`` that
    bends at the kinks; ``share`` (K,) begins as 0 on the negative side of a kink and 1 on the other. By coordinate descent
    on the shares: the gradient at the end is ``along + sum_k share_k jump_k image_k``."""
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
def _respect_kinks(
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
    """The step (n, P) where the model bends upward at each convex kink, also at those ahead. Steps that meet none stay."""
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
        for i in range(size):
            along[i] = 0.0
            for j in range(size):
                along[i] += vectors[row, j, i] * gradient[row, j]
            for k in range(most):
                image[k, i] = 0.0
                for j in range(size):
                    image[k, i] += vectors[row, j, i] * normal[row, k, j]
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
                break  # too long a step, or coordinate descent has not found the minimiser: stiffer
            lift = 3.0 * lift + 1e-3 * (abs(safe[0]) + 1e-10)
        for j in range(size):
            step[row, j] = 0.0
            for i in range(size):
                step[row, j] += vectors[row, j, i] * moved[i]


@kernel
def _step_along(
    values: Array,
    vectors: Array,
    slope: Array,
    radius: Array,
    index: NDArray[np.int64],
    step: Array,
    expected: Array,
) -> None:
    """Newton's step (n, P), uphill along the ``index`` lowest eigenvectors and downhill along the others, no longer than
    the radius; and the slope (n, P) expected at its end."""
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
def _stiffen(hessian: Array, basis: Array, count: NDArray[np.int64], stiff: Array) -> None:
    """Make the Hessians (n, P, P) act within the complement of each basis (n, K, P), and as ``stiff`` (n,) on it."""
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
