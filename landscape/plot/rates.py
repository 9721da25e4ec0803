"""Pictures of tables of runs: success rates, learning curves, time to solution, what a solution costs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from landscape.plot.style import HIGHEST, axes_for, looks, name, spans_decades, told_apart
from landscape.statistics.groups import pooled, sample_of
from landscape.validation import known, of_class, real

NUMBERS = ("rate", "low", "high", "epoch", "loss", "expected_running_time")
"""Columns that are drawn as they are, whatever the others hold."""


def success_rates(
    table: pd.DataFrame, x: str, by: str | None = None, y: str | None = None, ax: Axes | None = None, **line: Any
) -> Axes:
    """Draw success rates, the table that ``landscape.success_rates`` makes, as lines or as a heat map.

    Lines go over ``x``, one for each level of ``by``, with the interval as a band; with ``y`` the picture is a heat map over
    ``x`` and ``y`` with the numbers in it: words read from the top down, numbers rise. An axis of lines is logarithmic where
    its numbers span more than a factor of thirty. Settings that the table pools are named below it.

    Parameters
    ----------
    table : DataFrame, one row for each place in the picture
    x : str
    by, y : str, optional
        Column of the lines, or of the heat map's rows; one of the two.
    ax : Axes, default new ones
    **line : passed to ``Axes.plot``

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        for ``by`` and ``y`` together, a column that is not there, or more than one row for one place: choose rows first.
    TypeError
        for what is no table, or a column without numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> import landscape as ls
    >>> surfaces = [ls.Surface("xor", hidden=hidden) for hidden in (2, 3)]
    >>> runs = pd.concat([ls.train(surface, ls.Protocol(lr=5.0, budget=500), runs=50).runs for surface in surfaces])
    >>> axes = ls.plot.success_rates(ls.success_rates(runs, by="hidden"), x="hidden")
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('hidden units', 'success rate')
    """
    if y is not None and by is not None:
        raise ValueError(f"by={by!r} gives lines, and y={y!r} a heat map, which has none; give one of them")
    if y is not None and x == y:
        raise ValueError(f"x and y are both {x!r}; give two different columns")
    keys = [*(key for key in (by, y) if key is not None), x]
    _has(table, *keys, "rate", *(("low", "high") if y is None else ()))
    axes = axes_for(ax)
    if table.duplicated(keys).any():
        raise ValueError(f"the table has several rows for the same {', '.join(keys)}; choose one of each first")
    if y is not None:
        return _heat_map(table, x, y, axes)
    table = _in_order(table, x)
    if len(table) and isinstance(table[x].iloc[0], str):
        # else a line that lacks some of the words would move them to the end
        axes.xaxis.update_units(table[x].tolist())  # type: ignore[no-untyped-call]
    for level, look, rows in _levels(table, by) if len(table) else ():
        (drawn,) = axes.plot(rows[x], rows["rate"], label=None if by is None else str(level), **look | line)
        axes.fill_between(rows[x], rows["low"], rows["high"], color=drawn.get_color(), alpha=0.2, linewidth=0)
    if len(table) and spans_decades(table[x]):
        axes.set_xscale("log")
    axes.set(xlabel=_with_pooling(name(x), table.attrs.get("pooled_over", {})), ylabel=name("rate"), ylim=(-0.05, 1.05))
    return axes


def _heat_map(table: pd.DataFrame, x: str, y: str, axes: Axes) -> Axes:
    """Cells of equal size, named on the axes by their values, from low to high."""
    grid = _complete(table, x, y).pivot_table("rate", y, x, observed=True)
    axes.pcolormesh(grid.to_numpy(), cmap="cividis", vmin=0.0, vmax=1.0)
    for row, column in np.ndindex(grid.shape):
        rate = grid.iat[row, column]
        if np.isfinite(rate):
            shade = "white" if rate < 0.46 else "black"  # there both have a contrast of 4.5
            axes.text(column + 0.5, row + 0.5, f"{rate:.2f}", ha="center", va="center", color=shade, fontsize="small")
    axes.set_xticks(np.arange(grid.shape[1]) + 0.5, told_apart(grid.columns))
    axes.set_yticks(np.arange(grid.shape[0]) + 0.5, told_apart(grid.index))
    axes.tick_params(length=0)
    if not pd.api.types.is_numeric_dtype(grid.index):
        axes.set_ylim(max(len(grid), 1), 0.0)  # and not the other way round, which a panel that shares the axis would undo
    axes.set(xlabel=_with_pooling(name(x), table.attrs.get("pooled_over", {})), ylabel=name(y))
    return axes


def _with_pooling(label: str, over: dict[str, list[Any]]) -> str:
    """The label of an axis, and below it the settings that are pooled."""
    return "\n".join(filter(None, [label, pooled(over)]))


def learning_curves(
    checkpoints: pd.DataFrame, by: str | None = None, ax: Axes | None = None, quantiles: tuple[float, float] = (0.1, 0.9)
) -> Axes:
    """Draw the loss over epochs, from a table of checkpoints.

    The median of the runs is a line, with a band between two quantiles, for each level of ``by``. A run that diverged counts
    as infinitely high from then on, and is not left out; where the median is infinite, the line ends. Settings that differ
    among the runs of a line are named below the axis.

    Parameters
    ----------
    checkpoints : DataFrame with the columns epoch and loss, one row a run and epoch
    by : str, optional
        Column of the lines.
    ax : Axes, default new ones
    quantiles : (float, float), from 0 to 1
        Lower and upper edge of the band.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        for a column that is not there, a line that holds a run twice or mixes budgets, quantiles that are not two shares.
    TypeError
        for what is no table, or no pair of quantiles.

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0), runs=50, checkpoints=(0, 10, 100, 1000))
    >>> ls.plot.learning_curves(result.checkpoints).get_ylabel()
    'loss'
    """
    _has(checkpoints, "epoch", "loss")
    if not (isinstance(quantiles, Sequence) and len(quantiles) == 2):
        raise TypeError(f"quantiles={quantiles!r} are not a pair; give two shares, such as (0.1, 0.9)")
    low_share, high_share = (real("quantiles", share, least=0.0) for share in quantiles)
    if not low_share <= high_share <= 1.0:
        raise ValueError(f"quantiles={quantiles!r} are not two shares from 0 to 1, the lower first; give others")
    axes = axes_for(ax)
    pooled_over = sample_of(checkpoints, ["epoch"] if by is None else [by, "epoch"], ["epoch"], pools=True).pooled_over
    for level, look, rows in _levels(checkpoints, by):
        seen = rows["loss"].where(rows["loss"] <= HIGHEST, np.inf)  # NaN, too: diverged
        loss = seen.groupby(rows["epoch"])
        low, middle, high = (loss.quantile(share, interpolation="lower") for share in (low_share, 0.5, high_share))
        shown = middle.where(np.isfinite(middle))
        marker = {} if shown.notna().sum() == 1 else {"marker": ""}  # one point makes no line
        axes.plot(middle.index, shown, label=None if by is None else str(level), **look | marker)
        ends = np.concatenate([low, middle, high])
        top = high.where(np.isfinite(high), ends[np.isfinite(ends)].max(initial=0.0))  # as high as anything that is drawn
        axes.fill_between(low.index, low.where(np.isfinite(low)), top, color=look["color"], alpha=0.2, linewidth=0)
    losses = checkpoints["loss"].dropna()
    if (losses <= HIGHEST).any() and (losses > 0.0).all():
        axes.set_yscale("log")
    if spans_decades(checkpoints["epoch"]):
        axes.set_xscale("log")
    axes.set(xlabel=_with_pooling(name("epoch"), pooled_over), ylabel=name("loss"))
    return axes


def time_to_solution(table: pd.DataFrame, by: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the share of runs solved by each epoch, the table that ``landscape.time_to_solution`` makes.

    Shares are steps with the interval as a band, one curve for each level of ``by``. Curves end at the budget.

    Parameters
    ----------
    table : DataFrame
    by : str, optional
        Column of the curves.
    ax : Axes, default new ones

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        for a column that is not there, or several curves in one.
    TypeError
        for what is no table, or a column without numbers.

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0, budget=500), runs=50)
    >>> ls.plot.time_to_solution(ls.time_to_solution(result.runs)).get_ylabel()
    'share solved'
    """
    _has(table, *[key for key in (by,) if key is not None], "epoch", "rate", "low", "high")
    axes = axes_for(ax)
    for level, look, rows in _levels(table, by):
        rows = rows.sort_values("epoch")
        if rows["epoch"].duplicated().any():
            said = f" for {level}" if by is not None else ""
            raise ValueError(
                f"the table has several curves{said}; choose one, or name the column that tells them apart with by="
            )
        axes.step(
            rows["epoch"], rows["rate"], where="post", label=None if by is None else str(level), **look | {"marker": ""}
        )
        band = {"color": look["color"], "alpha": 0.2, "linewidth": 0}
        axes.fill_between(rows["epoch"], rows["low"], rows["high"], step="post", **band)
    axes.set(xlabel=name("epoch"), ylabel="share solved", ylim=(-0.02, 1.02))
    if len(table) and spans_decades(table["epoch"][table["epoch"] > 0]):
        axes.set_xscale("symlog", linthresh=max(1.0, float(table["epoch"][table["epoch"] > 0].min())))
        axes.set_xlim(left=0.0)
    return axes


def expected_running_time(table: pd.DataFrame, y: str, by: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw what a solution costs, the table that ``landscape.expected_running_time`` makes, with its intervals.

    There is a row for each level of ``y``, the first on top, and in it a mark for each level of ``by``. An interval without
    an upper end goes to the right edge, wherever that edge is; where nothing is solved, a triangle stands there.

    Parameters
    ----------
    table : DataFrame, one row for each pair of levels
    y : str
    by : str, optional
        Column of the marks.
    ax : Axes, default new ones

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        for a column that is not there, or several rows for one place.
    TypeError
        for what is no table, or a column without numbers.

    Examples
    --------
    >>> import landscape as ls
    >>> result = ls.train(ls.Surface("xor"), ls.Protocol(lr=5.0, budget=500), runs=50)
    >>> costs = ls.expected_running_time(result.runs, by="activation")
    >>> ls.plot.expected_running_time(costs, y="activation").get_xlabel()
    'epochs a solution costs'
    """
    keys = [y, *([by] if by is not None else [])]
    _has(table, *keys, "expected_running_time", "low", "high")
    axes = axes_for(ax)
    if table.duplicated(keys).any():
        raise ValueError(f"the table has several rows for the same {', '.join(keys)}; choose one of each first")
    table = _complete(table, y)
    rows, levels = list(table[y].unique()), _levels(table, by)
    ends = table[["expected_running_time", "low", "high"]].to_numpy(dtype=np.float64)
    finite = ends[np.isfinite(ends) & (ends > 0.0)]
    logarithmic = spans_decades(finite) and not (ends[:, 0] == 0.0).any()  # a cost of 0 would lie nowhere
    edge = axes.get_yaxis_transform()
    for number, (level, look, cells) in enumerate(levels):
        place = np.array([rows.index(value) for value in cells[y]]) + 0.6 * ((number + 0.5) / len(levels) - 0.5)
        point = {"color": look["color"], "linestyle": "none"}
        cost, low, high = (cells[key].to_numpy(dtype=np.float64) for key in ("expected_running_time", "low", "high"))
        solved, bounded, open_ended = np.isfinite(cost), np.isfinite(high), np.isfinite(low) & ~np.isfinite(high)
        axes.hlines(place[bounded], low[bounded], high[bounded], color=look["color"], linewidth=1.2)
        for at, start in zip(place[open_ended], low[open_ended], strict=True):
            line = {"arrowstyle": "-", "color": look["color"], "linewidth": 1.2, "shrinkA": 0.0, "shrinkB": 0.0}
            if logarithmic and start <= 0.0:
                axes.annotate("", (1.0, at), (0.0, at), edge, edge, arrowprops=line)
                continue
            axes.annotate("", (1.0, at), (start, at), edge, "data", arrowprops=line)
            axes.update_datalim([(start, at)])
        axes.plot(
            cost[solved], place[solved], label=None if by is None else str(level), **point | {"marker": look["marker"]}
        )
        if not solved.all():
            axes.plot(np.ones((~solved).sum()), place[~solved], ">", transform=edge, clip_on=False, **point)
    if logarithmic:
        axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [str(value) for value in rows])
    axes.set(xlabel=name("expected_running_time"), ylim=(max(len(rows), 1) - 0.5, -0.5))
    axes.autoscale_view(scaley=False)
    return axes


def _has(table: pd.DataFrame, *columns: str) -> None:
    """Raises TypeError for what is no table, and ValueError for one that lacks a column."""
    of_class("table", table, pd.DataFrame)
    for column in columns:
        known("column", column, table.columns)
        if len(table) and column in NUMBERS and not pd.api.types.is_numeric_dtype(table[column].dtype):
            raise TypeError(f"column {column!r} of type {table[column].dtype} holds no numbers; give those of a statistic")


def _levels(table: pd.DataFrame, by: str | None) -> list[tuple[Any, dict[str, Any], pd.DataFrame]]:
    """Each level of a column, in the order they come in, with its look and its rows; all rows without one."""
    if by is None:
        return [("", *looks([""]), table)]
    table = _complete(table, by)
    levels = list(table[by].unique())
    return [(level, look, table[table[by] == level]) for level, look in zip(levels, looks(levels), strict=True)]


def _in_order(table: pd.DataFrame, x: str) -> pd.DataFrame:
    """The table in the order of a column; where words stand among numbers, as for what is missing, all are words."""
    table = _complete(table, x)
    values = table[x].tolist()
    words = [isinstance(value, str) for value in values]
    if all(words) or not any(words):
        return table.sort_values(x)
    order = sorted(range(len(values)), key=lambda place: (words[place], values[place]))
    table, levels = table.iloc[order], list(dict.fromkeys(values[place] for place in order))
    return table.assign(**{x: table[x].map(dict(zip(levels, told_apart(levels), strict=True)))})


def _complete(table: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """The table with a word for what is missing in these columns, such as the precision of runs in float64: a level like
    any other, which equals itself then."""
    there = {key: table[key].notna() for key in keys}
    words = {key: table[key].astype(object).where(rows, "missing") for key, rows in there.items() if not rows.all()}
    return table.assign(**words)
