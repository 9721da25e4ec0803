"""A way down from where two patterns share one output: sigmoid networks with two hidden units on XOR.

Let p (target 1) and q (target 0) share an output, r (target 0) and s (target 1) be right. Both units are on at p and q; one
is off at s, the other at r. What p and q differ by is of the order of e^-z, with z the sum of a unit there, and has the
wrong sign: close by, the loss falls only outward. The way down leads along the level instead:

1. the sums at p grow until what p and q differ by is nothing;
2. the second unit turns until it is off at r and s alike, the first telling them apart; all the while the outputs of r and s
   come nearer to their targets, which is why the loss falls;
3. the second unit goes off at q, whose output falls;
4. its weight out grows, and the output of p rises.

Everywhere, the three weights into the output solve three linear equations: the outputs wanted at r, s and p.
"""

import numpy as np
from numpy.typing import NDArray

import landscape as ls

Array = NDArray[np.float64]

SATURATED, SHARP = 30.0, 5.0
"""Sums at which e^-z is nothing beside what the loss gains, and at which a unit is off or on."""
PIECES = 24
"""Straight pieces for each turn of a unit; where the hidden units move, the weights into the output bend."""


def descending_path(surface: ls.Surface, theta: Array, error: float = 1e-6) -> Array | None:
    """Points (n, 9) from theta to a loss below ``error``, the loss falling strictly along each straight piece (see
    ``falls_along``); None where this construction does not give one."""
    inputs, targets = surface.table.inputs, surface.table.targets[:, 0]
    extended = np.column_stack([inputs, np.ones(4)])
    outputs = surface.forward(theta)[:, 0]
    logits = np.log(outputs) - np.log1p(-outputs)
    high, low = np.flatnonzero(targets == targets.max()), np.flatnonzero(targets == targets.min())
    p, q = min(((p, q) for p in high for q in low), key=lambda pair: np.abs(logits[list(pair)]).sum())
    (r,), (s,) = low[low != q], high[high != p]
    known = [r, s, p]
    sums = surface.unit_sums(theta)
    side = np.where(sums[p] + sums[q] > 0.0, 1.0, -1.0)
    start = (sums * side)[known].T  # of each unit at r, s, p; on at p and q
    second = int(np.argmax(start[:, 1] - start[:, 0]))
    first = 1 - second

    def point(unit_sums: Array, wanted: Array) -> Array:
        """Units with these sums (2, 3), and weights into the output that give the wanted logits, at r, s and p."""
        into = np.linalg.solve(extended[known], (unit_sums * side[:, np.newaxis]).T).T
        values = surface.activate(extended @ into.T)[0][known]
        out = np.linalg.solve(np.column_stack([values, np.ones(3)]), wanted)
        return np.concatenate([into[:, :2].ravel(), into[:, 2], out])

    far, alone = start.copy(), np.empty((2, 3))
    far[:, 2] = SATURATED
    alone[first], alone[second] = (SHARP, -SHARP, SATURATED + 2 * SHARP), (-SHARP, -SHARP, SATURATED)
    apart = alone.copy()
    apart[second, 1] -= 1.2 * SATURATED
    wanted = [np.array([-m, m, last]) for m, last in ((5.5, 0.0), (6.5, 0.0), (7.0, 0.0), (8.0, 8.0))]
    path = [theta, point(far, wanted[0])]
    legs = [(far, alone, 0), (alone, apart, 1), (apart, apart, 2)]
    for here, there, k in legs:
        for part in np.linspace(0.0, 1.0, PIECES + 1)[1:]:
            path.append(point(here + part * (there - here), wanted[k] + part * (wanted[k + 1] - wanted[k])))
    found = np.array(path)
    return found if falls_along(surface, found) and surface.loss(found[-1]) < error else None


def falls_along(surface: ls.Surface, path: Array, checks: int = 50, rounding: float = 1e-15) -> bool:
    """Whether the loss falls by more than its rounding between any two of so many points on every piece of a path."""
    part = (np.arange(checks) / checks)[:, np.newaxis]
    between = path[:-1, np.newaxis] + part * np.diff(path, axis=0)[:, np.newaxis]
    points = np.concatenate([between.reshape(-1, path.shape[1]), path[-1:]])
    return bool((np.diff(surface.loss(points)) < -rounding).all())
