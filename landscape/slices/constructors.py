"""Slices: the lines and planes on which a surface is looked at.

Functions are named after those of the library loss-landscapes; they take a Surface or any function as in ``second_order``,
and return a ``Slice``. ``steps`` is the number of grid points an axis, odd, so that the centre is one of them; of a plane
also a pair, for x and y.
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
    """The line from a (P,), at x = 0, to b, at x = 1, and beyond both by ``margin``, a part of their distance. With
    ``align`` b is first replaced by the member of its orbit under ``symmetries(surface)`` that is nearest to a; where that
    is a itself, the line has no length, the loss of a all along it, and a barrier of 0. Raises ValueError for points that
    are the same as given."""
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
    """The line through theta (P,) in a random direction, to ``distance`` times the direction's length on both sides; with
    None that is the distance itself. See ``directions`` for the normalisations."""
    return _random("random_line", surface, theta, distance, _odd(steps, 1), seed, normalization)


def random_plane(
    surface: Function,
    theta: ArrayLike,
    distance: float = 1.0,
    steps: Any = 101,
    seed: int = 0,
    normalization: str | None = None,
) -> Slice:
    """The plane through theta (P,) of two random directions, as for ``random_line``, orthogonal to each other."""
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
    """The plane through three points (P,), in an orthonormal basis: a at the origin, b on the first axis, c at a positive
    second coordinate, all three on the grid; and beyond them by ``margin``, a part of the extent. With ``align`` b and c are
    first replaced by the members of their orbits that are nearest to a."""
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
    """The plane through theta (P,) of two eigenvectors of the Hessian there, of length 1, to ``distance`` on both sides.
    They are chosen by rank: 0 for the smallest eigenvalue, 1 for the next, -1 for the largest. Where an eigenvalue is
    repeated, its eigenvectors are any basis of their space."""
    function_with(surface, "n_parameters", "loss", "hessian")
    point, size = point_of(surface, "theta", theta), surface.n_parameters
    chosen = _two("ranks", ranks, -size, size, "are not two directions; give two different ranks, such as (0, -1)")
    directions, eigenvalues = eigen_directions(surface, point, chosen)
    axes = tuple(_centred(distance, count) for count in _odd(steps, 2))
    labels = tuple(f"along eigenvalue {value:.2g}" for value in eigenvalues)
    made = Slice(surface, "hessian_plane", point, directions, axes, labels, eigenvalues=eigenvalues)
    return _with_laid(made, {"centre": point})


def trajectory_plane(surface: Function, trajectories: Any, steps: Any = 101, margin: float = 0.2) -> Slice:
    """The plane nearest to one or several trajectories in the sense of least squares: through the mean of their points along
    their first two principal components. Every point counts the same, so a longer path counts for more.

    ``trajectories``: one, or a sequence of them, each a Trajectory or an array (n, P). They are laid on the plane as "run
    17", or by their place in the sequence; the plane reaches beyond them by ``margin``, a part of their extent. Raises
    ValueError for points that are not finite, or all on one line.
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
    """The plane of two parameters, by their places in theta, each from ``low`` to ``high``; the others stay as in theta. The
    coordinates are the parameters themselves; ``steps`` may be even."""
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
    several = isinstance(given, (Sequence, np.ndarray)) and not isinstance(given, str) and np.shape(given[:0]) == (0,)
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
