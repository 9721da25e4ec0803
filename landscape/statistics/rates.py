"""Success rates: how many runs are solved, at the end or at checkpoints, and how many runs a wanted interval takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from landscape.statistics.groups import checked, confident, fraction, groups_of, one_sample, one_setting, told

Array = NDArray[np.float64]


def wilson_interval(solved: ArrayLike, runs: ArrayLike, confidence: float = 0.95) -> tuple[Array, Array]:
    """Score interval of a proportion (Wilson 1927): ends ``low`` and ``high`` of ``solved`` out of ``runs``, elementwise."""
    k, n = np.asarray(solved, dtype=np.float64), np.asarray(runs, dtype=np.float64)
    if not ((n > 0.0) & (k >= 0.0) & (k <= n)).all():
        raise ValueError("solved out of runs is no proportion; give one run or more, and from 0 to all of them solved")
    z = ndtri(0.5 + 0.5 * confident(confidence))
    centre = (k + 0.5 * z * z) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(k * (n - k) / n + 0.25 * z * z)
    return np.where(k == 0, 0.0, centre - half), np.where(k == n, 1.0, centre + half)


def with_rates(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """The table with ``rate``, ``low`` and ``high`` from its columns ``runs`` and ``solved``."""
    low, high = wilson_interval(table["solved"], table["runs"], confidence)
    return table.assign(rate=table["solved"] / table["runs"], low=low, high=high)


def success_rates(runs: pd.DataFrame, by: str | Sequence[str], confidence: float = 0.95) -> pd.DataFrame:
    """Success rate of each group of runs.

    A group may pool settings that are not named in ``by``: the rate is then that of the mixture as it stands in the table.
    Budgets are not pooled where times are told.

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
      one starts over after each failure; infinite when none is solved. Its interval is in ``expected_running_time``.
    """
    own = ("runs", "rate", "low", "high", "median_epochs", "expected_running_time")
    keys = checked(runs, by, ["solved"], own)
    if not keys:
        raise ValueError("by=[] names no column; give one or more to group by")
    confident(confidence)
    timed = "epochs" in runs.columns and "epoch" not in runs.columns  # at a checkpoint, what was spent later does not count
    if timed:
        checked(runs, (), ["epochs"])
        one_setting(runs, keys, ["budget"])
    needed = runs[[*keys, "solved", *(["epochs"] if timed else [])]]
    groups = needed.groupby(keys, observed=True, sort=True, dropna=False)
    table = with_rates(groups["solved"].agg(runs="size", solved="sum").reset_index(), confidence)
    if timed:
        to_solution = needed.assign(epochs=needed["epochs"].astype(np.float64).where(needed["solved"], np.inf))
        half = to_solution.groupby(keys, observed=True, sort=True, dropna=False)["epochs"].quantile(
            0.5, interpolation="lower"
        )
        table["median_epochs"] = half.to_numpy()
        spent = groups["epochs"].sum().to_numpy(dtype=np.float64)
        with np.errstate(divide="ignore"):
            table["expected_running_time"] = np.where(table["solved"] > 0, spent / table["solved"], np.inf)
    return table


def curve_through(checkpoints: pd.DataFrame, by: str | Sequence[str] = (), confidence: float = 0.95) -> pd.DataFrame:
    """Share of runs that satisfy the criterion at each checkpoint.

    Unlike the curve of ``time_to_solution``, which only rises, this one tells how the runs stand at that epoch: a run that
    was solved and has lost it counts as lost.

    Parameters
    ----------
    checkpoints : DataFrame with one row a run and checkpoint, and the columns ``run``, ``epoch`` and ``solved``, as
        ``result.checkpoints`` or ``study.checkpoints()``; every run at every epoch of its group
    by : column or columns to group by; none for one curve

    Returns
    -------
    DataFrame, one row a group and checkpoint: the columns of ``by``, epoch, runs, solved, rate, low, high (Wilson), and
    ``lost``: how many were solved at an earlier checkpoint and are not at this one.

    Raises
    ------
    ValueError
        for a table of runs instead of checkpoints, settings mixed in one group, runs that lack a checkpoint.
    """
    if isinstance(checkpoints, pd.DataFrame) and "epoch" not in checkpoints.columns and "epochs" in checkpoints.columns:
        raise ValueError(
            "these are runs, not checkpoints: there is no column 'epoch'; train with checkpoints=(100, 1000), and give "
            "result.checkpoints or study.checkpoints()"
        )
    keys = checked(checkpoints, by, ["run", "epoch", "solved"], ("runs", "rate", "low", "high", "lost", "epoch"))
    confident(confidence)
    one_sample(checkpoints, [*keys, "epoch"])
    identity = [*keys, *(["seed"] if "seed" in checkpoints.columns and "seed" not in keys else []), "run"]
    rows = checkpoints[[*identity, "epoch", "solved"]].sort_values([*identity, "epoch"], kind="stable")
    runs = rows.groupby(identity, observed=True, sort=False, dropna=False)["solved"]
    rows["lost"] = runs.cummax().astype(bool) & ~rows["solved"]
    places = rows.groupby([*keys, "epoch"], observed=True, sort=True, dropna=False)
    table = places.agg(runs=("solved", "size"), solved=("solved", "sum"), lost=("lost", "sum")).reset_index()
    for values, group in groups_of(rows, keys):
        at, every = group["epoch"].value_counts(), len(group[identity].drop_duplicates())
        if at.min() < every:
            raise ValueError(
                f"at epoch {at.idxmin()} only {at.min():,} of the {every:,} runs of a group{told(values)} were looked at; "
                "give every run at every checkpoint, or group by what tells them apart"
            )
    return with_rates(table, confidence)[[*keys, "epoch", "runs", "solved", "rate", "low", "high", "lost"]]


def required_runs(rate: ArrayLike, width: float, confidence: float = 0.95) -> Any:
    """How many runs make the Wilson interval of a rate as narrow as ``width``, from its low end to its high end.

    Parameters
    ----------
    rate : array_like (...), from 0 to 1: what is expected, or observed so far; 0.5 is the worst case
    width : float between 0 and 1, of the whole interval: 0.02 for plus or minus one percent

    Returns
    -------
    int, or an integer array (...): the smallest number at which an interval around that very rate is narrow enough. The rate
    that is then observed differs, and its interval with it.

    Raises
    ------
    ValueError
        for a rate outside 0 to 1, a width outside 0 to 1 or below 1e-8, which no number of runs in use gives.
    """
    p = np.asarray(rate, dtype=np.float64)
    if not ((p >= 0.0) & (p <= 1.0)).all():
        raise ValueError(f"rate={rate!r} is not allowed; give success rates, from 0 to 1")
    w = fraction("width", width, "the width of the whole interval, such as 0.02")
    if w < 1e-8:  # some 1e16 runs; further down they do not fit into an integer
        raise ValueError(f"width={width!r} is not allowed; give 1e-8 or more, the width of the whole interval")
    z = ndtri(0.5 + 0.5 * confident(confidence))
    # w (n + z^2) = 2 z sqrt(n p (1 - p) + z^2 / 4), squared: a quadratic in n
    b, c = w * w * z * z - 2.0 * z * z * p * (1.0 - p), z**4 * (w * w - 1.0)
    runs = np.ceil((-b + np.sqrt(b * b - w * w * c)) / (w * w)).astype(np.int64)
    return int(runs) if runs.ndim == 0 else runs
