"""Directions of the lines and planes along which a surface is cut.

Random directions have independent normal components, so that no direction of the space is preferred. The second is made
orthogonal to the first. Each direction is then scaled, group by group of parameters, to the norm of the point:

- None: one group of all parameters, scaled to length 1
- "model": one group of all parameters, scaled to the norm of the point
- "layer": a group for each layer, its weights and biases
- "filter": a group for each unit, hidden or output: the weights into it and its bias (filter normalisation; Li, Xu, Taylor,
  Studer & Goldstein 2018, section 4, who leave biases out; here they belong to their unit, whose line they place)

Directions are orthogonal within each group, except for groups of a single number, and hence as a whole. Sums run in the
order of the elements, so that a seed gives the same directions, bit for bit, on every machine.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.function import Function
from landscape.random import DIRECTIONS, normal_quantile, uniform
from landscape.surface import Surface

Array = NDArray[np.float64]

NORMALIZATIONS = (None, "filter", "layer", "model")


def groups(f: Function, normalization: str | None) -> list[NDArray[np.int64]]:
    """Groups of parameters that are scaled together, by their places in theta."""
    if not isinstance(normalization, (str, type(None))) or normalization not in NORMALIZATIONS:
        raise ValueError(
            f"normalization={normalization!r} is not known; give None, {', '.join(map(repr, NORMALIZATIONS[1:]))}"
        )
    if normalization in (None, "model"):
        return [np.arange(f.n_parameters)]
    if not isinstance(f, Surface):
        raise ValueError(f"normalization={normalization!r} speaks of layers, which only a Surface has; give None or 'model'")
    return f.layout.groups("filter" if normalization == "filter" else "layer")


def _product(x: Array, y: Array) -> Any:
    """Inner product along the last axis, summed in the order of the elements."""
    return np.add.accumulate(x * y, axis=-1)[..., -1]


def random_directions(f: Function, theta: Array, count: int, seed: int, normalization: str | None) -> Array:
    """Random directions (count, P), 1 or 2 of them, scaled to the point theta (P,)."""
    size = f.n_parameters
    drawn = normal_quantile(uniform(seed, DIRECTIONS, 2 * size))[: count * size].reshape(count, size)
    for group in groups(f, normalization):
        part = drawn[:, group]
        for row in range(count):
            for before in part[:row] if len(group) >= count else ():
                part[row] -= _product(part[row], before) / _product(before, before) * before
        with np.errstate(over="ignore"):
            length = 1.0 if normalization is None else float(np.sqrt(_product(theta[group], theta[group])))
        if not np.isfinite(length):
            raise ValueError(
                f'theta is beyond 1e154, to which normalization="{normalization}" cannot scale; give normalization=None'
            )
        drawn[:, group] = part * (length / np.sqrt(_product(part, part)))[:, np.newaxis]
    if not drawn.any():
        raise ValueError(f'theta is 0, a size that normalization="{normalization}" cannot scale to; give normalization=None')
    unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    if count == 2 and abs(unit[0] @ unit[1]) >= 1.0 - 1e-12:
        raise ValueError(
            f"two directions of normalization={normalization!r} are one line here; give another, or random_line"
        )
    return drawn


def eigen_directions(f: Function, theta: Array, ranks: Any) -> tuple[Array, Array]:
    """Unit eigenvectors (2, P) of the Hessian at theta (P,) and their eigenvalues (2,); ``ranks`` counts them in ascending
    order of eigenvalues, from 0."""
    hessian = f.hessian(theta[np.newaxis])[0]
    if not np.isfinite(hessian).all():
        raise ValueError("the Hessian is not finite there; give a point where it is")
    eigenvalues, eigenvectors = np.linalg.eigh(hessian)
    return _signed(eigenvectors.T[list(ranks)]), eigenvalues[list(ranks)]


def principal_directions(points: Array) -> tuple[Array, Array, Array]:
    """Principal components of points (n, P): their mean (P,), the two orthonormal directions (2, P) of largest variance, and
    the share (2,) of the variance along each."""
    mean = points.mean(axis=0)
    _, lengths, rows = np.linalg.svd(points - mean, full_matrices=False)
    if len(lengths) < 2 or lengths[1] <= 1e-12 * lengths[0] or lengths[0] == 0.0:
        raise ValueError(f"the {len(points)} points lie on one line; give paths that span a plane, or look along the line")
    return mean, _signed(rows[:2]), (lengths[:2] / lengths[0]) ** 2 / ((lengths / lengths[0]) ** 2).sum()


def _signed(rows: Array) -> Array:
    """Directions (n, P) with the sign at which the largest component is positive, so that a picture is the same every
    time."""
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, np.newaxis], axis=1)
    return rows * np.sign(largest)
