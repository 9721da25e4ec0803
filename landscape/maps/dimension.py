"""How rough the boundary of a map is: basin entropy, uncertainty exponent, box dimension.

A map is an array of labels (integers, booleans or strings) on a regular grid, of shape (n,) or (n, m), or an object with
such an array as its attribute ``labels``. A label names what a sample did, such as the minimum that a descent ended in;
which name it has does not matter. Distances are counted in samples, so both axes must have the same step.

The two exponents are slopes of a power law over a range of scales. Every scale is asked with the same number of samples:
two a distance, three an axis of a box. Boxes that take in all their samples miss more thin pieces the smaller they are: on
Cantor stripes of 300 samples their dimension came out 0.15 too low, with three samples an axis 0.002. The price: a set
without an inside, such as the samples nearest to a curve, does not serve as a region; give those on its sides their labels.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from landscape.summary import Summary, counted, span, summarized
from landscape.validation import integer, unmasked


class Labelled(Protocol):
    """Whatever holds a map as its attribute ``labels``."""

    @property
    def labels(self) -> ArrayLike: ...


@summarized
class BasinEntropy(NamedTuple):
    """Result of `basin_entropy`; entropies are in nats, between 0 and the logarithm of the number of labels."""

    entropy: float
    """Mean entropy of all boxes, 0 without a boundary."""
    entropy_error: float
    """Standard error of ``entropy``."""
    boundary_entropy: float
    """Mean entropy of the boxes with more than one label. NaN if there is none: then there is nothing to take a mean of."""
    boundary_entropy_error: float
    """Standard error of ``boundary_entropy``; NaN with fewer than two boundary boxes, which cannot tell it."""
    boxes: int
    """How many boxes there are."""
    boundary_boxes: int
    """How many of them hold more than one label."""
    fractal: bool
    """True if ``boundary_entropy`` is above ln 2 by more than its error, which is sufficient for a fractal boundary, not
    necessary: False says nothing, and on a map of two labels it can never be True."""

    def _summary(self) -> Summary:
        boundary = f", {self.boundary_entropy:.4g} +- {self.boundary_entropy_error:.2g}" if self.boundary_boxes else ""
        return Summary(
            f"BasinEntropy: {self.entropy:.4g} +- {self.entropy_error:.2g} nats (standard error) in "
            f"{counted(self.boxes, 'box', 'boxes')}; {self.boundary_boxes:,} at the boundary{boundary}; "
            f"{'' if self.fractal else 'not shown to be '}fractal",
            self._fields,
        )


@summarized
class UncertaintyExponent(NamedTuple):
    """Result of `uncertainty_exponent`."""

    exponent: float
    """Slope of log share against log distance: 1 for a smooth boundary of a plane map, 0 where every sample is uncertain."""
    error: float
    """Standard error of ``exponent``: spread over the map and departure from the power law together."""
    distances: NDArray[np.int64]
    """(scales,) distances that were fitted, in samples."""
    shares: NDArray[np.float64]
    """(scales,) share of samples which have another label at that distance."""

    def _summary(self) -> Summary:
        return Summary(
            f"UncertaintyExponent: {self.exponent:.4g} +- {self.error:.2g} (standard error), fitted to "
            f"{counted(len(self.distances), 'distance')}, {span(self.distances)} samples",
            self._fields,
            lambda: pd.DataFrame({"distance": self.distances, "share": self.shares}),
        )


@summarized
class BoxDimension(NamedTuple):
    """Result of `box_dimension`."""

    dimension: float
    """Dimension of the boundary: 1 for a smooth curve in a plane map, 2 where it is everywhere."""
    error: float
    """Standard error of ``dimension``: spread over the map and departure from the power law together."""
    sizes: NDArray[np.int64]
    """(scales,) sides of the boxes that were fitted, in steps from sample to sample."""
    shares: NDArray[np.float64]
    """(scales,) share of boxes of that side which hold more than one label."""

    def _summary(self) -> Summary:
        return Summary(
            f"BoxDimension: {self.dimension:.4g} +- {self.error:.2g} (standard error), fitted to "
            f"{counted(len(self.sizes), 'size')} of boxes, {span(self.sizes)} steps",
            self._fields,
            lambda: pd.DataFrame({"size": self.sizes, "share": self.shares}),
        )


TILES = 16
"""Parts of the map whose spread gives the sampling error: 4 by 4, or 16 in a row."""
PART = 16
"""The largest scale is the shorter side over this. Up to an eighth, a circle on 300 x 300 samples had its dimension 0.06 too
low, up to a sixteenth 0.04."""
SCALES = 5
"""The fewest for a fit, which 80 samples an axis allow for pairs and 160 for boxes."""


def _labels(map: ArrayLike | Labelled) -> NDArray[np.int64]:
    """Codes 0, 1, ... of the labels, in the shape of the map."""
    given = map.labels if hasattr(map, "labels") else map
    unmasked("labels", given)
    labels = np.asarray(given)
    if labels.dtype.kind not in "biuSU":
        raise TypeError(
            f"labels of kind {labels.dtype} are not names of outcomes; give integers, booleans or strings "
            "(a number that was measured, or NaN, must be turned into one of them first)"
        )
    if labels.ndim not in (1, 2) or labels.size == 0:
        raise ValueError(
            f"labels of shape {labels.shape} are not a map; give an array of one or two dimensions with samples in it"
        )
    return np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int64)


def _tile_sums(table: NDArray[Any]) -> NDArray[np.float64]:
    """(TILES,) sums of the table over its tiles, of equal size but for one row or column; an empty one sums to 0."""
    parts = [table]
    for axis in range(table.ndim):
        parts = [tile for part in parts for tile in np.array_split(part, round(TILES ** (1 / table.ndim)), axis=axis)]
    return np.array([tile.sum() for tile in parts], dtype=np.float64)


def _tile_error(parts: NDArray[np.float64]) -> float:
    """Standard error of the sum of one part a tile, parts counted from their mean. To first order it is the jackknife that
    leaves out one tile; unlike that, it exists when a single tile holds all the boundary."""
    return float(np.sqrt(TILES / (TILES - 1) * np.sum(parts**2)))


def basin_entropy(map: ArrayLike | Labelled, box: int = 5) -> BasinEntropy:
    """Mean entropy of the labels in a box.

    Boxes of ``box`` samples, or of ``box`` by ``box``, lie side by side from the first sample on; those which would reach
    over the last one are left out. A box in which the label k has the share p_k has entropy -sum p_k ln p_k.

    Boxes near each other are alike, so the error of a mean comes from the spread of 16 tiles of boxes. As few tiles may hold
    the boundary, the error of ``boundary_entropy`` is never taken to be less than that of independent boxes.

    Parameters
    ----------
    map : array_like (n,) or (n, m) of labels, or an object with such an array as ``labels``
    box : int, 2 or more, and not more than the shorter side

    Returns
    -------
    BasinEntropy
        Entropies in nats, their errors, and numbers of boxes.

    Raises
    ------
    TypeError
        for labels that are neither integers, booleans nor strings.
    ValueError
        for another shape or a box out of range.

    References
    ----------
    Daza, Wagemakers, Georgeot, Guery-Odelin & Sanjuan 2016, Sci. Rep. 6, 31416.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> x, y = np.meshgrid(np.arange(100), np.arange(100))
    >>> found = ls.basin_entropy(x + y < 100)
    >>> found.boxes, found.boundary_boxes, round(found.boundary_entropy, 3), found.fractal
    (400, 20, 0.673, False)
    """
    codes = _labels(map)
    box = integer("box", box, 2)
    if box > min(codes.shape):
        raise ValueError(
            f"box={box} does not fit in a map of shape {codes.shape}; give at most {min(codes.shape)}, or a larger map"
        )
    shape = tuple(side // box for side in codes.shape)
    boxes = int(np.prod(shape))
    place = np.arange(boxes).reshape(shape)
    for axis in range(codes.ndim):
        place = np.repeat(place, box, axis=axis)
    codes = codes[tuple(slice(number * box) for number in shape)]
    kinds = int(codes.max()) + 1
    found, counts = np.unique(place * kinds + codes, return_counts=True)  # one element a box and a label in it
    p = counts / box**codes.ndim
    entropies = np.bincount(found // kinds, weights=-p * np.log(p)).reshape(shape)
    boundary = (np.bincount(found // kinds) > 1).reshape(shape)
    entropy, at_boundary = float(entropies.mean()), int(boundary.sum())
    entropy_error = _tile_error(_tile_sums(entropies - entropy) / boxes)
    mean = float(entropies[boundary].mean()) if at_boundary else float("nan")
    error = float("nan")
    if at_boundary > 1:
        independent = float(entropies[boundary].std(ddof=1) / np.sqrt(at_boundary))
        error = max(independent, _tile_error(_tile_sums(np.where(boundary, entropies - mean, 0.0)) / at_boundary))
    return BasinEntropy(entropy, entropy_error, mean, error, boxes, at_boundary, bool(mean - error > np.log(2)))


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Slope of the straight line nearest to the points, by least squares."""
    return float((x - x.mean()) @ y / np.sum((x - x.mean()) ** 2))


def _power_law(codes: NDArray[np.int64], boxes: bool) -> tuple[float, float, NDArray[np.int64], NDArray[np.float64]]:
    """Exponent of the share of mixed places against their span; its error, the spans, the shares.

    A place is a pair of samples h apart along an axis or, for ``boxes``, a box with three samples an axis, each h from the
    next; its span is h or 2 h.

    The squared error is the sum of two: of the error over tiles of the map, and of the range of the slopes of any four
    neighbouring scales, half of it for pairs. The range holds what a straight line does not show: bends at either end, and
    the waves around its power law of a set that is similar to itself under some factors only. Slopes of boxes go on bending
    below the smallest scale: with half the range 3 of 14 maps of Newton's basins were off by more than two errors, with all
    of it none of 40.
    """
    steps = 2 if boxes else 1
    largest = min(codes.shape) // (PART * steps)
    if largest < SCALES:
        raise ValueError(
            f"a map of shape {codes.shape} has too few scales; give {SCALES * PART * steps} or more samples an axis"
        )
    if codes.max() == 0:
        raise ValueError("the map has one label only and so no boundary; give one with two labels or more")
    spacings = np.unique(np.rint(2.0 ** np.arange(0.0, np.log2(largest + 0.5), 1 / 3)).astype(np.int64))
    counts, shares = np.zeros((len(spacings), TILES)), np.zeros(len(spacings))
    for row, h in enumerate(spacings):
        places = 0
        for axes in [range(codes.ndim)] if boxes else [[axis] for axis in range(codes.ndim)]:
            high = low = codes
            for axis in axes:
                starts = [
                    (slice(None),) * axis + (slice(j * h, codes.shape[axis] - (steps - j) * h),) for j in range(steps + 1)
                ]
                high = np.maximum.reduce([high[start] for start in starts])
                low = np.minimum.reduce([low[start] for start in starts])
            counts[row] += _tile_sums(high != low)
            places += high.size
        if not counts[row].any():
            raise ValueError(
                f"no samples {h} apart differ: the map repeats, or its boundary is at an edge; give another or a larger"
            )
        shares[row] = counts[row].sum() / places
    x, y = np.log(spacings), np.log(shares)
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    sampling = _tile_error(weights @ (counts / counts.sum(axis=1, keepdims=True)))
    slopes = [_slope(x[i : i + 4], y[i : i + 4]) for i in range(len(x) - 3)]
    return _slope(x, y), float(np.hypot(sampling, np.ptp(slopes) * (1.0 if boxes else 0.5))), steps * spacings, shares


def uncertainty_exponent(map: ArrayLike | Labelled) -> UncertaintyExponent:
    """Exponent alpha of the share of uncertain samples.

    A sample is uncertain at a distance eps if one that far along an axis has another label; their share goes as eps**alpha,
    where alpha is the dimension of the map less that of its boundary. All pairs within the map count, along each axis.

    The truth was within two errors in 85 to 100 of 100 maps of about 240 samples an axis, and in 80 to 100 of about 120:
    lines, circles, Cantor sets, Sierpinski's carpet and triangle, Koch's snowflake and Newton's basins, of random size and
    place. Of sets like Cantor's the error is several times the scatter.

    Parameters
    ----------
    map : array_like (n,) or (n, m) of labels, 80 or more samples an axis, or an object with such an array as ``labels``

    Returns
    -------
    UncertaintyExponent
        exponent, its error, distances and shares that were fitted.

    Raises
    ------
    TypeError
        for labels that are neither integers, booleans nor strings.
    ValueError
        for another shape, too few samples, or no boundary.

    References
    ----------
    McDonald, Grebogi, Ott & Yorke 1985, Physica D 17, 125.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> x, y = np.meshgrid(np.arange(120), np.arange(120))
    >>> found = ls.uncertainty_exponent((x - 60) ** 2 + (y - 60) ** 2 < 40**2)
    >>> round(found.exponent, 2), round(found.error, 2)
    (1.02, 0.01)
    """
    return UncertaintyExponent(*_power_law(_labels(map), boxes=False))


def box_dimension(map: ArrayLike | Labelled) -> BoxDimension:
    """Box dimension of the boundary between the labels, by box counting.

    A box is a boundary box if its samples, three an axis, hold more than one label. The share of boundary boxes over all
    places of the box within the map, so that no offset of a grid is preferred, goes as its side to the power of the
    dimension of the map less that of the boundary. A curve that is small against the map comes out a little too low, as
    boxes see two of its pieces at once: a circle by 0.04.

    On the maps that ``uncertainty_exponent`` names, of about 240 samples, the truth was within two errors as often.

    Parameters
    ----------
    map : array_like (n,) or (n, m) of labels, 160 or more samples an axis, or an object with such an array as ``labels``

    Returns
    -------
    BoxDimension
        dimension, its error, sizes and shares that were fitted.

    Raises
    ------
    TypeError
        for labels that are neither integers, booleans nor strings.
    ValueError
        for another shape, too few samples, or no boundary.

    References
    ----------
    Falconer 2003, Fractal Geometry, chapter 3.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> x, y = np.meshgrid(np.arange(200), np.arange(200))
    >>> found = ls.box_dimension(x + y < 200)
    >>> round(found.dimension, 2), round(found.error, 2)
    (0.99, 0.03)
    """
    codes = _labels(map)
    exponent, error, sizes, shares = _power_law(codes, boxes=True)
    return BoxDimension(codes.ndim - exponent, error, sizes, shares)
