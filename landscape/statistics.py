"""Statistics of runs: from a table of runs to a table of rates and times."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri


def wilson_interval(
    solved: ArrayLike, runs: ArrayLike, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score interval of a proportion (Wilson 1927): ends ``low`` and ``high`` of ``solved`` out of ``runs``, elementwise."""
    k, n = np.asarray(solved, dtype=np.float64), np.asarray(runs, dtype=np.float64)
    z = ndtri(0.5 + 0.5 * confidence)
    centre = (k + 0.5 * z * z) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(k * (n - k) / n + 0.25 * z * z)
    return np.where(k == 0, 0.0, centre - half), np.where(k == n, 1.0, centre + half)


RESULTS = ("runs", "solved", "rate", "low", "high", "median_epochs", "expected_running_time")
"""Columns of a table of success rates, after those it is grouped by."""


def success_rates(runs: pd.DataFrame, by: str | Sequence[str], confidence: float = 0.95) -> pd.DataFrame:
    """Success rate of each group of runs.

    Parameters
    ----------
    runs : DataFrame with one row a run and a column ``solved``; with ``epochs`` the times are told too. A table of
        checkpoints, joined to its settings, serves as well: one row a run and epoch, grouped by ``epoch`` among others;
        the rates are those of the epoch then, and no times are told.
    by : column or columns to group by
    confidence : float between 0 and 1, of the interval

    Returns
    -------
    DataFrame, one row a group: the columns of ``by``, then

    - ``runs``, ``solved``, ``rate``: how many, how many of them solved, their share
    - ``low``, ``high``: the Wilson interval of the rate
    - ``median_epochs``: epochs by which half of all runs were solved; infinite while fewer than half are
    - ``expected_running_time``: epochs spent in all runs, solved or not, for each run solved: what one solution costs when
      one starts over after each failure; infinite when none is solved
    """
    if not isinstance(runs, pd.DataFrame):
        raise TypeError(f"runs of type {type(runs).__name__} is not a table; give a DataFrame such as result.runs")
    if not isinstance(by, (str, Sequence)):
        raise TypeError(f"by={by!r} names no columns; give one name or a list of them")
    keys = [by] if isinstance(by, str) else list(by)
    missing = [name for name in [*keys, "solved"] if name not in runs.columns]
    if missing:
        raise ValueError(f"column {missing[0]!r} is not in the table; it has: {', '.join(map(str, runs.columns))}")
    if not keys:
        raise ValueError("by=[] names no column; give one or more to group by")
    taken = [key for key in keys if key in (*RESULTS, "epochs") or keys.count(key) > 1]
    if taken:
        raise ValueError(f"by={keys!r} cannot hold {taken[0]!r}: it is a result, or named twice; give settings, each once")
    if not pd.api.types.is_bool_dtype(runs["solved"]) or runs["solved"].isna().any():
        raise ValueError("column 'solved' holds more than True and False; give a table with True or False in every row")
    if not (isinstance(confidence, float) and 0.0 < confidence < 1.0):
        raise ValueError(f"confidence={confidence!r} is not allowed; give a number between 0 and 1, such as 0.95")
    timed = "epochs" in runs.columns and "epoch" not in runs.columns  # at a checkpoint, what was spent later does not count
    needed = runs[[*keys, "solved", *(["epochs"] if timed else [])]]
    groups = needed.groupby(keys, observed=True, sort=True, dropna=False)
    table = groups["solved"].agg(runs="size", solved="sum").reset_index()
    table["rate"] = table["solved"] / table["runs"]
    table["low"], table["high"] = wilson_interval(table["solved"], table["runs"], confidence)
    if timed:
        to_solution = needed.assign(epochs=needed["epochs"].where(needed["solved"], np.inf))
        half = to_solution.groupby(keys, observed=True, sort=True, dropna=False)["epochs"].quantile(
            0.5, interpolation="lower"
        )
        table["median_epochs"] = half.to_numpy()
        spent = groups["epochs"].sum().to_numpy(dtype=np.float64)
        with np.errstate(divide="ignore"):
            table["expected_running_time"] = np.where(table["solved"] > 0, spent / table["solved"], np.inf)
    return table


def time_to_solution(runs: pd.DataFrame, by: str | Sequence[str] = (), confidence: float = 0.95) -> pd.DataFrame:
    """Share of runs solved by each epoch, for each group of runs.

    A run that was not solved, whatever became of it, counts as not solved by any epoch; none is dropped. As every run of a
    group has the same budget, the share at each epoch is a plain proportion, with its Wilson interval.

    Parameters
    ----------
    runs : DataFrame with one row a run and the columns ``solved``, ``epochs`` and ``budget``
    by : column or columns to group by; none for one curve
    confidence : of the interval, at each epoch by itself

    Returns
    -------
    DataFrame, for each group one row for epoch 0, one for each epoch at which a run was solved, and one for the budget: the
    columns of ``by``, epoch, runs, solved, rate, low, high. Raises ValueError where a group mixes budgets.
    """
    keys = [by] if isinstance(by, str) else list(by)
    missing = [name for name in [*keys, "solved", "epochs", "budget"] if name not in runs.columns]
    if missing:
        raise ValueError(f"column {missing[0]!r} is not in the table; it has: {', '.join(map(str, runs.columns))}")
    groups = runs.groupby(keys, observed=True, sort=True, dropna=False) if keys else [((), runs)]
    curves = []
    for key, group in groups:
        if group["budget"].nunique() > 1:
            raise ValueError(f"runs with budgets {sorted(group['budget'].unique())} are one group; add 'budget' to by")
        if len(group) == 0:
            continue
        when = np.sort(group.loc[group["solved"], "epochs"].to_numpy())
        epoch = np.unique(np.concatenate([[0], when, group["budget"].to_numpy()[:1]]))
        curve = pd.DataFrame({**dict(zip(keys, key, strict=True)), "epoch": epoch, "runs": len(group)})
        curve["solved"] = np.searchsorted(when, epoch, side="right")
        curves.append(curve)
    columns = [*keys, "epoch", "runs", "solved"]
    table = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=columns, dtype=np.float64)
    table["rate"] = table["solved"] / table["runs"]
    table["low"], table["high"] = wilson_interval(table["solved"], table["runs"], confidence)
    return table


def coverage(hits: ArrayLike) -> float:
    """Share of all hits, past and to come, that goes to the classes seen so far: one minus the share of classes hit once
    (Good 1953, Turing's estimate). ``hits`` (classes,) counts each class; NaN without a hit."""
    counts = np.asarray(hits)
    total = counts.sum()
    return float(1.0 - (counts == 1).sum() / total) if total else float("nan")


def chao1(hits: ArrayLike) -> float:
    """How many classes there are at least, by those hit once and twice (Chao 1984, the form without bias). ``hits``
    (classes,) counts each class."""
    counts = np.asarray(hits)
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    return float((counts > 0).sum() + once * (once - 1) / (2.0 * (twice + 1)))
