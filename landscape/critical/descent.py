"""Descents that go on until they have arrived: past plateaus, and to the floor of valleys with hardly any curvature."""

import numpy as np
from numpy.typing import NDArray

from landscape.critical.subproblems import norms
from landscape.critical.trust_region import FAR, GTOL, curvature_at, minimise, slope_at
from landscape.critical.ways_on import GOES_ON, GROWTH, newton_along_level
from landscape.function import Function

Array = NDArray[np.float64]

DEEP = 1e-12
"""Gradient norm to which every descent goes, whatever tolerance is asked for. There the length of Newton's step in float64
tells a tail from a minimum in nearly every case, and classes are the same for every tolerance above."""
ARRIVED = 0.1
"""A descent has arrived at a minimum once it has gone Newton's step, give or take half of it, and Newton's step has shrunk
to this part; on an exponential tail it does not shrink."""
BARE = 1e-14
"""Part of the largest eigenvalue below which the curvature that Newton's step was divided by may be rounding. On tails of
relu such steps are 1e4 long and lead to other places, where the slope is rounding, too."""
MOST_PLATEAUS, STEPS_ON = 3, 50
"""How many plateaus a search leaves, and how many steps it takes to leave one. Down an exponential tail 7 steps lead to a
thousandth of ``DEEP``; where the level of the tail is above 0, rounding makes that hundreds."""


def lowest(f: Function, starts: Array, gtol: float = GTOL, threads: int = 1) -> Array:
    """Ends (n, P) of descents from ``starts`` (n, P), at a gradient norm of ``DEEP`` or less, so that the end
    is the same for every tolerance above.

    Where Newton's step is still long, the descent goes on. A point on a plateau then falls, whereas one on a tail does not;
    and a point beside a minimum with hardly any curvature arrives there, where Newton's step is short. (With a penalty of
    1e-11, ends of one minimum at a gradient norm of 1e-12 are 0.1 apart.)"""
    deep = min(gtol, DEEP)
    ends = minimise(f, starts, deep, threads).theta
    rows = np.arange(len(ends))
    for _ in range(MOST_PLATEAUS):
        rows = rows[np.isfinite(ends[rows]).all(axis=1) & (norms(ends[rows]) < FAR)]
        norm, step, largest = _newton(f, ends[rows])
        length = norms(step)
        on = (norm <= gtol) & (length > GOES_ON)
        rows, norm, step, length, largest = rows[on], norm[on], step[on], length[on], largest[on]
        further = minimise(f, ends[rows], 1e-3 * DEEP, threads, STEPS_ON).theta
        moved, loss = norms(further - ends[rows]), f.loss(ends[rows])
        curved = norm >= BARE * largest * length
        for there in (ends[rows] + step, further):  # the first where rounding stops a descent
            slope, left, _ = _newton(f, there)
            way = norms(there - ends[rows]) / length
            arrived = curved & (way >= 0.5) & (way <= 2.0) & (norms(left) <= ARRIVED * length)
            arrived &= (slope <= norm) & (f.loss(there) <= loss + 1e-15 * np.abs(loss))
            ends[rows[arrived]] = there[arrived]
        fell = (moved > GROWTH) & (loss - f.loss(further) > 2.0 * norm * moved + 1e-15 * np.abs(loss))
        rows = rows[fell]
        if len(rows) == 0:
            break
        ends[rows] = minimise(f, further[fell], deep, threads).theta
    return ends


def _newton(f: Function, theta: Array) -> tuple[Array, Array, Array]:
    """Norm (n,) of the slope at points (n, P), Newton's step (n, P) along the almost level directions, and the size (n,) of
    the largest eigenvalue."""
    slope, held = slope_at(f, theta)
    eigenvalues, eigenvectors = curvature_at(f, theta, held)
    largest = np.abs(np.where(np.isfinite(eigenvalues), eigenvalues, 0.0)).max(axis=1, initial=0.0)
    return norms(slope), newton_along_level(slope, eigenvalues, eigenvectors), largest
