"""Kinks: where a function of a flat vector is continuous but its gradient jumps, as with relu.

At a kink k, a hyperplane with normal a_k, the gradient gains ``jump_k a_k`` from the side where ``distance_k`` is negative
to the other. On several of them at once the directional derivative is, with g the gradient on all their negative sides,

    f'(d) = g d + sum_k jump_k max(0, a_k d),

and a point is stationary, with no direction down, where f'(d) >= 0 for every d (Clarke 1990; Scholtes 2012, B-stationarity).
For convex kinks (jump > 0) that is so exactly if 0 is among the g + sum_k t_k jump_k a_k with 0 <= t_k <= 1, and the
shortest of these vectors, negated, is the steepest way down. A concave kink (jump < 0) adds min(0, jump_k a_k d), so each
of its two sides must pass.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._jit import inline, kernel

Array = NDArray[np.float64]

NEAR = 1e-12
"""Distance below which a point lies on a kink; ``put_on`` makes it a thousandth of that."""
FAINT = 1e-12
"""Jump of the gradient below which a kink is smooth: a hundredth of the gradient norm that counts as zero."""
MOST_SWEEPS = 100_000
"""Of coordinate descent over the kinks of one point: a dozen are enough, but where their normals are nearly dependent."""
SURE = 1e-9
"""A kink holds a point where both of its sides lead up, each by at least this part of the jump."""
MOST_CONCAVE = 10
"""Concave kinks at one point of which both sides are tried; of more, the first ten."""


class Kinks(NamedTuple):
    """Of n points on a function with K kinks: signed distance (n, K), 0 on the kink, in the kink's own scale; its gradient
    by the parameters (n, K, P); and what the gradient gains from the negative to the positive side, along it (n, K)."""

    distance: Array
    normal: Array
    jump: Array


class Held(NamedTuple):
    """What kinks make of n points.

    slope : (n, P), the shortest one-sided slope
    gradient : (n, P), on the negative side of all convex kinks and on that side of the concave ones which slopes most
    inward : (n, P), a short way off the kinks, to the sides on which the slope leads down or nowhere
    rank : (n,), how many directions are held: a step along them leads up
    basis : (n, K, P), orthonormal, of these directions, in the first rows
    """

    slope: Array
    gradient: Array
    inward: Array
    rank: NDArray[np.int64]
    basis: Array


def on_kink(kinks: Kinks) -> NDArray[np.bool_]:
    """Which kinks (n, K) each point lies on; one that no parameter moves, as of a unit without bias at input 0, is none."""
    near: NDArray[np.bool_] = (np.abs(kinks.distance) <= NEAR) & (kinks.normal != 0.0).any(axis=2)
    return near


def put_on(theta: Array, kinks: Kinks) -> None:
    """Move points (n, P) that are all but on a kink onto it."""
    _put_on(theta, kinks.distance, kinks.normal)


@kernel
def _put_on(theta: Array, distance: Array, normal: Array) -> None:
    n = theta.shape[0]
    left = np.empty(distance.shape[1])
    for row in range(n):
        left[:] = distance[row]
        for _ in range(MOST_SWEEPS):
            farthest = 0.0
            for k in range(left.size):
                squares = (normal[row, k] * normal[row, k]).sum()
                if abs(distance[row, k]) > NEAR or left[k] == 0.0 or squares == 0.0:
                    continue
                farthest = max(farthest, abs(left[k]))
                back = left[k] / squares
                theta[row] -= back * normal[row, k]
                for m in range(left.size):
                    left[m] -= back * (normal[row, m] * normal[row, k]).sum()
                left[k] = 0.0
            if farthest <= 1e-3 * NEAR:
                break


def hold(gradient: Array, kinks: Kinks) -> Held:
    """The slope at n points with gradient (n, P), and the kinks that hold them there."""
    n, size = gradient.shape
    room = min(kinks.distance.shape[1], size)
    held = Held(gradient.copy(), gradient.copy(), np.zeros((n, size)), np.zeros(n, np.int64), np.zeros((n, room, size)))
    _hold(kinks.distance, kinks.normal, kinks.jump, *held)
    return held


def off_side(kinks: Kinks, held: Held) -> tuple[Held, NDArray[np.bool_]]:
    """The same with ``inward`` to the negative side of every kink that a point lies on and is not held by; and whether there
    is one (n,). The curvature is that of this side only, and does not tell whether such a point is a minimum."""
    inward, free = np.zeros_like(held.inward), np.zeros(len(held.inward), np.bool_)
    _off_side(on_kink(kinks), kinks.normal, held.rank, held.basis, inward, free)
    return held._replace(inward=inward), free


@kernel
def _off_side(
    near: NDArray[np.bool_],
    normal: Array,
    rank: NDArray[np.int64],
    basis: Array,
    inward: Array,
    free: NDArray[np.bool_],
) -> None:
    n, most = near.shape
    side = np.empty(most)
    for row in range(n):
        side[:] = 0.0
        for k in range(most):
            if near[row, k]:
                a = normal[row, k]
                rest = a.copy()
                for m in range(rank[row]):
                    rest -= (rest * basis[row, m]).sum() * basis[row, m]
                if (rest * rest).sum() > 1e-16 * (a * a).sum():
                    side[k] = -1.0
                    free[row] = True
        if free[row]:
            _toward(inward[row], side, normal[row], basis[row, : rank[row]])


@inline
def _toward(direction: Array, side: Array, normal: Array, held: Array) -> None:
    """Add to ``direction`` (P,) until it leads to the given side of each kink, 1, -1 or 0 for any, by a distance of 1, and
    stays on those that hold; where that cannot be, until the sweeps are spent (Kaczmarz)."""
    for _ in range(MOST_SWEEPS):
        worst = 0.0
        for k in range(side.size):
            if side[k] == 0.0:
                continue
            away = side[k] - (direction * normal[k]).sum()
            if away * side[k] > 1e-3:
                direction += away / (normal[k] * normal[k]).sum() * normal[k]
                worst = max(worst, abs(away))
        for m in range(held.shape[0]):
            direction -= (direction * held[m]).sum() * held[m]
        if worst == 0.0:
            return


@inline
def _shortest(slope: Array, active: NDArray[np.int64], normal: Array, jump: Array, share: Array) -> None:
    """Make ``slope`` (P,) the shortest of slope + sum_m share_m jump_k a_k with k = active[m] and 0 <= share <= 1, by
    coordinate descent: a few numbers, four at most for each unit on two inputs, and no matrix that could be singular."""
    for m in range(active.size):
        share[m] = 0.0
    for _ in range(MOST_SWEEPS):
        largest = 0.0
        for m in range(active.size):
            k = active[m]
            along, squares = 0.0, 0.0
            for i in range(slope.size):
                along += slope[i] * normal[k, i]
                squares += normal[k, i] * normal[k, i]
            if squares == 0.0:
                continue
            wanted = min(max(share[m] - along / (jump[k] * squares), 0.0), 1.0)
            change = (wanted - share[m]) * jump[k]
            share[m] = wanted
            largest = max(largest, abs(change))
            for i in range(slope.size):
                slope[i] += change * normal[k, i]
        if largest <= 1e-3 * FAINT:
            return


@inline
def _extend(basis: Array, count: int, normal: Array) -> int:
    """Add the direction of ``normal`` to an orthonormal basis of ``count`` rows; returns the new count."""
    row = basis[count]
    before = 0.0
    for i in range(normal.size):
        row[i] = normal[i]
        before += normal[i] * normal[i]
    for _ in range(2):  # twice is enough (Giraud, Langou & Rozloznik 2005)
        for m in range(count):
            along = 0.0
            for i in range(normal.size):
                along += row[i] * basis[m, i]
            for i in range(normal.size):
                row[i] -= along * basis[m, i]
    after = 0.0
    for i in range(normal.size):
        after += row[i] * row[i]
    if not after > 1e-16 * before:  # it depends on those before
        return count
    for i in range(normal.size):
        row[i] /= np.sqrt(after)
    return count + 1


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
    share, best_share, side = np.empty(most), np.empty(most), np.empty(most)
    base, trial, best = np.empty(size), np.empty(size), np.empty(size)
    for row in range(n):
        rising, bent, best_sides = 0, 0, 0
        base[:] = gradient[row]
        for k in range(most):
            if abs(distance[row, k]) <= NEAR and abs(jump[row, k]) > FAINT and (normal[row, k] != 0.0).any():
                if distance[row, k] > 0.0:
                    base -= jump[row, k] * normal[row, k]
                if jump[row, k] > 0.0:
                    convex[rising] = k
                    rising += 1
                else:
                    concave[bent] = k
                    bent += 1
        if rising + bent == 0:
            continue
        active, tried = convex[:rising], min(bent, MOST_CONCAVE)
        longest = -1.0
        for sides in range(1 << tried):
            trial[:] = base
            for m in range(tried):
                if sides >> m & 1:
                    trial += jump[row, concave[m]] * normal[row, concave[m]]
            gradient_there = trial.copy()
            _shortest(trial, active, normal[row], jump[row], share)
            squares = (trial * trial).sum()
            if squares > longest:
                longest, best_sides = squares, sides
                best[:] = trial
                best_share[:] = share
                gradient[row] = gradient_there
        side[:] = 0.0
        for m in range(bent):
            side[concave[m]] = 1.0 if best_sides >> m & 1 else -1.0
        held = 0
        for m in range(rising):
            if SURE < best_share[m] < 1.0 - SURE and held < basis.shape[1]:
                held = _extend(basis[row], held, normal[row, active[m]])
            else:
                side[active[m]] = 1.0 if best_share[m] > 0.5 else -1.0
        for m in range(held):
            best -= (best * basis[row, m]).sum() * basis[row, m]
        _toward(inward[row], side, normal[row], basis[row, :held])
        slope[row] = best
        rank[row] = held
