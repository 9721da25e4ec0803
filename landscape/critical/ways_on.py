"""Ways that lead on from a point at which the Hessian has zero eigenvalues and does not tell what kind of point it is.

Newton's step along the level directions is long where the gradient vanishes only as the weights grow: the point escapes. A
point on a plateau comes far down where it is polished further. And a curve that leaves within the null space may lead down:
the loss along it is a function whose first terms are of third and fourth order.
"""

import numpy as np
from numpy.typing import NDArray

from landscape.critical.subproblems import norms
from landscape.critical.trust_region import GTOL, curvature_at, follow, minimise, slope_at, zero_eigenvalue
from landscape.function import Function, kinks_of

Array = NDArray[np.float64]

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
GROWTH = 0.1
"""A point escapes when polishing it to a thousandth of the tolerance moves it at least so far, and outward: an exponential
tail moves it by several units, a degenerate point by the cube root of the tolerance at most."""


def level_step(slope: Array, eigenvalues: Array, eigenvectors: Array) -> Array:
    """Length (n,) of ``newton_along_level``: on an exponential tail 1 in what the exponent measures, wherever on it one is;
    at a minimum of any order a part of the distance to it, which is small by then."""
    return norms(newton_along_level(slope, eigenvalues, eigenvectors))


def newton_along_level(slope: Array, eigenvalues: Array, eigenvectors: Array) -> Array:
    """Newton's step (n, P) along the directions that are all but level. Slopes that rounding may have made count as 0."""
    largest = np.abs(np.where(np.isfinite(eigenvalues), eigenvalues, 0.0)).max(axis=1, initial=0.0, keepdims=True)
    along = np.einsum("nji,nj->ni", eigenvectors, slope)
    level = (np.abs(eigenvalues) <= zero_eigenvalue(eigenvalues)[:, np.newaxis]) & (np.abs(along) > ROUNDING)
    part = np.where(level, along / np.maximum(np.abs(eigenvalues), 1e-16 * np.maximum(largest, 1e-300)), 0.0)
    step: Array = -np.einsum("nij,nj->ni", eigenvectors, part)
    return step


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


class Negative:
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
