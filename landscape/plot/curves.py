"""Pictures over epochs: learning curves, and the share of runs solved by each epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from landscape.plot.panels import By, Order, Panels, with_pooling
from landscape.plot.scales import logarithmic, set_scale
from landscape.plot.style import HIGHEST, finished, name
from landscape.statistics.groups import sample_of
from landscape.validation import flag, real

NO_MARK = {"marker": ""}
AT = "_at"
"""Column of the places of a curve's steps."""


@finished
def learning_curves(
    checkpoints: pd.DataFrame,
    by: By = None,
    ax: Axes | None = None,
    quantiles: tuple[float, float] = (0.1, 0.9),
    facet: str | None = None,
    order: Order = None,
    log: str | None = None,
    legend: bool = True,
) -> Axes:
    """Draw the loss over epochs, from a table of checkpoints.

    The median of the runs is a line, with a band between two quantiles. A run that diverged counts as infinitely high from
    then on, and is not left out; where the median is infinite, the line ends. Settings that differ among the runs of a line
    are named below the axis.

    Parameters
    ----------
    checkpoints : DataFrame with the columns epoch and loss, one row a run and epoch
    by : str, or list of two, optional
        Columns of the lines: the first has the colour, the second the line style.
    ax : Axes, default new ones
    quantiles : (float, float), from 0 to 1
        Lower and upper edge of the band.
    facet : str, optional
        Column of panels side by side, on one scale; in place of ``ax``.
    order : sequence of levels, or dict of them by column, optional
        Levels that come first, of the first column of ``by``.
    log : "", "x", "y" or "xy", default as the numbers are
        Axes that are logarithmic; by default that of epochs that span more than a factor of thirty, and that of the loss if
        all of it is positive.
    legend : bool

    Returns
    -------
    Axes
        With ``facet``, the first panel; its ``figure`` has all.

    Raises
    ------
    ValueError
        for a column or level that is not there, a line that holds a run twice or mixes budgets, quantiles that are not two
        shares, ``ax`` and ``facet`` together, a logarithmic axis of numbers that are not positive.
    TypeError
        for what is no table, or no pair of quantiles.

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0), runs=50, checkpoints=(0, 10, 100, 1000))
    >>> ls.plot.learning_curves(result.checkpoints).get_ylabel()
    'loss'
    """
    panels = Panels(checkpoints, ["epoch", "loss"], by, facet, order, ax=ax)
    if not (isinstance(quantiles, Sequence) and len(quantiles) == 2):
        raise TypeError(f"quantiles={quantiles!r} are not a pair; give two shares, such as (0.1, 0.9)")
    low_share, high_share = (real("quantiles", share, least=0.0) for share in quantiles)
    if not low_share <= high_share <= 1.0:
        raise ValueError(f"quantiles={quantiles!r} are not two shares from 0 to 1, the lower first; give others")
    pooled_over = sample_of(checkpoints, [*panels.keys, "epoch"], ["epoch"], pools=True).pooled_over
    losses, epochs = checkpoints["loss"].dropna(), checkpoints["epoch"]
    if log is None:
        scales = logarithmic(None, "x", epochs), "log" if (losses <= HIGHEST).any() and (losses > 0.0).all() else "linear"
    else:
        scales = logarithmic(log, "x", epochs), logarithmic(log, "y", losses)
    for axes, rows in panels.drawn_on(ax, legend=legend):
        for line in panels.lines(rows):
            _quantiles(axes, line.rows, line.label, line.look, (low_share, high_share))
        set_scale(axes, "x", scales[0], epochs)
        axes.set_yscale("log" if scales[1] != "linear" else "linear")
    return panels.finish(with_pooling(name("epoch"), pooled_over), name("loss"), legend, NO_MARK)


def _quantiles(axes: Axes, rows: pd.DataFrame, label: str | None, look: dict[str, Any], shares: tuple[float, float]) -> None:
    """The median, and the band between two quantiles."""
    seen = rows["loss"].where(rows["loss"] <= HIGHEST, np.inf)  # NaN, too: diverged
    loss = seen.groupby(rows["epoch"])
    low, middle, high = (loss.quantile(share, interpolation="lower") for share in (shares[0], 0.5, shares[1]))
    shown = middle.where(np.isfinite(middle))
    axes.plot(middle.index, shown, label=label, **look | ({} if shown.notna().sum() == 1 else NO_MARK))  # a point is no line
    ends = np.concatenate([low, middle, high])
    top = high.where(np.isfinite(high), ends[np.isfinite(ends)].max(initial=0.0))  # as high as anything that is drawn
    axes.fill_between(low.index, low.where(np.isfinite(low)), top, color=look["color"], alpha=0.2, linewidth=0)


@finished
def ecdf(
    table: pd.DataFrame,
    by: By = None,
    ax: Axes | None = None,
    facet: str | None = None,
    order: Order = None,
    log: str | None = None,
    normalise: bool = False,
    legend: bool = True,
) -> Axes:
    """Draw the share of runs solved by each epoch, the table that ``landscape.time_to_solution`` makes.

    It is the empirical cumulative distribution function of the epochs to solution, with unsolved runs at infinity. Shares
    are steps with the interval as a band, and end at the budget. Normalised, an epoch counts as a part of what one solution
    is expected to cost with restarts at the budget, each failure costing all of it: the area above the curve over its end.
    Memoryless times then give one curve, 1 - exp(-x), whatever they cost; one that rises faster at first has a few starts
    that are much better than the others.

    Parameters
    ----------
    table : DataFrame
    by : str, or list of two, optional
        Columns of the curves: the first has the colour, the second the line style.
    ax : Axes, default new ones
    facet : str, optional
        Column of panels side by side, on one scale; in place of ``ax``.
    order : sequence of levels, or dict of them by column, optional
        Levels that come first, of the first column of ``by``.
    log : "", "x", "y" or "xy", default as the numbers are
        Axes that are logarithmic; by default that of epochs that span more than a factor of thirty.
    normalise : bool
        Whether each curve's epochs are divided by what one solution is expected to cost. A curve without a solution then
        stays at 0.
    legend : bool

    Returns
    -------
    Axes
        With ``facet``, the first panel; its ``figure`` has all.

    Raises
    ------
    ValueError
        for a column or level that is not there, several curves in one, ``ax`` and ``facet`` together, a logarithmic axis of
        numbers that are not positive.
    TypeError
        for what is no table, or a column without numbers.

    References
    ----------
    Hansen et al. 2021, "COCO", sections 4.2 and 4.3.

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0, budget=500), runs=50)
    >>> ls.plot.ecdf(ls.time_to_solution(result.runs)).get_ylabel()
    'share solved'
    """
    panels = Panels(table, ["epoch", "rate", "low", "high"], by, facet, order, ax=ax)
    flag("normalise", normalise)
    several = panels.table.duplicated([*panels.keys, "epoch"])
    if several.any():
        first = panels.table[several].iloc[0]
        said = f" for {', '.join(str(first[key]) for key in panels.keys)}" if panels.keys else ""
        raise ValueError(
            f"the table has several curves{said}; choose one, or name the column that tells them apart with by="
        )
    panels.table = panels.table.assign(**{AT: _places(panels, normalise)})
    at, rates = panels.table[AT], panels.table["rate"]
    scale = logarithmic(log, "x", at[at > 0] if normalise else at)
    upright = logarithmic(log or "", "y", rates[rates > 0])
    for axes, rows in panels.drawn_on(ax, legend=legend):
        for line in panels.lines(rows):
            cells = line.rows.sort_values("epoch")
            axes.step(cells[AT], cells["rate"], where="post", label=line.label, **line.look | NO_MARK)
            band = {"color": line.look["color"], "alpha": 0.2, "linewidth": 0}
            axes.fill_between(cells[AT], cells["low"], cells["high"], step="post", **band)
        if upright == "linear":
            axes.set_ylim(-0.02, 1.02)
        axes.set_yscale(upright)
        set_scale(axes, "x", scale, at, levels=False)
    label = "epochs / epochs that a solution costs" if normalise else name("epoch")
    return panels.finish(label, "share solved", legend, NO_MARK)


def _places(panels: Panels, normalise: bool) -> "pd.Series[float]":
    """Where each row stands on the axis: its epoch, or that divided by what its curve's solution is expected to cost. Where
    nothing is solved the curve is as long as the longest of the others."""
    table = panels.table
    if not normalise or table.empty:
        return table["epoch"]
    found = pd.Series(np.nan, table.index)
    whole = pd.Series(1.0, table.index)  # parts of the budget
    for _, rows in (
        table.sort_values("epoch").groupby(panels.keys, sort=False, observed=True)
        if panels.keys
        else [((), table.sort_values("epoch"))]
    ):
        epoch, rate = rows["epoch"].to_numpy(np.float64), rows["rate"].to_numpy(np.float64)
        whole[rows.index] = epoch / max(epoch[-1], 1.0)
        if rate[-1] > 0.0:
            found[rows.index] = epoch * rate[-1] / max((np.diff(epoch) * (1.0 - rate[:-1])).sum(), 1e-300)
    return found.fillna(whole * found.max() if found.notna().any() else whole)
