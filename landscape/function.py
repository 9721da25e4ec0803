"""Functions of a flat vector: what searches, slices and paths ask of one, and the doors that see to it.

P parameters; points (n, P). A ``Surface`` is such a function, and so is any object with the methods of ``Function``.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.summary import Summary, counted, span, summarized
from landscape.validation import integer, real_array

Array = NDArray[np.float64]

LARGEST = 1e300
"""The largest parameter of a point: of larger ones the differences may be infinite."""


@summarized
class Kinks(NamedTuple):
    """Kinks of a function, as seen from n points; K kinks each.

    Attributes
    ----------
    distance : ndarray (n, K)
        Signed, 0 on the kink, in the kink's own scale.
    normal : ndarray (n, K, P)
        Gradient of the distance by the parameters.
    jump : ndarray (n, K)
        What the gradient gains, along ``normal``, from the negative to the positive side.
    """

    distance: Array
    normal: Array
    jump: Array

    def _summary(self) -> Summary:
        points, kinks = self.distance.shape
        return Summary(
            f"Kinks: {counted(kinks, 'kink')} seen from {counted(points, 'point')}, {span(np.abs(self.distance))} away",
            self._fields,
        )


class Function(Protocol):
    """A function of a flat vector, as searches, slices and paths ask for it; ``kinks`` may be missing."""

    @property
    def n_parameters(self) -> int: ...

    def loss(self, theta: Any, /) -> Array: ...

    def gradient(self, theta: Any, /) -> Array: ...

    def hessian(self, theta: Any, /) -> Array: ...


def kinks_of(f: Function, theta: Array) -> Kinks | None:
    """Return the kinks of a function seen from points (n, P); None for a function that has none."""
    kinks = f.kinks(theta) if hasattr(f, "kinks") else None
    return kinks if kinks is not None and kinks.distance.shape[1] else None


FUNCTION = {"n_parameters": "", "loss": "(...)", "gradient": "(..., P)", "hessian": "(..., P, P)"}
"""What a function may be asked for, and the shape of what it makes of points (..., P)."""


def function_with(f: Any, *needed: str) -> None:
    """Refuse an object that lacks what is needed of ``FUNCTION``; every Surface has it all."""
    missing = [name for name in needed if not hasattr(f, name)]
    if missing:
        raise TypeError(
            f"surface={f!r} is missing {' and '.join(missing)}; give a Surface, or an object with {', '.join(needed)}"
        )
    integer("surface.n_parameters", f.n_parameters, 1)


def function_fits(f: Any, points: NDArray[np.float64], *needed: str) -> None:
    """Refuse a function whose answers for points (n, P), tried on two, have other shapes than ``FUNCTION`` says."""
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
    """Return points (P,) or (n, P) that are finite, with finite sums and differences; refuse others."""
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
    """Return one finite point (P,), copied; refuse several."""
    point = points_of(f, name, theta)
    if point.ndim != 1:
        raise ValueError(f"{name} of shape {point.shape} is not one point; give shape ({f.n_parameters},)")
    return point.copy()
