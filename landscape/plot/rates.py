"""Pictures of tables of runs: success rates, learning curves, time to solution, what a solution costs."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from landscape.plot.style import axes_for, colour_of, name, short, spans_decades
from landscape.statistics.groups import pooled, sample_of


def success_rates(
    table: pd.DataFrame, x: str, by: str | None = None, y: str | None = None, ax: Axes | None = None, **line: Any
) -> Axes:
    """Success rates, the table that ``landscape.success_rates`` makes: lines over ``x``, one for each level of ``by``, with
    the interval as a band; or, with ``y``, a heat map over ``x`` and ``y`` with the numbers in it.

    An axis is logarithmic where its numbers span more than a factor of thirty. Settings that the table pools are named below
    it. ``line`` goes to ``Axes.plot``. Raises
    ValueError where the table has more than one row for one place: choose rows first.
    """
    axes = axes_for(ax)
    keys = [key for key in (by, y, x) if key is not None]
    if table.duplicated(keys).any():
        raise ValueError(f"the table has several rows for the same {', '.join(keys)}; choose one of each first")
    if y is not None:
        return _heat_map(table, x, y, axes)
    levels = [None] if by is None else list(table[by].unique())
    for number, level in enumerate(levels):
        rows = (table if level is None else table[table[by] == level]).sort_values(x)
        style = {"color": colour_of(level, number), "marker": "o", **line}
        (drawn,) = axes.plot(rows[x], rows["rate"], label=None if level is None else str(level), **style)
        axes.fill_between(rows[x], rows["low"], rows["high"], color=drawn.get_color(), alpha=0.2, linewidth=0)
    if len(table) and spans_decades(table[x]):
        axes.set_xscale("log")
    axes.set(xlabel=_with_pooling(name(x), table.attrs.get("pooled_over", {})), ylabel=name("rate"), ylim=(-0.02, 1.02))
    return axes


def _heat_map(table: pd.DataFrame, x: str, y: str, axes: Axes) -> Axes:
    """Cells of equal size, named on the axes by their values, from low to high."""
    grid = table.pivot_table("rate", y, x, observed=True)
    axes.pcolormesh(grid.to_numpy(), cmap="cividis", vmin=0.0, vmax=1.0)
    for row, column in np.ndindex(grid.shape):
        rate = grid.iat[row, column]
        if np.isfinite(rate):
            shade = "white" if rate < 0.55 else "black"
            axes.text(column + 0.5, row + 0.5, f"{rate:.2f}", ha="center", va="center", color=shade, fontsize="small")
    axes.set_xticks(np.arange(grid.shape[1]) + 0.5, [short(value) for value in grid.columns])
    axes.set_yticks(np.arange(grid.shape[0]) + 0.5, [short(value) for value in grid.index])
    axes.tick_params(length=0)
    axes.set(xlabel=_with_pooling(name(x), table.attrs.get("pooled_over", {})), ylabel=name(y))
    return axes


def _with_pooling(label: str, over: dict[str, list[Any]]) -> str:
    """The label of an axis, and below it the settings that are pooled."""
    return "\n".join(filter(None, [label, pooled(over)]))


def learning_curves(
    checkpoints: pd.DataFrame, by: str | None = None, ax: Axes | None = None, quantiles: tuple[float, float] = (0.1, 0.9)
) -> Axes:
    """Loss over epochs, from a table of checkpoints (epoch, loss, one row a run and epoch): the median of the runs as a
    line, and between two quantiles a band, for each level of ``by``. A run that diverged counts as infinitely high from
    then on, and is not left out; where the median is infinite, the line ends. Settings that differ among the runs of a line
    are named below the axis. Raises ValueError where a line holds a run twice or mixes budgets."""
    axes = axes_for(ax)
    pooled_over = sample_of(checkpoints, ["epoch"] if by is None else [by, "epoch"], ["epoch"], pools=True).pooled_over
    for number, (level, rows) in enumerate(_levels(checkpoints, by)):
        loss = rows["loss"].fillna(np.inf).groupby(rows["epoch"])
        low, middle, high = (loss.quantile(share, interpolation="lower") for share in (quantiles[0], 0.5, quantiles[1]))
        color = colour_of(level, number)
        shown = middle.where(np.isfinite(middle))
        axes.plot(middle.index, shown, label=None if by is None else str(level), color=color)
        top = high.where(np.isfinite(high), high[np.isfinite(high)].max())
        axes.fill_between(low.index, low.where(np.isfinite(low)), top, color=color, alpha=0.2, linewidth=0)
    if len(checkpoints) and (checkpoints["loss"].dropna() > 0.0).all():
        axes.set_yscale("log")
    if spans_decades(checkpoints["epoch"]):
        axes.set_xscale("log")
    axes.set(xlabel=_with_pooling(name("epoch"), pooled_over), ylabel=name("loss"))
    return axes


def time_to_solution(table: pd.DataFrame, by: str | None = None, ax: Axes | None = None) -> Axes:
    """Share of runs solved by each epoch, the table that ``landscape.time_to_solution`` makes, as steps with the interval as
    a band, one curve for each level of ``by``. Curves end at the budget."""
    axes = axes_for(ax)
    for number, (level, rows) in enumerate(_levels(table, by)):
        rows = rows.sort_values("epoch")
        if rows["epoch"].duplicated().any():
            raise ValueError(
                f"the table has several curves for {level}; choose one, or name the column that tells them apart"
            )
        color = colour_of(level, number)
        axes.step(rows["epoch"], rows["rate"], where="post", color=color, label=None if by is None else str(level))
        axes.fill_between(rows["epoch"], rows["low"], rows["high"], step="post", color=color, alpha=0.2, linewidth=0)
    axes.set(xlabel=name("epoch"), ylabel="share solved", ylim=(-0.02, 1.02))
    if len(table) and spans_decades(table["epoch"][table["epoch"] > 0]):
        axes.set_xscale("symlog", linthresh=max(1.0, float(table["epoch"][table["epoch"] > 0].min())))
        axes.set_xlim(left=0.0)
    return axes


def expected_running_time(table: pd.DataFrame, y: str, by: str | None = None, ax: Axes | None = None) -> Axes:
    """What a solution costs, the table that ``landscape.expected_running_time`` makes, with its intervals: a row for each
    level of ``y``, the first on top, and in it a mark for each level of ``by``. Where nothing is solved, a triangle at the
    right edge, from the lower end of the interval on; where the interval has no upper end, it goes to the edge."""
    axes = axes_for(ax)
    keys = [key for key in (y, by) if key is not None]
    if table.duplicated(keys).any():
        raise ValueError(f"the table has several rows for the same {', '.join(keys)}; choose one of each first")
    rows, levels = list(table[y].unique()), _levels(table, by)
    ends = table[["expected_running_time", "low", "high"]].to_numpy(dtype=np.float64)
    finite = ends[np.isfinite(ends) & (ends > 0.0)]
    edge = 1.5 * finite.max() if finite.size else 1.0
    for number, (level, cells) in enumerate(levels):
        place = np.array([rows.index(value) for value in cells[y]]) + 0.6 * ((number + 0.5) / len(levels) - 0.5)
        color = colour_of(level, number)
        cost = cells["expected_running_time"].to_numpy()
        solved = np.isfinite(cost)
        axes.hlines(place, cells["low"], np.minimum(cells["high"], edge), color=color, linewidth=1.2)
        axes.plot(cost[solved], place[solved], "o", color=color, label=None if by is None else str(level))
        axes.plot(np.full((~solved).sum(), 0.97 * edge), place[~solved], ">", color=color)
    if spans_decades(finite):
        axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [str(value) for value in rows])
    axes.set(xlabel=name("expected_running_time"), ylim=(max(len(rows), 1) - 0.5, -0.5))
    axes.set_xlim(right=edge)
    return axes


def _levels(table: pd.DataFrame, by: str | None) -> list[tuple[Any, pd.DataFrame]]:
    """The rows of each level of a column, in the order they come in; all rows without one."""
    return [("", table)] if by is None else [(level, table[table[by] == level]) for level in table[by].unique()]
