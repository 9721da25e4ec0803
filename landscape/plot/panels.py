"""One panel or several: how a table becomes panels and lines, with which looks, scales and legend.

A picture of a table makes ``Panels`` first, which checks what it is given, then goes through ``drawn_on``, then asks for
``finish``. Levels have one order and one look in all panels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.offsetbox import DrawingArea, HPacker

from landscape.plot.style import COLUMN, LEGEND_ROW, LINE_STYLES, MARKERS, PAGE, axes_for, explain, looks, name, setting
from landscape.statistics.groups import pooled, shown
from landscape.validation import known, of_class

By = str | Sequence[str] | None
Order = Sequence[Any] | Mapping[str, Sequence[Any]] | None

NUMBERS = ("rate", "low", "high", "epoch", "loss", "expected_running_time")
"""Columns that are drawn as they are, whatever the others hold."""
MOST_ACROSS = 4
"""Panels side by side on a page."""
LETTERS = 95
"""Letters that titles side by side may have."""
PANEL_HEIGHT = 1.75
"""Inches."""


@dataclass(frozen=True)
class Line:
    """What is drawn in one look: its label, colour, line style and marker, its place among all lines, and its rows."""

    label: str | None
    look: dict[str, Any]
    number: int
    rows: pd.DataFrame


class Panels:
    """A table divided into panels and lines.

    Parameters
    ----------
    table : DataFrame
    needed : columns that the picture draws
    by : one or two columns of the lines: colour, or colour and line style with marker
    facet : column of the panels
    order : levels of the first column of ``by``, or without one of ``axis``; or levels by column. Others come after them.
    axis : columns of the axes that may hold words; their levels are in ``levels``

    Attributes
    ----------
    table : the table, with a word for what is missing in these columns
    keys : columns of lines, panels and axes, each once
    levels : by column, its levels in order: numbers rise, words come as in the table
    """

    def __init__(
        self,
        table: pd.DataFrame,
        needed: Sequence[str],
        by: By = None,
        facet: str | None = None,
        order: Order = None,
        axis: Sequence[str] = (),
        ax: Axes | None = None,
        alphabetic: bool = False,
    ) -> None:
        of_class("table", table, pd.DataFrame)
        self.by = columns_of(by)
        self.facet = facet
        self.keys = list(dict.fromkeys([*self.by, *axis, *([] if facet is None else [facet])]))
        for column in (*self.keys, *needed):
            known("column", column, table.columns)
            if len(table) and column in NUMBERS and not pd.api.types.is_numeric_dtype(table[column].dtype):
                raise TypeError(
                    f"column {column!r} of type {table[column].dtype} holds no numbers; give those of a statistic"
                )
        if facet is not None and ax is not None:
            raise ValueError(f"facet={facet!r} makes panels of its own, and ax= is one; give one of them")
        self.table = complete(table.reset_index(drop=True), *self.keys)
        asked = self._asked(order, next(iter([*self.by, *axis]), None))
        self.levels = {
            key: _ordered(key, self.table[key], asked.get(key, ()), alphabetic and key in axis) for key in self.keys
        }
        self.axes: list[Axes] = []
        self._lines = self._all_lines()

    def _asked(self, order: Order, first: str | None) -> dict[str, list[Any]]:
        """Levels that ``order`` names, by column."""
        if order is None:
            return {}
        if not isinstance(order, Mapping):
            if isinstance(order, str) or not isinstance(order, Sequence | np.ndarray):
                raise TypeError(f"order={order!r} is no sequence of levels; give one such as ['tanh', 'relu']")
            if first is None:
                raise ValueError("order= names levels of by=, which is not given; give by=, or levels by column")
            order = {first: order}
        for column in order:
            known("order", column, self.keys)
        return {column: list(levels) for column, levels in order.items()}

    def _all_lines(self) -> dict[tuple[Any, ...], tuple[str | None, dict[str, Any]]]:
        """Label and look of each line, by its levels, in the order of the legend."""
        if not self.by:
            return {(): (None, looks([""])[0])}
        first, *second = ([*zip(self.levels[key], shown(self.levels[key]), strict=True)] for key in self.by)
        colours = looks([level for level, _ in first])
        if not second:
            return {(level,): (label, look) for (level, label), look in zip(first, colours, strict=True)}
        if len(second[0]) > len(LINE_STYLES):
            raise ValueError(
                f"{self.by[1]} has {len(second[0])} levels, and there are {len(LINE_STYLES)} line styles; name it first in "
                "by=, or as facet="
            )
        there = set(zip(*(self.table[key] for key in self.by), strict=True))
        return {
            (a, b): (f"{label}, {other}", {**look, "linestyle": LINE_STYLES[n], "marker": MARKERS[n]})
            for (a, label), look in zip(first, colours, strict=True)
            for n, (b, other) in enumerate(second[0])
            if (a, b) in there
        }

    def refuse_several_rows(self) -> None:
        """Raises ValueError where one place in the picture has several rows."""
        if self.table.duplicated(self.keys).any():
            raise ValueError(f"the table has several rows for the same {', '.join(self.keys)}; choose one of each first")

    @property
    def count(self) -> int:
        """Number of lines."""
        return len(self._lines)

    def drawn_on(self, ax: Axes | None, height: float = 2.6, legend: bool = True) -> Iterator[tuple[Axes, pd.DataFrame]]:
        """Each panel with its rows: the axes given, new ones, or one for each level of ``facet``."""
        height = max(height, 0.4 + LEGEND_ROW * len(self._entries({}))) if legend else height
        if self.facet is None:
            self.axes = [axes_for(ax, height)]
            yield self.axes[0], self.table
            return
        levels = self.levels[self.facet]
        titles = [f"{self.facet} = {label}" for label in shown(levels)]
        longest = max(map(len, titles), default=0)
        down = max(-(-len(levels) // max(min(MOST_ACROSS, int(LETTERS / (longest + 2))), 1)), 1)
        across = max(-(-len(levels) // down), 1)
        size = (PAGE if across > 1 else COLUMN, max(height, 0.5 + PANEL_HEIGHT * down))
        grid = plt.subplots(down, across, sharex=True, sharey=True, squeeze=False, figsize=size, layout="constrained")[1]
        self.axes = list(grid.flat)[: max(len(levels), 1)]
        for left_over in grid.flat[len(self.axes) :]:
            left_over.remove()
        for axes in self.axes[len(self.axes) - across :]:  # the lowest of each column
            axes.tick_params(axis="x", labelbottom=True)
        for axes, level, title in zip(self.axes, levels, titles, strict=False):
            axes.set_title(title)
            yield axes, self.table[self.table[self.facet] == level]

    def lines(self, rows: pd.DataFrame) -> Iterator[Line]:
        """The lines of a panel."""
        for number, (levels, (label, look)) in enumerate(self._lines.items()):
            chosen = np.ones(len(rows), np.bool_)
            for key, level in zip(self.by, levels, strict=True):
                chosen &= (rows[key] == level).to_numpy()
            if chosen.any() or not self.by:
                yield Line(label, look, number, rows[chosen])

    def finish(
        self,
        xlabel: str,
        ylabel: str,
        legend: bool = True,
        look: Mapping[str, Any] | None = None,
        more: Sequence[Line2D] = (),
    ) -> Axes:
        """Name the axes and explain the looks: ``look`` holds what all lines share, ``more`` further things to explain.
        Returns the first panel."""
        first = self.axes[0]
        if self.facet is None:
            first.set(xlabel=xlabel, ylabel=ylabel)
        else:
            first.figure.supxlabel(xlabel, fontsize=setting("axes.labelsize"))
            first.figure.supylabel(ylabel, fontsize=setting("axes.labelsize"))
        entries = [*self._entries(look or {}), *more]
        if legend and entries:
            title = name(self.by[0]) if len(self.by) == 1 else None
            if self.facet is None:
                made = explain(first, entries, title)
            else:
                size = {"title_fontsize": setting("legend.fontsize"), "alignment": "left"}
                made = first.figure.legend(handles=entries, title=title, loc="outside right upper", **size)
            _outdent_headings(made)
        return first

    def _entries(self, shared: Mapping[str, Any]) -> list[Line2D]:
        """Lines of the legend: each level of one column; of two columns each level of both, under the column's name."""
        if len(self.by) < 2:
            return [Line2D([], [], label=label, **{**look, **shared}) for label, look in self._lines.values() if label]
        found = []
        colours = looks(self.levels[self.by[0]])
        styles = [{"color": "0.3", "linestyle": s, "marker": m} for s, m in zip(LINE_STYLES, MARKERS, strict=False)]
        plain = {"linestyle": "-", "marker": ""}
        for key, kind in zip(self.by, ([{**look, **plain} for look in colours], styles), strict=True):
            found.append(Line2D([], [], linestyle="none", label=name(key)))
            for label, look in zip(shown(self.levels[key]), kind, strict=False):
                found.append(Line2D([], [], label=label, **{**look, **({} if kind is not styles else shared)}))
        return found


def _outdent_headings(legend: Legend) -> None:
    """Start entries without a line and without a mark, which are headings, at the left."""
    for row in legend.findobj(HPacker):
        area = row.get_children()[0]
        if isinstance(area, DrawingArea):
            line: Any = area.get_children()[0]
            if line.get_linestyle() == "None" and line.get_marker() == "None":
                area.width = row.sep = 0.0


def columns_of(by: By) -> list[str]:
    """The columns of the lines. Raises TypeError or ValueError for more than two."""
    if by is None or isinstance(by, str):
        return [] if by is None else [by]
    if not isinstance(by, Sequence) or not all(isinstance(column, str) for column in by):
        raise TypeError(f"by={by!r} names no columns; give one, or two such as ['activation', 'hidden']")
    if not 1 <= len(set(by)) == len(by) <= 2:
        raise ValueError(f"by={by!r} is not one column or two; give one for the colour and one for the line style")
    return list(by)


def with_pooling(label: str, over: Mapping[str, Sequence[Any]]) -> str:
    """The label of an axis, and below it the settings that are pooled."""
    return "\n".join(filter(None, [label, pooled(over)]))


def is_numeric(column: "pd.Series[Any]") -> bool:
    """Whether a column holds numbers, which have places on an axis; True and False are words."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def complete(table: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """The table with a word for what is missing in these columns, such as the precision of runs in float64: a level like
    any other, which equals itself then."""
    there = {key: table[key].notna() for key in keys}
    words = {key: table[key].astype(object).where(rows, "missing") for key, rows in there.items() if not rows.all()}
    return table.assign(**words)


def _ordered(column: str, values: pd.Series, asked: Sequence[Any], alphabetic: bool) -> list[Any]:
    """Levels of a column: those asked for, then the others; numbers rise."""
    levels = list(values.unique())
    if isinstance(values.dtype, pd.CategoricalDtype):
        levels = [level for level in values.cat.categories if level in levels]
    elif pd.api.types.is_numeric_dtype(values.dtype) or alphabetic:
        levels = sorted(levels, key=lambda level: (isinstance(level, str), level))
    called = dict(zip(shown(levels), levels, strict=True))
    first = [called.get(str(level), level) for level in asked]
    for level in first:
        if level not in levels:
            raise ValueError(f"order holds {level!r}, which is no level of {column}; it has: {', '.join(called) or 'none'}")
        if first.count(level) > 1:
            raise ValueError(f"order={list(asked)!r} names {level!r} twice; give each level once")
    return [*first, *(level for level in levels if level not in first)]
