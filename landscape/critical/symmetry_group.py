"""The group of symmetries of a surface: images of a point, its canonical image, and the image nearest to another point."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product
from math import factorial, isqrt, lgamma, log, log10
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.critical.alignment import Pairing, nearest
from landscape.critical.units import (
    Flip,
    Parts,
    TableSymmetry,
    nearest_scaled,
    nearest_shifted,
    scaled,
    shifted,
    unit_vectors,
    with_units,
)
from landscape.summary import Summary, network, summarized
from landscape.surface import Surface
from landscape.validation import real, shaped

Array = NDArray[np.float64]

SAME = 1e-9
"""Relative rounding error: by so much a loss may change under a symmetry, and two scores may differ that count as equal."""
PART = 2**20
"""Numbers in the images of points that are held in memory at a time."""
MOST_IMAGES = 10**6
"""Most images of one point that are listed: it takes half a minute. Their number grows faster than exponentially in the
width."""
FARTHEST = 1e150
"""Largest parameter of a point whose images are compared: squares of larger ones may overflow."""
ROUNDING = 1e-13
"""Relative distance below which an image is the other point, but for rounding."""


@summarized
@dataclass(frozen=True, eq=False)
class Symmetries:
    """The symmetries of a surface that were found to hold.

    Attributes
    ----------
    flip : how a hidden unit is flipped, or None
    shifts : whether a unit may be shifted by half a period
    scales : whether a unit may be scaled
    table : the symmetries of the truth table, the identity first
    """

    surface: Surface
    flip: Flip | None
    shifts: bool
    scales: bool
    table: tuple[TableSymmetry, ...]

    def _summary(self) -> Summary:
        size = lgamma(self.surface.hidden + 1) / log(10) + log10(2) * self.surface.hidden * bool(self.flip)
        number = f"{self.order:,}" if size < 12 else f"about 10^{size + log10(len(self.table)):.0f}"
        return Summary(
            f"Symmetries of {network(self.surface)}, order {number}: {', '.join(self.generators) or 'none'}",
            ("order", "generators", "canonicalize(theta)", "orbit_size(theta)", "flip", "shifts", "scales", "table"),
        )

    @property
    def order(self) -> int:
        """Elements of the finite part of the group: permutations of units, flips, symmetries of the truth table."""
        hidden = self.surface.hidden
        return factorial(hidden) * (2**hidden if self.flip else 1) * len(self.table)

    @property
    def generators(self) -> list[str]:
        """The kinds of symmetries that hold, in words."""
        found = [f"permutations of {self.surface.hidden} hidden units"] if self.surface.hidden > 1 else []
        if self.flip:
            found.append("sign flips of hidden units")
        if self.shifts:
            found.append("shifts of hidden units by half a period")
        if self.scales:
            found.append("positive scaling of hidden units")
        if len(self.table) > 1:
            found.append(f"{len(self.table)} symmetries of the truth table")
        return found

    def canonicalize(self, theta: ArrayLike) -> Array:
        """The canonical image (..., P) of each point (..., P), which is equal, up to rounding, for all points of an orbit.

        Units that may be scaled are balanced (weights in and weights out have the same norm); then units are flipped and
        ordered by fixed linear forms. Of the images under the symmetries of the truth table, the one with the largest score
        is taken."""
        flat, lead = self._points(theta)
        chosen = np.concatenate([self._chosen(part) for part in self._in_parts(flat)])
        return chosen.reshape(*lead, self.surface.n_parameters)

    def _points(self, theta: ArrayLike, measured: bool = False) -> tuple[Array, tuple[int, ...]]:
        """Points as ``Surface.flat`` returns them. Raises ValueError for points that are not finite and, where lengths are
        ``measured`` or units are scaled, for points beyond ``FARTHEST``: these cannot be compared with their images."""
        flat, lead = self.surface.flat(theta)
        farthest = FARTHEST if measured or self.scales else np.finfo(np.float64).max
        if not (np.abs(flat) <= farthest).all():
            raise ValueError(
                f"theta is not finite, or beyond {farthest:.4g}, and cannot be compared with its images; give finite points "
                "nearer to 0, a diverged run up to where it was"
            )
        return flat, lead

    def _in_parts(self, flat: Array) -> list[Array]:
        """Split points (n, P) into groups whose images take 8 MB; all images of a thousand points on parity5 take
        gigabytes."""
        return np.array_split(flat, 1 + flat.size * len(self.table) // PART)

    def _chosen(self, flat: Array) -> Array:
        images = self.images(flat)
        scores = images @ generic_numbers(self.surface.n_parameters)
        best = scores.max(axis=0)
        first = (scores >= best - SAME * (1.0 + np.abs(best))).argmax(axis=0)
        chosen: Array = images[first, np.arange(len(flat))]
        return chosen

    def images(self, theta: Array) -> Array:
        """Images (symmetries, n, P) of points (n, P) under every symmetry of the truth table, with units in normal form."""
        parts = Parts.of(self.surface, theta)
        return np.stack([self.units_in_order(symmetry(parts)).flat(self.surface) for symmetry in self.table])

    def units_in_order(self, parts: Parts) -> Parts:
        """Bring units into normal form: scaled, shifted, flipped and ordered."""
        if not self.surface.hidden:
            return parts
        parts = scaled(parts) if self.scales else parts
        parts = shifted(parts) if self.shifts else parts
        if self.flip:
            everywhere = np.ones(parts.bias.shape, np.bool_)
            other = self.flip(parts, everywhere)
            other = shifted(other) if self.shifts else other
            parts = self.flip(parts, self._key(other) > self._key(parts))
            parts = shifted(parts) if self.shifts else parts
        vectors = unit_vectors(parts)
        order = np.argsort(vectors @ generic_numbers(vectors.shape[2]), axis=1, kind="stable")
        return with_units(parts, np.take_along_axis(vectors, order[:, :, np.newaxis], axis=1))

    def outputs(self, theta: Array) -> Array:
        """Outputs (n, patterns * n_outputs) at points (n, P), taken at the image under the symmetries of the truth table at
        which they score highest. All points of an orbit have the same outputs, and similar networks have similar ones."""
        found = self.surface.forward(self.images(theta))
        found = found.reshape(len(self.table), len(theta), -1)
        best = (found @ generic_numbers(found.shape[2])).argmax(axis=0)
        chosen: Array = found[best, np.arange(len(theta))]
        return chosen

    def _key(self, parts: Parts) -> Array:
        """A score (n, hidden) of each unit by which it and its flip are told apart: a fixed linear form of the parameters
        that the flip changes."""
        vectors = unit_vectors(parts)
        if self.flip and self.flip.sigma > 0.0:
            vectors = vectors[:, :, : -self.surface.table.n_outputs]
        key: Array = vectors @ generic_numbers(vectors.shape[2])
        return key

    def orbit(self, theta: ArrayLike) -> Array:
        """All images (order, P) of one point (P,) under the finite part of the group; some may be equal. Raises ValueError
        for more than a million images: from 7 sigmoid units on XOR."""
        if self.order > MOST_IMAGES:
            raise ValueError(
                f"a point has {self.order} images here, too many to list; take canonicalize to tell whether two points are "
                "images of each other, aligned for the nearest image, orbit_size for their number"
            )
        flat, lead = self._points(theta)
        if lead:
            raise ValueError(f"theta of shape {(*lead, *flat.shape[1:])} is not one point; give shape {flat.shape[1:]}")
        hidden = self.surface.hidden
        found = []
        for symmetry, units in product(self.table, self._flips()):
            parts = symmetry(Parts.of(self.surface, flat))
            parts = self.flip(parts, units[np.newaxis]) if self.flip else parts
            for order in permutations(range(hidden)):
                turned = with_units(parts, unit_vectors(parts)[:, list(order)])
                found.append(turned.flat(self.surface)[0])
        return np.array(found)

    def _flips(self) -> list[NDArray[np.bool_]]:
        choices = (False, True) if self.flip else (False,)
        return [np.array(units, dtype=np.bool_) for units in product(choices, repeat=self.surface.hidden)]

    def orbit_size(self, theta: ArrayLike, tolerance: float = 1e-6) -> Any:
        """Number (...) of different images of each point (..., P) under the finite part of the group; images closer than the
        tolerance count as equal. Where scaling makes an orbit infinite, its balanced members are counted. The numbers are
        integers; beyond 2**63, as from 16 units on, they are floating-point numbers, and inf beyond 1e308."""
        flat, lead = self._points(theta)
        tolerance = real("tolerance", tolerance, least=0.0)
        sizes = [size for part in self._in_parts(flat) for size in self._sizes(part, tolerance)]
        if max(sizes, default=0) < 2**63:
            return np.array(sizes, np.int64).reshape(lead)[()]
        return np.array([float(size) if size < 2**1023 else np.inf for size in sizes]).reshape(lead)[()]

    def _sizes(self, flat: Array, tolerance: float) -> list[int]:
        normal, images = self.units_in_order(Parts.of(self.surface, flat)), self.images(flat)
        back = np.abs(images - normal.flat(self.surface)).max(axis=2, initial=0.0) <= tolerance
        sizes: list[int] = []
        vectors = unit_vectors(normal)
        for row in range(len(flat)):
            left, ways = list(vectors[row]), factorial(self.surface.hidden)
            while left:
                unit = left.pop()
                twins = [other for other in left if np.abs(other - unit).max() <= tolerance]
                left = [other for other in left if np.abs(other - unit).max() > tolerance]
                ways //= factorial(1 + len(twins))
                ways *= (2 if self._turns(unit, tolerance) else 1) ** (1 + len(twins))
            sizes.append(ways * (len(self.table) // int(back[:, row].sum())))
        return sizes

    def _turns(self, unit: Array, tolerance: float) -> bool:
        """Whether a flip changes a unit (V,) by more than the tolerance."""
        if self.flip is None:
            return False
        changes = unit if self.flip.sigma < 0.0 else unit[: -self.surface.table.n_outputs]
        return bool(np.abs(changes).max(initial=0.0) > tolerance)

    def aligned(self, theta: Array, other: Array) -> Array:
        """The image (P,) of one point that is nearest to another point (P,), or the point itself if no image is nearer.

        All ``generators`` are used. For each symmetry of the truth table a linear assignment pairs the units of the two
        points; each unit is flipped if that brings it nearer, and scaled or shifted in the best way for its partner. Where
        flips change nothing but their own units, the result is exact, in a time that grows with the cube of the width. Where
        they change the output biases or the shortcut, all flips are chosen together by branch and bound, which is exact
        within ``MOST_BRANCHES`` branches; a nearer image may exist beyond (see ``alignment``). If the other point is an
        image but for rounding, it is returned bit for bit.
        """
        points = {"theta": theta, "other": other}
        theta, other = (shaped(name, point, (self.surface.n_parameters,)) for name, point in points.items())
        self._points(np.stack([theta, other]), measured=True)
        there = Parts.of(self.surface, other[np.newaxis])
        beside = [self._beside(symmetry(Parts.of(self.surface, theta[np.newaxis])), there) for symmetry in self.table]
        found = nearest([pairing for _, _, pairing in beside])
        parts, images, _ = beside[found.pairing]
        turned = np.zeros((1, self.surface.hidden), np.bool_)
        turned[0, found.order] = found.flipped
        parts = self.flip(parts, turned) if self.flip else parts
        units = images[found.flipped.astype(np.int64), np.arange(self.surface.hidden), found.order]
        image = with_units(parts, units[np.newaxis]).flat(self.surface)[0]
        away = float(np.linalg.norm(image - other))
        if away <= ROUNDING * float(np.linalg.norm(other)):
            return other.copy()
        return image if away < float(np.linalg.norm(theta - other)) else theta

    def _beside(self, parts: Parts, there: Parts) -> tuple[Parts, Array, Pairing]:
        """Compare the units of one point with those of another, each with each.

        Returns the point, the images (2, hidden, hidden, V) of its units, not flipped and flipped, and the pairing that
        holds their squared distances. Entry (i, j) is the image of unit j that is nearest to unit i of the other point."""
        others = unit_vectors(there)[0]
        sides = [parts, self.flip(parts, np.ones(parts.bias.shape, np.bool_))] if self.flip else [parts]
        images = np.stack([self._nearest_units(side, others) for side in sides])
        away = ((images - others[:, np.newaxis]) ** 2).sum(axis=3)
        rest = _rest(parts)
        moved = np.zeros((len(others), rest.shape[1]))
        if self.flip:
            each = Parts(*(np.repeat(part, len(others), axis=0) for part in parts))
            moved = _rest(self.flip(each, np.eye(len(others), dtype=np.bool_))) - rest
        else:
            away = np.concatenate([away, np.full_like(away, np.inf)])
        return parts, images, Pairing(away, (rest - _rest(there))[0], moved)

    def _nearest_units(self, parts: Parts, there: Array) -> Array:
        """Images (hidden, hidden, V) of the units of one point under scaling or shifts; entry (i, j) is the image of unit j
        that is nearest to unit i of ``there`` (hidden, V)."""
        n_outputs, pairs = self.surface.table.n_outputs, (*there.shape[:1], *there.shape)
        others = np.broadcast_to(there[:, np.newaxis], pairs)
        if self.scales:
            return nearest_scaled(np.broadcast_to(unit_vectors(scaled(parts))[0], pairs), others, n_outputs)
        here = np.broadcast_to(unit_vectors(parts)[0], pairs)
        return nearest_shifted(here, others, n_outputs) if self.shifts else here


def _rest(parts: Parts) -> Array:
    """Parameters (n, m) that all units share: shortcut weights and output biases."""
    return np.concatenate([parts.direct.reshape(len(parts.end), -1), parts.end], axis=1)


@lru_cache
def generic_numbers(n: int) -> Array:
    """n numbers of which no sums and differences vanish: square roots of primes, scaled to 1 at most. Fixed linear forms
    made of them tell points apart."""
    primes: list[int] = []
    number = 2
    while len(primes) < n:
        if all(number % prime for prime in primes if prime <= isqrt(number)):
            primes.append(number)
        number += 1
    return np.sqrt(np.array(primes, dtype=np.float64) / (primes[-1] if primes else 1.0))
