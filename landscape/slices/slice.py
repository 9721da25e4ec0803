"""A slice: a surface along a line or on a plane, and how far from it lies what is drawn on it.

A point of a slice is ``origin + x * directions[0] + y * directions[1]``; everything that a picture of it shows is in the
slice. Arrays over a plane are (len(y), len(x)), so that a row has one y.

No direction leads from every a to every b: ``a + (b - a)`` is b only up to rounding, and where a is 1e16 and b is 0.1, no
number d makes ``a + d`` any nearer to b than 0.1. So a slice between points keeps them, and they are what it has there.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from landscape.critical.subproblems import norms
from landscape.function import Function, function_with, points_of
from landscape.machine import fits_in_memory, processors
from landscape.progress import followed
from landscape.slices.quantities import QUANTITIES
from landscape.summary import Summary, counted, network, short, span, summarized
from landscape.surface import Surface
from landscape.validation import integer, known, of_class, real, real_array, shaped, unmasked

Array = NDArray[np.float64]

PART = 8192
"""Points in one task, at most: their parameters stay in the cache."""
NUMBERS = 2**23
"""In the parameters, Hessians or outputs of the points in one task, at most: the Hessians of 8192 points of a network with a
hundred hidden units are 10 GB."""
OFF = 0.1
"""A point laid on a slice is off where its own loss and the loss drawn under it differ by more than this part of the larger
one."""


@summarized
@dataclass(frozen=True, eq=False)
class Laid:
    """Points or a path projected orthogonally onto a slice.

    Attributes
    ----------
    theta : ndarray (n, P)
        The points themselves.
    coordinates : ndarray (n, axes)
        Coordinates of their feet, the points of the slice nearest to them.
    distance : ndarray (n,)
        From each foot to its point.
    loss : ndarray (n,)
        At the points.
    drawn : ndarray (n,)
        Loss of the slice at the feet.

    Raises
    ------
    ValueError, TypeError
        for arrays of the wrong shape or not of real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> line = ls.slices.random_line(ls.Surface("xor", hidden=2), np.ones(9))
    >>> laid = line.lay(np.zeros((3, 9)))
    >>> laid.coordinates.shape, laid.distance.shape, laid.off().tolist()
    ((3, 1), (3,), [True, True, True])
    """

    theta: Array
    coordinates: Array
    distance: Array
    loss: Array
    drawn: Array

    def __post_init__(self) -> None:
        points = shaped("theta", self.theta, (None, None))
        places = shaped("coordinates", self.coordinates, (len(points), None))
        numbers = {name: shaped(name, getattr(self, name), (len(points),)) for name in ("distance", "loss", "drawn")}
        for name, value in {"theta": points, "coordinates": places, **numbers}.items():
            object.__setattr__(self, name, value)

    def _summary(self) -> Summary:
        axes, off = counted(self.coordinates.shape[1], "axis", "axes"), int(self.off().sum())
        columns = dict(zip("xy", self.coordinates.T, strict=False))
        columns |= {name: getattr(self, name) for name in ("distance", "loss", "drawn")}
        return Summary(
            f"Laid: {counted(len(self.theta), 'point')} projected onto {axes}, {off:,} of them with a loss "
            f"off by more than {100 * OFF:g} %; distance {span(self.distance)}",
            ("theta", "coordinates", "distance", "loss", "drawn", "off()", "caption()"),
            lambda: pd.DataFrame(columns),
        )

    def off(self, by: float = OFF) -> NDArray[np.bool_]:
        """Tell which points (n,) are drawn at a loss that is not theirs.

        Parameters
        ----------
        by : float, 0 or more
            A point is off where its loss and the drawn loss differ by more than this part of the larger one, or where one of
            them is not finite.

        Returns
        -------
        bool ndarray (n,)
        """
        with np.errstate(invalid="ignore"):
            larger = np.maximum(np.abs(self.loss), np.abs(self.drawn))
            return ~(np.isfinite(larger) & (np.abs(self.loss - self.drawn) <= real("by", by, least=0.0) * larger))

    def caption(self, by: float = OFF) -> str:
        """Return a sentence for under a picture: how many points are off ``by`` this part, and how far the farthest lies."""
        by = real("by", by, least=0.0)
        off, n = int(self.off(by).sum()), len(self.theta)
        farthest = self.distance.max(initial=0.0)
        return (
            f"{off:,} of {n:,} points lie off the slice such that the loss drawn under them differs from their own by more "
            f"than {100 * by:g} %; they are drawn hollow. The farthest is at a distance of {farthest:.3g}."
        )


@summarized
@dataclass(frozen=True, eq=False)
class Slice:
    """A surface along a line or on a plane.

    A point of the slice is ``origin + x * directions[0] + y * directions[1]``. Arrays over a plane are (len(y), len(x)).

    Attributes
    ----------
    surface : Surface or function that is cut
    kind : str
        Name of the function that made the slice.
    origin : ndarray (P,)
    directions : ndarray (1, P) or (2, P)
    coordinates : tuple of ndarray, (x,) or (x, y)
        The grid along each direction.
    labels : tuple of str
        What each axis shows.
    seed : int or None
        Of random directions.
    normalization : str or None
        Of random directions: None, "filter", "layer" or "model", see ``slices.directions``.
    eigenvalues : ndarray (2,) or None
        Along the axes of a plane of eigenvectors.
    explained_variance : ndarray (2,) or None
        Share of the variance of trajectories along each axis.
    laid : dict of str to Laid
        Points and paths that made the slice, by name.
    exact : tuple of ndarray (k, axes) and ndarray (k, P), or None
        Coordinates and points that made the slice and that the sum of origin and directions meets only up to rounding.
    known_values : dict of str to ndarray
        Quantities computed so far, by name, each in the shape of the grid.

    Raises
    ------
    ValueError, TypeError
        for arrays of the wrong shape, what is no surface or function, or more than two axes.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> plane = ls.slices.random_plane(ls.Surface("xor", hidden=2), np.ones(9), steps=(5, 3))
    >>> plane.shape, plane.loss.shape, plane.theta.shape
    ((3, 5), (3, 5), (3, 5, 9))
    """

    surface: Function
    kind: str
    origin: Array
    directions: Array
    coordinates: tuple[Array, ...]
    labels: tuple[str, ...]
    seed: int | None = None
    normalization: str | None = None
    eigenvalues: Array | None = None
    explained_variance: Array | None = None
    laid: dict[str, Laid] = field(default_factory=dict)
    exact: tuple[Array, Array] | None = None
    known_values: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not hasattr(self.surface, "n_parameters"):
            raise TypeError(f"surface={self.surface!r} is neither a Surface nor a function with n_parameters")
        size, axes = self.surface.n_parameters, len(self.coordinates)
        if axes not in (1, 2) or len(self.labels) != axes or not all(isinstance(label, str) for label in self.labels):
            raise ValueError(
                f"{axes} axes with labels {self.labels!r} do not fit; give one axis or two, and a label for each"
            )
        of_class("kind", self.kind, str)
        arrays: dict[str, Any] = {
            "origin": shaped("origin", self.origin, (size,)),
            "directions": shaped("directions", self.directions, (axes, size)),
            "coordinates": tuple(shaped("coordinates", axis, (None,)) for axis in self.coordinates),
        }
        for name in ("eigenvalues", "explained_variance"):
            if getattr(self, name) is not None:
                arrays[name] = shaped(name, getattr(self, name), (axes,))
        if self.exact is not None:
            places, points = self.exact
            arrays["exact"] = (shaped("exact", places, (len(places), axes)), shaped("exact", points, (len(places), size)))
        for name, value in arrays.items():
            object.__setattr__(self, name, value)
        if self.seed is not None:
            integer("seed", self.seed, 0)
        of_class("normalization", self.normalization, str, type(None))
        of_class("laid", self.laid, dict)
        for name, laid in self.laid.items():
            of_class(f"laid {name}", laid, Laid)
            shaped(f"laid {name}", laid.coordinates, (None, axes))
            shaped(f"laid {name}", laid.theta, (None, size))
        of_class("known_values", self.known_values, dict)
        for name, values in self.known_values.items():
            if np.shape(values)[:axes] != self.shape or known("quantity", name, QUANTITIES) != name:
                raise ValueError(f"known values of {name} of shape {np.shape(values)} do not fit; give shape {self.shape}")
        object.__setattr__(self, "known_values", dict(self.known_values) if self._knows_itself() else {})

    def _summary(self) -> Summary:
        known_loss = f"; loss {span(self.known_values['loss'])}" if "loss" in self.known_values else ""
        rows = [
            {"axis": label, "from": axis.min(initial=np.inf), "to": axis.max(initial=-np.inf), "points": len(axis)}
            for label, axis in zip(self.labels, self.coordinates, strict=True)
        ]
        barrier = ("barrier",) if self.kind == "linear_interpolation" else ()
        return Summary(
            f"Slice: {short(self.kind)} of {network(self.surface)}, {' x '.join(str(n) for n in self.shape[::-1])} points"
            + known_loss,
            ("loss", "values(quantity)", *barrier, "coordinates", "lay(theta)", "zoom(range)", "laid", "caption"),
            lambda: pd.DataFrame(rows),
        )

    def _knows_itself(self) -> bool:
        """Whether known values are those of this slice, as one of them tells at the two ends of the grid: ``replace`` passes
        on the values of the slice that something was replaced in."""
        name = next(iter(self.known_values), None)
        if name is None:
            return True
        places = np.array([[axis[end] for axis in self.coordinates] for end in (0, -1)])
        found = np.asarray(QUANTITIES[name].function(self.surface, self.at(places)))
        values = np.asarray(self.known_values[name]).reshape(prod(self.shape), *found.shape[1:])[[0, -1]]
        if found.dtype.kind == "f":
            return bool(np.allclose(found, values, rtol=1e-9, atol=0.0, equal_nan=True))
        return bool((found == values).all())

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an array over the grid: (len(x),) or (len(y), len(x))."""
        return tuple(len(axis) for axis in reversed(self.coordinates))

    @property
    def loss(self) -> Array:
        """Loss on the grid, in the shape of ``shape``."""
        loss: Array = self.values("loss")
        return loss

    def values(self, quantity: str) -> Any:
        """Return a quantity on the grid, computed once on all processors.

        Parameters
        ----------
        quantity : str, a name from ``quantities.QUANTITIES``
            loss, grad_norm, outputs (with two more axes, patterns and outputs), patterns_right, function,
            smallest_eigenvalue or index.

        Returns
        -------
        ndarray, in the shape of ``shape``

        Raises
        ------
        ValueError
            for a quantity that is not known, or one of networks on a plain function.
        TypeError
            for a function that lacks what the quantity needs.
        """
        name = known("quantity", quantity, QUANTITIES)
        if QUANTITIES[name].of_networks and not isinstance(self.surface, Surface):
            raise ValueError(f'quantity="{name}" is one of networks; of a plain function give "loss" or "grad_norm"')
        function_with(self.surface, "n_parameters", QUANTITIES[name].needs)
        if name not in self.known_values:
            size = prod(self.shape)
            if name == "outputs":
                fits_in_memory(f"outputs at {size} points", 16.0 * size * self._outputs, "take a coarser grid")
            count = self._at_once(name)
            with ThreadPoolExecutor(processors()) as executor:
                firsts = range(0, size, count)
                found = executor.map(lambda first: self._part(name, first, count), firsts)
                parts = list(followed(found, len(firsts), f"{name} on the slice"))
            values = np.concatenate(parts)
            self.known_values[name] = values.reshape(self.shape + values.shape[1:])
        return self.known_values[name]

    @property
    def _outputs(self) -> int:
        """Numbers in the outputs of a network, of all patterns; 1 of a plain function."""
        return self.surface.table.targets.size if isinstance(self.surface, Surface) else 1

    def _at_once(self, name: str) -> int:
        """Points in one task for a quantity."""
        numbers = self.surface.n_parameters ** (2 if QUANTITIES[name].needs == "hessian" else 1)
        if QUANTITIES[name].of_networks:
            numbers = max(numbers, self._outputs)
        return int(min(PART, max(1, NUMBERS // numbers)))

    def _part(self, name: str, first: int, count: int) -> Any:
        """A quantity at so many grid points, ``first`` and after."""
        rows = np.arange(first, min(first + count, prod(self.shape)))
        numbers = np.unravel_index(rows, self.shape)[::-1]
        places = np.column_stack([axis[number] for axis, number in zip(self.coordinates, numbers, strict=True)])
        return QUANTITIES[name].function(self.surface, self.at(places))

    def at(self, coordinates: ArrayLike) -> Array:
        """Return the points (..., P) of the slice with given coordinates.

        The same coordinates give the same bits, on whatever grid they lie.

        Parameters
        ----------
        coordinates : array_like (..., axes)

        Returns
        -------
        ndarray (..., P)
        """
        places = real_array("coordinates", coordinates)
        if places.ndim == 0 or places.shape[-1] != len(self.directions):
            raise ValueError(f"coordinates of shape {places.shape} do not fit; give shape (..., {len(self.directions)})")
        theta = np.broadcast_to(self.origin, (*places.shape[:-1], len(self.origin)))
        for axis, direction in enumerate(self.directions):
            theta = theta + places[..., axis, np.newaxis] * direction
        for place, point in zip(*(self.exact or ()), strict=True):
            theta[(places == place).all(axis=-1)] = point
        return theta

    @property
    def theta(self) -> Array:
        """Every point of the grid, ``(*shape, P)``."""
        fits_in_memory(f"{prod(self.shape)} points", 16.0 * prod(self.shape) * len(self.origin), "take a coarser grid")
        return self.at(np.stack(np.meshgrid(*self.coordinates), axis=-1))

    def lay(self, theta: ArrayLike) -> Laid:
        """Project points orthogonally onto the slice; return coordinates, distances and losses.

        Parameters
        ----------
        theta : array_like (n, P) or (P,)

        Returns
        -------
        Laid
        """
        points = np.atleast_2d(points_of(self.surface, "theta", theta))
        foot = np.asarray(np.linalg.lstsq(self.directions.T, (points - self.origin).T)[0].T, dtype=np.float64)
        for place, point in zip(*(self.exact or ()), strict=True):
            foot[(points == point).all(axis=1)] = place
        there = self.at(foot)
        return Laid(points, foot, norms(points - there), self.surface.loss(points), self.surface.loss(there))

    def zoom(self, *ranges: tuple[float, float], steps: Any = None) -> "Slice":
        """Return the slice over other coordinates.

        Parameters
        ----------
        *ranges : (low, high)
            For each axis, with even grid points between its ends.
        steps : int, or one for each axis, 2 or more, default as before
            Grid points an axis.

        Returns
        -------
        Slice
        """
        if len(ranges) != len(self.coordinates):
            raise ValueError(f"{len(ranges)} ranges do not fit {len(self.coordinates)} axes; give (low, high) for each")
        counts = tuple(map(len, self.coordinates)) if steps is None else grid_points(steps, len(ranges))
        axes = []
        for ends, count in zip(ranges, counts, strict=True):
            unmasked("range", ends)
            several = ends.ndim == 1 if isinstance(ends, np.ndarray) else isinstance(ends, Sequence)
            if not several or len(ends) != 2:
                raise ValueError(f"the range {ends!r} is not two numbers; give (low, high) for each axis")
            low, high = real("low", ends[0]), real("high", ends[1])
            if not low < high:
                raise ValueError(f"the range from {low} to {high} holds nothing; give (low, high)")
            axes.append(even(low, high, count))
        return replace(self, coordinates=tuple(axes), known_values={})

    @property
    def barrier(self) -> float:
        """Barrier of a line from a to b: the most that the loss rises above the straight line between their two losses.

        It is found on the grid between a and b; 0 where the loss does not rise, NaN where losses are not finite. Raises
        ValueError for a slice that ``linear_interpolation`` did not make. Source: Entezari, Sedghi, Saukh & Neyshabur 2022,
        definition 2.1.
        """
        if self.kind != "linear_interpolation":
            raise ValueError(f"a slice made by {self.kind} has no two ends; a barrier is that of linear_interpolation")
        (x,) = self.coordinates
        t, loss = x[(x >= 0.0) & (x <= 1.0)], self.loss[(x >= 0.0) & (x <= 1.0)]
        a, b = self.surface.loss(self.at([[0.0], [1.0]]))
        with np.errstate(invalid="ignore"):
            return float((loss - (1.0 - t) * a - t * b).max(initial=0.0))

    @property
    def caption(self) -> str:
        """Caption for a picture: what the slice is, in sentences."""
        where = (
            f"{self.surface.architecture} on {self.surface.table.name}" if isinstance(self.surface, Surface) else "function"
        )
        text = f"{self.kind.replace('_', ' ').capitalize()}: {where}, {' x '.join(str(n) for n in self.shape[::-1])} points."
        if self.seed is not None:
            text += f" Random directions of seed {self.seed}, normalisation {self.normalization or 'none (unit length)'}."
        if self.eigenvalues is not None:
            text += f" Eigenvalues along the axes: {', '.join(f'{value:.4g}' for value in self.eigenvalues)}."
        if self.explained_variance is not None:
            text += f" Variance along the axes: {', '.join(f'{100 * share:.1f} %' for share in self.explained_variance)}."
        return text


def grid_points(steps: Any, axes: int, least: int = 2) -> tuple[int, ...]:
    """Grid points of each axis: one number for all, or one for each."""
    given = tuple(steps) if isinstance(steps, (tuple, list)) else (steps,) * axes
    if len(given) != axes:
        raise ValueError(f"steps={steps!r} does not fit {axes} axes; give one number, or one for each axis")
    counts = tuple(integer("steps", count, least) for count in given)
    needed = 8.0 * prod(counts) + 48.0 * sum(counts)  # an axis is made out of five arrays
    fits_in_memory(f"{prod(counts)} grid points", needed, "take fewer")
    return counts


def even(low: float, high: float, count: int) -> Array:
    """Evenly from low to high, both to the last bit; of a range about 0 the middle is 0, as it is not in ``np.linspace``."""
    part = np.arange(count) / (count - 1)
    return low * part[::-1] + high * part
