"""Classes: which ends of searches are one and the same point.

Two stages: their losses differ by less than a window, and then their places, modulo the symmetries of the surface, by less
than a distance. Points of one flat valley are one class where a path joins them on which the loss stays at their level.
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
from landscape.surface import Surface

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

WINDOW = 1e-9
"""Losses of one class differ by less: at the gradient tolerance a loss is right to 1e-14."""
APART = 1e-3
"""Points of one class are closer: ten times the distance within which a stationary point is known."""
AT_INFINITY, LEVEL = 1e-3, 1e-6
"""Outputs of ends of one class that escape differ by less, and their losses: where the gradient norm is 1e-12, an
exponential tail is that far above its level, and one that falls with the square of the distance 1e-8."""
PULL = 1e-7
"""Weight of the squared distance from the origin that makes a search slide along a flat valley to its nearest point. It
raises the loss there by less than the window."""
STRIDE, REFINEMENTS = 0.1, 12
"""A path between two points of a valley is known at points no farther apart than this part of their size, after at most so
many halvings of its pieces."""
MOST_FAILED = 300
"""Pairs of groups of one level between which no path was found, after which no more are tried."""
ACROSS, STIFF = 8, 0.01
"""Newton steps across a valley, along eigenvectors whose eigenvalue is more than this part of the largest."""


def alike(loss: Array, place: Array, window: float, distance: float) -> Numbers:
    """Numbers (n,) of groups: sorted by loss, cut where it rises by more than the window, then linked where nearer than the
    distance. Ends are first put on a grid, so that a thousand hits of one point are one."""
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
    """Numbers (n,) of the connected groups."""
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    groups: Numbers = connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


def first_of_each(label: Numbers) -> Numbers:
    """Index of the first member of each group, by the group's number."""
    first: Numbers = np.unique(label, return_index=True)[1]
    return first


def merged(f: Function, canonical: Array, loss: Array, label: Numbers) -> Numbers:
    """Groups that are one modulo the symmetries after all: where two images score nearly alike, rounding decided which of
    them is the canonical one."""
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
    """A function with a weak pull toward the origin, and a floor at one level: a search slides within a valley there, and
    does not leave it where it opens downward."""

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
    """Stationary points near theta: of index 0 by descent, of others by Newton's method."""
    ends, low = np.empty_like(theta), index == 0
    ends[low] = minimise(f, theta[low], gtol, threads).theta
    ends[~low] = follow(f, theta[~low], np.full((~low).sum(), -1), gtol, threads).theta
    return ends


def outputs_of(f: Function, theta: Array) -> Array:
    """What tells ends at infinity apart (n, m): the outputs, the same for every member of an orbit."""
    return symmetries(f).outputs(theta) if isinstance(f, Surface) else np.zeros((len(theta), 1))


def valleys(
    f: Function, canonical: Array, loss: Array, index: Numbers, gtol: float, threads: int
) -> tuple[Numbers, NDArray[np.bool_]]:
    """Groups of degenerate points, and for each point whether its group was told apart from every other at its level.

    Each point slides along its valley toward the place nearest the origin, where most that belong together meet; groups that
    are still apart are joined where a path leads from one to the other at their level. Every pair of groups is tried, first
    those with the same outputs, the nearest first, until so many have failed that the rest is left untried.
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
        for a, b in _by_nearness(slid[first], outputs):
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
    """Pairs of groups: those whose outputs agree before the others, and the nearest first."""
    a, b = np.triu_indices(len(place), 1)
    differ = np.abs(outputs[a] - outputs[b]).max(axis=1, initial=0.0) > APART
    return list(zip(*np.array([a, b])[:, np.lexsort([norms(place[a] - place[b]), differ])].tolist(), strict=True))


def _nearest(theta: Array, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The two points (P,), one of each group, that are nearest to each other."""
    distance, place = cKDTree(theta[other]).query(theta[one])
    return theta[one][distance.argmin()], theta[other][place[distance.argmin()]]


def _joined(f: Function, one: Array, other: Array, level: float, index: int, gtol: float) -> bool:
    """Whether a path leads from one point (P,) to an image of another on which the loss is theirs. It begins as the straight
    line; the middle of every piece that is still long is polished, and must be at the level and nearer to both ends."""
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
    """Points (n, P) beside a valley, moved onto it by Newton steps across it, downhill for index 0: along the eigenvectors
    whose eigenvalues are large, so that they do not wander along the valley."""
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
