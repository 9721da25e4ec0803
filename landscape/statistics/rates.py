"""Success rates: how many runs are solved, at the end or at checkpoints, and how many runs a wanted interval takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from landscape.statistics.codes import numbered
from landscape.statistics.columns import HasCheckpoints, HasRuns, confident, fraction, numbers_of, table_of
from landscape.statistics.groups import sample_of, told

Array = NDArray[np.float64]

NARROWEST = 1e-8
"""Narrowest interval that may be asked for: some 1e16 runs, and further down their number does not fit into an integer."""


def wilson_interval(solved: ArrayLike, runs: ArrayLike, confidence: float = 0.95) -> tuple[Array, Array]:
    """Compute the score interval of a proportion, elementwise.

    Parameters
    ----------
    solved : array_like (...), from 0 to ``runs``
    runs : array_like (...), 1 or more; broadcast with ``solved``
    confidence : float between 0 and 1

    Returns
    -------
    tuple of ndarray (...)
        Lower and upper end.

    Raises
    ------
    ValueError, TypeError
        for numbers that are no proportion, shapes that do not go together, masked numbers, a confidence out of range.

    References
    ----------
    Wilson 1927.

    Examples
    --------
    >>> from landscape import statistics
    >>> low, high = statistics.wilson_interval([0, 5, 10], 10)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.237, 0.722], [0.278, 0.763, 1.0])
    """
    k, n = numbers_of("solved", solved, "how many were"), numbers_of("runs", runs, "how many there are")
    try:
        np.broadcast_shapes(k.shape, n.shape)
    except ValueError:
        raise ValueError(f"solved of shape {k.shape} and runs of shape {n.shape} do not go together; give as many") from None
    if not ((n > 0.0) & (n < np.inf) & (k >= 0.0) & (k <= n)).all():
        raise ValueError("solved out of runs is no proportion; give one run or more, and from 0 to all of them solved")
    z = _score(confidence)
    centre = (k + 0.5 * z * z) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(k * (n - k) / n + 0.25 * z * z)
    return np.where(k == 0, 0.0, centre - half), np.where(k == n, 1.0, centre + half)


def _score(confidence: float) -> float:
    """The normal quantile of a confidence: from the tail, which is exact near 1."""
    return float(-ndtri(0.5 * (1.0 - confident(confidence))))


def with_rates(table: pd.DataFrame, confidence: float, starts: ArrayLike | None = None) -> pd.DataFrame:
    """The table with ``rate``, ``low`` and ``high`` from its columns ``runs`` and ``solved``; the interval of so many
    ``starts``, where rows share them."""
    solved, runs = table["solved"].to_numpy(np.float64), table["runs"].to_numpy(np.float64)
    n = runs if starts is None else np.asarray(starts, dtype=np.float64)
    low, high = wilson_interval(np.where(solved == runs, n, np.minimum(solved * (n / runs), n)), n, confidence)
    return table.assign(rate=solved / runs, low=low, high=high)


def success_rates(runs: pd.DataFrame | HasRuns, by: str | Sequence[str], confidence: float = 0.95) -> pd.DataFrame:
    """Success rate of each group of runs, with its interval.

    A group may pool settings that are not named in ``by``. The rate is then the rate of the mixture as it stands in the
    table, and ``attrs["pooled_over"]`` of the answer names the settings and their levels. Budgets and epochs are never
    pooled.

    The interval of a pooled rate counts starts and not rows: a start that is solved under one setting is more often solved
    under the next. It is Wilson's for an effective number of runs, the square of the number of rows over the sum of the
    squares of the rows of each start: the number of starts, where each has as many rows, and the number of rows, where each
    has one. So it is right where the settings hardly differ. Where they differ much it is wider than need be; name the
    setting in ``by`` for an interval of each. A table without the column ``run`` does not tell which rows share a start;
    rows of one setting are then taken to have the starts of the others.

    Parameters
    ----------
    runs : DataFrame, or Result or Study
        One row a run and a column ``solved``; with ``epochs`` the times are told too. A table of checkpoints, joined to its
        settings, serves as well: one row a run and epoch, grouped by ``epoch`` among others; the rates are then the rates at
        that epoch, and no times are told.
    by : str or list of str
        Column or columns to group by.
    confidence : float between 0 and 1, of the interval

    Returns
    -------
    DataFrame, one row a group: the columns of ``by``, then

    - ``runs``, ``solved``, ``rate``: number of runs, number of solved runs, and their share
    - ``low``, ``high``: the Wilson interval of the rate
    - ``median_epochs``: epochs by which half of all runs were solved; infinite while fewer than half are
    - ``expected_running_time``: epochs spent in all runs, solved or not, for each run solved: what one solution costs when
      one starts over after each failure; infinite when none is solved. Its interval is in ``expected_running_time``.

    Raises
    ------
    ValueError
        where a group holds a run twice, or mixes budgets or epochs; for a column that is not in the table.
    TypeError
        for what is no table, or names no columns.

    References
    ----------
    Wilson 1927 (interval); Kish 1965 (effective number of runs).

    Examples
    --------
    >>> import landscape as ls
    >>> import pandas as pd
    >>> protocols = [ls.Protocol(lr=lr, budget=1000) for lr in (1.0, 5.0)]
    >>> runs = pd.concat([ls.train(ls.Surface("xor"), protocol, runs=100).runs for protocol in protocols])
    >>> ls.success_rates(runs, by="lr")["rate"].tolist()
    [0.49, 0.8]
    >>> pooled = ls.success_rates(runs, by="activation")
    >>> pooled["rate"].tolist(), pooled.attrs["pooled_over"]
    ([0.645], {'lr': [1.0, 5.0]})
    """
    own = ("runs", "rate", "low", "high", "median_epochs", "expected_running_time")
    runs = table_of(runs)
    timed = "epochs" in runs.columns and "epoch" not in runs.columns  # at a checkpoint, what was spent later does not count
    sample = sample_of(runs, by, ["solved", *(["epochs"] if timed else [])], own, pools=True)
    if not sample.keys:
        raise ValueError("by=[] names no column; give one or more to group by")
    group, solved, groups = sample.group, sample.columns["solved"], len(sample.runs)
    counts = np.bincount(group[solved], minlength=groups)
    table = with_rates(sample.levels.assign(runs=sample.runs, solved=counts), confidence, sample.starts)
    if timed:
        epochs = sample.columns["epochs"].astype(np.float64)
        half = pd.Series(np.where(solved, epochs, np.inf)).groupby(group).quantile(0.5, interpolation="lower")
        table["median_epochs"] = half.to_numpy()
        with np.errstate(divide="ignore"):
            table["expected_running_time"] = np.where(
                counts > 0, np.bincount(group, weights=epochs, minlength=groups) / counts, np.inf
            )
    return sample.said_of(table)


def curve_through(
    checkpoints: pd.DataFrame | HasCheckpoints, by: str | Sequence[str] = (), confidence: float = 0.95
) -> pd.DataFrame:
    """Share of runs that satisfy the criterion at each checkpoint.

    The curve of ``time_to_solution`` only rises. This one tells how the runs stand at that epoch: a run that was solved and
    has lost the solution counts as lost.

    Parameters
    ----------
    checkpoints : DataFrame, or Result or Study with checkpoints
        One row a run and checkpoint, with the columns ``run``, ``epoch`` and ``solved``, as ``result.checkpoints`` or
        ``study.checkpoints()``; every run at every epoch of its group.
    by : str or list of str
        Column or columns to group by; none for one curve.
    confidence : float between 0 and 1, of the intervals

    Returns
    -------
    DataFrame
        One row a group and checkpoint: the columns of ``by``, epoch, runs, solved, rate, low, high (Wilson), and ``lost``,
        how many were solved at an earlier checkpoint and are not at this one.

    Raises
    ------
    ValueError
        for a table of runs instead of checkpoints, a group that mixes settings or holds a run twice, runs that lack a
        checkpoint.
    TypeError
        for what is no table, or names no columns.

    References
    ----------
    Wilson 1927.

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0, budget=400), runs=100, checkpoints=(0, 100, 400))
    >>> curve = ls.curve_through(result.checkpoints)
    >>> curve[["epoch", "solved", "lost"]].to_numpy().tolist()
    [[0, 0, 0], [100, 6, 0], [400, 74, 0]]
    """
    checkpoints = table_of(checkpoints, "checkpoints")
    if "epoch" not in checkpoints.columns and "epochs" in checkpoints.columns:
        raise ValueError(
            "these are runs, not checkpoints: there is no column 'epoch'; train with checkpoints=(100, 1000), and give "
            "result.checkpoints or study.checkpoints()"
        )
    taken = ("runs", "rate", "low", "high", "lost", "epoch")
    sample = sample_of(checkpoints, by, ["run", "epoch", "solved"], taken, along=["epoch"])
    solved, epoch = sample.columns["solved"], sample.columns["epoch"]
    run, runs = numbered(pd.DataFrame({"group": sample.group, "start": sample.start}), ["group", "start"])
    since = np.full(len(runs), np.inf)
    np.minimum.at(since, run[solved], epoch[solved])
    place, table = numbered(checkpoints[sample.keys].assign(epoch=epoch), [*sample.keys, "epoch"])
    counts = {
        "runs": np.bincount(place, minlength=len(table)),
        "solved": np.bincount(place[solved], minlength=len(table)),
        "lost": np.bincount(place[~solved & (since[run] < epoch)], minlength=len(table)),
    }
    own = np.zeros(len(table), np.int64)
    own[place] = sample.group
    every = np.bincount(runs["group"].to_numpy(np.int64), minlength=len(sample.runs))[own]
    for at in np.flatnonzero(counts["runs"] < every)[:1]:
        raise ValueError(
            f"at epoch {table['epoch'][at]} only {counts['runs'][at]:,} of the {every[at]:,} runs of a "
            f"group{told(sample.levels, own[at])} were looked at; give every run at every checkpoint, or group by what "
            "tells them apart"
        )
    table = with_rates(table.assign(**counts), confidence)
    return sample.said_of(table[[*sample.keys, "epoch", "runs", "solved", "rate", "low", "high", "lost"]])


def required_runs(rate: ArrayLike, width: float, confidence: float = 0.95) -> Any:
    """Number of runs that make the Wilson interval of a rate as narrow as ``width``.

    Parameters
    ----------
    rate : array_like (...), from 0 to 1
        Rate that is expected, or observed so far; 0.5 is the worst case.
    width : float between 0 and 1
        Of the whole interval, from its low end to its high end: 0.02 for plus or minus one percent.
    confidence : float between 0 and 1, of the interval

    Returns
    -------
    int, or integer ndarray (...)
        The smallest number at which an interval around that very rate is narrow enough. The rate that is then observed
        differs, and its interval with it.

    Raises
    ------
    ValueError
        for a rate outside 0 to 1, a width outside 0 to 1 or below 1e-8, which no number of runs in use gives.
    TypeError
        for rates that are not numbers.

    References
    ----------
    Wilson 1927.

    Examples
    --------
    >>> import landscape as ls
    >>> ls.required_runs(0.5, width=0.02), ls.required_runs([0.0, 1.0], width=0.02).tolist()
    (9600, [189, 189])
    """
    p = numbers_of("rate", rate, "success rates, from 0 to 1")
    if not ((p >= 0.0) & (p <= 1.0)).all():
        raise ValueError(f"rate={rate!r} is not allowed; give success rates, from 0 to 1")
    w = fraction("width", width, "the width of the whole interval, such as 0.02")
    if w < NARROWEST:
        raise ValueError(f"width={width!r} is not allowed; give {NARROWEST:g} or more, the width of the whole interval")
    z = _score(confidence)
    # w (n + z^2) = 2 z sqrt(n p (1 - p) + z^2 / 4), squared: a quadratic in n
    b, c = w * w * z * z - 2.0 * z * z * p * (1.0 - p), z**4 * (w * w - 1.0)
    runs = np.ceil((-b + np.sqrt(b * b - w * w * c)) / (w * w)).astype(np.int64)
    return int(runs) if runs.ndim == 0 else runs
