"""Pictures of success rates: lines over a column, or a heat map over two."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Affine2D, IdentityTransform

from landscape.plot.panels import By, Order, Panels, is_numeric, with_pooling
from landscape.plot.scales import logarithmic, name_places, set_scale
from landscape.plot.style import colour_bar, finished, font_size, ink, name
from landscape.statistics.groups import shown

DODGE = 0.6
"""Part of the distance between two words over which the marks of several lines are spread."""
SMALLEST = 3.5
"""Points of the smallest number that can be read; where cells are smaller, colours alone tell the rates."""


@finished
def success_rates(
    table: pd.DataFrame,
    x: str,
    by: By = None,
    y: str | None = None,
    ax: Axes | None = None,
    facet: str | None = None,
    order: Order = None,
    log: str | None = None,
    legend: bool = True,
    **line: Any,
) -> Axes:
    """Draw success rates, the table that ``landscape.success_rates`` makes, as lines or as a heat map.

    Lines go over numbers ``x``, with the interval as a band; over words, marks have it as a bar. With ``y`` the picture is a
    heat map over ``x`` and ``y`` with the numbers in it: words read from the top down, numbers rise. Settings that the table
    pools are named below it.

    Parameters
    ----------
    table : DataFrame, one row for each place in the picture
    x : str
    by : str, or list of two, optional
        Columns of the lines: the first has the colour, the second line style and mark.
    y : str, optional
        Column of the heat map's rows, in place of ``by``.
    ax : Axes, default new ones
    facet : str, optional
        Column of panels side by side, on one scale; in place of ``ax``.
    order : sequence of levels, or dict of them by column, optional
        Levels that come first, of the first column of ``by``, else of ``y``, else of words on ``x``.
    log : "", "x", "y" or "xy", default as the numbers are
        Axes of lines that are logarithmic; by default one whose numbers span more than a factor of thirty.
    legend : bool
        Whether there is a legend, or of a heat map a colour bar.
    **line : passed to ``Axes.plot``

    Returns
    -------
    Axes
        With ``facet``, the first panel; its ``figure`` has all.

    Raises
    ------
    ValueError
        for ``by`` and ``y``, or ``ax`` and ``facet`` together, a column or level that is not there, a logarithmic axis of
        numbers that are not positive, or more than one row for one place: choose rows first.
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
    if y is not None and log is not None:
        raise ValueError(f"log={log!r} is for lines; the cells of a heat map are of equal size")
    axis = [x] if y is None else [y, x]
    panels = Panels(table, ["rate", *(("low", "high") if y is None else ())], by, facet, order, axis, ax, alphabetic=True)
    panels.refuse_several_rows()
    label = with_pooling(name(x), table.attrs.get("pooled_over", {}))
    if y is not None:
        return _heat_map(panels, x, y, ax, label, legend)
    places = panels.table[x]
    scales = logarithmic(log, "x", places), logarithmic(log or "", "y", panels.table["rate"])
    for axes, rows in panels.drawn_on(ax, legend=legend):
        _lines(axes, panels, x, rows, line)
        set_scale(axes, "x", scales[0], places)
        if scales[1] == "linear":
            axes.set_ylim(-0.05, 1.05)
        else:
            set_scale(axes, "y", "log", [])
    shared = line if is_numeric(places) else {"linestyle": "none", **line}
    return panels.finish(label, name("rate"), legend, shared)


def _lines(axes: Axes, panels: Panels, x: str, rows: pd.DataFrame, style: dict[str, Any]) -> None:
    """Rates over numbers, with bands, or over words, with bars, the lines side by side."""
    words = not is_numeric(panels.table[x])
    if words:
        axis: Any = axes.xaxis
        axis.update_units(shown(panels.levels[x]))
        name_places(axes, "x", range(len(panels.levels[x])), panels.levels[x])
    called = dict(zip(panels.levels[x], shown(panels.levels[x]), strict=True))
    for line in panels.lines(rows) if len(rows) else ():
        cells = line.rows.set_index(x).loc[[level for level in panels.levels[x] if level in set(line.rows[x])]]
        places = [called[level] for level in cells.index] if words else cells.index
        look = line.look | ({"linestyle": "none"} if words else {}) | style
        beside = (
            Affine2D().translate(DODGE * ((line.number + 0.5) / panels.count - 0.5), 0.0) if words else IdentityTransform()
        )
        transform = beside + axes.transData
        (drawn,) = axes.plot(places, cells["rate"], label=line.label, transform=transform, **look)
        if words or len(cells) == 1:
            axes.vlines(places, cells["low"], cells["high"], color=drawn.get_color(), linewidth=1.2, transform=transform)
        else:
            axes.fill_between(places, cells["low"], cells["high"], color=drawn.get_color(), alpha=0.2, linewidth=0)
    if words:
        axes.set_xlim(-0.5, max(len(called), 1) - 0.5)


def _heat_map(panels: Panels, x: str, y: str, ax: Axes | None, label: str, legend: bool) -> Axes:
    """Cells of equal size, named on the axes by their values."""
    columns, rows = panels.levels[x], panels.levels[y]
    for axes, cells in panels.drawn_on(ax, max(2.6, 0.5 + 0.19 * len(rows)), legend=False):
        places = cells.set_index([y, x])["rate"]
        grid = np.array([[places.get((row, column), np.nan) for column in columns] for row in rows], dtype=np.float64)
        drawn = axes.pcolormesh(grid.reshape(len(rows), len(columns)), cmap="cividis", vmin=0.0, vmax=1.0)
        name_places(axes, "x", np.arange(0.5, len(columns)), columns)
        name_places(axes, "y", np.arange(0.5, len(rows)), rows)
        axes.tick_params(length=0)
        if not is_numeric(panels.table[y]):
            axes.set_ylim(
                max(len(rows), 1), 0.0
            )  # and not the other way round, which a panel that shares the axis would undo
    if legend:
        colour_bar(drawn, panels.axes, name("rate"), aspect=30)
    first = panels.finish(label, name(y), legend=False)
    if ax is None:
        figure: Any = first.figure
        figure.draw_without_rendering()  # and so laid out
    size = _size_of_numbers(first, (len(rows), len(columns)))
    for axes in panels.axes if size else ():
        _write_numbers(axes, axes.collections[0], size)
    return first


def _write_numbers(axes: Axes, cells: Any, size: float) -> None:
    """The number of each cell in it, dark on light and light on dark."""
    grid = np.ma.masked_invalid(cells.get_array())
    for row, column in np.argwhere(~np.ma.getmaskarray(grid)):
        text: dict[str, Any] = {
            "ha": "center",
            "va": "center",
            "color": ink(cells.to_rgba(grid[row, column])),
            "fontsize": size,
        }
        axes.text(column + 0.5, row + 0.5, f"{grid[row, column]:.2f}", **text)


def _size_of_numbers(axes: Axes, shape: tuple[int, ...]) -> float:
    """Points of numbers such as 0.25 that fit a cell, none above those of tick labels; 0 where none can be read."""
    extent = 72.0 * np.array(axes.get_window_extent().size) / axes.figure.dpi
    width, height = extent / np.maximum(shape[::-1], 1)
    size = min(0.36 * float(width), 0.75 * float(height), font_size("xtick.labelsize"))
    return size if size >= SMALLEST else 0.0
