"""Quantities: what a slice can show at a point of parameter space.

A quantity is a Python function of a function (see ``critical.trust_region``) and points theta (n, P) that returns a value or
an array for each point. A quantity of networks, such as outputs, needs a Surface. To add a quantity, write one function here
and add it to ``QUANTITIES``, with the label of its axis.
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
    """Number (n,) of patterns on which every output is on its target's side of the midpoint."""
    return computed(surface, theta)[1]


def function(surface: Surface, theta: Array) -> NDArray[np.str_]:
    """Name (n,) of the Boolean function that the network computes, "undecided" where an output is at its midpoint."""
    return computed(surface, theta)[0]


def _eigenvalues(f: Function, theta: Array) -> Array:
    """Eigenvalues (n, P) of the Hessian, ascending; NaN where the Hessian is not finite."""
    hessian = f.hessian(theta)
    finite = np.isfinite(hessian).all(axis=(1, 2))
    eigenvalues = np.full(theta.shape, np.nan)
    eigenvalues[finite] = np.linalg.eigvalsh(hessian[finite])
    return eigenvalues


def smallest_eigenvalue(f: Function, theta: Array) -> Array:
    """Smallest eigenvalue (n,) of the Hessian; NaN where the Hessian is not finite."""
    return _eigenvalues(f, theta)[:, 0]


def index(f: Function, theta: Array) -> NDArray[np.int64]:
    """Hessian index (n,): the number of negative eigenvalues, without those that count as zero; -1 where the Hessian is not
    finite."""
    eigenvalues = _eigenvalues(f, theta)
    negative: NDArray[np.int64] = (eigenvalues < -zero_eigenvalue(eigenvalues)[:, np.newaxis]).sum(axis=1)
    negative[np.isnan(eigenvalues[:, 0])] = -1
    return negative


class Quantity(NamedTuple):
    """A quantity that slices can show.

    function : computes it, from a function and points (n, P)
    label : name on an axis
    needs : method that a function must have for it: "loss", "gradient" or "hessian"
    of_networks : whether it needs a Surface
    """

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
