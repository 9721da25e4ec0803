"""Kinds of points do not depend on what must not matter: the gradient tolerance, how many starts there are and in which
order, which member stands for a class. Surfaces with tails, plateaus and valleys, from starts of three widths."""

from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

import landscape as ls
from landscape.starts import draw_starts

WIDTHS, EACH = (1.0, 3.0, 6.0), 8
SQUARE = [[0, 0], [0, 1], [1, 0], [1, 1]]
CENTRED = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
TENTH = ls.Problem(SQUARE, [[0.1], [0.9], [0.9], [0.1]], name="xor within")
FIFTH = ls.Problem(CENTRED, [[-0.8], [0.8], [0.8], [-0.8]], name="xor centred within")
SURFACES = {
    "tanh, tanh": ls.Surface(activation="tanh", output="tanh"),
    "targets within, sigmoid": ls.Surface(TENTH),
    "targets within, tanh": ls.Surface(TENTH, activation="tanh"),
    "identity output": ls.Surface(output="identity"),
    "centred, tanh": ls.Surface(FIFTH, activation="tanh", output="tanh"),
    "sigmoid": ls.Surface(),
    "tanh": ls.Surface(activation="tanh"),
    "cross-entropy": ls.Surface(objective="cross_entropy"),
    "penalty": ls.Surface(l2=1e-3),
    "small penalty": ls.Surface(l2=1e-7),
    "and": ls.Surface("and"),
    "three units": ls.Surface(hidden=3),
    "one unit": ls.Surface(hidden=1),
    "no units": ls.Surface(hidden=0),
    "shortcut": ls.Surface(hidden=1, shortcut=True),
    "no bias": ls.Surface(hidden=3, bias=False),
    "softsign": ls.Surface(activation="softsign"),
    "softsign output": ls.Surface(TENTH, output="softsign"),
    "gaussian": ls.Surface(activation="gaussian"),
    "softplus": ls.Surface(activation="softplus"),
    "silu": ls.Surface(activation="silu"),
    "sine": ls.Surface(activation="sine", output="tanh"),
    "elu": ls.Surface(activation="elu", output="identity"),
    "relu": ls.Surface(activation="relu"),
    "leaky": ls.Surface(activation="leaky_relu", output="tanh"),
    "parity": ls.Surface("parity3", hidden=3, activation="tanh"),
    "two outputs": ls.Surface(ls.Problem(SQUARE, [[0, 1], [1, 0], [1, 0], [0, 1]], name="both"), activation="tanh"),
}


def starts(surface: ls.Surface) -> NDArray[np.float64]:
    """By turns of the three widths."""
    drawn = [draw_starts(surface, ls.Protocol(init_scale=width), EACH, seed=5) for width in WIDTHS]
    return np.stack(drawn, axis=1).reshape(-1, surface.n_parameters)


@lru_cache(maxsize=1)
def found(name: str) -> ls.Points:
    return ls.find_minima(SURFACES[name], starts(SURFACES[name]))


def kinds(points: ls.Points) -> list[str]:
    """Of each search's end."""
    of_class = points.table["kind"].astype(str).to_numpy()
    return [of_class[member] if member >= 0 else "none" for member in points.member]


@pytest.mark.parametrize("name", SURFACES)
def test_kinds_do_not_depend_on_what_must_not_matter(name: str) -> None:
    surface, theta, points = SURFACES[name], starts(SURFACES[name]), found(name)
    for gtol in (1e-8, 1e-12):
        assert kinds(ls.find_minima(surface, theta, gtol=gtol)) == kinds(points), gtol
    assert kinds(ls.find_minima(surface, theta[: len(theta) // 2])) == kinds(points)[: len(theta) // 2]
    backward = ls.find_minima(surface, theta[::-1].copy())
    assert kinds(backward)[::-1] == kinds(points)
    partition = {tuple(np.flatnonzero(points.member == n)) for n in range(len(points.table))}
    assert {tuple(np.flatnonzero(backward.member[::-1] == n)) for n in range(len(backward.table))} == partition
