"""The catalogue: ends of searches sorted into classes, and each class named.

Ends that are the same point modulo symmetries form one class (see ``clustering``). Ends that escape to infinity form one
class if their levels and their outputs agree. One member represents its class and is classified; where float64 does not
decide, it is followed in seventy digits (see ``high_precision``).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landscape import statistics
from landscape.critical.boolean import computed, unit_gates
from landscape.critical.classify import KINDS, Classification, classify_all, judge
from landscape.critical.clustering import (
    APART,
    AT_INFINITY,
    LEVEL,
    WINDOW,
    alike,
    first_of_each,
    merged,
    outputs_of,
    polish,
    valleys,
)
from landscape.critical.descent import DEEP, MOST_PLATEAUS, lowest
from landscape.critical.high_precision import Look, look
from landscape.critical.kink_planes import on_kink
from landscape.critical.subproblems import norms
from landscape.critical.symmetry import symmetries
from landscape.critical.trust_region import FAR, GTOL, slope_at
from landscape.function import Function, kinks_of
from landscape.summary import Summary, counted, interval, summarized, tally
from landscape.surface import Surface
from landscape.validation import known, of_class, real, shaped

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

READ = ("kind", "loss", "index")
"""Columns of a catalogue that pictures and plateaus read."""
MOST_LOOKS = 5
"""Members of a class that are examined until the kind of one is known."""


@summarized
@dataclass(frozen=True, eq=False)
class Points:
    """Classes of stationary points, and the searches that found them.

    Attributes
    ----------
    table : DataFrame
        One row a class, the lowest first: point (its number), kind, loss, grad_norm, index, nullity, smallest_eigenvalue,
        kink, told_apart, orbit_size, hits, share of all searches with its 95 % interval low and high; and on a surface
        patterns_right, function (what the network computes), units (what each hidden unit does) and outputs, pattern by
        pattern. told_apart is False where paths to other classes of the same level were left untried: these may be one.
    theta : ndarray (classes, P)
        A member of each class, canonical.
    eigenvalues : ndarray (classes, P)
        Of the Hessian at each member.
    ends : ndarray (searches, P)
        Where every search ended.
    member : ndarray (searches,)
        The class of each end; -1 for one that is not stationary.
    coverage : float
        Turing's estimate of the share of hits, past and to come, that the classes listed receive: of searches like these,
        from starts drawn like these. Of classes that such starts do not reach it says nothing.
    chao1 : float
        Chao's estimate of how many classes such searches reach at least. Coverage and chao1 count classes that were not told
        apart as one.
    tolerances : dict of str to float
        gtol; zero_eigenvalue (the largest used); loss_window and distance, the two stages of telling points apart; level and
        at_infinity, these two stages for points that escape.

    Examples
    --------
    >>> import landscape as ls
    >>> points = ls.find_minima(ls.Surface("xor", hidden=1, l2=1e-3), starts=20)
    >>> points.searches, points.theta.shape, points.table["kind"].unique().tolist()
    (20, (5, 5), ['strict_minimum'])
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
        for name in READ:
            known("column", name, self.table.columns)
        for kind in self.table["kind"].unique():
            known("kind", kind, KINDS)
        for name in READ[1:]:
            shaped(name, self.table[name].to_numpy(), (None,))
        of_class("tolerances", self.tolerances, dict)
        if "zero_eigenvalue" not in self.tolerances:
            raise ValueError("tolerances lack zero_eigenvalue; give those of the search")
        for name, tolerance in self.tolerances.items():
            real(f"tolerance {name}", tolerance, least=0.0)
        classes, size = shaped("theta", self.theta, (len(self.table), None)).shape
        shaped("eigenvalues", self.eigenvalues, (classes, size))
        searches = len(shaped("ends", self.ends, (None, size)))
        shaped("member", self.member, (searches,), whole=True)
        for name in ("coverage", "chao1"):
            shaped(name, getattr(self, name), ())

    def _summary(self) -> Summary:
        first = f"Points: {counted(len(self.table), 'class', 'classes')} from {counted(self.searches, 'search', 'searches')}"
        if len(self.table):
            lowest = self.table.iloc[0]
            share = interval(lowest["low"], lowest["high"])
            first += (
                f": {tally(self.table['kind'])}; lowest loss {lowest['loss']:.4g}, where {lowest['hits']:,} end {share}; "
                f"coverage {self.coverage:.2f} by Turing's estimate"
            )
        seen = ["point", "kind", "loss", "index", "nullity", "orbit_size", "hits", "share", "low", "high", "function"]
        return Summary(
            first, ("table", "theta", "eigenvalues", "ends", "member", "coverage", "chao1"), lambda: self.table.filter(seen)
        )

    @property
    def searches(self) -> int:
        """Number of searches, of which shares are shares."""
        return len(self.member)


def sort_out(f: Function, ends: Array, gtol: float = GTOL, threads: int = 1, max_index: int | None = None) -> Points:
    """Sort the ends (n, P) of searches into classes. A search whose end turns out to lie on a plateau goes on. The order of
    the ends makes no difference: they are taken in an order of their own."""
    order = np.lexsort(ends.T)
    found = _sorted_out(f, ends[order], gtol, threads, max_index)
    back = np.argsort(order)
    return replace(found, ends=found.ends[back], member=found.member[back])


def _sorted_out(f: Function, ends: Array, gtol: float, threads: int, max_index: int | None) -> Points:
    for _ in range(MOST_PLATEAUS):
        canonical, label, apart = _grouped(f, ends, gtol, threads, max_index)
        chosen = _chosen(f, canonical, label, gtol, threads)
        falling = [number for number, seen in chosen.looks.items() if seen.found == "falls" and chosen.dropped[number]]
        if not falling:
            break
        ends = ends.copy()
        for row in np.concatenate([np.flatnonzero(label == number)[:MOST_LOOKS] for number in falling]):
            assert isinstance(f, Surface)  # there are looks on surfaces only
            seen = look(f, canonical[row])
            if seen.found == "falls":
                ends[row] = lowest(f, seen.theta[np.newaxis], gtol)[0]
    return _tabulated(f, ends, chosen, chosen.one_at_infinity(f, label), apart, gtol)


def _grouped(f: Function, ends: Array, gtol: float, threads: int, max_index: int | None) -> tuple[Array, Numbers, Flags]:
    """Sort ends (n, P) into groups of equal points.

    Returns the canonical points (n, P), the number (n,) of the group of each (-1 for an end that is not stationary), and
    whether (n,) that group was told apart from every other."""
    found = classify_all(f, ends, gtol, threads, examine=False)
    label, apart = np.full(len(ends), -1), np.ones(len(ends), np.bool_)
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
            loss, outputs = found.loss[members].copy(), outputs_of(f, canonical[members])
            loss[gone], outputs[gone] = -np.finfo(np.float64).max, 0.0
            own = alike(loss, outputs, LEVEL, AT_INFINITY)
        elif (found.nullity[members] > 0).any():
            own, apart[members] = valleys(f, canonical[members], found.loss[members], found.index[members], gtol, threads)
        else:
            own = alike(found.loss[members], canonical[members], WINDOW, APART)
            own = merged(f, canonical[members], found.loss[members], own)
        label[members] = classes + own
        classes += own.max() + 1
    return canonical, label, apart


class _Chosen(NamedTuple):
    """The representatives of g groups.

    theta : (g, P), the representative of each group
    found : the classification of the representatives
    looks : by number of the group, what the look in seventy digits found, where there was one
    dropped : (g,), whether the group is left out because no member examined is stationary
    """

    theta: Array
    found: Classification
    looks: dict[int, Look]
    dropped: Flags

    def one_at_infinity(self, f: Function, label: Numbers) -> Numbers:
        """Numbers (n,) of the group of each end, with groups of the same end at infinity merged: groups whose looks ended at
        the same level with the same outputs. Members of dropped groups have the number -1."""
        tails = [row for row in np.flatnonzero(self.found.kind == "escaping").tolist() if row in self.looks]
        number = np.arange(len(self.theta))
        if tails:
            theta = np.array([self.looks[tail].theta for tail in tails])
            loss = np.array([self.looks[tail].loss for tail in tails])
            one = alike(loss, outputs_of(f, theta), LEVEL, AT_INFINITY)
            number[tails] = np.array(tails)[first_of_each(one)[one]]
        number[self.dropped] = -1
        return np.append(number, -1)[label]  # the last number serves the label -1


def _chosen(f: Function, canonical: Array, label: Numbers, gtol: float, threads: int) -> _Chosen:
    """Choose and classify a representative of each group. The first choice is the member on the fewest kinks and farthest
    from the others or, on a smooth function, nearest to the origin. Where it lies on a plateau or stays unresolved, the next
    member is tried, up to ``MOST_LOOKS`` of them."""
    count = int(label.max(initial=-1)) + 1
    if count == 0:
        return _Chosen(canonical[:0], classify_all(f, canonical[:0], gtol), {}, np.zeros(0, np.bool_))
    order = np.lexsort([np.arange(len(label)), *_worse(f, canonical), label])
    members = np.split(order[label[order] >= 0], np.cumsum(np.bincount(label[label >= 0]))[:-1])
    theta = canonical[[rows[0] for rows in members]]
    found: Classification | None = None
    looks: dict[int, Look] = {}
    left = np.arange(count)
    for attempt in range(MOST_LOOKS):
        left = np.array([number for number in left if len(members[number]) > attempt], np.int64)
        if len(left) == 0:
            break
        tried = canonical[[members[number][attempt] for number in left]]
        slope = norms(slope_at(f, tried)[0])
        blunt = (slope > gtol) & (slope < np.inf) & (norms(tried) < FAR)  # balancing a unit may lengthen its gradient
        index = classify_all(f, tried[blunt], gtol, examine=False).index
        tried[blunt] = polish(f, tried[blunt], index, min(gtol, DEEP), threads)
        now, seen = judge(f, tried, gtol, threads)
        told = ~np.isin(now.kind, ["not_stationary", "unresolved"])
        take = told if attempt else np.ones(len(left), np.bool_)
        theta[left[take]] = tried[take]
        found = now if found is None else found.put(left[take], now, take)
        looks |= {int(left[row]): what for row, what in seen.items() if take[row]}
        left = left[~told]
    assert found is not None
    return _Chosen(theta, found, looks, found.kind == "not_stationary")


def _worse(f: Function, theta: Array) -> tuple[Array, ...]:
    """Sort keys (n,) of points as representatives of their group, the best point first and the last key most important:
    minus the distance from the nearest kink on which a point does not lie, and the number of those on which it does; on a
    smooth function the norm. A valley may run along a kink and end where a unit is dead, on more kinks, from where another
    way leads down."""
    kinks = kinks_of(f, theta)
    if kinks is None:
        return (norms(theta),)
    length, on = norms(kinks.normal.reshape(-1, theta.shape[1])).reshape(kinks.distance.shape), on_kink(kinks)
    beside = (length > 0.0) & ~on
    room = np.where(beside, np.abs(kinks.distance) / np.where(beside, length, 1.0), np.inf).min(axis=1)
    return -room, on.sum(axis=1)


def _by_family(found: Classification, kept: Flags) -> list[Numbers]:
    """Split the ends that are ``kept`` into families, across which no two ends are equal: the escaping ones and, for each
    index, degenerate and isolated points. A point at the end of a flat valley may have no zero eigenvalue, so every point at
    the level of a degenerate one is counted among the degenerate ones."""
    escaping, flat = found.kind == "escaping", found.nullity > 0
    levels = np.unique(np.round(found.loss[kept & flat & ~escaping] / WINDOW))
    level = np.round(np.where(kept & ~escaping, found.loss, np.inf) / WINDOW)
    flat |= np.isin(level, (levels[:, np.newaxis] + [-1.0, 0.0, 1.0]).ravel())
    family = np.where(escaping, -1, 2 * found.index + flat)
    return [np.flatnonzero(kept & (family == number)) for number in np.unique(family[kept])]


def _levels(loss: Array) -> Numbers:
    """Ranks (n,) of losses; losses that differ by rounding only share a rank."""
    order = np.argsort(loss, kind="stable")
    ascending = loss[order]
    rises = np.diff(ascending, prepend=ascending[:1]) > 1e-12 * np.abs(ascending) + 1e-15
    ranks = np.empty(len(loss), np.int64)
    ranks[order] = np.cumsum(rises)
    return ranks


def _tabulated(f: Function, ends: Array, chosen: _Chosen, label: Numbers, apart: Flags, gtol: float) -> Points:
    rows = np.flatnonzero(label >= 0)
    numbers, place = np.unique(label[rows], return_inverse=True)
    theta = chosen.theta[numbers]
    found = Classification(*(field[numbers] for field in chosen.found))
    hits = np.bincount(place, minlength=len(numbers))
    order = np.lexsort([-hits, found.index, _levels(found.loss)])
    rank = np.empty(len(numbers), np.int64)
    rank[order] = np.arange(len(numbers))
    low, high = statistics.wilson_interval(hits, np.full(len(hits), max(len(ends), 1)))
    columns = {
        "point": rank,
        "kind": pd.Categorical(found.kind),
        "loss": found.loss,
        "grad_norm": found.grad_norm,
        "index": found.index,
        "nullity": found.nullity,
        "smallest_eigenvalue": found.eigenvalues[:, 0],
        "kink": found.kink,
        "told_apart": np.array([apart[label == number].all() for number in numbers], np.bool_),
        "orbit_size": symmetries(f).orbit_size(theta) if isinstance(f, Surface) else np.ones(len(numbers), np.int64),
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
    member = np.full(len(ends), -1)
    known = _told_apart(hits, found.loss, columns["told_apart"])
    member[rows] = rank[place]
    tolerances = {"gtol": gtol, "zero_eigenvalue": float(found.zero.max(initial=0.0))}
    tolerances |= {"loss_window": WINDOW, "level": LEVEL, "distance": APART, "at_infinity": AT_INFINITY}
    return Points(
        table,
        theta[order],
        found.eigenvalues[order],
        ends,
        member,
        statistics.coverage(known),
        statistics.chao1(known),
        tolerances,
    )


def _told_apart(hits: Numbers, loss: Array, apart: Flags) -> Numbers:
    """Hits of classes; classes of one level that were not told apart count as one."""
    order = np.flatnonzero(~apart)[np.argsort(loss[~apart], kind="stable")]
    levels = np.split(order, np.flatnonzero(np.diff(loss[order]) > WINDOW) + 1)
    return np.array([*hits[apart], *(hits[level].sum() for level in levels if len(level))], dtype=np.int64)
