"""The parameters of a network by kind, and maps of them under which its outputs stay the same or change in a known way."""

from math import pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.surface import Surface

Array = NDArray[np.float64]

NOTHING = 1e-9
"""A unit does nothing if the geometric mean of the norms of its weights in and out is smaller than this. A bias nearer to a
quarter period than this counts as lying on it."""


class Parts(NamedTuple):
    """The parameters (n, P) of n points by kind. Biases that a surface lacks are zero; a shortcut that it lacks has no
    columns."""

    into: Array  # (n, hidden, n_inputs)
    bias: Array  # (n, hidden)
    out: Array  # (n, n_outputs, hidden)
    direct: Array  # (n, n_outputs, n_inputs), or no columns
    end: Array  # (n, n_outputs)

    @classmethod
    def of(cls, surface: Surface, theta: Array) -> "Parts":
        """The parts of points (n, P), copied."""
        hidden, table = surface.hidden, surface.table
        absent = {"W1": (0, table.n_inputs), "b1": (hidden,), "b2": (table.n_outputs,)}
        named = {name: np.zeros((len(theta), *shape)) for name, shape in absent.items()} | surface.unpack(theta)
        out, direct = named["W2"][:, :, :hidden], named["W2"][:, :, hidden:]
        return cls(*(array.copy() for array in (named["W1"], named["b1"], out, direct, named["b2"])))

    def flat(self, surface: Surface) -> Array:
        """The points (n, P) with these parts."""
        weights = np.concatenate([self.out, self.direct], axis=2)
        named = {"W1": self.into, "b1": self.bias, "W2": weights, "b2": self.end}
        theta = np.empty((len(weights), surface.n_parameters))
        for name, view in surface.unpack(theta).items():
            view[:] = named[name]
        return theta


class Flip(NamedTuple):
    """The flip of a unit whose activation satisfies ``f(-z) = sigma f(z) + alpha z + beta``."""

    sigma: float
    alpha: float
    beta: float

    def __call__(self, parts: Parts, units: NDArray[np.bool_]) -> Parts:
        """Flip the marked units (n, hidden)."""
        sign = np.where(units, -1.0, 1.0)
        lost = np.where(units[:, np.newaxis], self.sigma * parts.out, 0.0)  # (n, n_outputs, hidden)
        direct = parts.direct
        if direct.shape[2]:
            direct = direct - self.alpha * np.einsum("nkj,nji->nki", lost, parts.into)
        end = parts.end - (lost * (self.alpha * parts.bias + self.beta)[:, np.newaxis]).sum(axis=2)
        out = parts.out * np.where(units, self.sigma, 1.0)[:, np.newaxis]
        return Parts(parts.into * sign[..., np.newaxis], parts.bias * sign, out, direct, end)


class TableSymmetry(NamedTuple):
    """A symmetry of a truth table: inputs x become ``matrix @ x + offset``, and the weighted sum of output k becomes
    ``sign[k]`` times that of output ``order[k]``, plus ``middle[k]``."""

    matrix: Array
    offset: Array
    order: tuple[int, ...]
    sign: Array
    middle: Array

    def __call__(self, parts: Parts) -> Parts:
        """The image of points."""
        order, sign = list(self.order), self.sign[:, np.newaxis]
        direct = parts.direct @ self.matrix if parts.direct.shape[2] else parts.direct
        end = parts.end + (parts.direct @ self.offset if parts.direct.shape[2] else 0.0)
        return Parts(
            parts.into @ self.matrix,
            parts.bias + parts.into @ self.offset,
            parts.out[:, order] * sign,
            direct[:, order] * sign,
            end[:, order] * self.sign + self.middle,
        )


def scaled(parts: Parts) -> Parts:
    """Balance units: scale them so that weights in and weights out have the same norm. The weights in of a unit that does
    nothing get norm 1."""
    inner = np.sqrt((parts.into**2).sum(axis=2) + parts.bias**2)
    outer = np.sqrt((parts.out**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        balanced = np.where(np.sqrt(inner) * np.sqrt(outer) > NOTHING, np.sqrt(outer) / np.sqrt(inner), 1.0 / inner)
    scale = np.where(inner > 0.0, balanced, np.where(outer > 0.0, outer, 1.0))
    return parts._replace(
        into=parts.into * scale[..., np.newaxis], bias=parts.bias * scale, out=parts.out / scale[:, np.newaxis]
    )


def shifted(parts: Parts) -> Parts:
    """Shift units so that their biases lie within half a period, from minus a quarter of it (excluded) to plus a quarter.
    The limits are moved by ``NOTHING``, so that rounding does not decide about a bias at a quarter."""
    turns = np.ceil(parts.bias / pi - 0.5 - NOTHING)
    out = parts.out * np.where(turns % 2, -1.0, 1.0)[:, np.newaxis]
    return parts._replace(bias=parts.bias - pi * turns, out=out)


def unit_vectors(parts: Parts) -> Array:
    """Unit vectors (n, hidden, V): weights in, bias and weights out of each unit, V = n_inputs + 1 + n_outputs."""
    return np.concatenate([parts.into, parts.bias[:, :, np.newaxis], parts.out.transpose(0, 2, 1)], axis=2)


def with_units(parts: Parts, vectors: Array) -> Parts:
    """The points with other units, given as unit vectors (n, hidden, V)."""
    n_inputs = parts.into.shape[2]
    out = vectors[:, :, n_inputs + 1 :].transpose(0, 2, 1)
    return parts._replace(into=vectors[:, :, :n_inputs], bias=vectors[:, :, n_inputs], out=out)


def nearest_scaled(units: Array, others: Array, n_outputs: int) -> Array:
    """Balanced unit vectors (..., V), each scaled by the c > 0 that brings it nearest to another (..., V).

    With weights in (and bias) u and weights out v, and u' and v' of the other, ``|c u - u'|^2 + |v / c - v'|^2`` is least at
    a root of ``|u|^2 c^4 - (u u') c^3 + (v v') c - |v|^2``; all four are tried. The factors that fit u alone and v alone are
    tried, too: they are best for units without v or u, and undo a scaling to the last bits. A unit that does nothing may
    have no nearest image, as larger factors bring it ever nearer.
    """
    u, v = units[..., :-n_outputs], units[..., -n_outputs:]
    to_u, to_v = others[..., :-n_outputs], others[..., -n_outputs:]
    uu, vv, u_to, v_to = (np.asarray((x * y).sum(axis=-1)) for x, y in ((u, u), (v, v), (u, to_u), (v, to_v)))
    companion = np.zeros((*u_to.shape, 4, 4))
    companion[..., range(1, 4), range(3)] = 1.0
    companion[..., 0, :] = np.stack(np.broadcast_arrays(u_to, 0.0, -v_to, vv), axis=-1)
    companion[..., 0, :] /= np.where(uu > 0.0, uu, 1.0)[..., np.newaxis]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        alone = np.stack([u_to / uu, vv / v_to], axis=-1)
    tried = np.concatenate([np.linalg.eigvals(companion).real, alone], axis=-1)  # of a complex root the real part, harmless
    c = np.where((tried > 0.0) & np.isfinite(tried), tried, 1.0)[..., np.newaxis]
    images = np.concatenate([c * u[..., np.newaxis, :], v[..., np.newaxis, :] / c], axis=-1)
    return _nearest(images, others)


def nearest_shifted(units: Array, others: Array, n_outputs: int) -> Array:
    """Unit vectors (..., V) of a sine, each shifted by the number of half periods that brings it nearest to another (...,
    V)."""
    images = np.stack([units, units], axis=-2)
    place = units.shape[-1] - n_outputs - 1  # of the bias
    images[..., 1, place] += pi
    images[..., 1, place + 1 :] *= -1.0
    away = np.asarray(others)[..., np.newaxis, place] - images[..., place]
    images[..., place] += 2.0 * pi * np.round(away / (2.0 * pi))
    return _nearest(images, others)


def _nearest(images: Array, others: Array) -> Array:
    """The nearest to another unit vector (..., V) out of n images (..., n, V) of each."""
    away = ((images - others[..., np.newaxis, :]) ** 2).sum(axis=-1)
    chosen: Array = np.take_along_axis(images, away.argmin(axis=-1)[..., np.newaxis, np.newaxis], axis=-2)[..., 0, :]
    return chosen
