"""Stationary points of a surface: searched from many starts, sorted into classes, named.

Ends that are one and the same point are one class (see ``classes``); ends on their way to infinity are one where their
outputs agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from landscape import statistics
from landscape._checks import integer, of_class, real, real_array, shaped
from landscape.chunks import processors
from landscape.classes import APART, AT_INFINITY, WINDOW, alike, first_of_each, merged, polish, valleys
from landscape.classification import Classification, classify_all
from landscape.gates import computed, unit_gates
from landscape.protocol import Protocol
from landscape.second_order import FAR, GTOL, Function, follow, minimise, slope_at
from landscape.starts import draw_starts
from landscape.steps import norms
from landscape.surface import Surface
from landscape.symmetry import symmetries
from landscape.training import Result

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

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

    def __post_init__(self) -> None:
        of_class("table", self.table, pd.DataFrame)
        of_class("tolerances", self.tolerances, dict)
        classes, size = shaped("theta", self.theta, (len(self.table), None)).shape
        shaped("eigenvalues", self.eigenvalues, (classes, size))
        searches = len(shaped("ends", self.ends, (None, size)))
        shaped("member", self.member, (searches,), whole=True)
        for name in ("coverage", "chao1"):
            shaped(name, getattr(self, name), ())

    @property
    def searches(self) -> int:
        """How many searches there were: the number that shares are shares of."""
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
            own = alike(loss, outputs, AT_INFINITY, AT_INFINITY)
        elif (found.nullity[members] > 0).any():
            own = valleys(f, canonical[members], found.loss[members], found.index[members], gtol, threads)
        else:
            own = alike(found.loss[members], canonical[members], WINDOW, APART)
            own = merged(f, canonical[members], found.loss[members], own)
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


def _outputs(f: Function, theta: Array) -> Array:
    """What tells ends at infinity apart (n, m): the outputs, the same for every member of an orbit."""
    return f.forward(theta).reshape(len(theta), -1) if isinstance(f, Surface) else np.zeros((len(theta), 1))


def _tabulated(f: Function, ends: Array, canonical: Array, label: Numbers, gtol: float, threads: int) -> Points:
    rows = np.flatnonzero(label >= 0)
    first = rows[first_of_each(label[rows])]
    theta = canonical[first]
    slope = norms(slope_at(f, theta)[0])
    blunt = (slope > gtol) & (slope < np.inf) & (norms(theta) < FAR)  # scaling makes the gradient of a unit longer
    theta[blunt] = polish(f, theta[blunt], classify_all(f, theta[blunt], gtol, examine=False).index, gtol, threads)
    found = classify_all(f, theta, gtol, threads)
    hits = np.bincount(label[rows], minlength=len(first))
    order = np.lexsort([-hits, found.index, np.round(found.loss, 9)])
    rank = np.empty(len(first), np.int64)
    rank[order] = np.arange(len(first))
    low, high = statistics.wilson_interval(hits, np.full(len(hits), max(len(ends), 1)))
    columns = {
        "kind": pd.Categorical(found.kind),
        "loss": found.loss,
        "grad_norm": found.grad_norm,
        "index": found.index,
        "nullity": found.nullity,
        "smallest_eigenvalue": found.eigenvalues[:, 0],
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
