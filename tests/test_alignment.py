"""Alignment: the nearest image against every order of the units and every choice of flips."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from landscape.critical.alignment import Pairing, nearest

Array = NDArray[np.float64]


def at_random(rng: np.random.Generator, hidden: int, numbers: int, flips: bool = True) -> Pairing:
    """Distances of no geometry, and flips that move so many numbers, as much as the distances matter."""
    away = rng.uniform(0.0, 4.0, size=(2, hidden, hidden))
    away[1] = away[1] if flips else np.inf
    moved = rng.normal(size=(hidden, numbers)) * (1.0 if flips else 0.0)
    return Pairing(away, rng.normal(scale=2.0, size=numbers), moved)


def least(of: Pairing) -> float:
    """The plain twin."""
    places = np.arange(len(of.moved))
    return min(
        of.away[flips, places, order].sum() + ((of.rest + of.moved[list(order)].T @ np.array(flips)) ** 2).sum()
        for order in itertools.permutations(places)
        for flips in itertools.product((0, 1), repeat=len(places))
        if np.isfinite(of.away[flips, places, order]).all()
    )


@pytest.mark.parametrize("numbers", [0, 1, 3])
@pytest.mark.parametrize("flips", [True, False])
def test_no_image_is_nearer(numbers: int, flips: bool, rng: np.random.Generator) -> None:
    for hidden in (1, 2, 3, 4):
        for _ in range(10):
            pairings = [at_random(rng, hidden, numbers, flips) for _ in range(3)]
            found = nearest(pairings)
            chosen = pairings[found.pairing]
            assert found.squares == pytest.approx(min(least(of) for of in pairings), rel=1e-9, abs=1e-12)
            assert sorted(found.order) == list(range(hidden))
            rest = chosen.rest + found.flipped @ chosen.moved[found.order]
            pairs = chosen.away[found.flipped.astype(int), np.arange(hidden), found.order]
            assert pairs.sum() + rest @ rest == pytest.approx(found.squares, rel=1e-12)
            assert flips or not found.flipped.any()


def test_without_units_the_nearest_rest_is_found() -> None:
    none = np.empty((2, 0, 0))
    found = nearest([Pairing(none, np.array([3.0, x]), np.empty((0, 2))) for x in (5.0, -4.0, 6.0)])
    assert (found.pairing, found.squares) == (1, 25.0)


def test_many_equal_flips_end() -> None:
    """Thirty units that all move the rest by the same, of which half must be flipped: a tree of 2**30 leaves, cut off."""
    hidden = 30
    away = np.zeros((2, hidden, hidden))
    moved = np.linspace(1.0, 1.0 + 1e-3, hidden)[:, np.newaxis] ** 2
    found = nearest([Pairing(away, np.array([-15.0003]), moved)])
    assert found.flipped.sum() == 15
    assert found.squares < 1e-3
