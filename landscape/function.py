"""Functions of a flat vector: what searches, slices and paths ask of one, and the doors that see to it.

P parameters; points (n, P). A ``Surface`` is such a function, and so is any object with the methods of ``Function``.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.validation import integer, real_array

Array = NDArray[np.float64]

LARGEST = 1e300
"""The largest parameter of a point: of larger ones the differences may be infinite."""


class Kinks(NamedTuple):
    """Of n points on a function with K kinks: signed distance (n, K), 0 on the kink, in the kink's own scale; its gradient
    by the parameters (n, K, P); and what the gradient gains from the negative to the positive side, along it (n, K)."""

    distance: Array
    normal: Array
    jump: Array


class Function(Protocol):
    """What is searched. ``kinks`` may be missing."""

    @property
    def n_parameters(self) -> int: ...

    def loss(self, theta: Any, /) -> Array: ...

    def gradient(self, theta: Any, /) -> Array: ...

    def hessian(self, theta: Any, /) -> Array: ...


def kinks_of(f: Function, theta: Array) -> Kinks | None:
    """The kinks of a function seen from points (n, P); None for one that has none."""
    kinks = f.kinks(theta) if hasattr(f, "kinks") else None
    return kinks if kinks is not None and kinks.distance.shape[1] else None


FUNCTION = {"n_parameters": "", "loss": "(...)", "gradient": "(..., P)", "hessian": "(..., P, P)"}
"""What a function may be asked for, and the shape of what it makes of points (..., P)."""


def function_with(f: Any, *needed: str) -> None:
    """Whether an object has what is needed of ``FUNCTION``, as every Surface has."""
    missing = [name for name in needed if not hasattr(f, name)]
    if missing:
        raise TypeError(
            f"surface={f!r} is missing {' and '.join(missing)}; give a Surface, or an object with {', '.join(needed)}"
        )
    integer("surface.n_parameters", f.n_parameters, 1)


def function_fits(f: Any, points: NDArray[np.float64], *needed: str) -> None:
    """Whether what it makes of points (n, P), tried on two, has the shapes of ``FUNCTION``."""
    tried = points[:2]
    for order, name in enumerate(name for name in FUNCTION if name != "n_parameters"):
        if name in needed and len(tried):
            with np.errstate(all="ignore"):
                shape = np.shape(getattr(f, name)(tried))
            expected = (len(tried), *[points.shape[1]] * order)
            if shape != expected:
                raise TypeError(
                    f"surface.{name} makes {shape} of points {tried.shape}, not {expected}; let it take points (..., P) and "
                    f"return {FUNCTION[name]}"
                )


def points_of(f: Function, name: str, theta: ArrayLike) -> Array:
    """Finite points (P,) or (n, P), whose sums and differences are finite too."""
    function_with(f, "n_parameters", "loss")
    points = real_array(name, theta)
    if points.ndim not in (1, 2) or points.shape[-1] != f.n_parameters:
        raise ValueError(
            f"{name} of shape {points.shape} does not fit; give shape ({f.n_parameters},) or (n, {f.n_parameters})"
        )
    if not (np.abs(points) <= LARGEST).all():
        raise ValueError(
            f"{name} is not finite, or beyond {LARGEST:g}; give finite points only, a diverged run up to where it was finite"
        )
    function_fits(f, np.atleast_2d(points), "loss")
    return points


def point_of(f: Function, name: str, theta: ArrayLike) -> Array:
    """One such point (P,), copied."""
    point = points_of(f, name, theta)
    if point.ndim != 1:
        raise ValueError(f"{name} of shape {point.shape} is not one point; give shape ({f.n_parameters},)")
    return point.copy()
