"""The parameters of a network by kind, and maps of them under which its outputs stay or turn in a known way."""

from math import pi, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.surface import Surface

Array = NDArray[np.float64]

NOTHING = 1e-9
"""A unit whose weights in and out have a smaller geometric mean does nothing; a bias nearer to a quarter period is one."""


class Parts(NamedTuple):
    """The parameters (n, P) of n points by kind; what a surface does not have is zero, or has no columns."""

    into: Array  # (n, hidden, n_inputs)
    bias: Array  # (n, hidden)
    out: Array  # (n, n_outputs, hidden)
    direct: Array  # (n, n_outputs, n_inputs), or no columns
    end: Array  # (n, n_outputs)

    @classmethod
    def of(cls, surface: Surface, theta: Array) -> "Parts":
        n, hidden, table = len(theta), surface.hidden, surface.table
        named = surface.unpack(theta)
        weights = named["W2"]
        none = np.zeros((n, 0, table.n_inputs)), np.zeros((n, 0)), np.zeros((n, table.n_outputs))
        return cls(
            named["W1"].copy() if hidden else none[0],
            named["b1"].copy() if hidden and surface.bias else np.zeros((n, hidden)),
            weights[:, :, :hidden].copy(),
            weights[:, :, hidden:].copy(),
            named["b2"].copy() if surface.bias else none[2],
        )

    def flat(self, surface: Surface) -> Array:
        weights = np.concatenate([self.out, self.direct], axis=2)
        pieces = [self.into, self.bias, weights, self.end] if surface.bias else [self.into, weights]
        return np.concatenate([piece.reshape(len(piece), prod(piece.shape[1:])) for piece in pieces], axis=1)


class Flip(NamedTuple):
    """``f(-z) = sigma f(z) + alpha z + beta``."""

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
    """Inputs x become ``matrix @ x + offset``; output k becomes output ``order[k]``, ``sign[k]`` times its sum plus
    ``middle[k]``."""

    matrix: Array
    offset: Array
    order: tuple[int, ...]
    sign: Array
    middle: Array

    def __call__(self, parts: Parts) -> Parts:
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
    """Units with weights in and out of the same norm; of one that does nothing, those in of norm 1."""
    inner = np.sqrt((parts.into**2).sum(axis=2) + parts.bias**2)
    outer = np.sqrt((parts.out**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        balanced = np.where(np.sqrt(inner) * np.sqrt(outer) > NOTHING, np.sqrt(outer) / np.sqrt(inner), 1.0 / inner)
    scale = np.where(inner > 0.0, balanced, np.where(outer > 0.0, outer, 1.0))
    return parts._replace(
        into=parts.into * scale[..., np.newaxis], bias=parts.bias * scale, out=parts.out / scale[:, np.newaxis]
    )


def shifted(parts: Parts) -> Parts:
    """Units with a bias within half a period: above minus a quarter of it, by a hair, so that the quarter itself is in."""
    turns = np.ceil(parts.bias / pi - 0.5 - NOTHING)
    out = parts.out * np.where(turns % 2, -1.0, 1.0)[:, np.newaxis]
    return parts._replace(bias=parts.bias - pi * turns, out=out)


def unit_vectors(parts: Parts) -> Array:
    """Weights in, bias and weights out of each unit, (n, hidden, n_inputs + 1 + n_outputs)."""
    return np.concatenate([parts.into, parts.bias[:, :, np.newaxis], parts.out.transpose(0, 2, 1)], axis=2)
