"""Descents that go on until they have arrived: past plateaus, and to the floor of valleys with hardly any curvature."""

import numpy as np
from numpy.typing import NDArray

from landscape.critical.subproblems import norms
from landscape.critical.trust_region import FAR, GTOL, curvature_at, minimise, slope_at
from landscape.critical.ways_on import GOES_ON, GROWTH, newton_along_level
from landscape.function import Function

Array = NDArray[np.float64]

DEEP = 1e-12
"""Gradient norm to which descents go, whatever tolerance is asked for: there Newton's step in float64 tells a tail from a
minimum in nearly every case, and a class is the same for every tolerance above."""
ARRIVED = 0.1
"""Part to which Newton's step has shrunk where a descent has arrived at a minimum; on an exponential tail it stays."""
MOST_PLATEAUS, STEPS_ON = 3, 50
"""Plateaus from which a search goes on, and steps that are tried to leave one: down a tail 7 lead to a thousandth of
``DEEP``, where the loss has not fallen to 0 rounding makes of it hundreds."""


def lowest(f: Function, starts: Array, gtol: float = GTOL, threads: int = 1) -> Array:
    """Where descents end (n, P) that set out from ``starts`` (n, P): at a gradient norm of ``DEEP`` or less, so that the end
    is the same for every tolerance above. Where Newton's step is long there, the descent goes on: what was a plateau and no
    tail falls from it, and what was beside a minimum with hardly any curvature arrives, with a step that has all but gone;
    with a penalty of 1e-11, ends of one minimum at a gradient norm of 1e-12 are 0.1 apart."""
    deep = min(gtol, DEEP)
    ends = minimise(f, starts, deep, threads).theta
    rows = np.arange(len(ends))
    for _ in range(MOST_PLATEAUS):
        rows = rows[np.isfinite(ends[rows]).all(axis=1) & (norms(ends[rows]) < FAR)]
        norm, step = _newton(f, ends[rows])
        length = norms(step)
        on = (norm <= gtol) & (length > GOES_ON)
        rows, norm, step, length = rows[on], norm[on], step[on], length[on]
        further = minimise(f, ends[rows], 1e-3 * DEEP, threads, STEPS_ON).theta
        moved, loss = norms(further - ends[rows]), f.loss(ends[rows])
        for there in (ends[rows] + step, further):  # the former where rounding holds a descent
            slope, left = _newton(f, there)
            arrived = (norms(there - ends[rows]) <= 2.0 * length) & (norms(left) <= ARRIVED * length) & (slope <= norm)
            ends[rows[arrived]] = there[arrived]
        fell = (moved > GROWTH) & (loss - f.loss(further) > 2.0 * norm * moved + 1e-15 * np.abs(loss))
        rows = rows[fell]
        if len(rows) == 0:
            break
        ends[rows] = minimise(f, further[fell], deep, threads).theta
    return ends


def _newton(f: Function, theta: Array) -> tuple[Array, Array]:
    """Slope (n,) at points (n, P), and Newton's step (n, P) along the directions that are all but level."""
    slope, held = slope_at(f, theta)
    return norms(slope), newton_along_level(slope, *curvature_at(f, theta, held))
