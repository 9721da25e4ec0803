"""Times to solution, censored at the budget: their curve, and their quantiles."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from landscape.statistics.columns import HasRuns, confident, numbers_of
from landscape.statistics.groups import sample_of
from landscape.statistics.rates import with_rates

NEEDED = ("solved", "epochs", "budget")


def time_to_solution(runs: pd.DataFrame | HasRuns, by: str | Sequence[str] = (), confidence: float = 0.95) -> pd.DataFrame:
    """Share of runs solved by each epoch, for each group of runs.

    A run that was not solved, whatever became of it, counts as not solved by any epoch; none is dropped. As every run of a
    group has the same budget, the share at each epoch is a plain proportion, with its Wilson interval. (It is the cumulative
    incidence of solving, with diverging and stalling as competing events.)

    Parameters
    ----------
    runs : DataFrame, or Result or Study
        One row a run and the columns ``solved``, ``epochs`` and ``budget``.
    by : str or list of str
        Column or columns to group by; none for one curve.
    confidence : float between 0 and 1, of the interval at each epoch by itself

    Returns
    -------
    DataFrame
        For each group one row for epoch 0, one for each epoch at which a run was solved, and one for the budget: the columns
        of ``by``, epoch, runs, solved, rate, low, high.

    Raises
    ------
    ValueError
        where a group mixes settings, budgets among them, or holds a run twice.
    TypeError
        for what is no table, or names no columns.

    References
    ----------
    Wilson 1927.

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0, budget=100), runs=50)
    >>> ls.time_to_solution(result.runs)[["epoch", "solved"]].to_numpy().tolist()
    [[0, 0], [92, 2], [100, 2]]
    """
    sample = sample_of(runs, by, NEEDED, ("epoch", "runs", "rate", "low", "high"))
    solved, epochs, budget = (sample.columns[name] for name in NEEDED)
    curves = []
    for values, rows in sample.groups():
        when = np.sort(epochs[rows][solved[rows]])
        epoch = np.unique(np.concatenate([[0], when, budget[rows[:1]]]))
        counts = np.searchsorted(when, epoch, side="right")
        curves.append(pd.DataFrame({**values, "epoch": epoch, "runs": len(rows), "solved": counts}))
    columns = [*sample.keys, "epoch", "runs", "solved"]
    table = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=columns, dtype=np.float64)
    return sample.said_of(with_rates(table, confidence))


def time_quantiles(
    runs: pd.DataFrame | HasRuns,
    by: str | Sequence[str] = (),
    quantiles: ArrayLike = (0.25, 0.5, 0.75),
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Epochs by which given shares of all runs are solved: quantiles of the time to solution.

    Runs that are not solved are censored at the budget.

    Parameters
    ----------
    runs : DataFrame, or Result or Study
        One row a run and the columns ``solved``, ``epochs`` and ``budget``.
    by : str or list of str
        Column or columns to group by; none for one group.
    quantiles : float or array_like (n,), between 0 and 1
        Shares of all runs, solved or not; 0.5 for the median.
    confidence : float between 0 and 1, of the intervals

    Returns
    -------
    DataFrame
        One row a group and quantile: the columns of ``by``, quantile, runs, epochs, low, high. ``epochs`` is infinite where
        a smaller share of the runs is solved within the budget. The interval goes from one order statistic to another, holds
        whatever the distribution, and covers at least as often as it says; its ends are infinite, or 0, where the runs set
        no bound.

    Raises
    ------
    ValueError
        where a group mixes settings, budgets among them, or holds a run twice; for quantiles that are no shares.
    TypeError
        for what is no table, or names no columns.

    References
    ----------
    Conover 1999, section 3.2.

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0, budget=1000), runs=100)
    >>> ls.time_quantiles(result.runs, quantiles=[0.5, 0.9])[["epochs", "low", "high"]].to_numpy().tolist()
    [[203.0, 180.0, 232.0], [inf, inf, inf]]
    """
    from scipy.stats import binom  # most of a second to import, for those who need it

    tail = 0.5 - 0.5 * confident(confidence)
    shares = np.atleast_1d(numbers_of("quantiles", quantiles, "shares between 0 and 1, such as (0.25, 0.5)"))
    if shares.ndim > 1 or not shares.size or not ((shares > 0.0) & (shares < 1.0)).all():
        raise ValueError(f"quantiles={quantiles!r} is not allowed; give shares between 0 and 1, such as (0.25, 0.5)")
    sample = sample_of(runs, by, NEEDED, ("quantile", "runs", "low", "high"))
    solved, epochs, _ = (sample.columns[name] for name in NEEDED)
    found = []
    for values, rows in sample.groups():
        n = len(rows)
        times = np.concatenate([[0.0], np.sort(np.where(solved[rows], epochs[rows], np.inf)), [np.inf]])
        for share in shares.tolist():
            middle = max(int(np.ceil(n * share - 1e-9)), 1)
            below, above = int(binom.ppf(tail, n, share)), int(binom.isf(tail, n, share)) + 1
            found.append([*values.values(), share, n, *times[[middle, below, above]]])
    return sample.said_of(pd.DataFrame(found, columns=[*sample.keys, "quantile", "runs", "epochs", "low", "high"]))
