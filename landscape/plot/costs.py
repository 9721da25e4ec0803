"""The picture of what a solution costs."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from landscape.plot.panels import By, Line, Order, Panels, is_numeric
from landscape.plot.rates import DODGE
from landscape.plot.scales import Side, logarithmic, name_places, set_scale
from landscape.plot.style import finished, name

Array = NDArray[np.float64]


@finished
def expected_running_time(
    table: pd.DataFrame,
    y: str | None = None,
    by: By = None,
    ax: Axes | None = None,
    facet: str | None = None,
    order: Order = None,
    log: str | None = None,
    x: str | None = None,
    legend: bool = True,
) -> Axes:
    """Draw what a solution costs, the table that ``landscape.expected_running_time`` makes, with its intervals.

    There is a row for each level of ``y``, the first on top, and in it a mark for each line of ``by``; or costs stand over
    the numbers or words of ``x``. An interval without an upper end goes to the edge, wherever that edge is; where nothing
    is solved, a triangle stands there.

    Parameters
    ----------
    table : DataFrame, one row for each place in the picture
    y : str, optional
        Column of the rows.
    by : str, or list of two, optional
        Columns of the marks: the first has the colour, the second the mark.
    ax : Axes, default new ones
    facet : str, optional
        Column of panels side by side, on one scale; in place of ``ax``.
    order : sequence of levels, or dict of them by column, optional
        Levels that come first, of the first column of ``by``, else of ``y`` or ``x``.
    log : "", "x", "y" or "xy", default as the numbers are
        Axes that are logarithmic; by default one whose numbers span more than a factor of thirty.
    x : str, optional
        Column that costs are drawn over, in place of ``y``.
    legend : bool

    Returns
    -------
    Axes
        With ``facet``, the first panel; its ``figure`` has all.

    Raises
    ------
    ValueError
        for both or neither of ``x`` and ``y``, ``ax`` and ``facet`` together, a column or level that is not there, a
        logarithmic axis of numbers that are not positive, or several rows for one place.
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
    if x is not None and y is not None:
        raise ValueError(f"y={y!r} has a row for each level, and x={x!r} costs over it; give one of them")
    along: Any = y if x is None else x  # None is refused as no name of a column
    panels = Panels(table, ["expected_running_time", "low", "high"], by, facet, order, [along], ax)
    panels.refuse_several_rows()
    ends = panels.table[["expected_running_time", "low", "high"]].to_numpy(dtype=np.float64)
    finite = ends[np.isfinite(ends) & (ends > 0.0)]
    places = panels.table[along]
    numeric = x is not None and is_numeric(places)
    across = x is None  # the costs go from left to right
    sides: tuple[Side, Side] = ("x", "y") if across else ("y", "x")
    costly, other = sides
    free = bool((ends[:, 0] == 0.0).any())  # a cost of 0 would lie nowhere on a logarithmic axis
    scale = logarithmic("" if free and log is None else log, costly, [*finite, *([0.5, 0.0] if free else [])])
    if not numeric and log is not None:
        logarithmic(log if other in log else "", other, [])
    levels = panels.levels[along]
    unsolved = False
    for axes, rows in panels.drawn_on(ax, max(2.6, 0.5 + 0.19 * len(levels)) if across else 2.6, legend=legend):
        for line in panels.lines(rows):
            beside = DODGE * ((line.number + 0.5) / panels.count - 0.5)
            cells = line.rows.sort_values(along) if numeric else line.rows
            at = cells[along].to_numpy(np.float64) if numeric else np.array([levels.index(v) + beside for v in cells[along]])
            unsolved |= _marks(axes, at, cells, line, across, numeric, scale)
        axes.set(**{f"{costly}scale": scale})
        if numeric:
            set_scale(axes, "x", logarithmic(log, "x", places), places)
        elif across:
            name_places(axes, "y", range(len(levels)), levels)
            axes.set_ylim(max(len(levels), 1) - 0.5, -0.5)
        else:
            name_places(axes, "x", range(len(levels)), levels)
            axes.set_xlim(-0.5, max(len(levels), 1) - 0.5)
        axes.autoscale_view(scalex=across or numeric, scaley=not across)
    none_solved = Line2D([], [], color="0.3", linestyle="none", marker=">" if across else "^", label="none solved")
    cost = name("expected_running_time")
    labels = (cost, name(along)) if across else (name(along), cost)
    return panels.finish(*labels, legend, {} if numeric else {"linestyle": "none"}, [none_solved] if unsolved else [])


def _marks(axes: Axes, place: Array, cells: pd.DataFrame, line: Line, across: bool, joined: bool, scale: str) -> bool:
    """Costs with their intervals; returns whether some are infinite."""
    colour = line.look["color"]
    cost, low, high = (cells[key].to_numpy(dtype=np.float64) for key in ("expected_running_time", "low", "high"))
    solved, bounded, open_ended = np.isfinite(cost), np.isfinite(high), np.isfinite(low) & ~np.isfinite(high)
    (axes.hlines if across else axes.vlines)(place[bounded], low[bounded], high[bounded], color=colour, linewidth=1.2)
    edge = axes.get_yaxis_transform() if across else axes.get_xaxis_transform()
    for at, start in zip(place[open_ended], low[open_ended], strict=True):
        way = {"arrowstyle": "-", "color": colour, "linewidth": 1.2, "shrinkA": 0.0, "shrinkB": 0.0}
        from_edge = scale == "log" and start <= 0.0
        begin = 0.0 if from_edge else start
        end, first = ((1.0, at), (begin, at)) if across else ((at, 1.0), (at, begin))
        axes.annotate("", end, first, edge, edge if from_edge else "data", arrowprops=way)
        if not from_edge:
            axes.update_datalim([first])
    look = line.look | ({} if joined else {"linestyle": "none"})
    shown = np.where(solved, cost, np.nan) if joined else cost[solved]
    there = place if joined else place[solved]
    axes.plot(*((shown, there) if across else (there, shown)), label=line.label, **look)
    if not solved.all():
        beyond = np.ones((~solved).sum()), place[~solved]
        mark = ">" if across else "^"
        axes.plot(*(beyond if across else beyond[::-1]), mark, transform=edge, clip_on=False, color=colour)
    return not solved.all()
