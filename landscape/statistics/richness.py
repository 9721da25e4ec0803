"""How complete a list of classes is, from how often each was hit."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.statistics.columns import numbers_of


def coverage(hits: ArrayLike) -> float:
    """Estimate the share of all hits, past and to come, that goes to the classes seen so far.

    The estimate is one minus the share of hits that went to classes hit once.

    Parameters
    ----------
    hits : array_like (classes,), whole numbers of 0 or more
        How often each class was hit.

    Returns
    -------
    float
        From 0 to 1; NaN without a hit.

    Raises
    ------
    ValueError, TypeError
        for other numbers, or another shape.

    References
    ----------
    Good 1953 (Turing's estimate).

    Examples
    --------
    >>> from landscape import statistics
    >>> statistics.coverage([6, 3, 1])
    0.9
    """
    counts = _counts(hits)
    total = counts.sum()
    return float(1.0 - (counts == 1).sum() / total) if total else float("nan")


def chao1(hits: ArrayLike) -> float:
    """Estimate how many classes there are at least, by those hit once and twice.

    Parameters
    ----------
    hits : array_like (classes,), whole numbers of 0 or more
        How often each class was hit.

    Returns
    -------
    float
        Number of classes hit, plus an estimate of those not yet hit.

    Raises
    ------
    ValueError, TypeError
        for other numbers, or another shape.

    References
    ----------
    Chao 1984, the form without bias.

    Examples
    --------
    >>> from landscape import statistics
    >>> statistics.chao1([5, 2, 1, 1, 1])
    6.5
    """
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
