"""Two samples of runs, or pairs of them: difference of rates, tests of rates and of times."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from landscape.statistics.rates import wilson_interval

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

BOSCHLOO = 100
"""Up to so many runs a level the unpaired test is Boschloo's. It takes 0.1 s there and 1.4 s at 400; Fisher's, with less
power, comes near it: p = 0.0044 and 0.0064 where about 30 and 45 of 100 are solved, 1.7e-6 and 2.1e-6 of 400."""


def difference_interval(x: Flags, y: Flags, paired: bool, confidence: float) -> tuple[float, float]:
    """Interval of the rate of y less that of x, from the Wilson intervals of both (Newcombe 1998, method 10; of pairs
    Newcombe 1998b, method 10 there, with the correlation of the pairs)."""
    p, q = x.mean(), y.mean()
    (p_low, q_low), (p_high, q_high) = wilson_interval([x.sum(), y.sum()], [len(x), len(y)], confidence)
    correlation = 0.0
    if paired:
        n = len(x)
        a, b, c, d = (x & y).sum(), (x & ~y).sum(), (~x & y).sum(), (~x & ~y).sum()
        product = float((a + b) * (c + d)) * float((a + c) * (b + d))
        inner = float(a * d - b * c)
        if inner > 0.0:
            inner = max(inner - n / 2.0, 0.0)
        correlation = inner / np.sqrt(product) if product > 0.0 else 0.0
    below = (q - q_low) ** 2 + (p_high - p) ** 2 - 2.0 * correlation * (q - q_low) * (p_high - p)
    above = (q_high - q) ** 2 + (p - p_low) ** 2 - 2.0 * correlation * (q_high - q) * (p - p_low)
    return float(q - p - np.sqrt(max(below, 0.0))), float(q - p + np.sqrt(max(above, 0.0)))


Columns: TypeAlias = Mapping[str, Any] | pd.DataFrame


def logrank(one: Columns, other: Columns, paired: bool) -> tuple[float, float]:
    """Score z, positive where ``other`` is solved earlier, and two-sided p, from the columns solved, epochs and budget of
    both. Runs not solved are censored at the budget. Each run's score is what it did less what was to be expected of it, the
    cumulative hazard of all runs up to its time; the sum of the scores of one level is the log-rank statistic (Peto & Peto
    1972)."""
    solved = np.concatenate([one["solved"], other["solved"]])
    times = np.concatenate([np.where(each["solved"], each["epochs"], each["budget"]) for each in (one, other)])
    second = np.arange(len(times)) >= len(one["solved"])
    when, place = np.unique(times, return_inverse=True)
    events = np.bincount(place, weights=solved, minlength=len(when))
    at_risk = len(times) - np.concatenate([[0], np.cumsum(np.bincount(place, minlength=len(when)))[:-1]])
    scores = solved - np.cumsum(events / at_risk)[place]
    if paired:
        apart = scores[second] - scores[~second]
        statistic, variance = apart.sum(), (apart**2).sum()
    else:
        later = np.bincount(place, weights=second, minlength=len(when))
        of_second = later[::-1].cumsum()[::-1]
        share = of_second / at_risk
        left = np.where(at_risk > 1, (at_risk - events) / np.maximum(at_risk - 1, 1), 0.0)
        statistic, variance = scores[second].sum(), (events * share * (1.0 - share) * left).sum()
    z = float(statistic / np.sqrt(variance)) if variance > 0.0 else 0.0
    return z, float(2.0 * ndtr(-abs(z)))


def holm(p: ArrayLike) -> Array:
    """p-values (n,) corrected for all of them (Holm 1979): the family-wise error stays below the level."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    corrected = np.empty(len(values))
    corrected[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1.0)
    return corrected


def test_of_rates(x: Flags, y: Flags, paired: bool) -> dict[str, Any]:
    """Whether two rates differ, from who was solved (n,) in each: where they are paired, McNemar's exact test of the starts
    solved in one alone; else Boschloo's (1970), or Fisher's where that would take too long."""
    from scipy import stats  # most of a second to import, for those who need it

    if paired:
        only_a, only_b = int((x & ~y).sum()), int((~x & y).sum())
        p = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
        return {"only_a": only_a, "only_b": only_b, "test": "mcnemar", "p": float(p)}
    table = [[x.sum(), y.sum()], [(~x).sum(), (~y).sum()]]
    none = {"only_a": pd.NA, "only_b": pd.NA}
    if max(len(x), len(y)) <= BOSCHLOO:
        return none | {"test": "boschloo", "p": float(stats.boschloo_exact(table).pvalue)}
    return none | {"test": "fisher", "p": float(stats.fisher_exact(table).pvalue)}
