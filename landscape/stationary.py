"""Stationary points of a surface: searched from many starts, sorted into classes, named.

Two ends of searches are one point in two stages: their losses differ by less than a window, and then their places, modulo
the symmetries of the surface, by less than a distance. Points of one flat valley are one class where a path joins them on
which the loss stays at their level. Ends on their way to infinity are one class where their outputs agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from landscape import statistics
from landscape._checks import integer, real, real_array
from landscape.chunks import processors
from landscape.classification import Classification, classify_all
from landscape.gates import computed, unit_gates
from landscape.kinks import Kinks
from landscape.protocol import Protocol
from landscape.second_order import FAR, GTOL, Function, curvature_at, follow, kinks_of, minimise, norms, slope_at
from landscape.starts import draw_starts
from landscape.surface import Surface
from landscape.symmetry import symmetries
from landscape.training import Result

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

WINDOW = 1e-9
"""Losses of one class differ by less: at the gradient tolerance a loss is right to 1e-14."""
APART = 1e-3
"""Points of one class are closer: ten times the distance within which a stationary point is known."""
AT_INFINITY = 1e-3
"""Outputs of ends of one class that escape differ by less; their losses are as near to each other."""
PULL = 1e-7
"""Weight of the squared distance from the origin that makes a search slide along a flat valley to its nearest point. It
raises the loss there by less than the window."""
STRIDE, REFINEMENTS = 0.1, 12
"""A path between two points of a valley is known at points no farther apart than this part of their size, after at most so
many halvings of its pieces."""
NEIGHBOURS, MOST_FAILED = 8, 300
"""Nearest points of other valleys to which a path is tried, and failures at one level after which no more are."""
ACROSS, STIFF = 8, 0.01
"""Newton steps across a valley, along eigenvectors whose eigenvalue is more than this part of the largest."""
MOST_BATCHES = 100
"""A search for a share of hits gives up after so many batches of its starts."""


@dataclass(frozen=True, eq=False)
class Points:
    """Classes of stationary points, and the searches that found them.

    Attributes
    ----------
    table : DataFrame, one row a class, the lowest first: point (its number), kind, loss, grad_norm, index, nullity,
        smallest_eigenvalue, kink, orbit_size, hits, share of all searches with its 95 % interval low and high; and on a
        surface patterns_right, function (what the network computes), units (what each hidden unit does) and outputs, pattern
        by pattern
    theta : (classes, P), a member of each class, canonical
    eigenvalues : (classes, P), of the Hessian there
    ends : (searches, P), where every search ended
    member : (searches,), the class of each end; -1 for one that is not stationary
    coverage : Turing's estimate of the share of hits, past and to come, that the classes listed receive
    chao1 : Chao's estimate of how many classes there are at least
    tolerances : gtol; zero_eigenvalue (the largest used); loss_window and distance, the two stages of telling points apart;
        at_infinity, the same for those that escape
    """

    table: pd.DataFrame
    theta: Array
    eigenvalues: Array
    ends: Array
    member: Numbers
    coverage: float
    chao1: float
    tolerances: dict[str, float]

    @property
    def searches(self) -> int:
        return len(self.member)


def find_minima(
    surface: Function,
    starts: int | ArrayLike | Result = 1000,
    seed: int = 0,
    protocol: Protocol | None = None,
    until: float | None = None,
    gtol: float = GTOL,
    threads: int | None = None,
) -> Points:
    """Where a second-order descent ends that sets out from many starts.

    Parameters
    ----------
    surface : Surface, or any object with ``n_parameters``, ``loss``, ``gradient`` and ``hessian`` (see ``second_order``)
    starts : int, array_like (n, P), or Result
        So many random starts, drawn as ``protocol`` draws those of its runs; points of your own; or the ends of the runs of
        a training, those that diverged left out.
    seed : of the random starts
    protocol : Protocol, default ``Protocol()``; only its initializer is used. Shares are shares of its starts.
    until : float between 0 and 1, optional
        Go on, batch by batch of ``starts`` starts, until the classes found cover this share of hits by Turing's estimate;
        at most a hundred batches.
    gtol : gradient norm at which a point is stationary
    threads : default all processors; results are the same whatever their number

    Raises
    ------
    ValueError, TypeError
        for starts of the wrong shape or not finite, a Result of another surface, ``until`` without a number of starts.
    """
    return _search(
        surface, starts, seed, protocol, until, gtol, threads, lambda f, theta, n: minimise(f, theta, gtol, n).theta
    )


def find_stationary_points(
    surface: Function,
    starts: int | ArrayLike | Result = 1000,
    seed: int = 0,
    max_index: int | None = None,
    protocol: Protocol | None = None,
    until: float | None = None,
    gtol: float = GTOL,
    threads: int | None = None,
) -> Points:
    """Stationary points of index 0 to ``max_index`` (default: any): from each start a descent, a search by eigenvector
    following for each index from 1, and one by Newton's method, which takes what is near. Hits and shares count all these
    searches; those that end at a higher index or nowhere have no class. Everything else as for ``find_minima``."""
    size = surface.n_parameters
    highest = size if max_index is None else integer("max_index", max_index, 0, size)

    def search(f: Function, theta: Array, n: int) -> Array:
        ends = [minimise(f, theta, gtol, n).theta]
        for index in (-1, *range(1, highest + 1)):
            ends.append(follow(f, theta, np.full(len(theta), index), gtol, n).theta)
        return np.concatenate(ends)

    return _search(surface, starts, seed, protocol, until, gtol, threads, search, highest)


def _search(
    f: Function,
    starts: Any,
    seed: int,
    protocol: Protocol | None,
    until: float | None,
    gtol: float,
    threads: int | None,
    search: Callable[[Function, Array, int], Array],
    max_index: int | None = None,
) -> Points:
    gtol = real("gtol", gtol, above=0.0)
    threads = processors() if threads is None else integer("threads", threads, 1)
    drawn = isinstance(starts, (int, np.integer)) and not isinstance(starts, bool)
    if not drawn:
        if until is not None:
            raise ValueError("until asks for more starts, but starts are given one by one; give a number of starts instead")
        return sort_out(f, search(f, given_points(f, starts), threads), gtol, threads, max_index)
    if not isinstance(f, Surface):
        raise TypeError(f"starts={starts} can be drawn for a Surface only; give the points to start from, (n, P)")
    count = integer("starts", starts, 1)
    share = 0.0 if until is None else real("until", until, above=0.0, below=1.0)
    protocol = Protocol() if protocol is None else protocol
    ends = np.empty((0, f.n_parameters))
    for batch in range(MOST_BATCHES):
        ends = np.concatenate([ends, search(f, draw_starts(f, protocol, count, seed, batch * count), threads)])
        points = sort_out(f, ends, gtol, threads, max_index)
        if until is None or points.coverage >= share:
            break
    return points


def given_points(f: Function, starts: Any) -> Array:
    """Points (n, P) to start from: the ends of a training, or an array."""
    if isinstance(starts, Result):
        if starts.surface != f:
            raise ValueError("the runs are those of another surface; give the surface that they were trained on")
        ended: Array = starts.theta[(starts.runs["outcome"] != "diverged").to_numpy()]
        return ended
    theta = np.atleast_2d(np.array(real_array("starts", starts), order="C"))
    if theta.ndim != 2 or theta.shape[1] != f.n_parameters:
        raise ValueError(f"starts of shape {np.shape(starts)} do not fit; give a number, or shape (n, {f.n_parameters})")
    if not np.isfinite(theta).all():
        raise ValueError("starts are not finite; give finite points only")
    return theta


def sort_out(f: Function, ends: Array, gtol: float = GTOL, threads: int = 1, max_index: int | None = None) -> Points:
    """The classes of ends (n, P) of searches."""
    found = classify_all(f, ends, gtol, threads, examine=False)
    label = np.full(len(ends), -1)
    kept = found.kind != "not_stationary"
    if max_index is not None:
        kept &= found.index <= max_index
    group = symmetries(f) if isinstance(f, Surface) else None
    canonical = np.array(ends)
    rows = np.flatnonzero(kept)
    canonical[rows] = group.canonicalize(ends[rows]) if group else ends[rows]
    classes = 0
    for members in _by_family(found, kept):
        kind = found.kind[members[0]]
        if kind == "escaping":
            gone = norms(ends[members]) >= FAR
            loss, outputs = found.loss[members].copy(), _outputs(f, canonical[members])
            loss[gone], outputs[gone] = -np.finfo(np.float64).max, 0.0
            own = _alike(loss, outputs, AT_INFINITY, AT_INFINITY)
        elif (found.nullity[members] > 0).any():
            own = _valleys(f, canonical[members], found.loss[members], found.index[members], gtol, threads)
        else:
            own = _alike(found.loss[members], canonical[members], WINDOW, APART)
            own = _merged(f, canonical[members], found.loss[members], own)
        label[members] = classes + own
        classes += own.max() + 1
    return _tabulated(f, ends, canonical, label, gtol, threads)


def _by_family(found: Classification, kept: NDArray[np.bool_]) -> list[Numbers]:
    """Ends that can be of one class at all: those that escape, and for each index those in valleys and those alone. The end
    of a valley may have no zero eigenvalue, so whatever is at the level of a degenerate point is taken to be in a valley."""
    escaping, flat = found.kind == "escaping", found.nullity > 0
    levels = np.unique(np.round(found.loss[kept & flat & ~escaping] / WINDOW))
    level = np.round(np.where(kept & ~escaping, found.loss, np.inf) / WINDOW)
    flat |= np.isin(level, (levels[:, np.newaxis] + [-1.0, 0.0, 1.0]).ravel())
    family = np.where(escaping, -1, 2 * found.index + flat)
    return [np.flatnonzero(kept & (family == number)) for number in np.unique(family[kept])]


def _alike(loss: Array, place: Array, window: float, distance: float) -> Numbers:
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


def _first_of_each(label: Numbers) -> Numbers:
    first: Numbers = np.unique(label, return_index=True)[1]
    return first


def _merged(f: Function, canonical: Array, loss: Array, label: Numbers) -> Numbers:
    """Groups that are one modulo the symmetries after all: where two images score nearly alike, rounding decided which of
    them is the canonical one."""
    if not isinstance(f, Surface):
        return label
    first = _first_of_each(label)
    group, pairs = symmetries(f), []
    for a in range(len(first)):
        for b in range(a):
            one, other = canonical[first[a]], canonical[first[b]]
            if abs(loss[first[a]] - loss[first[b]]) <= WINDOW and np.linalg.norm(group.aligned(one, other) - other) <= APART:
                pairs.append((a, b))
    groups: Numbers = _linked(len(first), pairs)[label]
    return groups


def _outputs(f: Function, theta: Array) -> Array:
    """What tells ends at infinity apart (n, m): the outputs, the same for every member of an orbit."""
    return f.forward(theta).reshape(len(theta), -1) if isinstance(f, Surface) else np.zeros((len(theta), 1))


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


def _polish(f: Function, theta: Array, index: Numbers, gtol: float, threads: int) -> Array:
    """Stationary points near theta: of index 0 by descent, of others by Newton's method."""
    ends, low = np.empty_like(theta), index == 0
    ends[low] = minimise(f, theta[low], gtol, threads).theta
    ends[~low] = follow(f, theta[~low], np.full((~low).sum(), -1), gtol, threads).theta
    return ends


def _valleys(f: Function, canonical: Array, loss: Array, index: Numbers, gtol: float, threads: int) -> Numbers:
    """Groups of degenerate points. Each slides along its valley toward the point nearest the origin, where most that belong
    together meet; those that are still apart are joined where a path leads from one to the other at their level."""
    order = np.argsort(loss, kind="stable")
    label = np.empty(len(loss), np.int64)
    groups = 0
    for members in np.split(order, np.flatnonzero(np.diff(loss[order]) > WINDOW) + 1):
        level = loss[members[0]]
        slid = _polish(_Pulled(f, level), canonical[members], index[members], gtol, threads)
        kept = np.abs(f.loss(slid) - level) <= 2.0 * WINDOW
        slid[~kept] = canonical[members][~kept]
        slid = symmetries(f).canonicalize(slid) if isinstance(f, Surface) else slid
        own = _alike(np.zeros(len(members)), slid, WINDOW, APART)
        first = _first_of_each(own)
        pairs: list[tuple[int, int]] = []
        linked, failed = np.arange(len(first)), 0
        for a in range(1, len(first)):
            tried = 0
            for b in np.argsort(norms(slid[first[:a]] - slid[first[a]])):
                if linked[a] != linked[b] and tried < NEIGHBOURS and failed < MOST_FAILED:
                    tried += 1
                    direct = slid[first[a]], slid[first[b]]
                    closest = _nearest(canonical[members], own == a, own == b)
                    ways = [(one, other) for pair in (direct, closest) for one, other in (pair, pair[::-1])]
                    if any(_joined(f, one, other, level, index[members[0]], gtol) for one, other in ways):
                        pairs.append((a, int(b)))
                        linked = _linked(len(first), pairs)
                    else:
                        failed += 1
        valley = linked
        label[members] = groups + valley[own]
        groups += valley.max() + 1
    return label


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
        middle = _polish(f, middle, np.full(len(long), index), gtol, 1)
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


def _tabulated(f: Function, ends: Array, canonical: Array, label: Numbers, gtol: float, threads: int) -> Points:
    rows = np.flatnonzero(label >= 0)
    first = rows[_first_of_each(label[rows])]
    theta = canonical[first]
    slope = norms(slope_at(f, theta)[0])
    blunt = (slope > gtol) & (slope < np.inf) & (norms(theta) < FAR)  # scaling makes the gradient of a unit longer
    theta[blunt] = _polish(f, theta[blunt], classify_all(f, theta[blunt], gtol, examine=False).index, gtol, threads)
    found = classify_all(f, theta, gtol, threads)
    hits = np.bincount(label[rows], minlength=len(first))
    order = np.lexsort([-hits, found.index, np.round(found.loss, 9)])
    rank = np.empty(len(first), np.int64)
    rank[order] = np.arange(len(first))
    low, high = statistics.wilson_interval(hits, np.full(len(hits), max(len(ends), 1)))
    finite = np.where(np.isfinite(found.eigenvalues), found.eigenvalues, np.inf)
    columns = {
        "kind": pd.Categorical(found.kind),
        "loss": found.loss,
        "grad_norm": found.grad_norm,
        "index": found.index,
        "nullity": found.nullity,
        "smallest_eigenvalue": finite[:, 0],
        "kink": found.kink,
        "orbit_size": symmetries(f).orbit_size(theta) if isinstance(f, Surface) else np.ones(len(first), np.int64),
        "hits": hits,
        "share": hits / max(len(ends), 1),
        "low": low,
        "high": high,
    }
    if isinstance(f, Surface):
        columns["function"], right = computed(f, theta)
        columns["patterns_right"], columns["units"] = right, unit_gates(f, theta)
        columns["outputs"] = [
            " ".join(f"{o:.3f}" for o in row) for row in f.forward(theta).reshape(len(theta), f.table.targets.size)
        ]
    table = pd.DataFrame(columns).iloc[order].reset_index(drop=True)
    table.insert(0, "point", np.arange(len(table)))
    member = np.full(len(ends), -1)
    member[rows] = rank[label[rows]]
    return Points(
        table,
        theta[order],
        found.eigenvalues[order],
        ends,
        member,
        statistics.coverage(hits),
        statistics.chao1(hits),
        {
            "gtol": gtol,
            "zero_eigenvalue": float(found.zero.max(initial=0.0)),
            "loss_window": WINDOW,
            "distance": APART,
            "at_infinity": AT_INFINITY,
        },
    )
