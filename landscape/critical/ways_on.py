"""Ways on from a point whose kind the Hessian does not decide, because it has zero eigenvalues.

- A point escapes if its gradient vanishes only as the weights grow without bound. Newton's step along the level directions
  is long there.
- A point on a plateau moves far down when it is polished further.
- A curve that leaves within the null space may lead down. The first terms of the loss along it are of third and fourth
  order.
"""

import numpy as np
from numpy.typing import NDArray

from landscape.critical.subproblems import norms
from landscape.critical.trust_region import GTOL, curvature_at, follow, minimise, slope_at, zero_eigenvalue
from landscape.function import Function, kinks_of

Array = NDArray[np.float64]

OUTWARD, INWARD = (0.1, 0.3, 1.0), (0.5, 0.75, 0.9, 0.97, 0.99)
"""Distances from an escaping point, in parts of its size: outward, where the loss must not rise, and inward, where it must
change."""
GOES_ON = 0.01
"""Length of Newton's step above which a point may be on a tail. On an exponential tail ``e**-x`` the step is 1 in x, and a
twentieth of that in the weights of relu. At a gradient norm of 1e-12 it is 2e-5 beside a minimum of order 4 and 8e-4 beside
one of order 6."""
REACH = (0.03, 0.1)
"""Distances from a degenerate point at which a way down is searched; the loss must be lower at both."""
DIRECTIONS = 12
"""Random directions tried for each dimension of the null space."""
TURNS = 12
"""How often each direction is turned downhill."""
BY_A_KINK = 1e-6
"""A point may lie on a kink that is nearer than this, if the gradient jumps there by no more than the gradient is known
to."""
ROUNDING = 1e-14
"""A slope along an eigenvector below this may be rounding, which at weights of 50 is a hundredth of this."""
GROWTH = 0.1
"""A point escapes if polishing it to a thousandth of the tolerance moves it farther than this, and outward. On an
exponential tail it moves by several units, beside a degenerate point by the cube root of the tolerance at most."""


def level_step(slope: Array, eigenvalues: Array, eigenvectors: Array) -> Array:
    """Length (n,) of ``newton_along_level``. Anywhere on an exponential tail ``e**-x`` it is 1 in x; beside a minimum of any
    order it is a fraction of the distance from it, which is small by then."""
    return norms(newton_along_level(slope, eigenvalues, eigenvectors))


def newton_along_level(slope: Array, eigenvalues: Array, eigenvectors: Array) -> Array:
    """Newton's step (n, P) along the directions whose eigenvalues count as zero. Slopes that may be rounding count as 0."""
    largest = np.abs(np.where(np.isfinite(eigenvalues), eigenvalues, 0.0)).max(axis=1, initial=0.0, keepdims=True)
    along = np.einsum("nji,nj->ni", eigenvectors, slope)
    level = (np.abs(eigenvalues) <= zero_eigenvalue(eigenvalues)[:, np.newaxis]) & (np.abs(along) > ROUNDING)
    part = np.where(level, along / np.maximum(np.abs(eigenvalues), 1e-16 * np.maximum(largest, 1e-300)), 0.0)
    step: Array = -np.einsum("nij,nj->ni", eigenvectors, part)
    return step


def reach_at(f: Function, theta: Array) -> tuple[float, ...]:
    """Distances from theta (P,) at which a way down is searched: at most half the distance from the nearest kink on which
    theta does not lie, as what is beyond belongs to other points."""
    kinks = kinks_of(f, theta[np.newaxis])
    if kinks is None:
        return REACH
    distance, length = np.abs(kinks.distance[0]), norms(np.ascontiguousarray(kinks.normal[0]))
    ahead = (distance > BY_A_KINK) & (length > 0.0)
    room = (distance[ahead] / length[ahead]).min(initial=np.inf)
    return tuple(part * min(1.0, 0.5 * room / REACH[-1]) for part in REACH)


class Negative:
    """Minus a function: a way down on it is a way up on the function."""

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
    """Whether (n,) each of n points with zero eigenvalues escapes to infinity, and whether (n,) it lies on a plateau.

    A point escapes if, polished further, it moves on over ground no steeper than where it is; or, where rounding leaves
    nothing to polish, if the loss is level straight outward within its null space and not inward. A point on a plateau comes
    far down when polished further.
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
    straight = low & ~gone & (norms(outward) > 1.0) & (kinks_of(f, theta) is None)  # relu is exactly flat
    inward = np.array([np.abs(f.loss(theta - part * outward) - loss) for part in INWARD])
    straight &= (inward > 1e3 * rounding + GTOL).any(axis=0)
    for part in OUTWARD:
        there = theta + part * outward
        straight &= (f.loss(there) <= loss + rounding) & (norms(slope_at(f, there)[0]) <= slope + 1e-3 * GTOL)
    return gone | straight, low & far & (gained > ground)


def _goes_on(f: Function, theta: Array) -> NDArray[np.bool_]:
    """Whether (n,) Newton's step within the null space is still long: anywhere on an exponential tail ``e**-x`` it is 1 in
    x."""
    slope, held = slope_at(f, theta)
    values, vectors = curvature_at(f, theta, held)
    largest = np.abs(np.where(np.isfinite(values), values, 0.0)).max(axis=1, initial=0.0, keepdims=True)
    null = (np.abs(values) <= zero_eigenvalue(values)[:, np.newaxis]) & (np.abs(values) > 1e-16 * largest)
    along = np.einsum("nji,nj->ni", vectors, slope)
    return norms(np.where(null, along / np.where(null, values, 1.0), 0.0)) > GOES_ON


def falls(f: Function, theta: Array, loss: float, null: Array, norm: float, reaches: tuple[float, ...]) -> bool:
    """Whether a way down leaves the point theta (P,) within its null space, spanned by the columns of ``null`` (P, m).

    Directions v are tried at the distances ``reaches``. The other coordinates follow by Newton steps, so that the loss is
    that of the reduced function (Lyapunov-Schmidt reduction), whose first terms are of third and fourth order. Each
    direction is then turned downhill on its sphere.
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
