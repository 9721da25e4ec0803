"""Pictures of tables: data in, axes out. Matplotlib is imported here and nowhere else in the package.

A function takes a table and the axes to draw on (its own if there are none) and returns those axes. Nothing global is
touched: ``with matplotlib.rc_context(STYLE)`` gives a report's look, ``save`` writes a figure in three formats.
"""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLUMN, PAGE = 3.4, 7.0
"""Width in inches of a journal's column and page."""

STYLE: dict[str, Any] = {
    "font.size": 8.0,
    "axes.titlesize": 8.0,
    "axes.labelsize": 8.0,
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 3.5,
    "figure.dpi": 150,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "landscape",
}

COLOURS = {
    "sigmoid": "#0072B2",
    "tanh": "#D55E00",
    "relu": "#009E73",
    "leaky_relu": "#56B4E9",
    "elu": "#CC79A7",
    "softplus": "#E69F00",
    "identity": "#999999",
}
"""The same colour for the same thing in every figure (Okabe & Ito's, safe for the colour-blind)."""
SPARE_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999")

NAMES = {
    "epoch": "epochs",
    "hidden": "hidden units",
    "lr": "learning rate",
    "rate": "success rate",
    "activation": "activation",
    "gradient": "gradient",
}
"""What an axis calls a column."""


def name(column: str) -> str:
    """What an axis calls a column."""
    return NAMES.get(column, column)


def _spans_decades(values: pd.Series) -> bool:
    numbers = values.to_numpy()
    return bool(np.issubdtype(numbers.dtype, np.number) and numbers.min() > 0 and numbers.max() / numbers.min() > 30)


def success_rates(
    table: pd.DataFrame, x: str, by: str | None = None, y: str | None = None, ax: Axes | None = None, **line: Any
) -> Axes:
    """Success rates, the table that ``landscape.success_rates`` makes: lines over ``x``, one for each level of ``by``, with
    the interval as a band; or, with ``y``, a heat map over ``x`` and ``y`` with the numbers in it.

    An axis is logarithmic where its numbers span more than a factor of thirty. ``line`` goes to ``Axes.plot``. Raises
    ValueError where the table has more than one row for one place: choose rows first.
    """
    axes = plt.subplots(figsize=(COLUMN, 2.6))[1] if ax is None else ax
    keys = [key for key in (by, y, x) if key is not None]
    if table.duplicated(keys).any():
        raise ValueError(f"the table has several rows for the same {', '.join(keys)}; choose one of each first")
    if y is not None:
        return _heat_map(table, x, y, axes)
    levels = [None] if by is None else list(table[by].unique())
    for number, level in enumerate(levels):
        rows = (table if level is None else table[table[by] == level]).sort_values(x)
        style = {"color": COLOURS.get(str(level), SPARE_COLOURS[number % len(SPARE_COLOURS)]), "marker": "o", **line}
        (drawn,) = axes.plot(rows[x], rows["rate"], label=None if level is None else str(level), **style)
        axes.fill_between(rows[x], rows["low"], rows["high"], color=drawn.get_color(), alpha=0.2, linewidth=0)
    if len(table) and _spans_decades(table[x]):
        axes.set_xscale("log")
    axes.set(xlabel=name(x), ylabel=name("rate"), ylim=(-0.02, 1.02))
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
    axes.set_xticks(np.arange(grid.shape[1]) + 0.5, [_short(value) for value in grid.columns])
    axes.set_yticks(np.arange(grid.shape[0]) + 0.5, [_short(value) for value in grid.index])
    axes.tick_params(length=0)
    axes.set(xlabel=name(x), ylabel=name(y))
    return axes


def _short(value: object) -> str:
    """A number as an axis shows it: 3000 as 3k."""
    if isinstance(value, (int, float, np.number)):
        return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"
    return str(value)


def save(figure: Figure, folder: Path | str, title: str) -> list[Path]:
    """Write ``title.pdf``, ``title.svg`` and ``title.png`` to a folder, which is made if need be; returns the paths. The
    same figure gives the same bytes: no time is written into them."""
    paths = [Path(folder) / f"{title}{suffix}" for suffix in (".pdf", ".svg", ".png")]
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    for path, undated in zip(paths, ({"CreationDate": None}, {"Date": None}, {}), strict=True):
        figure.savefig(path, bbox_inches="tight", metadata=undated)
    return paths
