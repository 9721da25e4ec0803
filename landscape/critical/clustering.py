"""Clustering: which ends of searches are the same point.

Single linkage in two stages: ends of one class have losses that differ by less than a window and then places that, modulo
the symmetries of the surface, differ by less than a distance. Points of one flat valley form one class if a path joins them
along which the loss stays at their level.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from landscape.critical.subproblems import norms
from landscape.critical.symmetry import symmetries
from landscape.critical.trust_region import curvature_at, follow, minimise, slope_at
from landscape.function import Function, Kinks, kinks_of
from landscape.progress import followed
from landscape.surface import Surface

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

WINDOW = 1e-9
"""Consecutive losses of one class differ by less than this; at the gradient tolerance a loss is right to 1e-14."""
APART = 1e-3
"""Neighbouring points of one class are closer than this: ten times the distance within which a stationary point is known."""
AT_INFINITY, LEVEL = 1e-3, 1e-6
"""Outputs, and losses, of neighbouring escaping ends of one class differ by less than this. At a gradient norm of 1e-12 the
loss on an exponential tail is 1e-12 above its level; on a tail that falls with the square of the distance it is 1e-8
above."""
PULL = 1e-7
"""Weight of the squared distance from the origin, a penalty that makes a search slide along a flat valley to the point
nearest the origin. It raises the loss there by less than the window."""
STRIDE, REFINEMENTS = 0.1, 12
"""A path between two points of a valley is checked at points no farther apart than the first number times their size; its
pieces are halved at most so many times."""
MOST_FAILED = 300
"""After so many pairs of groups of one level without a path between them, the other pairs are left untried."""
ACROSS, STIFF = 8, 0.01
"""Number of Newton steps across a valley, and the part of the largest eigenvalue above which an eigenvector leads across."""


def alike(loss: Array, place: Array, window: float, distance: float) -> Numbers:
    """Numbers (n,) of groups. Points (n, m) are sorted by loss and split where it rises by more than the window; within each
    part single linkage joins those nearer than the distance. Points are first rounded to a grid of a tenth of the distance,
    so that a thousand hits of one point cost as much as one."""
    order = np.argsort(loss, kind="stable")
    level = np.empty(len(loss), np.int64)
    level[order] = np.concatenate([[0], np.cumsum(np.diff(loss[order]) > window)])
    cells, cell = np.unique(
        np.column_stack([level, np.round(place / (0.1 * distance)).astype(np.int64)]), axis=0, return_inverse=True
    )
    near = cKDTree(np.column_stack([cells[:, :1] * 1e3, cells[:, 1:] * 0.1])).query_pairs(1.0, output_type="ndarray")
    groups: Numbers = _linked(len(cells), near)[cell.ravel()]
    return groups


def _linked(n: int, pairs: Any) -> Numbers:
    """Numbers (n,) of the connected components of a graph of n nodes and these edges (m, 2)."""
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    groups: Numbers = connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


def first_of_each(label: Numbers) -> Numbers:
    """Index of the first member of each group, by the group's number."""
    first: Numbers = np.unique(label, return_index=True)[1]
    return first


def merged(f: Function, canonical: Array, loss: Array, label: Numbers) -> Numbers:
    """Numbers (n,) of groups, with groups merged that are one orbit although their canonical points differ: where two images
    score nearly alike, rounding decides which of them is the canonical one."""
    if not isinstance(f, Surface):
        return label
    first = first_of_each(label)
    group, pairs = symmetries(f), []
    for a in range(len(first)):
        for b in range(a):
            one, other = canonical[first[a]], canonical[first[b]]
            if abs(loss[first[a]] - loss[first[b]]) <= WINDOW and np.linalg.norm(group.aligned(one, other) - other) <= APART:
                pairs.append((a, b))
    groups: Numbers = _linked(len(first), pairs)[label]
    return groups


class _Pulled:
    """A function with a weak pull toward the origin, infinite below one level: a search slides within a valley at this level
    and cannot leave it where it opens downward."""

    def __init__(self, f: Function, level: float) -> None:
        self.n_parameters, self._f, self._floor = f.n_parameters, f, level - WINDOW

    def loss(self, theta: Array) -> Array:
        loss = self._f.loss(theta)
        return np.where(loss < self._floor, np.inf, loss + PULL * norms(theta) ** 2)

    def gradient(self, theta: Array) -> Array:
        return self._f.gradient(theta) + 2.0 * PULL * theta

    def hessian(self, theta: Array) -> Array:
        return self._f.hessian(theta) + 2.0 * PULL * np.eye(self.n_parameters)

    def kinks(self, theta: Array) -> Kinks | None:
        return kinks_of(self._f, theta)


def polish(f: Function, theta: Array, index: Numbers, gtol: float, threads: int) -> Array:
    """Stationary points (n, P) near points theta (n, P): by descent for index 0, by Newton's method for others."""
    ends, low = np.empty_like(theta), index == 0
    ends[low] = minimise(f, theta[low], gtol, threads).theta
    ends[~low] = follow(f, theta[~low], np.full((~low).sum(), -1), gtol, threads).theta
    return ends


def outputs_of(f: Function, theta: Array) -> Array:
    """Outputs (n, m), the same for every member of an orbit, by which ends at infinity are told apart; 0 without a
    Surface."""
    return symmetries(f).outputs(theta) if isinstance(f, Surface) else np.zeros((len(theta), 1))


def valleys(
    f: Function, canonical: Array, loss: Array, index: Numbers, gtol: float, threads: int
) -> tuple[Numbers, NDArray[np.bool_]]:
    """Sort degenerate points (n, P) into groups (n,), one for each flat valley. Returned with it is whether (n,) the group
    of each point was told apart from every other at its level.

    Each point slides along its valley to the place nearest the origin, where most points of one valley meet. Two groups that
    are still apart are joined if a path at their level leads from one to the other. Pairs with equal outputs are tried
    first, and among these the nearest first, until ``MOST_FAILED`` of them have failed.
    """
    order = np.argsort(loss, kind="stable")
    label, apart = np.empty(len(loss), np.int64), np.ones(len(loss), np.bool_)
    groups = 0
    for members in np.split(order, np.flatnonzero(np.diff(loss[order]) > WINDOW) + 1):
        members = np.sort(members)
        level = loss[members].min()
        slid = polish(_Pulled(f, level), canonical[members], index[members], gtol, threads)
        kept = np.abs(f.loss(slid) - level) <= 2.0 * WINDOW
        slid[~kept] = canonical[members][~kept]
        slid = symmetries(f).canonicalize(slid) if isinstance(f, Surface) else slid
        own = alike(np.zeros(len(members)), slid, WINDOW, APART)
        first = first_of_each(own)
        outputs = outputs_of(f, canonical[members[first]])
        linked, failed = np.arange(len(first)), 0
        pairs: list[tuple[int, int]] = []
        tried = _by_nearness(slid[first], outputs)
        for a, b in followed(tried, len(tried), "pairs of points"):
            if linked[a] == linked[b]:
                continue
            if failed >= MOST_FAILED:
                apart[members[np.isin(linked[own], [linked[a], linked[b]])]] = False
                continue
            direct = slid[first[a]], slid[first[b]]
            plain = canonical[members[first[a]]], canonical[members[first[b]]]
            closest = _nearest(canonical[members], own == a, own == b)
            ways = [(one, other) for pair in (closest, plain, direct) for one, other in (pair, pair[::-1])]
            if any(_joined(f, one, other, level, index[members[0]], gtol) for one, other in ways):
                pairs.append((a, b))
                linked = _linked(len(first), pairs)
            else:
                failed += 1
        label[members] = groups + linked[own]
        groups += linked.max() + 1
    return label, apart


def _by_nearness(place: Array, outputs: Array) -> list[tuple[int, int]]:
    """All pairs of groups, those with equal outputs before the others, and the nearest first."""
    a, b = np.triu_indices(len(place), 1)
    differ = np.abs(outputs[a] - outputs[b]).max(axis=1, initial=0.0) > APART
    return list(zip(*np.array([a, b])[:, np.lexsort([norms(place[a] - place[b]), differ])].tolist(), strict=True))


def _nearest(theta: Array, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The two points (P,), one of each group, that are nearest to each other."""
    distance, place = cKDTree(theta[other]).query(theta[one])
    return theta[one][distance.argmin()], theta[other][place[distance.argmin()]]


def _joined(f: Function, one: Array, other: Array, level: float, index: int, gtol: float) -> bool:
    """Whether a path at their level leads from one point (P,) to another, or to a symmetric image of it. The path begins as
    the straight line. The middle of every piece that is still long is polished, and must then lie at the level, nearer to
    both ends of the piece than they are to each other."""
    one = symmetries(f).aligned(one, other) if isinstance(f, Surface) else one
    path = np.stack([one, other])
    short = STRIDE * (1.0 + np.linalg.norm(other))
    for _ in range(REFINEMENTS):
        length = norms(np.diff(path, axis=0))
        long = np.flatnonzero(length > short)
        if len(long) == 0:
            return True
        middle = _across(f, 0.5 * (path[long] + path[long + 1]), index)
        middle = polish(f, middle, np.full(len(long), index), gtol, 1)
        nearer = np.maximum(norms(middle - path[long]), norms(middle - path[long + 1])) <= 0.9 * length[long]
        if not (nearer & (np.abs(f.loss(middle) - level) <= 2.0 * WINDOW)).all():
            return False
        path = np.insert(path, long + 1, middle, axis=0)
    return False


def _across(f: Function, theta: Array, index: int) -> Array:
    """Points (n, P) beside a valley, moved onto it by Newton steps, downhill for index 0. Steps go along eigenvectors with
    large eigenvalues only, so that points do not wander along the valley."""
    theta = theta.copy()
    for _ in range(ACROSS):
        slope, held = slope_at(f, theta)
        eigenvalues, eigenvectors = curvature_at(f, theta, held)
        largest = np.abs(np.where(np.isfinite(eigenvalues), eigenvalues, 0.0)).max(axis=1, keepdims=True)
        stiff = np.abs(eigenvalues) > STIFF * largest
        eigenvalues = np.abs(eigenvalues) if index == 0 else eigenvalues
        along = np.where(stiff, np.einsum("nji,nj->ni", eigenvectors, slope) / np.where(stiff, eigenvalues, 1.0), 0.0)
        theta -= np.einsum("nij,nj->ni", eigenvectors, along)
    return theta
