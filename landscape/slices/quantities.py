"""Quantities: what a slice can show at a point of parameter space.

One function each, ``(function, theta)``, of a function as in ``second_order`` and points theta (n, P), that returns one
value or one array a point. Those that speak of outputs need a Surface. Adding a quantity: one function here and its name,
with the words an axis shows, in ``QUANTITIES``.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.critical.boolean import computed
from landscape.critical.subproblems import norms
from landscape.critical.trust_region import zero_eigenvalue
from landscape.function import Function
from landscape.surface import Surface

Array = NDArray[np.float64]


def loss(f: Function, theta: Array) -> Array:
    """The loss itself."""
    return f.loss(theta)


def grad_norm(f: Function, theta: Array) -> Array:
    """Norm of the gradient; infinite or NaN where the loss is."""
    with np.errstate(over="ignore", invalid="ignore"):
        return norms(f.gradient(theta))


def outputs(surface: Surface, theta: Array) -> Array:
    """Outputs (n, patterns, n_outputs)."""
    return surface.forward(theta)


def patterns_right(surface: Surface, theta: Array) -> NDArray[np.int64]:
    """On how many patterns every output is on its target's side of the midpoint."""
    return computed(surface, theta)[1]


def function(surface: Surface, theta: Array) -> NDArray[np.str_]:
    """Name of the Boolean function computed, "undecided" where an output is at its midpoint."""
    return computed(surface, theta)[0]


def _eigenvalues(f: Function, theta: Array) -> Array:
    """Of the Hessians (n, P), ascending; NaN where one is not finite."""
    hessian = f.hessian(theta)
    finite = np.isfinite(hessian).all(axis=(1, 2))
    eigenvalues = np.full(theta.shape, np.nan)
    eigenvalues[finite] = np.linalg.eigvalsh(hessian[finite])
    return eigenvalues


def smallest_eigenvalue(f: Function, theta: Array) -> Array:
    """Smallest eigenvalue of the Hessian; NaN where it is not finite."""
    return _eigenvalues(f, theta)[:, 0]


def index(f: Function, theta: Array) -> NDArray[np.int64]:
    """Hessian index: how many eigenvalues are negative, those within rounding of zero left out; -1 where the Hessian is not
    finite."""
    eigenvalues = _eigenvalues(f, theta)
    negative: NDArray[np.int64] = (eigenvalues < -zero_eigenvalue(eigenvalues)[:, np.newaxis]).sum(axis=1)
    negative[np.isnan(eigenvalues[:, 0])] = -1
    return negative


class Quantity(NamedTuple):
    """The function, what an axis calls it, what a function must have for it, and whether it needs a Surface."""

    function: Callable[[Any, Array], Any]
    label: str
    needs: str = "loss"
    of_networks: bool = False


QUANTITIES: MappingProxyType[str, Quantity] = MappingProxyType(
    {
        "loss": Quantity(loss, "loss"),
        "grad_norm": Quantity(grad_norm, "gradient norm", "gradient"),
        "outputs": Quantity(outputs, "output", of_networks=True),
        "patterns_right": Quantity(patterns_right, "patterns right", of_networks=True),
        "function": Quantity(function, "function computed", of_networks=True),
        "smallest_eigenvalue": Quantity(smallest_eigenvalue, "smallest Hessian eigenvalue", "hessian"),
        "index": Quantity(index, "Hessian index", "hessian"),
    }
)
