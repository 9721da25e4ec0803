"""What kind of point a point is: gradient norm, Hessian index, nullity, and a name that says no more than was found.

Of a stationary point with zero eigenvalues the Hessian does not say whether it is a minimum. Such a point is examined: does
its gradient vanish only because the weights have grown (it escapes)? On a surface, a second look in more digits tells
(``precise``), else what is left in float64. Does the loss fall along a curve that leaves within the null space (third and
fourth order decide, and all higher ones)? What remains is a flat minimum as far as was searched. The gradient tolerance says
what is stationary, and nothing else: it changes no name.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.critical.high_precision import Look, can_look, look
from landscape.critical.kink_planes import on_kink
from landscape.critical.kink_slopes import off_side
from landscape.critical.subproblems import norms
from landscape.critical.trust_region import FAR, GTOL, curvature_at, follow, minimise, slope_at, zero_eigenvalue
from landscape.function import FUNCTION, Function, function_fits, function_with, kinks_of
from landscape.validation import real, real_array

Array = NDArray[np.float64]

KINDS = (
    "strict_minimum",  # every eigenvalue is positive
    "flat_minimum",  # none is negative, some are zero, and no way down was found along their eigenvectors
    "saddle",  # some are negative, some positive
    "degenerate_saddle",  # there is a way down, and some are zero
    "maximum",  # no way up
    "escaping",  # no point at all: the gradient vanishes only as the weights grow without bound
    "not_stationary",  # the gradient norm is above the tolerance, or the loss goes on falling from there: a plateau
    "unresolved",  # stationary by its gradient, but neither a place to stay nor a way to go on was made out
)

OUTWARD, INWARD = (0.1, 0.3, 1.0), (0.5, 0.75, 0.9, 0.97, 0.99)
"""How far outward, in parts of a point's size, the loss must not rise where it escapes, and where inward it must change."""
GOES_ON = 0.01
"""Newton's step on an exponential tail is 1 in what the exponent measures, a twentieth of that in the weights of relu. At a
gradient norm of 1e-12 it is 2e-5 beside a minimum of order 4, 8e-4 beside one of order 6."""
REACH = (0.03, 0.1)
"""How far from a degenerate point a way down is looked for; it must show at both distances."""
DIRECTIONS = 12
"""Directions tried in a null space of dimension one; more in proportion to the dimension."""
TURNS = 12
"""How often each direction is turned toward where the loss is lower."""
BY_A_KINK = 1e-6
"""Nearer than this to a kink over which the gradient changes by no more than is known of it, a point may lie on it."""
ROUNDING = 1e-14
"""A slope along an eigenvector below this may be rounding: at weights of 50 it is a hundredth of this."""
UNSETTLED, UNSETTLED_BY = 1e-3, 0.25
"""An eigenvalue smaller than this may belong to a degenerate point that the search has not quite reached: it is zero if it
falls with the fourth root of the gradient norm, at least, while the point is polished. Beside a point of third order it
falls with the square root, of fourth with the power 2/3, and at one that is not degenerate it stays."""
GROWTH = 0.1
"""A point escapes when polishing it to a thousandth of the tolerance moves it at least so far, and outward: an exponential
tail moves it by several units, a degenerate point by the cube root of the tolerance at most."""


class Classification(NamedTuple):
    """Of points (..., P); the fields keep the leading axes.

    kind : one of ``KINDS``
    loss, grad_norm : the norm is that of the gradient, and on a kink of the steepest one-sided slope
    eigenvalues : (..., P), ascending; inf for a direction that leads off a kink uphill on both sides
    index, nullity : how many eigenvalues are negative, and how many zero, by the tolerance ``zero``
    zero : size below which an eigenvalue counts as zero: 1e-6, so that along its eigenvector a gradient of 1e-10 leaves the
        place unknown by more than 1e-4; and at least 1e-12 of the largest. Of a point that was looked at in more digits,
        1e-18 of the largest
    kink : whether the gradient or the curvature jumps at this point. Where the point is free to leave a kink, eigenvalues
        are those of one side (of relu, where the unit is off), the index is 0, and a way down was looked for in every
        direction; where none was found, those below zero are NaN: they belong to directions that leave this side
    """

    kind: Any
    loss: Any
    grad_norm: Any
    eigenvalues: Array
    index: Any
    nullity: Any
    zero: Any
    kink: Any

    def put(self, where: Any, other: "Classification", take: Any) -> "Classification":
        """The same, where points ``take`` of another classification stand in the places ``where``."""
        fields = [field.copy() for field in self]
        for field, new in zip(fields, other, strict=True):
            field[where] = new[take]
        return Classification(*fields)


def classify(surface: Function, theta: ArrayLike, gtol: float = GTOL) -> Classification:
    """Classify points on a surface, or on any function with ``loss``, ``gradient`` and ``hessian``.

    Parameters
    ----------
    surface : Surface, or an object like one (see ``second_order``)
    theta : array_like (..., P)
    gtol : float above 0
        Gradient norm up to which a point is stationary. A point that a run stopped near is not yet one: polish it first
        with ``find_minima(surface, starts=theta)``.

    Raises
    ------
    ValueError, TypeError
        for theta of the wrong shape, and for a tolerance that is not positive.
    """
    gtol = real("gtol", gtol, above=0.0)
    function_with(surface, *FUNCTION)
    points = real_array("theta", theta)
    if points.ndim == 0 or points.shape[-1] != surface.n_parameters:
        raise ValueError(
            f"theta of shape {points.shape} does not fit a function of {surface.n_parameters} parameters; give shape "
            f"(..., {surface.n_parameters})"
        )
    lead, flat = points.shape[:-1], np.ascontiguousarray(points.reshape(-1, surface.n_parameters))
    function_fits(surface, flat, *FUNCTION)
    found = classify_all(surface, flat, gtol)
    return Classification(*(field.reshape(lead + field.shape[1:])[()] for field in found))


def classify_all(f: Function, theta: Array, gtol: float = GTOL, threads: int = 1, examine: bool = True) -> Classification:
    """The same for points (n, P). Without ``examine`` a point of index 0 with zero eigenvalues is called a flat minimum
    before any way down was looked for, and whether it escapes is read from Newton's step alone."""
    return judge(f, theta, gtol, threads, examine)[0]


def judge(
    f: Function, theta: Array, gtol: float = GTOL, threads: int = 1, examine: bool = True
) -> tuple[Classification, dict[int, Look]]:
    """The same, and what was seen from the points that were looked at, by their number."""
    n, size = theta.shape
    kinds = np.full(n, KINDS.index("not_stationary"))
    loss, norm = np.full(n, np.nan), np.full(n, np.nan)
    eigenvalues, zero = np.full((n, size), np.nan), np.full(n, np.nan)
    index, nullity, kink = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.bool_)
    rows = np.flatnonzero(np.isfinite(theta).all(axis=1))
    loss[rows] = f.loss(theta[rows])
    rows = rows[np.isfinite(loss[rows]) & np.isfinite(f.hessian(theta[rows])).all(axis=(1, 2))]
    slope, held = slope_at(f, theta[rows])
    kinks = kinks_of(f, theta[rows])
    one_sided = np.zeros(n, np.bool_)
    if kinks is not None and held is not None:
        held, one_sided[rows] = off_side(kinks, held)
        kink[rows] = on_kink(kinks).any(axis=1)
        faint = (np.abs(kinks.distance) <= BY_A_KINK) & (np.abs(kinks.jump) <= GTOL / BY_A_KINK)
        one_sided[rows] |= (faint & (kinks.normal != 0.0).any(axis=2)).any(axis=1)
    norm[rows] = norms(slope)
    vectors = np.empty((n, size, size))
    eigenvalues[rows], vectors[rows] = curvature_at(f, theta[rows], held)
    zero[rows] = zero_eigenvalue(eigenvalues[rows])
    settled = eigenvalues.copy()
    fine = rows[(norm[rows] <= gtol) & ~kink[rows] & (np.abs(eigenvalues[rows]).min(axis=1) < UNSETTLED)]
    if len(fine):
        further = follow(f, theta[fine], np.full(len(fine), -1), GTOL / 1000.0, threads).theta
        near = norms(further - theta[fine]) < GROWTH
        fine, further = fine[near], further[near]
        fallen = np.minimum(norms(f.gradient(further)) / np.maximum(norm[fine], 1e-300), 1.0)[:, np.newaxis] ** UNSETTLED_BY
        now = np.abs(curvature_at(f, further, None)[0])
        settled[fine] = np.where(now < np.minimum(fallen, 0.9) * np.abs(eigenvalues[fine]), 0.0, eigenvalues[fine])
    index[rows] = np.where(one_sided[rows], 0, (settled[rows] < -zero[rows, np.newaxis]).sum(axis=1))
    null = np.abs(settled) <= zero[:, np.newaxis]
    nullity[rows] = null[rows].sum(axis=1)

    def name(where: Any, kind: str) -> None:
        kinds[where] = KINDS.index(kind)

    def by_eigenvalues(where: Any) -> None:
        for row in np.atleast_1d(where):
            degenerate = nullity[row] > 0
            if index[row] == 0:
                name(row, "flat_minimum" if degenerate else "strict_minimum")
            else:
                name(row, "degenerate_saddle" if degenerate else "maximum" if index[row] == size else "saddle")

    away = rows[(norms(theta[rows]) >= FAR) & ((slope * theta[rows]).sum(axis=1) < 0.0)]
    name(away, "escaping")
    still = np.setdiff1d(rows[norm[rows] <= gtol], away)
    by_eigenvalues(still)
    flat = still[nullity[still] > 0]
    place, ended, looks = theta.copy(), np.zeros(n, np.bool_), {}
    smooth = flat[~kink[flat] & ~one_sided[flat]] if can_look(f) else flat[:0]
    if examine:
        for row in smooth:
            assert can_look(f)
            seen = look(f, theta[row], down=bool(index[row] == 0))
            if seen.found == "falls":
                beside = look(f, theta[row], down=False)
                stays = beside.found == "stationary" and np.linalg.norm(beside.theta - theta[row]) < GROWTH
                name(row, "degenerate_saddle" if stays else "not_stationary")
            else:
                name(row, {"tail": "escaping", "unresolved": "unresolved", "stationary": "flat_minimum"}[seen.found])
            ended[row] = seen.found != "stationary"
            if seen.found == "stationary":
                place[row], settled[row], vectors[row], zero[row] = (
                    seen.theta,
                    seen.eigenvalues,
                    seen.eigenvectors,
                    seen.zero,
                )
                null[row] = np.abs(settled[row]) <= zero[row]
                eigenvalues[row] = seen.eigenvalues
                index[row], nullity[row] = (settled[row] < -zero[row]).sum(), null[row].sum()
                by_eigenvalues(row)
            looks[int(row)] = seen
    else:
        at = np.searchsorted(rows, smooth)
        name(smooth[level_step(slope[at], eigenvalues[smooth], vectors[smooth]) > GOES_ON], "escaping")
    other = np.setdiff1d(flat, smooth)
    stopped = [row for row, seen in looks.items() if seen.found == "unresolved" and kinks is not None]  # by a kink ahead
    other = np.union1d(other, np.array(stopped, np.int64))
    gone, plateau = leave(f, theta[other], loss[other], index[other], null[other], vectors[other], threads)
    name(other[gone], "escaping")
    at = np.searchsorted(rows, other)
    goes_on = level_step(slope[at], eigenvalues[other], vectors[other]) > GOES_ON
    unsure = other[(goes_on | np.isin(other, stopped)) & ~gone] if can_look(f) else other[:0]
    name(unsure, "unresolved")
    ended[other[gone]], ended[unsure] = True, True
    for row in still[~ended[still]] if examine else ():
        along = np.eye(size) if one_sided[row] else vectors[row][:, null[row]]
        if not along.size or (0 < index[row] < size - nullity[row]):
            continue  # the Hessian has decided
        reach = reach_at(f, place[row])
        down = index[row] > 0 or falls(f, place[row], loss[row], along, norm[row], reach)
        up = index[row] + nullity[row] < size or falls(_Negative(f), place[row], -loss[row], along, norm[row], reach)
        if down:
            name(row, "degenerate_saddle" if up or one_sided[row] else "maximum")
        elif row in other[plateau]:
            name(row, "degenerate_saddle")
    least = one_sided & (kinds <= KINDS.index("flat_minimum"))  # a way down of one side's form that leads off this side
    eigenvalues[least[:, np.newaxis] & (eigenvalues < -zero[:, np.newaxis])] = np.nan
    return Classification(np.array(KINDS)[kinds], loss, norm, eigenvalues, index, nullity, zero, kink), looks


def level_step(slope: Array, eigenvalues: Array, eigenvectors: Array) -> Array:
    """Length (n,) of Newton's step along the directions that are all but level: on an exponential tail 1 in what the
    exponent measures, wherever on it one is; at a minimum of any order a part of the distance to it, which is small by then.
    Slopes that rounding may have made count as 0."""
    largest = np.abs(np.where(np.isfinite(eigenvalues), eigenvalues, 0.0)).max(axis=1, initial=0.0, keepdims=True)
    along = np.einsum("nji,nj->ni", eigenvectors, slope)
    level = (np.abs(eigenvalues) <= zero_eigenvalue(eigenvalues)[:, np.newaxis]) & (np.abs(along) > ROUNDING)
    return norms(np.where(level, along / np.maximum(np.abs(eigenvalues), 1e-16 * np.maximum(largest, 1e-300)), 0.0))


def reach_at(f: Function, theta: Array) -> tuple[float, ...]:
    """How far from theta (P,) a way down is looked for: no farther than half the way to the nearest kink on which it does
    not lie. What is beyond belongs to other points."""
    kinks = kinks_of(f, theta[np.newaxis])
    if kinks is None:
        return REACH
    distance, length = np.abs(kinks.distance[0]), norms(np.ascontiguousarray(kinks.normal[0]))
    ahead = (distance > BY_A_KINK) & (length > 0.0)
    room = (distance[ahead] / length[ahead]).min(initial=np.inf)
    return tuple(part * min(1.0, 0.5 * room / REACH[-1]) for part in REACH)


class _Negative:
    """Upside down: a way up is a way down there."""

    def __init__(self, f: Function) -> None:
        self.n_parameters, self._f = f.n_parameters, f

    def loss(self, theta: Array) -> Array:
        return -self._f.loss(theta)

    def gradient(self, theta: Array) -> Array:
        return -self._f.gradient(theta)

    def hessian(self, theta: Array) -> Array:
        return -self._f.hessian(theta)


def leave(
    f: Function,
    theta: Array,
    loss: Array,
    index: NDArray[np.int64],
    null: NDArray[np.bool_],
    vectors: Array,
    threads: int = 1,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of n points with zero eigenvalues are on their way to infinity, and which only stopped on a plateau.

    The first, polished further, move on over ground no steeper than where they are; or, where rounding has already left
    nothing to polish, the loss is level straight outward within their null space and is not inward. The second, polished
    further, come far down.
    """
    further = np.empty_like(theta)
    low = index == 0
    further[low] = minimise(f, theta[low], GTOL / 1000.0, threads).theta
    further[~low] = follow(f, theta[~low], np.full((~low).sum(), -1), GTOL / 1000.0, threads).theta
    moved = norms(further - theta)
    gained = loss - f.loss(further)
    far = moved > GROWTH
    slope, rounding = norms(slope_at(f, theta)[0]), 1e-15 * np.abs(loss)
    ground = 2.0 * np.maximum(slope, GTOL) * moved + rounding
    gone = far & (np.abs(gained) > 1e-4 * GTOL) & (np.abs(gained) <= ground)
    gone[gone] = _goes_on(f, further[gone])
    outward = np.einsum("nij,nj->ni", vectors, np.where(null, np.einsum("nji,nj->ni", vectors, theta), 0.0))
    straight = low & ~gone & (norms(outward) > 1.0) & (kinks_of(f, theta) is None)  # relu and its like are flat for good
    inward = np.array([np.abs(f.loss(theta - part * outward) - loss) for part in INWARD])
    straight &= (inward > 1e3 * rounding + GTOL).any(axis=0)
    for part in OUTWARD:
        there = theta + part * outward
        straight &= (f.loss(there) <= loss + rounding) & (norms(slope_at(f, there)[0]) <= slope + 1e-3 * GTOL)
    return gone | straight, low & far & (gained > ground)


def _goes_on(f: Function, theta: Array) -> NDArray[np.bool_]:
    """Whether Newton's step within the null space is still long (n,): on an exponential tail it is 1 wherever one is."""
    slope, held = slope_at(f, theta)
    values, vectors = curvature_at(f, theta, held)
    largest = np.abs(np.where(np.isfinite(values), values, 0.0)).max(axis=1, initial=0.0, keepdims=True)
    null = (np.abs(values) <= zero_eigenvalue(values)[:, np.newaxis]) & (np.abs(values) > 1e-16 * largest)
    along = np.einsum("nji,nj->ni", vectors, slope)
    return norms(np.where(null, along / np.where(null, values, 1.0), 0.0)) > GOES_ON


def falls(f: Function, theta: Array, loss: float, null: Array, norm: float, reaches: tuple[float, ...]) -> bool:
    """Whether a way down leaves the point theta (P,) within its null space, spanned by the columns of ``null`` (P, m).

    Directions v are tried at the distances ``reaches``, the other coordinates following by Newton steps, so that the loss
    seen is that of the reduced function (the Lyapunov-Schmidt reduction), whose first terms are of third and fourth order.
    Each direction is then turned downhill on its sphere.
    """
    m = null.shape[1]
    rng = np.random.default_rng(0)
    tried = rng.normal(size=(DIRECTIONS * m, m))
    tried = np.concatenate([np.eye(m), -np.eye(m), tried / np.linalg.norm(tried, axis=1, keepdims=True)])
    stiff = np.linalg.svd(null, full_matrices=True)[0][:, m:]
    lowest = np.full((len(reaches), len(tried)), np.inf)
    for place, reach in enumerate(reaches):
        v = tried.copy()
        for _ in range(TURNS):
            points = theta + reach * v @ null.T
            for _ in range(6):  # the other coordinates
                if stiff.shape[1] == 0:
                    break
                hessian = stiff.T @ f.hessian(points) @ stiff
                gradient = f.gradient(points) @ stiff
                values, vectors = np.linalg.eigh(hessian)
                values = np.maximum(np.abs(values), 1e-9)
                along = np.einsum("nji,nj->ni", vectors, gradient) / values
                along *= np.minimum(1.0, reach / np.maximum(norms(along), 1e-300))[:, np.newaxis]
                points = points - np.einsum("nij,nj->ni", vectors, along) @ stiff.T
            lowest[place] = np.minimum(lowest[place], f.loss(points))
            slope = f.gradient(points) @ null
            slope -= (slope * v).sum(axis=1, keepdims=True) * v
            length = norms(np.ascontiguousarray(slope))
            turned = v - 0.3 * slope / np.maximum(length, 1e-300)[:, np.newaxis]
            v = np.where(length[:, np.newaxis] > 0.0, turned / np.linalg.norm(turned, axis=1, keepdims=True), v)
    rounding = 1e-14 * max(abs(loss), 1e-300)
    least = 10.0 * max(norm, GTOL) * np.array(reaches)[:, np.newaxis] + rounding
    return bool((loss - lowest > least).any(axis=1).all())
