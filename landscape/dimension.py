"""How rough the boundary between labels is: basin entropy, uncertainty exponent, box dimension.

Labels are an array of one or two dimensions, samples on an even grid of whatever names an outcome, or an object that has
such an array as ``labels``, a BasinMap for one.

Exponents are slopes of straight lines through logarithms of shares against logarithms of scales. Their error adds, as
squares, (1) what the slope varies by when each of sixteen tiles of the map is left out in turn (a jackknife), (2) the
standard deviation of the slopes of four neighbouring scales each, for a set that is not a power law at every scale, and (3)
half the difference between the slopes of the smaller and the larger scales, for one that is not yet a power law. With the
error of the straight line alone, the true dimension of lines, circles, Cantor sets, Koch's curve and Newton's basins lay
within two errors in a tenth to nine tenths of the cases.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape._checks import integer

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

PAIRS, BOXES = (1, 16), (4, 8)
"""The smallest scale, in samples, and which part of the shorter side is the largest, or of a line a quarter of that. Pairs
need no room; boxes of few samples miss what is thinner than the distance of samples."""
TILES = 16
"""Tiles of a map, four by four, or of a line."""
WINDOW = 4
"""Neighbouring scales whose slope shows the scatter; scales rise by the square root of 2."""


class BasinEntropy(NamedTuple):
    """Of a map cut into boxes.

    entropy, error : mean over all boxes of the entropy of their labels, in nats, and its standard error
    boundary_entropy, boundary_error : the same over the boxes that hold more than one label; NaN where none does
    boxes, boundary_boxes : how many there are
    """

    entropy: float
    error: float
    boundary_entropy: float
    boundary_error: float
    boxes: int
    boundary_boxes: int

    @property
    def fractal(self) -> bool:
        """Whether the boundary entropy is above log 2 by more than two errors: only where more than two labels meet, again
        and again, can it be (a sufficient condition, not a necessary one)."""
        return bool(self.boundary_entropy - 2.0 * self.boundary_error > np.log(2.0))


class Scaling(NamedTuple):
    """A power law and what it was fitted to.

    value, error : the exponent or the dimension, and its standard error
    scales : in samples
    shares : (scales,), of samples or boxes at that scale that see more than one label
    """

    value: float
    error: float
    scales: Codes
    shares: Array


def basin_entropy(map: Any, box: int = 5) -> BasinEntropy:
    """Basin entropy (Daza, Wagemakers, Georgeot, Guery-Odelin & Sanjuan 2016) of labels in boxes of ``box`` samples a side,
    which do not overlap; what is left over at the far edges belongs to none. Errors are a jackknife over tiles of the map:
    neighbouring boxes are alike."""
    codes = _codes(map)
    side = integer("box", box, 2)
    counts = tuple(length // side for length in codes.shape)
    if min(counts) < 1:
        raise ValueError(f"a box of {side} samples does not fit into a map of {codes.shape}; give a smaller box")
    cut = codes[tuple(slice(0, count * side) for count in counts)]
    held = cut.reshape([n for count in counts for n in (count, side)])
    held = np.moveaxis(held, range(1, held.ndim, 2), range(codes.ndim, held.ndim)).reshape(*counts, -1)
    entropy = np.zeros(counts)
    for label in np.unique(codes):
        part = (held == label).mean(axis=-1, dtype=np.float64)
        entropy -= part * np.log(np.where(part > 0.0, part, 1.0))
    mixed = (entropy > 0.0).astype(np.float64)
    total, boxes, crossed = (_by_tile(values) for values in (entropy, np.ones(counts), mixed))
    at_boundary = total.sum() / crossed.sum() if crossed.any() else np.nan
    return BasinEntropy(
        float(entropy.mean()),
        _jackknife(total, boxes),
        float(at_boundary),
        _jackknife(total, crossed) if crossed.any() else np.nan,
        entropy.size,
        int(mixed.sum()),
    )


def uncertainty_exponent(map: Any) -> Scaling:
    """Uncertainty exponent alpha (McDonald, Grebogi, Ott & Yorke 1985): the share of samples whose label another sample does
    not have that lies at a distance of s along an axis grows as s to the power alpha. Where alpha is small, knowing the
    start ten times better hardly helps to know the end. With d the dimension of the boundary and D that of the map,
    alpha = D - d."""
    codes = _codes(map)

    def differs(s: int) -> tuple[Array, Array]:
        hits, places = np.zeros(TILES), np.zeros(TILES)
        for axis in range(codes.ndim):
            along = np.moveaxis(codes, axis, 0)
            pair = np.moveaxis(along[s:] != along[:-s], 0, axis).astype(np.float64)
            hits += _by_tile(pair)
            places += _by_tile(np.ones(pair.shape))
        return hits, places

    return _scaling(codes, differs, *PAIRS)


def box_dimension(map: Any) -> Scaling:
    """Box-counting dimension of the boundary between labels. A box of s intervals a side holds s + 1 samples, and is counted
    when they do not all agree. Boxes are counted at every place, not only on one grid, which the result would depend on:
    their share grows as s to the power D - d, d the dimension of the boundary and D that of the map.

    Samples miss what is thinner than their distance, and small boxes the more so: on 300 x 300 samples the dimension comes
    out too small, by 0.04 for a line and 0.1 for Koch's curve. The uncertainty exponent suffers less from this, and is the
    better way to a dimension."""
    from scipy.ndimage import maximum_filter, minimum_filter  # not before they are asked for

    codes = _codes(map)

    def crossed(s: int) -> tuple[Array, Array]:
        inside = tuple(slice((s + 1) // 2, (s + 1) // 2 + length - s) for length in codes.shape)
        mixed = (maximum_filter(codes, size=s + 1) != minimum_filter(codes, size=s + 1))[inside]
        return _by_tile(mixed.astype(np.float64)), _by_tile(np.ones(mixed.shape))

    fit = _scaling(codes, crossed, *BOXES)
    return fit._replace(value=codes.ndim - fit.value)


def _codes(map: Any) -> Codes:
    """Labels as whole numbers, 0 upward."""
    labels = np.asarray(getattr(map, "labels", map))
    if labels.ndim not in (1, 2) or labels.size == 0:
        raise ValueError(f"labels of shape {labels.shape} are not a map; give an array of one or two dimensions")
    if labels.dtype.kind not in "biuUS":
        raise TypeError(f"labels of kind {labels.dtype} do not name outcomes; give whole numbers, True and False, or words")
    codes = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    return codes.astype(np.int64)


def _by_tile(values: Array) -> Array:
    """Sums (tiles,) over the tiles of a map."""
    across = TILES if values.ndim == 1 else int(np.sqrt(TILES))
    for axis, length in enumerate(values.shape):
        edges = np.unique(np.arange(across) * length // across)
        values = np.add.reduceat(values, edges, axis=axis)
    return values.ravel()


def _jackknife(total: Array, count: Array) -> float:
    """Standard error of ``total.sum() / count.sum()``, each tile left out in turn."""
    left = count.sum() - count
    if len(total) < 2 or (left == 0.0).any():
        return float("inf")
    without = (total.sum() - total) / left
    return float(np.sqrt((len(total) - 1) * np.mean((without - without.mean()) ** 2)))


def _scaling(codes: Codes, counted: Callable[[int], tuple[Array, Array]], smallest: int, part: int) -> Scaling:
    """The slope of log share over log scale; ``counted(scale)`` gives hits and places by tile."""
    part = part if codes.ndim == 2 else 4 * part
    scales = np.unique(np.round(np.sqrt(2.0) ** np.arange(60)).astype(np.int64))
    scales = scales[(scales >= smallest) & (scales <= min(codes.shape) // part)]
    if len(scales) < WINDOW + 2:
        raise ValueError(
            f"a map of {codes.shape} is too small for a fit; give at least {8 * smallest * part} samples a side"
        )
    if codes.max() == 0:
        raise ValueError("all labels are the same: there is no boundary; look elsewhere, or closer")
    hits, places = (np.array(each) for each in zip(*(counted(int(s)) for s in scales), strict=True))
    shares = hits.sum(axis=1) / places.sum(axis=1)
    if (shares == 0.0).any():
        raise ValueError("some scales see no boundary at all: it lies along the edge; give a map with more of it")
    x, y = np.log(scales), np.log(shares)

    def fit(values: Array, some: slice = slice(None)) -> Any:
        centred = x[some] - x[some].mean()
        return centred @ values[some] / (centred @ centred)

    left = places.sum(axis=1, keepdims=True) - places
    less: Array = hits.sum(axis=1, keepdims=True) - hits
    if (less <= 0.0).any():
        raise ValueError("the boundary lies in one corner of the map; give a map with more of it")
    without = fit(np.log(less / left))
    jackknife = np.sqrt((len(without) - 1) * np.mean((without - without.mean()) ** 2))
    windows = [fit(y, slice(first, first + WINDOW)) for first in range(len(x) - WINDOW + 1)]
    half = len(x) // 2
    bend = 0.5 * (fit(y, slice(0, half + 1)) - fit(y, slice(half, None)))
    return Scaling(float(fit(y)), float(np.sqrt(jackknife**2 + np.var(windows, ddof=1) + bend**2)), scales, shares)
