"""Second-order methods: from starts to stationary points of any function of a flat vector.

A function is an object with ``n_parameters`` (P) and ``loss``, ``gradient`` and ``hessian``, which take parameter vectors
(n, P) and return (n,), (n, P) and (n, P, P); a Surface is one. It may have ``kinks`` (see ``Kinks``) where its gradient
jumps. Every start is a search of its own: it ends at the same point to the last bit, whatever other starts there are and on
any number of threads.

``minimise`` is a trust-region method with the exact Hessian, the subproblem solved in the eigenbasis (Conn, Gould & Toint
2000, chapter 7). ``follow`` climbs along the lowest eigenvectors and descends along the others (eigenvector following:
Cerjan & Miller 1981; Wales 2003, section 6.2), as far as the linear model of the gradient can be trusted.

LAPACK computes the eigenvectors: 7 to 12 us for a 9 x 9 matrix, most of the time of a search. With 12 steps a start (2-2-1
and a penalty) an eigen-solver of our own would gain nothing.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.critical.kink_planes import put_on, taken_together
from landscape.critical.kink_slopes import Held, hold
from landscape.critical.subproblems import NOISE, TINY, norms, respect_kinks, step_along, step_down, stiffen
from landscape.function import Function, kinks_of
from landscape.progress import followed

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

GTOL = 1e-10
"""Gradient norm below which a point counts as stationary."""
DISTANCE = 1e-4
"""Accuracy with which the place of a stationary point is known: an eigenvalue counts as zero if a gradient norm of ``GTOL``
allows a larger error along its eigenvector."""
RESOLUTION = 1e-13
"""A predicted decrease below this part of the loss is lost in its rounding; then the gradient norm decides."""
FAR = 1e6
"""A search that gets so far from the origin ends: it finds no stationary point any more."""
LEAP = 0.25
"""A step is no longer than this part of the distance from the origin, or than 1 if that is more. On an exponential tail,
where each quadratic model promises more than the last, a search would otherwise overflow instead of ending on its way."""
HINT = 1e-14
"""Slope added toward the free side of a kink. It decides the sign of the step along a direction of negative curvature
without any slope."""
LOST = 1e-9
"""On a function with kinks, rounding decides the gain of a step below this radius: the search restarts with a larger one."""
TOO_SHORT, MOST_AGAIN = 1e-3, 5
"""A step shorter than the first number tells nothing if its gain is lost in rounding and the gradient norm does not fall:
the radius is reset to 1, at most so often. Otherwise the search would go on by steps of 1e-5 where one of 0.1 is good."""
GOOD, STEEP, MOST_BACK = 0.75, 1e-3, 3
"""After a step that gains less than the first number times the predicted decrease, at most so many Newton steps lead back to
the floor of the valley, along eigenvectors with eigenvalues above the second number times the largest. Without them, steps
down a bent valley to a level at infinity shrink with the cube root of its slope, and 2000 steps reach a gradient norm of
1e-8 only."""
INWARD = 1e-9
"""Distance from a kink at which the curvature is computed, on the side to which the slope leads."""
MOST_STEPS = 2000
CHUNK = 256
"""Searches in one task: few enough for its arrays to stay in the cache, and enough for a step to cost 1 us of Python a
search."""


class SearchEnds(NamedTuple):
    """Where n searches ended: theta (n, P), and how many steps (n,) each took."""

    theta: Array
    steps: NDArray[np.int64]


def slope_at(f: Function, theta: Array) -> tuple[Array, Held | None]:
    """The slope (n, P) at points (n, P), and the directions in which kinks hold the points (None for a smooth function). The
    slope is the gradient where the function is smooth. On a kink it is the steepest one-sided slope, which is 0 exactly
    where no direction leads down."""
    gradient, kinks = f.gradient(theta), kinks_of(f, theta)
    if kinks is None:
        return gradient, None
    held = hold(gradient, kinks)
    return held.slope, held


def curvature_at(f: Function, theta: Array, held: Held | None) -> tuple[Array, Array]:
    """Eigenvalues (n, P), ascending, and eigenvectors (n, P, P), in columns, of the Hessian at points (n, P). Directions
    held by a kink are infinitely stiff: their eigenvalue is inf. The other eigenvectors are orthogonal to them. NaN where
    the Hessian is not finite."""
    hessian = f.hessian(theta if held is None else theta + INWARD * held.inward)
    lost = ~np.isfinite(hessian).all(axis=(1, 2))
    if lost.any():  # LAPACK would refuse all for one that is not finite
        hessian[lost] = 0.0
        eigenvalues, eigenvectors = curvature_of(hessian, held)
        eigenvalues[lost], eigenvectors[lost] = np.nan, np.nan
        return eigenvalues, eigenvectors
    return curvature_of(hessian, held)


def curvature_of(hessian: Array, held: Held | None) -> tuple[Array, Array]:
    """Eigenvalues (n, P) and eigenvectors (n, P, P) of finite Hessians (n, P, P), which are overwritten, with held
    directions as in ``curvature_at``."""
    if held is None or not held.rank.any():
        eigenvalues, eigenvectors = np.linalg.eigh(hessian)
        return eigenvalues, eigenvectors
    stiff = 1.0 + hessian.shape[1] * np.abs(hessian).max(axis=(1, 2))
    stiffen(hessian, held.basis, held.rank, stiff)
    eigenvalues, eigenvectors = np.linalg.eigh(hessian)
    eigenvalues[np.arange(hessian.shape[1]) >= hessian.shape[1] - held.rank[:, np.newaxis]] = np.inf
    return eigenvalues, eigenvectors


def minimise(f: Function, starts: Array, gtol: float = GTOL, threads: int = 1, most_steps: int = MOST_STEPS) -> SearchEnds:
    """Descend from starts (n, P), until the slope is at most ``gtol`` and no eigenvalue is below minus the size that counts
    as zero, or the search is ``FAR`` from the origin, or cannot move, or its steps are spent. So not every end is a minimum:
    classify it. The loss never rises, but for rounding."""
    return _in_chunks(lambda part, _: _minimise(f, part, gtol, most_steps), starts, np.zeros(len(starts), np.int64), threads)


def follow(
    f: Function,
    starts: Array,
    index: NDArray[np.int64],
    gtol: float = GTOL,
    threads: int = 1,
    most_steps: int = MOST_STEPS // 4,
) -> SearchEnds:
    """Search from starts (n, P) for stationary points with ``index`` (n,) directions down; index -1 is Newton's method,
    which goes to a stationary point nearby. A search ends as in ``minimise``. Classify the ends: some have another index,
    and some are not stationary. Searches do not land on kinks: a saddle on a kink is found only where a descent stops
    there."""
    return _in_chunks(lambda part, wanted: _follow(f, part, wanted, gtol, most_steps), starts, index, threads)


def _in_chunks(search: Callable[[Array, Any], SearchEnds], starts: Array, index: Any, threads: int) -> SearchEnds:
    parts = [slice(first, first + CHUNK) for first in range(0, len(starts), CHUNK)] or [slice(0, 0)]
    with ThreadPoolExecutor(threads) as executor:
        ends = executor.map(lambda part: search(starts[part], index[part]), parts)
        done = list(followed(ends, len(parts), "searches"))
    return SearchEnds(np.concatenate([ends.theta for ends in done]), np.concatenate([ends.steps for ends in done]))


class _State:
    """The points at which the searches of a chunk are, and the quadratic models there."""

    def __init__(self, f: Function, theta: Array, radius: float) -> None:
        n, size = theta.shape
        self.f, self.theta, self.steps, self.radius = f, theta.copy(), np.zeros(n, np.int64), np.full(n, radius)
        self.loss, self.norm, self.slope, self.gradient = np.empty(n), np.empty(n), np.empty((n, size)), np.empty((n, size))
        self.inward = np.zeros((n, size))
        self.again = np.zeros(n, np.int64)
        self.values, self.vectors = np.empty((n, size)), np.empty((n, size, size))
        self.move(np.arange(n), self.theta, f.loss(theta))

    def move(self, rows: NDArray[np.int64], theta: Array, loss: Array) -> None:
        """Move the searches ``rows`` to points ``theta`` (rows, P) with loss ``loss`` (rows,), and compute the models
        there."""
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
        """Numbers of the searches that go on, out of those still ``open_ended`` (n,)."""
        size = norms(self.theta)
        return np.flatnonzero(open_ended & (size < FAR) & (self.radius > 1e-15 * (1.0 + size)))


def _minimise(f: Function, starts: Array, gtol: float, most_steps: int) -> SearchEnds:
    now = _State(f, starts, radius=1.0)
    for _ in range(most_steps):
        rows = now.going((now.norm > gtol) | (now.values[:, 0] < -zero_eigenvalue(now.values)))
        if len(rows) == 0:
            break
        now.steps[rows] += 1
        step, predicted, shift = np.empty((len(rows), starts.shape[1])), np.empty(len(rows)), np.empty(len(rows))
        slope = now.slope[rows] - HINT * now.inward[rows]
        step_down(now.values[rows], now.vectors[rows], slope, now.radius[rows], step, predicted, shift)
        kinks, straight = kinks_of(f, now.theta[rows]), step.copy()
        if kinks is not None:
            model = now.values[rows], now.vectors[rows], now.gradient[rows]
            respect_kinks(*taken_together(kinks), *model, now.radius[rows], shift, step, predicted)
        here, loss, radius, length = now.theta[rows], now.loss[rows], now.radius[rows], norms(step)
        there = here + step
        new = f.loss(there)
        if kinks is None:
            poor = loss - new < GOOD * predicted
            _back_to_the_floor(f, now.values[rows], now.vectors[rows], length, poor, there, new)
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
        if kinks is None:
            told_nothing = drowned[~good[drowned] & (length[drowned] < TOO_SHORT)]
            told_nothing = told_nothing[(now.norm[rows[told_nothing]] > gtol) & (now.again[rows[told_nothing]] < MOST_AGAIN)]
            now.again[rows[told_nothing]] += 1
            radius[told_nothing] = 1.0
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
    return SearchEnds(now.theta, now.steps)


def _back_to_the_floor(
    f: Function, values: Array, vectors: Array, length: Array, poor: Flags, there: Array, new: Array
) -> None:
    """Lead ``poor`` (n,) steps back to the floor of a valley. A step that gained little may have run along a valley that
    bends, and up its side. Newton's steps across the valley lead back; they are kept while they are no longer than the
    step's ``length`` (n,) and reduce the slope at ``there`` (n, P) without raising the loss ``new`` (n,). Both are
    overwritten."""
    rows = np.flatnonzero(poor & np.isfinite(new))
    if len(rows) == 0:
        return
    steep = values > STEEP * np.abs(values).max(axis=1, keepdims=True)
    gradient = f.gradient(there[rows])
    for _ in range(MOST_BACK):
        along = np.einsum("nji,nj->ni", vectors[rows], gradient)
        back = np.where(steep[rows], along / np.where(steep[rows], values[rows], 1.0), 0.0)
        short = norms(back) <= length[rows]
        rows, gradient = rows[short], gradient[short]
        if len(rows) == 0:
            return
        floor = there[rows] - np.einsum("nij,nj->ni", vectors[rows], back[short])
        loss, slope = f.loss(floor), f.gradient(floor)
        better = (norms(slope) < norms(gradient)) & (loss <= new[rows] + RESOLUTION * np.abs(new[rows]))
        rows, gradient = rows[better], np.ascontiguousarray(slope[better])
        there[rows], new[rows] = floor[better], loss[better]


def _follow(f: Function, starts: Array, index: NDArray[np.int64], gtol: float, most_steps: int) -> SearchEnds:
    now = _State(f, starts, radius=0.3)
    for _ in range(most_steps):
        rows = now.going(now.norm > gtol)
        if len(rows) == 0:
            break
        now.steps[rows] += 1
        step, expected = np.empty((2, len(rows), starts.shape[1]))
        step_along(now.values[rows], now.vectors[rows], now.slope[rows], now.radius[rows], index[rows], step, expected)
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
    return SearchEnds(now.theta, now.steps)


def zero_eigenvalue(eigenvalues: Array) -> Array:
    """Size (n,) up to which eigenvalues (n, P) count as zero: along the eigenvector a gradient norm of ``GTOL`` leaves the
    place uncertain by more than ``DISTANCE``, or the eigenvalue may be rounding."""
    largest = np.abs(np.where(np.isfinite(eigenvalues), eigenvalues, 0.0)).max(axis=-1)
    limit: Array = GTOL / DISTANCE + NOISE * largest
    return limit
