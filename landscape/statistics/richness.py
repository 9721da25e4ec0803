"""How complete a list of classes is, from how often each was hit."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.statistics.columns import numbers_of


def coverage(hits: ArrayLike) -> float:
    """Share of all hits, past and to come, that goes to the classes seen so far: one minus the share of classes hit once
    (Good 1953, Turing's estimate). ``hits`` (classes,) counts each class; NaN without a hit."""
    counts = _counts(hits)
    total = counts.sum()
    return float(1.0 - (counts == 1).sum() / total) if total else float("nan")


def chao1(hits: ArrayLike) -> float:
    """How many classes there are at least, by those hit once and twice (Chao 1984, the form without bias). ``hits``
    (classes,) counts each class."""
    counts = _counts(hits)
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return float((counts > 0).sum() + once * (once - 1) / (2.0 * (twice + 1)))


def _counts(hits: ArrayLike) -> NDArray[np.float64]:
    """How often each class was hit (classes,)."""
    allowed = "how often each class was hit, a whole number of 0 or more for each"
    counts = numbers_of("hits", hits, allowed)
    if counts.ndim != 1 or not ((counts >= 0.0) & (counts < np.inf) & (counts == np.floor(counts))).all():
        raise ValueError(f"hits={hits!r} is not allowed; give {allowed}")
    return counts
