"""Symmetry: the group of maps of the parameters that leave a surface unchanged.

The candidates are

- permutations of the hidden units;
- the flip of a unit whose activation f satisfies ``f(-z) = sigma f(z) + alpha z + beta`` with sigma 1 or -1: the weights
  into the unit and its bias change sign, and the weights out of it, the shortcut weights and the output biases compensate;
- the shift of a unit by half a period, ``f(z + pi) = -f(z)``, and its scaling, ``f(c z) = c f(z)`` for c > 0;
- symmetries of the truth table: signed permutations of the inputs about their midpoints, with those of the outputs (for
  XOR the eight of the square, four of which negate the output).

Each candidate is verified numerically: it is kept if the loss of this very surface stays the same at random parameters.
Which candidates hold depends on activation, coding, bias, penalty and objective. A linear hidden layer has more symmetries
than these.
"""

from dataclasses import replace
from functools import lru_cache
from math import pi
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.critical.symmetry_group import SAME, Symmetries, generic_numbers
from landscape.critical.table_symmetries import possible_symmetries
from landscape.critical.units import Flip, Parts, TableSymmetry
from landscape.surface import Surface

Array = NDArray[np.float64]


def symmetries(surface: Surface) -> Symmetries:
    """Find the group of symmetries of a surface: each candidate is verified numerically on this surface.

    Parameters
    ----------
    surface : Surface

    Returns
    -------
    Symmetries

    Raises
    ------
    TypeError
        for what is no Surface.

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> int(ls.symmetries(surface).orbit_size([float(k) for k in range(9)]))
    64
    """
    if not isinstance(surface, Surface):
        raise TypeError(f"surface={surface!r} is not a Surface; symmetries are those of a network and its truth table")
    return _found(surface)


@lru_cache(maxsize=64)
def _found(surface: Surface) -> Symmetries:
    theta = np.random.default_rng(0).normal(size=(8, surface.n_parameters))
    parts, loss = Parts.of(surface, theta), surface.loss(theta)

    def holds(changed: Parts) -> bool:
        """Whether the loss stays the same and, with a penalty however small, the norm of the parameters, too."""
        image = changed.flat(surface)
        same = np.allclose(surface.loss(image), loss, rtol=SAME, atol=0.0)
        norm = np.linalg.norm(image, axis=1), np.linalg.norm(theta, axis=1)
        return bool(same and (surface.l2 == 0.0 or np.allclose(*norm, rtol=SAME, atol=0.0)))

    one = np.arange(surface.hidden) == 0
    unit = np.broadcast_to(one, (len(theta), surface.hidden))
    flip = next((flip for flip in _possible_flips(surface) if holds(flip(parts, unit))), None) if surface.hidden else None
    sign = np.where(one, -1.0, 1.0)
    later = parts._replace(bias=parts.bias + pi * one, out=parts.out * sign)
    scale = np.where(one, 1.7, 1.0)
    larger = parts._replace(into=parts.into * scale[:, np.newaxis], bias=parts.bias * scale, out=parts.out / scale)
    has_units = surface.hidden > 0
    units = Symmetries(surface, flip, has_units and surface.bias and holds(later), has_units and holds(larger), ())
    table: list[TableSymmetry] = []
    images: list[Array] = []
    numbers = np.empty(0)  # one for each image: only images with nearly equal numbers are compared
    read = generic_numbers(theta.size)
    for symmetry in possible_symmetries(surface.table):
        if not surface.bias and (symmetry.offset.any() or symmetry.middle.any()):
            continue  # there is no bias to take up the offset
        changed = symmetry(parts)
        if not holds(changed):
            continue
        image = units.units_in_order(changed).flat(surface)
        number = float(image.ravel() @ read)
        near = np.flatnonzero(np.abs(numbers - number) <= SAME * read.sum())
        if not any(np.allclose(image, images[other], rtol=0.0, atol=SAME) for other in near):
            table.append(symmetry)  # flips and permutations of units do not do it already
            images.append(image)
            numbers = np.append(numbers, number)
    return replace(units, table=tuple(table))


def _possible_flips(surface: Surface) -> list[Flip]:
    """Flips that the values of the activation allow, those without alpha and beta first."""
    z = np.linspace(-3.0, 3.0, 41)
    values = surface.activate(z)[0]
    found = []
    for sigma in (-1.0, 1.0):
        left = values[::-1] - sigma * values
        alpha, beta = np.polynomial.polynomial.polyfit(z, left, 1)[::-1]
        if np.abs(left - alpha * z - beta).max() < 1e-12:
            found.append(Flip(sigma, round(float(alpha), 12) + 0.0, round(float(beta), 12) + 0.0))
    return sorted(found, key=lambda flip: (flip.alpha != 0.0, flip.beta != 0.0))


def aligned(f: Any, theta: Array, other: Array) -> Array:
    """The image (P,) of a point (P,) under ``symmetries(f)`` that is nearest to another point (P,)."""
    if not isinstance(f, Surface):
        raise TypeError("align=True moves a point within its orbit, and only a Surface has symmetries; give align=False")
    return symmetries(f).aligned(theta, other)


def canonicalize(surface: Surface, theta: ArrayLike) -> Array:
    """Replace each point by the point that stands for its orbit under ``symmetries(surface)``.

    Parameters
    ----------
    surface : Surface
    theta : array_like (..., P)

    Returns
    -------
    ndarray (..., P)

    Raises
    ------
    ValueError, TypeError
        for theta of the wrong shape or without real numbers, and for what is no Surface.

    Examples
    --------
    The order of the hidden units makes no difference:

    >>> import numpy as np
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> one = surface.pack(W1=[[1, 2], [3, 4]], b1=[5, 6], W2=[[7, 8]], b2=[9])
    >>> other = surface.pack(W1=[[3, 4], [1, 2]], b1=[6, 5], W2=[[8, 7]], b2=[9])
    >>> np.allclose(ls.canonicalize(surface, one), ls.canonicalize(surface, other))
    True
    """
    return symmetries(surface).canonicalize(theta)


def orbit_size(surface: Surface, theta: ArrayLike) -> Any:
    """Count the different points in the orbit of each point under ``symmetries(surface)``.

    Parameters
    ----------
    surface : Surface
    theta : array_like (..., P)

    Returns
    -------
    int, or integer ndarray (...)

    Raises
    ------
    ValueError, TypeError
        for theta of the wrong shape or without real numbers, and for what is no Surface.

    Examples
    --------
    >>> import landscape as ls
    >>> int(ls.orbit_size(ls.Surface("xor", hidden=2), [0.0] * 9))
    1
    """
    return symmetries(surface).orbit_size(theta)
