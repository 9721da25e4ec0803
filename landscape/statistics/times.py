"""Times to solution, censored at the budget: their curve, and their quantiles."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from landscape.statistics.groups import checked, confident, groups_of, one_sample
from landscape.statistics.rates import with_rates

NEEDED = ("solved", "epochs", "budget")


def time_to_solution(runs: pd.DataFrame, by: str | Sequence[str] = (), confidence: float = 0.95) -> pd.DataFrame:
    """Share of runs solved by each epoch, for each group of runs.

    A run that was not solved, whatever became of it, counts as not solved by any epoch; none is dropped. As every run of a
    group has the same budget, the share at each epoch is a plain proportion, with its Wilson interval. (It is the cumulative
    incidence of solving, with diverging and stalling as competing events.)

    Parameters
    ----------
    runs : DataFrame with one row a run and the columns ``solved``, ``epochs`` and ``budget``
    by : column or columns to group by; none for one curve
    confidence : of the interval, at each epoch by itself

    Returns
    -------
    DataFrame, for each group one row for epoch 0, one for each epoch at which a run was solved, and one for the budget: the
    columns of ``by``, epoch, runs, solved, rate, low, high.

    Raises
    ------
    ValueError
        where a group mixes settings, budgets among them, or holds a run twice.
    """
    keys = checked(runs, by, NEEDED, ("epoch", "runs", "rate", "low", "high"))
    confident(confidence)
    one_sample(runs, keys)
    curves = []
    for values, group in groups_of(runs, keys):
        when = np.sort(group.loc[group["solved"], "epochs"].to_numpy())
        epoch = np.unique(np.concatenate([[0], when, group["budget"].to_numpy()[:1]]))
        curve = pd.DataFrame({**values, "epoch": epoch, "runs": len(group)})
        curves.append(curve.assign(solved=np.searchsorted(when, epoch, side="right")))
    columns = [*keys, "epoch", "runs", "solved"]
    return with_rates(
        pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=columns, dtype=np.float64), confidence
    )


def time_quantiles(
    runs: pd.DataFrame,
    by: str | Sequence[str] = (),
    quantiles: Sequence[float] = (0.25, 0.5, 0.75),
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Epochs by which given shares of all runs are solved: quantiles of the time to solution, 0.5 for the median.

    Parameters
    ----------
    runs, by : as for ``time_to_solution``
    quantiles : shares of all runs, solved or not, between 0 and 1

    Returns
    -------
    DataFrame, one row a group and quantile: the columns of ``by``, quantile, runs, epochs, low, high. ``epochs`` is infinite
    where fewer runs than that are solved within the budget. The interval goes from one order statistic to another, holds
    whatever the distribution, and covers at least as often as it says (Conover 1999, section 3.2); its ends are infinite, or
    0, where the runs set no bound.

    Raises
    ------
    ValueError
        where a group mixes settings, budgets among them, or holds a run twice.
    """
    from scipy.stats import binom  # most of a second to import, for those who need it

    keys = checked(runs, by, NEEDED, ("quantile", "runs", "low", "high"))
    confident(confidence)
    shares = [float(share) for share in quantiles]
    if not shares or not all(0.0 < share < 1.0 for share in shares):
        raise ValueError(f"quantiles={list(quantiles)!r} is not allowed; give shares between 0 and 1, such as (0.25, 0.5)")
    one_sample(runs, keys)
    rows = []
    for values, group in groups_of(runs, keys):
        n = len(group)
        solved_at = group["epochs"].astype(np.float64).where(group["solved"], np.inf)
        times = np.concatenate([[0.0], np.sort(solved_at), [np.inf]])
        for share in shares:
            below = int(binom.ppf(0.5 - 0.5 * confidence, n, share))
            above = int(binom.ppf(0.5 + 0.5 * confidence, n, share)) + 1
            places = (int(np.ceil(n * share - 1e-9)), below, above)
            rows.append([*values.values(), share, n, *times[list(places)]])
    return pd.DataFrame(rows, columns=[*keys, "quantile", "runs", "epochs", "low", "high"])
