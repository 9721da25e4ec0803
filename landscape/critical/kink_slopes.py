"""One-sided slopes at kinks, where a function of a flat vector is continuous but its gradient jumps, as with relu.

At a kink k, a hyperplane with normal a_k, the gradient gains ``jump_k a_k`` from the side where ``distance_k`` is negative
to the other. At a point on several kinks the directional derivative is, with g the gradient on all their negative sides,

    f'(d) = g d + sum_k jump_k max(0, a_k d),

and a point is stationary, with no direction down, if f'(d) >= 0 for every d (Clarke 1990; Scholtes 2012, B-stationarity).
For convex kinks (jump > 0) this holds exactly if 0 is among the vectors g + sum_k t_k jump_k a_k with 0 <= t_k <= 1 (the
shares t_k); the shortest of these vectors, negated, is the direction of steepest descent. A concave kink (jump < 0) adds
min(0, jump_k a_k d), so the condition must hold on each of its two sides.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._simd.jit import inline, kernel
from landscape.critical.bounded_least_squares import PARALLEL, extend, shortest
from landscape.critical.kink_planes import NEAR, on_kink, planes_of, summed_jumps
from landscape.function import Kinks

Array = NDArray[np.float64]

FAINT = 1e-12
"""Jump of the gradient below which a kink is smooth: a hundredth of the gradient norm that counts as zero."""
SURE = 1e-9
"""A kink holds a point if the loss rises on both of its sides, with a slope of at least this part of the jump."""
GIVE = 1e-2
"""A share at 0 or 1 is moved inside if a share this far inside gives the same slope."""
MUCH = 1e3
"""The loss rises on a side if the jump to it is at least so many times the slope that is left."""
MOST_CONCAVE = 10
"""Most concave kinks at one point of which both sides are tried; of more than ten the first ten."""
WIDE = 1e3
"""Longest step that leads off several kinks by a distance of 1 from each. If every such step is longer, the cone of their
sides is so flat that it counts as empty."""


class Held(NamedTuple):
    """One-sided slopes at n points, and the directions in which kinks hold the points.

    slope : (n, P), the steepest one-sided slope; 0 where no direction leads down
    gradient : (n, P), the gradient on the negative side of all convex kinks and on the steepest side of the concave ones;
        for kinks in one plane on the negative side of the first
    inward : (n, P), a short step off the kinks, to the sides on which the loss falls or stays level
    rank : (n,), number of held directions: a step along one of them leads up
    basis : (n, min(K, P), P), orthonormal basis of the held directions, in the first ``rank`` rows
    """

    slope: Array
    gradient: Array
    inward: Array
    rank: NDArray[np.int64]
    basis: Array


def hold(gradient: Array, kinks: Kinks) -> Held:
    """One-sided slopes at n points with gradient (n, P), and the directions in which kinks hold them."""
    n, size = gradient.shape
    room = min(kinks.distance.shape[1], size)
    held = Held(gradient.copy(), gradient.copy(), np.zeros((n, size)), np.zeros(n, np.int64), np.zeros((n, room, size)))
    first, opposite = planes_of(kinks)
    _one_side(kinks.distance, kinks.normal, kinks.jump, first, opposite, held.gradient)
    held.slope[:] = held.gradient
    _hold(kinks.distance, kinks.normal, summed_jumps(kinks, first), *held)
    return held


@kernel
def _one_side(
    distance: Array, normal: Array, jump: Array, first: NDArray[np.int64], opposite: NDArray[np.bool_], gradient: Array
) -> None:
    """Replace the gradient (n, P) by the one on the negative side of every plane of kinks that a point lies on."""
    n, most = distance.shape
    for row in range(n):
        for k in range(most):
            if abs(distance[row, first[row, k]]) <= NEAR and opposite[row, k] != (distance[row, k] > 0.0):
                gradient[row] += (jump[row, k] if opposite[row, k] else -jump[row, k]) * normal[row, k]


def off_side(kinks: Kinks, held: Held) -> tuple[Held, NDArray[np.bool_]]:
    """A copy of ``held`` with other steps ``inward``, and whether (n,) a point lies on a kink that does not hold it.

    The steps lead to the negative side of every such kink (for kinks in one plane, of the first), as far as these sides have
    points in common. The curvature there is that of one side only, and does not tell whether the point is a minimum. But
    where the loss rises on the negative side and stays level on the other, the step leads to the other side, where curvature
    decides."""
    inward, free = np.zeros_like(held.inward), np.zeros(len(held.inward), np.bool_)
    first, _ = planes_of(kinks)
    near = on_kink(kinks) & (first == np.arange(first.shape[1]))
    steep = summed_jumps(kinks, first) * np.sqrt((kinks.normal**2).sum(axis=2))
    flat = steep > MUCH * np.sqrt((held.slope**2).sum(axis=1, keepdims=True))
    over = np.einsum("nkp,np->nk", kinks.normal, held.inward) > 0.0
    side = np.where(near, np.where(flat & over & (steep > FAINT), 1.0, -1.0), 0.0)
    _off_side(side, kinks.normal, held.rank, held.basis, inward, free)
    return held._replace(inward=inward), free


@kernel
def _off_side(
    side: Array,
    normal: Array,
    rank: NDArray[np.int64],
    basis: Array,
    inward: Array,
    free: NDArray[np.bool_],
) -> None:
    for row in range(side.shape[0]):
        free[row] = _toward(inward[row], side[row], normal[row], basis[row, : rank[row]])


@inline
def _toward(direction: Array, side: Array, normal: Array, held: Array) -> bool:
    """Write to ``direction`` (P,) the shortest step that stays on the kinks that hold and leads to the given ``side`` of
    each other kink (1, -1, or 0 for any) by a distance of 1. Returns whether any kink that does not hold has a side given.

    Least distance programming (Lawson & Hanson 1974, chapter 23). Where the sides have no point in common, the side of the
    kink with the largest share, which conflicts most with the others, is given up."""
    size, asked = direction.size, 0
    place = np.empty(side.size, np.int64)
    columns = np.empty((side.size, size + 1))
    for k in range(side.size):
        if side[k] == 0.0:
            continue
        column = columns[asked]
        column[:size] = side[k] * normal[k]
        for _ in range(2):
            for m in range(held.shape[0]):
                column[:size] -= (column[:size] * held[m]).sum() * held[m]
        length = np.sqrt((column[:size] * column[:size]).sum())
        if length > PARALLEL * np.sqrt((normal[k] * normal[k]).sum()):
            column[:size] /= length
            column[size] = 1.0
            place[asked] = k
            asked += 1
    direction[:] = 0.0
    found = asked > 0
    left, share = np.empty(size + 1), np.empty(side.size)
    while asked:
        left[:] = 0.0
        left[size] = -1.0
        shortest(left, columns[:asked], np.inf, share[:asked])
        if left[size] * WIDE * WIDE < -1.0:
            direction[:] = left[:size] / -left[size]
            least = np.inf
            for m in range(asked):
                least = min(least, side[place[m]] * (direction * normal[place[m]]).sum())
            direction /= least
            break
        worst = share[:asked].argmax()
        asked -= 1
        columns[worst], place[worst] = columns[asked], place[asked]
    return found


@inline
def _centre(base: Array, slope: Array, columns: Array, share: Array) -> None:
    """Move shares (m,) off 0 and 1 where a share inside gives the same slope, base + sum_m share_m columns_m. With linearly
    dependent columns, bounded least squares leaves some shares at a bound without need."""
    most = share.size
    others, rest, moved = columns.copy(), np.empty(base.size), np.empty(most)
    for m in range(most):
        if SURE < share[m] < 1.0 - SURE:
            continue
        length = np.sqrt((columns[m] * columns[m]).sum())
        if abs((columns[m] * slope).sum()) > FAINT * length:
            continue
        inside = GIVE if share[m] <= SURE else 1.0 - GIVE
        rest[:] = base - slope + inside * columns[m]
        others[m] = 0.0
        shortest(rest, others, 1.0, moved)
        others[m] = columns[m]
        if np.sqrt((rest * rest).sum()) <= PARALLEL * GIVE * length:
            moved[m] = inside
            share[:] = 0.5 * (share + moved)


@kernel
def _hold(
    distance: Array,
    normal: Array,
    jump: Array,
    slope: Array,
    gradient: Array,
    inward: Array,
    rank: NDArray[np.int64],
    basis: Array,
) -> None:
    n, size = slope.shape
    most = distance.shape[1]
    convex, concave = np.empty(most, np.int64), np.empty(most, np.int64)
    columns = np.empty((most, size))
    share, best_share, side = np.empty(most), np.empty(most), np.empty(most)
    trial, best = np.empty(size), np.empty(size)
    for row in range(n):
        rising, bent, best_sides = 0, 0, 0
        for k in range(most):
            if abs(distance[row, k]) <= NEAR and abs(jump[row, k]) > FAINT and (normal[row, k] != 0.0).any():
                if jump[row, k] > 0.0:
                    columns[rising] = jump[row, k] * normal[row, k]
                    convex[rising] = k
                    rising += 1
                else:
                    concave[bent] = k
                    bent += 1
        if rising + bent == 0:
            continue
        tried, base = min(bent, MOST_CONCAVE), gradient[row].copy()
        longest = -1.0
        for sides in range(1 << tried):
            trial[:] = base
            for m in range(tried):
                if sides >> m & 1:
                    trial += jump[row, concave[m]] * normal[row, concave[m]]
            gradient_there = trial.copy()
            shortest(trial, columns[:rising], 1.0, share[:rising])
            squares = (trial * trial).sum()
            if squares > longest:
                longest, best_sides = squares, sides
                best[:] = trial
                best_share[:] = share
                gradient[row] = gradient_there
        _centre(gradient[row], best, columns[:rising], best_share[:rising])
        side[:] = 0.0
        for m in range(bent):
            side[concave[m]] = 1.0 if best_sides >> m & 1 else -1.0
        held = 0
        for m in range(rising):
            if SURE < best_share[m] < 1.0 - SURE:
                held = extend(basis[row], held, columns[m], PARALLEL) if held < basis.shape[1] else held
            else:
                side[convex[m]] = 1.0 if best_share[m] > 0.5 else -1.0
        for m in range(held):
            best -= (best * basis[row, m]).sum() * basis[row, m]
        _toward(inward[row], side, normal[row], basis[row, :held])
        slope[row] = best
        rank[row] = held
