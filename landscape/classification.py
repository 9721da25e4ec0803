"""What kind of point a point is: gradient norm, Hessian index, nullity, and a name that says no more than was found.

Of a stationary point with zero eigenvalues the Hessian does not say whether it is a minimum. Such a point is examined: does
its gradient vanish only because the weights have grown (it escapes)? Does the loss fall along a curve that leaves within the
null space (third and fourth order decide, and all higher ones)? What remains is a flat minimum as far as was searched.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape._checks import FUNCTION, function_fits, function_with, real, real_array
from landscape.kinks import off_side, on_kink
from landscape.second_order import FAR, GTOL, Function, curvature_at, follow, kinks_of, minimise, slope_at, zero_eigenvalue
from landscape.steps import norms

Array = NDArray[np.float64]

KINDS = (
    "strict_minimum",  # every eigenvalue is positive
    "flat_minimum",  # none is negative, some are zero, and no way down was found along their eigenvectors
    "saddle",  # some are negative, some positive
    "degenerate_saddle",  # there is a way down, and some are zero
    "maximum",  # no way up
    "escaping",  # no point at all: the gradient vanishes only as the weights grow without bound
    "not_stationary",  # the gradient norm is above the tolerance
)

OUTWARD, INWARD = (0.1, 0.3, 1.0), (0.5, 0.75, 0.9, 0.97, 0.99)
"""How far outward, in parts of a point's size, the loss must not rise where it escapes, and where inward it must change."""
GOES_ON = 0.01
"""Newton's step on an exponential tail is 1 in what the exponent measures, a twentieth of that in the weights of relu."""
REACH = (0.03, 0.1)
"""How far from a degenerate point a way down is looked for; it must show at both distances."""
DIRECTIONS = 12
"""Directions tried in a null space of dimension one; more in proportion to the dimension."""
TURNS = 12
"""How often each direction is turned toward where the loss is lower."""
BY_A_KINK = 1e-6
"""Nearer than this to a kink over which the gradient changes by no more than is known of it, a point may lie on it."""
UNSETTLED = 1e-3
"""An eigenvalue smaller than this may belong to a degenerate point that the search has not quite reached: it is zero if it
halves, at least, while the point is polished to a thousandth of the tolerance."""
GROWTH = 0.1
"""A point escapes when polishing it to a thousandth of the tolerance moves it at least so far, and outward: an exponential
tail moves it by several units, a degenerate point by the cube root of the tolerance at most."""


class Classification(NamedTuple):
    """Of points (..., P); the fields keep the leading axes.

    kind : one of ``KINDS``
    loss, grad_norm : the norm is that of the gradient, and on a kink of the steepest one-sided slope
    eigenvalues : (..., P), ascending; inf for a direction that leads off a kink uphill on both sides
    index, nullity : how many eigenvalues are negative, and how many zero, by the tolerance ``zero``
    zero : size below which an eigenvalue counts as zero: gtol / 1e-4, so that along its eigenvector the gradient tolerance
        leaves the place unknown by more than 1e-4; and at least 1e-12 of the largest
    kink : whether the gradient or the curvature jumps at this point. Where the point is free to leave a kink, eigenvalues
        are those of one side (of relu, where the unit is off), the index is 0, and a way down was looked for in every
        direction
    """

    kind: Any
    loss: Any
    grad_norm: Any
    eigenvalues: Array
    index: Any
    nullity: Any
    zero: Any
    kink: Any


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
    before any way down was looked for."""
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
        faint = (np.abs(kinks.distance) <= BY_A_KINK) & (np.abs(kinks.jump) <= gtol / BY_A_KINK)
        one_sided[rows] |= (faint & (kinks.normal != 0.0).any(axis=2)).any(axis=1)
    norm[rows] = norms(slope)
    vectors = np.empty((n, size, size))
    eigenvalues[rows], vectors[rows] = curvature_at(f, theta[rows], held)
    zero[rows] = zero_eigenvalue(eigenvalues[rows], gtol)
    settled = eigenvalues.copy()
    fine = rows[(norm[rows] <= gtol) & ~kink[rows] & (np.abs(eigenvalues[rows]).min(axis=1) < UNSETTLED)]
    if len(fine):
        further = follow(f, theta[fine], np.full(len(fine), -1), gtol / 1000.0, threads).theta
        near = fine[norms(further - theta[fine]) < GROWTH]
        moved = further[norms(further - theta[fine]) < GROWTH]
        settled[near] = np.where(
            np.abs(curvature_at(f, moved, None)[0]) < 0.5 * np.abs(eigenvalues[near]), 0.0, eigenvalues[near]
        )
    index[rows] = np.where(one_sided[rows], 0, (settled[rows] < -zero[rows, np.newaxis]).sum(axis=1))
    null = np.abs(settled) <= zero[:, np.newaxis]
    nullity[rows] = null[rows].sum(axis=1)

    def name(where: Any, kind: str) -> None:
        kinds[where] = KINDS.index(kind)

    away = rows[(norms(theta[rows]) >= FAR) & ((slope * theta[rows]).sum(axis=1) < 0.0)]
    name(away, "escaping")
    still = np.setdiff1d(rows[norm[rows] <= gtol], away)
    clear, flat = still[nullity[still] == 0], still[nullity[still] > 0]
    name(clear, "saddle")
    name(clear[index[clear] == 0], "strict_minimum")
    name(clear[index[clear] == size], "maximum")
    name(flat, "degenerate_saddle")
    name(flat[index[flat] == 0], "flat_minimum")
    gone, plateau = leave(f, theta[flat], loss[flat], index[flat], null[flat], vectors[flat], gtol, threads)
    name(flat[gone], "escaping")
    for row in np.setdiff1d(still, flat[gone]) if examine else ():
        along = np.eye(size) if one_sided[row] else vectors[row][:, null[row]]
        if not along.size or (0 < index[row] < size - nullity[row]):
            continue  # the Hessian has decided
        down = index[row] > 0 or falls(f, theta[row], loss[row], along, gtol)
        up = index[row] + nullity[row] < size or falls(_Negative(f), theta[row], -loss[row], along, gtol)
        if down:
            name(row, "degenerate_saddle" if up or one_sided[row] else "maximum")
        elif row in flat[plateau]:
            name(row, "degenerate_saddle")
    return Classification(np.array(KINDS)[kinds], loss, norm, eigenvalues, index, nullity, zero, kink)


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
    gtol: float,
    threads: int = 1,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of n points with zero eigenvalues are on their way to infinity, and which only stopped on a plateau.

    The first, polished further, move on over ground no steeper than the tolerance; or, where rounding has already left
    nothing to polish, the loss is level straight outward within their null space and is not inward. The second, polished
    further, come far down.
    """
    further = np.empty_like(theta)
    low = index == 0
    further[low] = minimise(f, theta[low], gtol / 1000.0, threads).theta
    further[~low] = follow(f, theta[~low], np.full((~low).sum(), -1), gtol / 1000.0, threads).theta
    moved = norms(further - theta)
    gained = loss - f.loss(further)
    far = moved > GROWTH
    ground = 2.0 * gtol * moved + 1e-15 * np.abs(loss)
    gone = far & (np.abs(gained) > 1e-4 * gtol) & (np.abs(gained) <= ground)
    gone[gone] = _goes_on(f, further[gone], gtol)
    outward = np.einsum("nij,nj->ni", vectors, np.where(null, np.einsum("nji,nj->ni", vectors, theta), 0.0))
    slope, rounding = norms(slope_at(f, theta)[0]), 1e-15 * np.abs(loss)
    straight = low & ~gone & (norms(outward) > 1.0) & (kinks_of(f, theta) is None)  # relu and its like are flat for good
    inward = np.array([np.abs(f.loss(theta - part * outward) - loss) for part in INWARD])
    straight &= (inward > 1e3 * rounding + gtol).any(axis=0)
    for part in OUTWARD:
        there = theta + part * outward
        straight &= (f.loss(there) <= loss + rounding) & (norms(slope_at(f, there)[0]) <= slope + 1e-3 * gtol)
    return gone | straight, low & far & (gained > ground)


def _goes_on(f: Function, theta: Array, gtol: float) -> NDArray[np.bool_]:
    """Whether Newton's step within the null space is still long (n,): on an exponential tail it is 1 wherever one is."""
    slope, held = slope_at(f, theta)
    values, vectors = curvature_at(f, theta, held)
    largest = np.abs(np.where(np.isfinite(values), values, 0.0)).max(axis=1, initial=0.0, keepdims=True)
    null = (np.abs(values) <= zero_eigenvalue(values, gtol)[:, np.newaxis]) & (np.abs(values) > 1e-16 * largest)
    along = np.einsum("nji,nj->ni", vectors, slope)
    return norms(np.where(null, along / np.where(null, values, 1.0), 0.0)) > GOES_ON


def falls(f: Function, theta: Array, loss: float, null: Array, gtol: float) -> bool:
    """Whether a way down leaves the point theta (P,) within its null space, spanned by the columns of ``null`` (P, m).

    Directions v are tried at the distances ``REACH``, the other coordinates following by Newton steps, so that the loss seen
    is that of the reduced function (the Lyapunov-Schmidt reduction), whose first terms are of third and fourth order. Each
    direction is then turned downhill on its sphere.
    """
    m = null.shape[1]
    rng = np.random.default_rng(0)
    tried = rng.normal(size=(DIRECTIONS * m, m))
    tried = np.concatenate([np.eye(m), -np.eye(m), tried / np.linalg.norm(tried, axis=1, keepdims=True)])
    stiff = np.linalg.svd(null, full_matrices=True)[0][:, m:]
    lowest = np.full((len(REACH), len(tried)), np.inf)
    for place, reach in enumerate(REACH):
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
    return bool(((loss - lowest) > 10.0 * gtol * np.array(REACH)[:, np.newaxis] + rounding).any(axis=1).all())
