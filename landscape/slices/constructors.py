"""Slices: the lines and planes on which a surface is looked at.

Functions are named after those of the library loss-landscapes; they take a Surface or any function as in
``function.Function``, and return a ``Slice``. ``steps`` is the number of grid points an axis, odd, so that the centre is one
of them; of a plane also a pair, for x and y.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.critical.symmetry import aligned
from landscape.function import Function, function_with, point_of, points_of
from landscape.slices.directions import eigen_directions, principal_directions, random_directions
from landscape.slices.slice import Slice, even, grid_points
from landscape.surface import Surface
from landscape.validation import flag, integer, real, unmasked

Array = NDArray[np.float64]


def linear_interpolation(
    surface: Function, a: ArrayLike, b: ArrayLike, steps: int = 101, margin: float = 0.0, align: bool = False
) -> Slice:
    """Make the line from a, at x = 0, to b, at x = 1.

    Parameters
    ----------
    surface : Surface, or any function as in ``function.Function``
    a, b : array_like (P,)
    steps : int, odd, 3 or more
        Grid points.
    margin : float, 0 or more
        Part of the distance from a to b by which the line goes on beyond both.
    align : bool
        First replace b by the member of its orbit under ``symmetries(surface)`` that is nearest to a; where that member is a
        itself, the line has no length, the loss of a all along it, and a barrier of 0.

    Returns
    -------
    Slice

    Raises
    ------
    ValueError, TypeError
        for points that are the same as given, of the wrong shape, not finite or without real numbers; for an even number of
        steps; for ``align`` without a Surface.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> line = ls.slices.linear_interpolation(ls.Surface("xor", hidden=2), np.zeros(9), np.ones(9), steps=5)
    >>> line.coordinates[0].tolist(), float(line.loss[0])
    ([0.0, 0.25, 0.5, 0.75, 1.0], 0.25)
    """
    start, end = point_of(surface, "a", a), point_of(surface, "b", b)
    margin = real("margin", margin, least=0.0)
    if (start == end).all():
        raise ValueError("a and b are the same point; give two points")
    end = aligned(surface, end, start) if flag("align", align) else end
    (count,) = _odd(steps, 1)
    axis = _through(-margin, 1.0 + margin, count, 0.0, 1.0)
    exact = np.array([[0.0], [1.0]]), np.array([start, end])
    directions, labels = (end - start)[np.newaxis], ("from a (0) to b (1)",)
    made = Slice(surface, "linear_interpolation", start, directions, (axis,), labels, exact=exact)
    return _with_laid(made, {"a": start, "b": end})


def random_line(
    surface: Function,
    theta: ArrayLike,
    distance: float = 1.0,
    steps: int = 101,
    seed: int = 0,
    normalization: str | None = None,
) -> Slice:
    """Make the line through a point in a random direction.

    Parameters
    ----------
    surface : Surface, or any function as in ``function.Function``
    theta : array_like (P,)
    distance : float above 0
        Reach on both sides, in lengths of the direction; without normalisation the direction has length 1.
    steps : int, odd, 3 or more
        Grid points.
    seed : int, 0 or more
        Of the direction.
    normalization : None, "filter", "layer" or "model"
        What the direction is scaled to, see ``slices.directions``.

    Returns
    -------
    Slice

    Raises
    ------
    ValueError, TypeError
        for a point of the wrong shape, not finite or without real numbers; numbers out of range; a normalisation that is not
        known, that only a Surface has, or that cannot scale to this point.

    References
    ----------
    Li, Xu, Taylor, Studer & Goldstein 2018, section 4 (filter normalisation).

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> line = ls.slices.random_line(ls.Surface("xor", hidden=2), np.ones(9), distance=2.0, steps=5)
    >>> line.coordinates[0].tolist(), round(float(np.linalg.norm(line.directions)), 9)
    ([-2.0, -1.0, 0.0, 1.0, 2.0], 1.0)
    """
    return _random("random_line", surface, theta, distance, _odd(steps, 1), seed, normalization)


def random_plane(
    surface: Function,
    theta: ArrayLike,
    distance: float = 1.0,
    steps: Any = 101,
    seed: int = 0,
    normalization: str | None = None,
) -> Slice:
    """Make the plane through a point in two random directions that are orthogonal to each other.

    Parameters
    ----------
    surface : Surface, or any function as in ``function.Function``
    theta : array_like (P,)
    distance : float above 0
        Reach on all sides, in lengths of the directions; without normalisation these have length 1.
    steps : int, or (x, y), odd, 3 or more
        Grid points an axis.
    seed : int, 0 or more
        Of the directions.
    normalization : None, "filter", "layer" or "model"
        What the directions are scaled to, see ``slices.directions``.

    Returns
    -------
    Slice

    Raises
    ------
    ValueError, TypeError
        as ``random_line``, and for two directions that are one line under this normalisation.

    References
    ----------
    Li, Xu, Taylor, Studer & Goldstein 2018, section 4 (filter normalisation).

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> plane = ls.slices.random_plane(ls.Surface("xor", hidden=2), np.ones(9), steps=5, normalization="filter")
    >>> plane.shape, bool(abs(plane.directions[0] @ plane.directions[1]) < 1e-9)
    ((5, 5), True)
    """
    return _random("random_plane", surface, theta, distance, _odd(steps, 2), seed, normalization)


def _random(
    kind: str, f: Function, theta: ArrayLike, distance: float, counts: Any, seed: int, normalization: str | None
) -> Slice:
    point, seed = point_of(f, "theta", theta), integer("seed", seed, 0, 2**63 - 1)
    directions = random_directions(f, point, len(counts), seed, normalization)
    axes = tuple(_centred(distance, count) for count in counts)
    labels = tuple(f"random direction {number + 1}" for number in range(len(counts)))
    made = Slice(f, kind, point, directions, axes, labels, seed=seed, normalization=normalization)
    return _with_laid(made, {"centre": point})


def planar_interpolation(
    surface: Function,
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike,
    steps: Any = 101,
    margin: float = 0.2,
    align: bool = False,
) -> Slice:
    """Make the plane through three points, in an orthonormal basis.

    a is the origin, b lies on the first axis, c at a positive second coordinate, and all three are on the grid.

    Parameters
    ----------
    surface : Surface, or any function as in ``function.Function``
    a, b, c : array_like (P,)
    steps : int, or (x, y), odd, 3 or more
        Grid points an axis.
    margin : float, 0 or more
        Part of the extent by which the plane goes on beyond the points.
    align : bool
        First replace b and c by the members of their orbits under ``symmetries(surface)`` that are nearest to a.

    Returns
    -------
    Slice

    Raises
    ------
    ValueError, TypeError
        for points on one line, too far apart, of the wrong shape, not finite or without real numbers; for an even number of
        steps; for ``align`` without a Surface.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> a, b, c = np.eye(9)[:3]
    >>> plane = ls.slices.planar_interpolation(ls.Surface("xor", hidden=2), a, b, c, steps=5)
    >>> {name: laid.coordinates.round(3).tolist() for name, laid in plane.laid.items()}
    {'a': [[0.0, 0.0]], 'b': [[1.414, 0.0]], 'c': [[0.707, 1.225]]}
    """
    start, one, other = point_of(surface, "a", a), point_of(surface, "b", b), point_of(surface, "c", c)
    margin = real("margin", margin, least=0.0)
    if flag("align", align):
        one, other = aligned(surface, one, start), aligned(surface, other, start)
    with np.errstate(over="ignore"):
        extent = np.linalg.norm(np.array([one, other]) - start)
    if not np.isfinite(extent):
        raise ValueError("a, b and c are too far apart to measure their distance; give points below 1e150")
    width = float(np.linalg.norm(one - start))
    first = (one - start) / width if width > 0.0 else np.zeros_like(start)
    along = float((other - start) @ first)
    across = other - start - along * first
    across -= (across @ first) * first  # once more, against rounding
    height = float(np.linalg.norm(across))
    if width == 0.0 or height <= 1e-9 * max(width, abs(along)):
        once = " once b and c are aligned" if align else ""
        raise ValueError(f"a, b and c lie on one line{once}; give three points that do not, or take linear_interpolation")
    corner = next((x for x in (0.0, width) if abs(along - x) <= 1e-12 * max(width, height)), along)  # but for rounding
    low, high = min(0.0, corner), max(width, corner)
    beyond, counts = margin * (high - low), _odd(steps, 2)
    x = _through(low - beyond, high + beyond, counts[0], 0.0, width, corner)
    y = _through(-margin * height, (1.0 + margin) * height, counts[1], 0.0, height)
    labels = ("distance from a toward b", "distance toward c")
    exact = np.array([[0.0, 0.0], [width, 0.0], [corner, height]]), np.array([start, one, other])
    made = Slice(surface, "planar_interpolation", start, np.array([first, across / height]), (x, y), labels, exact=exact)
    return _with_laid(made, {"a": start, "b": one, "c": other})


def hessian_plane(
    surface: Function, theta: ArrayLike, ranks: Sequence[int] = (0, -1), distance: float = 1.0, steps: Any = 101
) -> Slice:
    """Make the plane through a point in two eigenvectors of its Hessian, of length 1.

    Where an eigenvalue is repeated, its eigenvectors are any basis of their space.

    Parameters
    ----------
    surface : Surface, or any function as in ``function.Function``
    theta : array_like (P,)
    ranks : two int, -P to P - 1
        Which eigenvalues: 0 for the smallest, 1 for the next, -1 for the largest.
    distance : float above 0
        Reach on all sides.
    steps : int, or (x, y), odd, 3 or more
        Grid points an axis.

    Returns
    -------
    Slice

    Raises
    ------
    ValueError, TypeError
        for a point of the wrong shape, not finite or without real numbers; ranks that are not two; a Hessian that is not
        finite there; numbers out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> plane = ls.slices.hessian_plane(ls.Surface("xor", hidden=2), np.ones(9), steps=5)
    >>> plane.eigenvalues.round(3).tolist()
    [-0.093, 0.006]
    """
    function_with(surface, "n_parameters", "loss", "hessian")
    point, size = point_of(surface, "theta", theta), surface.n_parameters
    chosen = _two("ranks", ranks, -size, size, "are not two directions; give two different ranks, such as (0, -1)")
    directions, eigenvalues = eigen_directions(surface, point, chosen)
    axes = tuple(_centred(distance, count) for count in _odd(steps, 2))
    labels = tuple(f"along eigenvalue {value:.2g}" for value in eigenvalues)
    made = Slice(surface, "hessian_plane", point, directions, axes, labels, eigenvalues=eigenvalues)
    return _with_laid(made, {"centre": point})


def trajectory_plane(surface: Function, trajectories: Any, steps: Any = 101, margin: float = 0.2) -> Slice:
    """Make the plane nearest to one or several trajectories in the sense of least squares.

    The plane goes through the mean of their points along their first two principal components. Every point counts the same,
    so a longer path counts for more. Trajectories are laid on the plane as "run 17", or by their place in the sequence.

    Parameters
    ----------
    surface : Surface, or any function as in ``function.Function``
    trajectories : Trajectory or array_like (n, P), or a sequence of them
    steps : int, or (x, y), odd, 3 or more
        Grid points an axis.
    margin : float, 0 or more
        Part of the trajectories' extent by which the plane reaches beyond them.

    Returns
    -------
    Slice

    Raises
    ------
    ValueError, TypeError
        for points that are not finite, or all on one line; for no trajectory; for an even number of steps.

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> plane = ls.slices.trajectory_plane(surface, ls.replay(surface, ls.Protocol(lr=5.0, budget=200)), steps=5)
    >>> plane.explained_variance.round(3).tolist(), list(plane.laid)
    ([0.99, 0.007], ['run 0'])
    """
    single = hasattr(trajectories, "theta") or (isinstance(trajectories, np.ndarray) and trajectories.ndim == 2)
    paths = {}
    if not single and (not isinstance(trajectories, Iterable) or getattr(trajectories, "shape", None) == ()):
        raise TypeError(f"trajectories={trajectories!r} are none; give one or more, as replay returns them")
    for number, given in enumerate([trajectories] if single else list(trajectories)):
        name = f"run {given.run}" if hasattr(given, "run") else f"path {number}"
        name = f"{name} ({number})" if name in paths else name
        paths[name] = np.atleast_2d(points_of(surface, name, getattr(given, "theta", given)))
    if not paths:
        raise ValueError("no trajectory is given; give one or more, as replay returns them")
    mean, directions, variance = principal_directions(np.concatenate(list(paths.values())))
    feet = (np.concatenate(list(paths.values())) - mean) @ directions.T
    low, high = feet.min(axis=0), feet.max(axis=0)
    beyond = real("margin", margin, least=0.0) * (high - low)
    axes = tuple(even(*ends) for ends in zip(low - beyond, high + beyond, _odd(steps, 2), strict=True))
    labels = tuple(f"component {k + 1} ({100 * share:.1f} % of the variance)" for k, share in enumerate(variance))
    made = Slice(surface, "trajectory_plane", mean, directions, axes, labels, explained_variance=variance)
    return _with_laid(made, paths)


def parameter_plane(
    surface: Function,
    theta: ArrayLike,
    parameters: Sequence[int],
    low: float = -10.0,
    high: float = 10.0,
    steps: Any = 101,
) -> Slice:
    """Make the plane of two parameters; the others stay as in theta.

    Parameters
    ----------
    surface : Surface, or any function as in ``function.Function``
    theta : array_like (P,)
    parameters : two int, 0 to P - 1
        Places of the parameters in theta; the coordinates of the plane are these parameters themselves.
    low, high : float
        Ends of both axes.
    steps : int, or (x, y), 2 or more
        Grid points an axis, even or odd.

    Returns
    -------
    Slice

    Raises
    ------
    ValueError, TypeError
        for a point of the wrong shape, not finite or without real numbers; places that are not two different ones; a low end
        that is not below the high one.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> plane = ls.slices.parameter_plane(ls.Surface("xor", hidden=2), np.ones(9), parameters=[0, 3], steps=5)
    >>> plane.labels, plane.coordinates[0].tolist()
    (('W1[0,0]', 'W1[1,1]'), [-10.0, -5.0, 0.0, 5.0, 10.0])
    """
    point, size = point_of(surface, "theta", theta), surface.n_parameters
    chosen = _two("parameters", parameters, 0, size, "are not two; give the places of two different parameters")
    if not real("low", low) < real("high", high):
        raise ValueError(f"low={low} is not below high={high}; give the smaller one first")
    origin = point.copy()
    origin[chosen] = 0.0
    axes = tuple(even(low, high, count) for count in grid_points(steps, 2))
    names = surface.parameter_names if isinstance(surface, Surface) else [f"parameter {number}" for number in range(size)]
    labels = tuple(names[number] for number in chosen)
    return Slice(surface, "parameter_plane", origin, np.eye(size)[chosen], axes, labels)


def _two(name: str, given: Any, least: int, size: int, otherwise: str) -> list[int]:
    """Two different places among ``size``, counted from the end if negative."""
    unmasked(name, given)
    listed = isinstance(given, Sequence) and not isinstance(given, str)
    several = given.ndim == 1 if isinstance(given, np.ndarray) else listed
    chosen = [integer(name, number, least, size - 1) for number in given] if several else []
    if len(chosen) != 2 or chosen[0] % size == chosen[1] % size:
        raise ValueError(f"{name}={given!r} {otherwise}")
    return chosen


def _with_laid(made: Slice, points: dict[str, Array]) -> Slice:
    return replace(made, laid={name: made.lay(theta) for name, theta in points.items()})


def _odd(steps: Any, axes: int) -> tuple[int, ...]:
    """Grid points of each axis, the centre among them."""
    counts = grid_points(steps, axes, least=3)
    for count in counts:
        if count % 2 == 0:
            raise ValueError(f"steps={count} grid points have none in the centre; give an odd number, such as {count + 1}")
    return counts


def _centred(distance: float, count: int) -> Array:
    """From minus to plus the distance, with 0 in the middle, both to the last bit."""
    half = count // 2
    return real("distance", distance, above=0.0) * (np.arange(-half, half + 1) / half)


def _through(low: float, high: float, count: int, *places: float) -> Array:
    """Grid from low to high, as good as even: the grid points nearest to the places are moved onto them."""
    axis = even(low, high, count)
    nearest = [int(np.abs(axis - place).argmin()) for place in places]
    for number, place in zip(nearest, places, strict=True):
        axis[number] = place
    if any((axis == place).sum() != 1 for place in set(places)) or (np.diff(axis) <= 0.0).any():
        raise ValueError(f"steps={count} are too few to tell the points of the slice apart; give more")
    return axis
