"""Pictures of maps: basins of starts, and trainability over two settings."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize, to_rgba
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from landscape._kernels.trainer import OUTCOMES
from landscape.function import LARGEST
from landscape.maps.basins import BasinMap
from landscape.plot.scales import Side, name_places, set_scale, whole_ticks
from landscape.plot.style import OUTCOME_COLOURS, axes_for, colour_bar, finished, name, spans_decades
from landscape.validation import known, of_class

SOLVED = ListedColormap(colormaps["YlGnBu_r"](np.linspace(0.25, 1.0, 256)), "epochs")
"""Colours of the epochs that a solved start took, from blue for few to pale yellow for many. The map's navy is left out:
nobody tells it from the black of what is not solved."""


HATCH: dict[str, Any] = {"hatch": "////", "edgecolor": "white", "linewidth": 0.0}
"""Of what diverged: in grey its colour is one of the scale's."""
UNSOLVED = {"median_epochs": "fewer than half solved"}
"""What it means that a value is infinite."""


@finished
def basin_map(data: BasinMap, ax: Axes | None = None, colorbar: bool = True) -> Axes:
    """Draw where each start of a map leads.

    Solved starts have the colour of the epochs they took, on a scale from 0 to the budget, the others the colour of their
    outcome (black: not solved within the budget).

    Parameters
    ----------
    data : BasinMap
    ax : Axes, default new ones
    colorbar : bool

    Returns
    -------
    Axes

    Raises
    ------
    TypeError
        for what is no BasinMap.
    ValueError
        for coordinates that are not even, or beyond 1e300.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> plane = ls.slices.parameter_plane(surface, np.ones(9), parameters=[0, 3], steps=9)
    >>> ls.plot.basin_map(ls.basin_map(surface, ls.Protocol(lr=5.0, budget=500), plane)).get_xlabel()
    'W1[0,0]'
    """
    of_class("data", data, BasinMap)
    axes = axes_for(ax)
    image = epochs_scale(data).to_rgba(data.epochs)
    others = [code for code, outcome in enumerate(OUTCOMES) if outcome != "solved" and (data.outcome == code).any()]
    for code in others:
        image[data.outcome == code] = to_rgba(OUTCOME_COLOURS[OUTCOMES[code]])
    x, y = data.plane.coordinates
    if not all((np.abs(axis) <= LARGEST).all() for axis in (x, y)):
        raise ValueError(f"the map reaches beyond {LARGEST:g}, which no picture does; give a plane of smaller coordinates")
    for name_of, axis in zip(data.plane.labels, (x, y), strict=True):
        steps = np.diff(axis)
        if not steps.size or np.ptp(steps) > 1e-6 * np.abs(steps).max():
            raise ValueError(f"the coordinates of {name_of} are not even, as a picture's are; give a plane of even ones")
    edges = [0.5 * (axis[1] - axis[0]) * np.array([-1.0, 1.0]) + axis[[0, -1]] for axis in (x, y)]
    axes.imshow(image, origin="lower", extent=(*edges[0], *edges[1]), interpolation="nearest", aspect="auto")
    axes.set(xlabel=data.plane.labels[0], ylabel=data.plane.labels[1])
    if colorbar:
        whole_ticks(colour_bar(epochs_scale(data), [axes], "epochs until solved").ax.yaxis)
    if others:
        patches = [Patch(color=OUTCOME_COLOURS[OUTCOMES[code]], label=_words(OUTCOMES[code])) for code in others]
        axes.legend(handles=patches, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=len(patches), borderaxespad=0.2)
    return axes


def epochs_scale(data: BasinMap) -> ScalarMappable:
    """Return the colours of the epochs that a solved start took, for a colour bar that several maps of one budget share.

    Parameters
    ----------
    data : BasinMap

    Returns
    -------
    ScalarMappable
        From 0 to the budget.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> plane = ls.slices.parameter_plane(surface, np.ones(9), parameters=[0, 3], steps=3)
    >>> map = ls.basin_map(surface, ls.Protocol(lr=5.0, budget=500), plane)
    >>> ls.plot.epochs_scale(map).norm.vmax
    500.0
    """
    return ScalarMappable(Normalize(0.0, max(data.protocol.budget, 1)), SOLVED)


def _words(outcome: str) -> str:
    return "not solved" if outcome == "budget" else outcome


@finished
def trainability_map(
    table: pd.DataFrame,
    x: str | None = None,
    y: str | None = None,
    value: str = "rate",
    ax: Axes | None = None,
    colorbar: bool = True,
) -> Axes:
    """Draw a map over two settings, the table that ``landscape.trainability_map`` makes.

    Where more runs diverged than not, a cell has the colour of what diverged; where another value is infinite, as the median
    of the epochs is if fewer than half are solved, that of what is not solved. An axis with even ratios is logarithmic, and
    so is the scale of values that span more than a factor of thirty.

    Parameters
    ----------
    table : DataFrame, one row for each pair of x and y
    x, y : str, default the first two columns
    value : str
        Column that is shown.
    ax : Axes, default new ones
    colorbar : bool

    Returns
    -------
    Axes

    Raises
    ------
    TypeError
        for what is no table, or a column without numbers.
    ValueError
        for a column that is not there or lacks values, or several rows for the same x and y.

    Examples
    --------
    >>> import landscape as ls
    >>> protocol = ls.Protocol(budget=500)
    >>> table = ls.trainability_map(ls.Surface("xor"), protocol, ("lr", [0.5, 1.0, 2.0]), ("hidden", [2, 3]), runs=20)
    >>> axes = ls.plot.trainability_map(table)
    >>> axes.get_xlabel(), axes.get_xscale()
    ('learning rate', 'log')
    """
    of_class("table", table, pd.DataFrame)
    for column in (value, "diverged_rate"):
        known("column", column, table.columns)
        if len(table) and not pd.api.types.is_numeric_dtype(table[column].dtype):
            raise TypeError(f"column {column!r} of type {table[column].dtype} holds no numbers; give those of a map")
    x, y = (table.columns[0] if x is None else x), (table.columns[1] if y is None else y)
    for column in (x, y):
        known("column", column, table.columns)
        if table[column].isna().any():
            raise ValueError(f"column {column!r} lacks a value in some rows; give one in every row")
    if x == y:
        raise ValueError(f"x and y are both {x!r}; give two different columns")
    axes = axes_for(ax)
    if table.duplicated([x, y]).any():
        raise ValueError(f"the table has several rows for the same {x} and {y}; choose one of each first")
    axes.set(xlabel=name(x), ylabel=name(y))
    if table.empty:
        return axes
    grid = table.pivot(index=y, columns=x, values=value)
    diverged = table.pivot(index=y, columns=x, values="diverged_rate").to_numpy() > 0.5
    edges = []
    sides: tuple[tuple[Side, pd.Index], ...] = (("x", grid.columns), ("y", grid.index))
    for axis, values in sides:
        places, logarithmic = _edges(values.to_numpy(), len(values))
        edges.append(places)
        if np.issubdtype(values.to_numpy().dtype, np.number):
            set_scale(axes, axis, "log" if logarithmic else "linear", values)
        else:
            name_places(axes, axis, range(len(values)), list(values))
    values = grid.to_numpy(dtype=np.float64)
    unsolved = np.isposinf(values) & ~diverged
    shown = np.ma.masked_array(values, diverged | ~np.isfinite(values))
    drawn = axes.pcolormesh(*edges, shown, cmap="cividis", norm=_scale(shown, value), rasterized=True)  # else a path a cell
    patches = []
    if diverged.any():
        over = np.ma.masked_array(np.ones(diverged.shape), ~diverged)
        axes.pcolormesh(*edges, over, cmap=ListedColormap([OUTCOME_COLOURS["diverged"]]), rasterized=True)
        axes.add_patch(PathPatch(_outlines(edges[0], edges[1], diverged), facecolor="none", **HATCH))
        patches.append(Patch(facecolor=OUTCOME_COLOURS["diverged"], label="more than half diverged", **HATCH))
    if unsolved.any():
        black: dict[str, Any] = {"facecolor": OUTCOME_COLOURS["budget"], "linewidth": 0.0}
        axes.add_patch(PathPatch(_outlines(edges[0], edges[1], unsolved), **black))
        patches.append(Patch(label=UNSOLVED.get(value, "not solved"), **black))
    if patches:
        axes.legend(handles=patches, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.2)
    if colorbar and shown.count():
        bar = colour_bar(drawn, [axes], name(value))
        if not isinstance(drawn.norm, LogNorm) and (shown == np.round(shown)).all():
            whole_ticks(bar.ax.yaxis)
    return axes


def _scale(shown: Any, value: str) -> Normalize:
    """Colours of rates go from 0 to 1, of other values from the least to the largest."""
    if value.endswith("rate"):
        return Normalize(0.0, 1.0)
    return LogNorm() if spans_decades(shown.compressed()) else Normalize()


def _outlines(x: NDArray[np.float64], y: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Path:
    """The cells chosen (len(y) - 1, len(x) - 1), between edges on both axes, as one path."""
    cells = [[(x[j], y[i]), (x[j + 1], y[i]), (x[j + 1], y[i + 1]), (x[j], y[i + 1])] for i, j in np.argwhere(chosen)]
    return Path.make_compound_path(*(Path([*cell, cell[0]], closed=True) for cell in cells))


def _edges(values: NDArray[np.float64], count: int) -> tuple[NDArray[np.float64], bool]:
    """Edges (n + 1,) of cells around ascending values (n,), and whether these have even ratios; of words, their places."""
    if not np.issubdtype(values.dtype, np.number):
        return np.arange(0.0, count + 1.0) - 0.5, False
    numbers = values.astype(np.float64)
    logarithmic = bool(count > 2 and numbers.min() > 0.0 and np.ptp(np.diff(np.log(numbers))) < 1e-6)
    logarithmic &= count > 2 and np.ptp(np.diff(numbers)) > 1e-6 * np.abs(numbers).max()
    places = np.log(numbers) if logarithmic else numbers
    middle = 0.5 * (places[1:] + places[:-1])
    first = places[0] - (middle[0] - places[0] if count > 1 else 0.5)
    last = places[-1] + (places[-1] - middle[-1] if count > 1 else 0.5)
    edges = np.concatenate([[first], middle, [last]])
    shown: NDArray[np.float64] = (np.exp(edges) if logarithmic else edges).astype(np.float64)
    return shown, logarithmic
