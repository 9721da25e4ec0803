"""Alignment: the nearest image of a point under permutations and flips of units and symmetries of the truth table.

The squared distance of two points is a sum over pairs of units, plus |r|^2, where r is the difference of the shared
parameters: output biases and shortcut weights. Where flips leave the shared parameters alone (tanh), each pair takes the
cheaper sign, and one linear assignment is exact. Where a flip changes them (sigmoid turns ``v f(z)`` into ``v - v f(-z)``),
all flips must be chosen together. Since

    |r|^2 = max over p of 2 p r - |p|^2,

the linear assignment for any p gives a lower bound. The method of Frank and Wolfe (1956) finds the best p. Where the best
image is farther away than the bound, branch and bound goes on: one unit is flipped in one branch and not in the other.
"""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Array = NDArray[np.float64]

ROUNDS = 12
"""Linear assignments solved for one lower bound."""
MOST_BRANCHES = 300
"""Branches after which the search returns the best image found so far. Between random points on XOR, sigmoid needed 3 for up
to 5 units and 10 for 64 units; relu and softplus with a shortcut, whose flips change three numbers, 32 and 49 for 64."""
EXACT = 1e-13
"""Relative rounding error of a squared distance, by which a lower bound may miss it."""


class Pairing(NamedTuple):
    """The squared distance of one point's images from another point, as a function of pairs and flips.

    away : (2, hidden, hidden), squared distance of unit i of the other point and unit j of this one, not flipped and flipped
    rest : (m,), difference of the shared parameters: output biases and shortcut weights
    moved : (hidden, m), what the flip of each unit adds to ``rest``
    """

    away: Array
    rest: Array
    moved: Array


class Image(NamedTuple):
    """One image of a point.

    pairing : number of the pairing
    order : (hidden,), the unit of the point that stands at each place
    flipped : (hidden,), which of these units are flipped
    squares : squared distance from the other point
    """

    pairing: int
    order: NDArray[np.int64]
    flipped: NDArray[np.bool_]
    squares: float


class _Bound(NamedTuple):
    """What is known of all images with some flips decided.

    best : the nearest image seen
    least : a lower bound of their squared distances
    undecided : the unit to branch on next, -1 for none
    """

    best: Image
    least: float
    undecided: int


def nearest(pairings: list[Pairing]) -> Image:
    """The nearest image over all pairings; after ``MOST_BRANCHES`` branches the nearest one seen."""
    best: Image | None = None
    branches: list[tuple[float, int, int, NDArray[np.int64], int]] = []
    number = 0

    def look(pairing: int, decided: NDArray[np.int64]) -> None:
        nonlocal best, number
        found = _bound(pairings[pairing], pairing, decided, np.inf if best is None else best.squares)
        best = found.best if best is None or found.best.squares < best.squares else best
        number += 1
        if found.undecided >= 0:
            heappush(branches, (found.least, number, pairing, decided, found.undecided))

    for pairing in range(len(pairings)):
        look(pairing, np.full(len(pairings[pairing].moved), -1))
    assert best is not None
    for _ in range(MOST_BRANCHES):
        if not branches or branches[0][0] >= best.squares * (1.0 - EXACT):
            break
        _, _, pairing, decided, unit = heappop(branches)
        for flip in (0, 1):
            look(pairing, np.where(np.arange(len(decided)) == unit, flip, decided))
    return best


def _improved(of: Pairing, image: Image) -> Image:
    """The image after greedy flips: the unit whose flip gains most is flipped, as long as a flip brings the image nearer."""
    flipped, places = image.flipped.copy(), np.arange(len(image.order))
    sides = of.away[:, places, image.order]
    toward = of.moved[image.order]
    rest, squares = of.rest + flipped @ toward, image.squares
    for _ in places:
        change = np.where(flipped, -1.0, 1.0)[:, np.newaxis] * toward
        one, other = np.where(flipped, sides[::-1], sides)
        gained = one - other - 2.0 * change @ rest - (change**2).sum(axis=1)
        unit = int(gained.argmax())
        if not gained[unit] > EXACT * squares:
            break
        flipped[unit] = not flipped[unit]
        rest, squares = rest + change[unit], squares - float(gained[unit])
    return image._replace(flipped=flipped, squares=squares)


def _bound(of: Pairing, number: int, decided: NDArray[np.int64], limit: float) -> _Bound:
    """Bound the images of one pairing with some flips decided: ``decided`` (hidden,) is 0 or 1 for a unit whose flip is
    decided, -1 for any other. Stops early once the lower bound reaches ``limit``."""
    places = np.arange(len(decided))
    plain = np.where(decided == 1, np.inf, of.away[0])
    turned = np.where(decided == 0, np.inf, of.away[1])
    price = np.zeros(len(of.rest))
    cost, share = 0.0, np.zeros(len(decided))  # of the mixture of all assignments so far
    best: Image | None = None
    least = 0.0
    nothing = EXACT**2 * float(of.rest @ of.rest + (of.moved**2).sum())
    for step in range(ROUNDS):
        raised = turned + 2.0 * (of.moved @ price)
        _, order = linear_sum_assignment(np.minimum(plain, raised))
        flipped = raised[places, order] < plain[places, order]
        chosen = np.where(flipped, turned[places, order], plain[places, order])
        least = max(least, np.where(flipped, raised[places, order], chosen).sum() + (2.0 * of.rest - price) @ price)
        flips = np.zeros(len(decided))
        flips[order] = flipped
        rest = of.rest + flips @ of.moved
        squares = float(chosen.sum() + rest @ rest)
        if best is None or squares < best.squares:
            best = Image(number, order, flipped, squares)
        if not of.moved.any() or least + nothing >= min(limit, best.squares) * (1.0 - EXACT):
            return _Bound(best, least, -1)
        toward = rest - price if step else rest
        slope, bend = chosen.sum() - cost + 2.0 * price @ toward, toward @ toward
        part = 1.0 if step == 0 or bend == 0.0 else min(max(-0.5 * slope / bend, 0.0), 1.0)
        cost += part * (chosen.sum() - cost)
        share += part * (flips - share)
        price = price + part * toward
    assert best is not None
    best = _improved(of, best)
    mixed = np.where(decided == -1, share * (1.0 - share) * np.sqrt((of.moved**2).sum(axis=1)), -1.0)
    return _Bound(best, least, int(mixed.argmax()) if (decided == -1).any() else -1)
