"""Searches for stationary points of a surface from many starts; ``catalogue`` sorts their ends into classes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.critical.catalogue import Points, sort_out
from landscape.critical.descent import DEEP, lowest
from landscape.critical.trust_region import GTOL, follow
from landscape.function import FUNCTION, Function, function_fits, function_with
from landscape.machine import fits_in_memory, processors
from landscape.progress import followed
from landscape.protocol import Protocol
from landscape.surface import Surface
from landscape.training.initial_weights import draw_starts
from landscape.training.train import Result
from landscape.validation import integer, of_class, real, real_array

Array = NDArray[np.float64]

WIDTHS = (1.0, 3.0, 9.0)
"""Scales of the random starts without a protocol, by turns: starts of a single width reach only a part of a surface."""
MOST_BATCHES = 100
"""With ``until``, the search gives up after so many batches of starts."""


def find_minima(
    surface: Function,
    starts: int | ArrayLike | Result = 1000,
    seed: int = 0,
    protocol: Protocol | None = None,
    until: float | None = None,
    gtol: float = GTOL,
    threads: int | None = None,
) -> Points:
    """Follow a second-order descent from many starts and sort its ends into classes of minima.

    Parameters
    ----------
    surface : Surface, or any object with ``n_parameters``, ``loss``, ``gradient``, ``hessian`` (see ``function.Function``)
    starts : int, array_like (n, P), or Result
        A number of random starts, drawn as ``protocol`` draws the starts of its runs; points of your own; or the ends of the
        runs of a training, without the runs that diverged.
    seed : int, 0 or more
        Of the random starts.
    protocol : Protocol, optional
        Only its initializer is used; shares, coverage and chao1 speak of searches from its starts. Default: the starts of
        ``Protocol()`` by turns as wide, three times and nine times as wide.
    until : float between 0 and 1, optional
        Go on, batch by batch of ``starts`` starts, until the classes found cover this share of hits by Turing's estimate;
        at most a hundred batches.
    gtol : float above 0
        Gradient norm at which a point is stationary.
    threads : int, 1 or more, default all processors
        Results are the same whatever the number of threads.

    Returns
    -------
    Points
        Classes of points modulo the symmetries of the surface, the lowest first.

    Raises
    ------
    ValueError, TypeError
        for starts of the wrong shape or not finite, a Result of another surface, ``until`` without a number of starts.

    Examples
    --------
    >>> import landscape as ls
    >>> points = ls.find_minima(ls.Surface("xor", hidden=2, l2=1e-4), starts=30)
    >>> points.table.loc[0, "function"], points.table["loss"].round(4).tolist()[:3]
    ('xor', [0.0253, 0.0255, 0.0284])
    """
    return _search(surface, starts, seed, protocol, until, gtol, threads, lambda f, theta, n: lowest(f, theta, gtol, n))


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
    """Search for stationary points of every Hessian index up to a limit, and sort them into classes.

    From each start go a descent, a search by eigenvector following for each index from 1, and one by Newton's method, which
    takes what is near. Hits and shares count all these searches; searches that end at a higher index or nowhere have no
    class.

    Parameters
    ----------
    surface : Surface, or any object with ``n_parameters``, ``loss``, ``gradient``, ``hessian`` (see ``function.Function``)
    starts : int, array_like (n, P), or Result, as for ``find_minima``
    seed : int, 0 or more
        Of the random starts.
    max_index : int, 0 to P, default any index
        Highest Hessian index that is searched and kept.
    protocol : Protocol, optional, as for ``find_minima``
    until : float between 0 and 1, optional, as for ``find_minima``
    gtol : float above 0
        Gradient norm at which a point is stationary.
    threads : int, 1 or more, default all processors
        Results are the same whatever the number of threads.

    Returns
    -------
    Points

    Raises
    ------
    ValueError, TypeError
        as ``find_minima``, and for an index out of range.

    Examples
    --------
    >>> import landscape as ls
    >>> points = ls.find_stationary_points(ls.Surface("xor", hidden=1, l2=1e-3), starts=10, max_index=1)
    >>> points.table["index"].value_counts().to_dict()
    {0: 5, 1: 2}
    """
    function_with(surface, *FUNCTION)
    size = surface.n_parameters
    highest = size if max_index is None else integer("max_index", max_index, 0, size)

    def search(f: Function, theta: Array, n: int) -> Array:
        ends = [lowest(f, theta, gtol, n)]
        for index in followed((-1, *range(1, highest + 1)), highest + 1, "indices"):
            ends.append(follow(f, theta, np.full(len(theta), index), min(gtol, DEEP), n).theta)
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
    function_with(f, *FUNCTION)
    gtol = real("gtol", gtol, above=0.0)
    threads = processors() if threads is None else integer("threads", threads, 1)
    seed = integer("seed", seed, 0, 2**63 - 1)
    of_class("protocol", protocol, Protocol, type(None))
    drawn = isinstance(starts, (int, np.integer)) and not isinstance(starts, bool)
    if not drawn:
        if until is not None:
            raise ValueError("until asks for more starts, but starts are given one by one; give a number of starts instead")
        given = given_points(f, starts)
        function_fits(f, given, *FUNCTION)
        return sort_out(f, search(f, given, threads), gtol, threads, max_index)
    if not isinstance(f, Surface):
        raise TypeError(f"starts={starts} can be drawn for a Surface only; give the points to start from, (n, P)")
    count = integer("starts", starts, 1)
    fits_in_memory(f"starts={count}", 8.0 * count * (4 * f.n_parameters + f.n_parameters**2), "ask for fewer, or use until=")
    share = 0.0 if until is None else real("until", until, above=0.0, below=1.0)
    ends = np.empty((0, f.n_parameters))
    batches = 1 if until is None else MOST_BATCHES
    for batch in followed(range(batches), batches, "batches, at most"):
        ends = np.concatenate([ends, search(f, _drawn(f, protocol, count, seed, batch * count), threads)])
        points = sort_out(f, ends, gtol, threads, max_index)
        if points.coverage >= share:
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


def _drawn(f: Surface, protocol: Protocol | None, count: int, seed: int, first: int) -> Array:
    """Random starts ``first`` to ``first + count - 1``, (count, P), of the protocol or of ``WIDTHS`` by turns."""
    if protocol is not None:
        return draw_starts(f, protocol, count, seed, first)
    each = np.stack([draw_starts(f, Protocol(init_scale=width), count, seed, first) for width in WIDTHS])
    return each[np.arange(first, first + count) % len(WIDTHS), np.arange(count)]
