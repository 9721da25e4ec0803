"""Pictures of a surface: along a line, on a plane, with paths laid on it, and the spectra of its stationary points."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap, LogNorm, Normalize, to_rgba
from matplotlib.patches import Patch
from matplotlib.ticker import LogFormatterSciNotation, MaxNLocator
from numpy.typing import NDArray

from landscape.critical.catalogue import Points
from landscape.plot.scales import whole_ticks
from landscape.plot.style import (
    FUNCTION_COLOURS,
    HIGHEST,
    LEGEND_ROW,
    NOT_FINITE,
    axes_for,
    explain,
    finished,
    looks,
    spans_decades,
    to_scale,
)
from landscape.slices.quantities import QUANTITIES
from landscape.slices.slice import OFF, Laid, Slice
from landscape.validation import integer, of_class

Array = NDArray[np.float64]

KINDS = ("filled", "lines", "surface")
MARKS = 25
"""Marks on a path that is as long as the picture is wide or high, at even distances."""
SMALLEST = 1e-12
"""The lowest level drawn, of what comes down to 0, as a part of the highest."""


@finished
def line(along: Slice, quantity: str = "loss", ax: Axes | None = None, label: str | None = None, **style: Any) -> Axes:
    """Draw a quantity along a line, with the points that made the line marked by their names.

    The axis is logarithmic where the values span more than a factor of thirty; where they are not finite, the line has a
    gap.

    Parameters
    ----------
    along : Slice with one axis
    quantity : str, a name from ``quantities.QUANTITIES`` that is a number
    ax : Axes, default new ones
    label : str, optional
        Of the line, for a legend.
    **style : passed to ``Axes.plot``

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        for a slice with two axes, a quantity that is not known, or one that is no number.
    TypeError
        for what is no Slice.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> along = ls.slices.linear_interpolation(ls.Surface("xor", hidden=2), np.zeros(9), np.ones(9))
    >>> axes = ls.plot.line(along)
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('from a (0) to b (1)', 'loss')
    """
    of_class("along", along, Slice)
    if len(along.coordinates) != 1:
        raise ValueError(f"a slice with {len(along.coordinates)} axes is not a line; draw it with plane")
    if along.values(quantity).dtype.kind not in "fiu":
        raise ValueError(f'quantity="{quantity}" has names and no heights; draw it on a plane, or another quantity')
    axes = axes_for(ax)
    values = _drawable(along.values(quantity)).reshape(along.shape[0], -1)
    for number, column in enumerate(values.T):
        axes.plot(
            along.coordinates[0], column, label=label if values.shape[1] == 1 else f"{label or quantity} {number}", **style
        )
    if quantity == "loss":
        for name, laid in along.laid.items():
            axes.plot(laid.coordinates[:, 0], _drawable(laid.loss), "o", color="black", markersize=3)
            if laid.loss[0] <= HIGHEST:
                axes.annotate(name, (laid.coordinates[0, 0], laid.loss[0]), (3, 3), textcoords="offset points")
    if spans_decades(values[np.isfinite(values)]):
        axes.set_yscale("log")
    elif along.values(quantity).dtype.kind in "iu":
        whole_ticks(axes.yaxis)
    if values.shape[1] > 1:
        explain(axes, axes.get_legend_handles_labels()[0])
    axes.set(xlabel=along.labels[0], ylabel=QUANTITIES[quantity].label)
    return axes


def _drawable(values: Array) -> Array:
    """The values, with NaN for those that have no place on an axis."""
    return np.where(np.abs(values) <= HIGHEST, values, np.nan)


@finished
def plane(
    on: Slice,
    quantity: str = "loss",
    kind: str = "filled",
    ax: Axes | None = None,
    pattern: int = 0,
    output: int = 0,
    colorbar: bool = True,
) -> Axes:
    """Draw a quantity of a plane.

    Numbers are drawn as contours, on logarithmic levels where they span more than a factor of thirty. Counts and names
    (patterns_right, index, function) are drawn point by point. Where a value is not finite, the picture has the colour of
    what diverged.

    Parameters
    ----------
    on : Slice with two axes
    quantity : str, a name from ``quantities.QUANTITIES``
    kind : "filled", "lines", or "surface"
        A surface is drawn in 3-D (the axes, if given, must be 3-D; the height is the logarithm of values that span more than
        a factor of thirty).
    ax : Axes, default new ones
    pattern, output : int
        Which of the ``outputs`` is shown.
    colorbar : bool

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        for a slice with one axis, a quantity or kind that is not known, a pattern or output that there is not.
    TypeError
        for what is no Slice.

    Examples
    --------
    >>> import numpy as np
    >>> import landscape as ls
    >>> on = ls.slices.random_plane(ls.Surface("xor", hidden=2), np.ones(9), steps=11)
    >>> axes = ls.plot.plane(on)
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('random direction 1', 'random direction 2')
    """
    of_class("on", on, Slice)
    if len(on.coordinates) != 2:
        raise ValueError(f"a slice with {len(on.coordinates)} axis is not a plane; draw it with line")
    if kind not in KINDS:
        raise ValueError(f'kind="{kind}" is not known; give one of: {", ".join(KINDS)}')
    values, label = on.values(quantity), QUANTITIES[quantity].label
    if quantity == "outputs":
        patterns, outputs = values.shape[2:]
        pattern = integer("pattern", pattern, -patterns, patterns - 1)
        output = integer("output", output, -outputs, outputs - 1)
        values, label = values[..., pattern, output], f"output {output} for pattern {pattern}"
    if kind == "surface" and values.dtype.kind in "USiu":
        raise ValueError(f'quantity="{quantity}" is drawn point by point and has no surface; give kind="filled"')
    axes = axes_for(ax, 3.0, projection="3d") if kind == "surface" else axes_for(ax)
    if values.dtype.kind in "USiu":
        _cells(axes, on, values, label)
    elif kind == "surface":
        _in_3d(axes, on, values, label)
    else:
        _contours(axes, on, values, label, kind, colorbar)
    axes.set(xlabel=on.labels[0], ylabel=on.labels[1])
    if kind != "surface" and _true_to_scale(on):
        to_scale(axes, own=ax is None)
    return axes


def levels_for(values: Array) -> tuple[Array, bool]:
    """Contour levels for finite values, and whether they are logarithmic: 1, 2 and 5 of each decade, or 1 alone where there
    are more than four; else about a dozen even ones."""
    low, high = float(values.min()), float(values.max())
    positive = values[values > 0.0]
    if positive.size and low >= 0.0 and high > 30.0 * max(low, SMALLEST * high):
        floor = max(float(positive.min()), SMALLEST * high)
        decades = np.arange(np.floor(np.log10(floor)), np.ceil(np.log10(high)) + 1)
        steps = (1.0, 2.0, 5.0) if len(decades) <= 5 else (1.0,)
        levels = np.sort([step * 10.0**decade for decade in decades for step in steps])
        first, last = max(np.searchsorted(levels, floor, side="right") - 1, 0), np.searchsorted(levels, high)
        return levels[first : last + 1], True
    if high <= low:
        return np.array([low - 0.5 * max(abs(low), 1.0), low + 0.5 * max(abs(low), 1.0)]), False
    return np.array(MaxNLocator(12).tick_values(low, high)), False


def _contours(axes: Axes, on: Slice, values: Array, label: str, kind: str, colorbar: bool) -> None:
    axes.set_facecolor(NOT_FINITE)
    finite = np.isfinite(values)
    if not finite.all():
        hatch: dict[str, Any] = {"hatch": "////", "edgecolor": "white", "linewidth": 0.0}
        axes.patch.set(**hatch)  # in grey the colour is one of the scale's
        patch = Patch(facecolor=NOT_FINITE, label="not finite", **hatch)
        axes.legend(handles=[patch], loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    if not finite.any():
        axes.set(xlim=on.coordinates[0][[0, -1]], ylim=on.coordinates[1][[0, -1]])
        return
    levels, logarithmic = levels_for(values[finite])
    shown = np.ma.masked_array(np.maximum(values, levels[0]) if logarithmic else values, ~finite)
    style: dict[str, Any] = {"levels": levels, "cmap": "viridis", **({"norm": LogNorm()} if logarithmic else {})}
    if kind == "filled":
        drawn = axes.contourf(*on.coordinates, shown, **style)
        drawn.set_edgecolor("face")
    else:
        axes.contourf(*on.coordinates, np.ma.masked_array(np.zeros(values.shape), ~finite), levels=[-1, 1], colors="white")
        drawn = axes.contour(*on.coordinates, shown, linewidths=0.8, **style)
    if colorbar:
        bar = axes.figure.colorbar(drawn, ax=axes, label=label, fraction=0.046, pad=0.03)
        if logarithmic:
            bar.ax.yaxis.set_major_formatter(LogFormatterSciNotation(labelOnlyBase=len(levels) > 8))
            bar.ax.minorticks_off()


def _in_3d(axes: Any, on: Slice, values: Array, label: str) -> None:
    """The height is the value; what is not finite lies as high as anything that is, in its own colour."""
    finite = np.isfinite(values)
    levels, logarithmic = levels_for(values[finite]) if finite.any() else (np.zeros(1), False)
    height = np.where(finite, values, values[finite].max(initial=0.0))
    if logarithmic:
        height, label = np.log10(np.maximum(height, levels[0])), f"{label}, logarithm to base 10"
    colours = colormaps["viridis"](Normalize()(np.where(finite, height, height.min())))
    colours[~finite] = to_rgba(NOT_FINITE)
    every = {"rcount": 100, "ccount": 100, "linewidth": 0, "shade": False, "antialiased": False}
    axes.plot_surface(*np.meshgrid(*on.coordinates), height, facecolors=colours, **every)
    axes.set_zlabel(label)
    axes.set_box_aspect(None, zoom=0.75)  # or the labels are cut
    axes.zaxis.labelpad = 9.0  # or it lies on that of y
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(4))
    if not finite.all():
        axes.legend(handles=[Patch(facecolor=NOT_FINITE, label="not finite")], loc="upper left")


def _cells(axes: Axes, on: Slice, values: Any, label: str) -> None:
    """Counts and names, one colour each, named in a legend: Boolean functions in their own, others from dark to light."""
    names, codes = np.unique(values, return_inverse=True)
    shades = colormaps["cividis"](np.linspace(0.1, 1.0, len(names)))
    own = {"-1": NOT_FINITE} if values.dtype.kind in "iu" else FUNCTION_COLOURS
    colours = [own.get(str(name), shade) for name, shade in zip(names, shades, strict=True)]
    norm = BoundaryNorm(np.arange(len(names) + 1) - 0.5, max(len(names), 1))
    axes.pcolormesh(*on.coordinates, codes.reshape(values.shape), cmap=ListedColormap(colours), norm=norm, rasterized=True)
    patches = [
        Patch(facecolor=colour, edgecolor="0.5", linewidth=0.5, label=str(name))
        for name, colour in zip(names, colours, strict=True)
    ]
    explain(axes, patches, label)


def _true_to_scale(on: Slice) -> bool:
    """Whether both axes measure the same distance and neither extent is more than three times the other."""
    lengths = np.linalg.norm(on.directions, axis=1)
    extents = [length * np.ptp(axis) for length, axis in zip(lengths, on.coordinates, strict=True)]
    return bool(np.isclose(lengths[0], lengths[1]) and max(extents) <= 3.0 * min(extents))


@finished
def trajectory(
    laid: Laid, ax: Axes | None = None, label: str | None = None, color: str = "white", off_by: float = OFF
) -> Axes:
    """Draw a path, or points, laid on a plane, as ``Slice.lay`` returns it.

    The path is a line with marks, from a square to a star. A mark is hollow where the path is off: the loss drawn under it
    differs from its own. ``laid.caption(off_by)`` says how many points are off.

    Parameters
    ----------
    laid : Laid, on a slice with two axes
    ax : Axes, default new ones
    label : str, optional
        Of the path, for a legend.
    color : str
    off_by : float, 0 or more
        A point is off where the two losses differ by more than this part of the larger one.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        for points laid on a line, or a part out of range.
    TypeError
        for what is no Laid.

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> path = ls.replay(surface, ls.Protocol(lr=5.0, budget=200))
    >>> on = ls.slices.trajectory_plane(surface, path, steps=11)
    >>> axes = ls.plot.trajectory(on.laid["run 0"], ax=ls.plot.plane(on), label="run 0")
    >>> axes.get_legend_handles_labels()[1]
    ['run 0']
    """
    of_class("laid", laid, Laid)
    axes = axes_for(ax)
    if len(laid.coordinates) == 0:
        return axes
    if laid.coordinates.shape[1] != 2:
        raise ValueError("the points are laid on a line; lay them on a plane")
    x, y = laid.coordinates.T
    off = laid.off(off_by)
    axes.plot(x, y, color="black", linewidth=1.6, zorder=3)
    axes.plot(x, y, color=color, linewidth=0.8, zorder=3, label=label)
    extent = np.abs(np.diff([axes.get_xlim(), axes.get_ylim()], axis=1)[:, 0])  # of the picture
    arc = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(laid.coordinates / extent, axis=0), axis=1)))
    evenly = np.linspace(0.0, arc[-1], 2 + int(MARKS * arc[-1]))
    marked = np.unique(np.searchsorted(arc, evenly).clip(max=len(x) - 1))
    for chosen, face in ((marked[~off[marked]], color), (marked[off[marked]], "none")):
        axes.scatter(x[chosen], y[chosen], s=9, facecolors=face, edgecolors="black", linewidths=0.6, zorder=4)
    for place, marker, size in ((0, "s", 18), (len(x) - 1, "*", 45)):
        face = "none" if off[place] else color
        axes.scatter(
            x[place], y[place], s=size, marker=marker, facecolors=face, edgecolors="black", linewidths=0.6, zorder=5
        )
    return axes


@finished
def spectrum(points: Points, ax: Axes | None = None) -> Axes:
    """Draw the Hessian eigenvalues of a catalogue of stationary points.

    There is one column a point, the lowest loss to the left, with a colour and a mark for each kind and index of the points,
    on an axis that is linear below the size at which an eigenvalue counts as zero. Directions held by a kink have none.

    Parameters
    ----------
    points : Points
    ax : Axes, default new ones

    Returns
    -------
    Axes

    Raises
    ------
    TypeError
        for what is no Points.

    Examples
    --------
    >>> import landscape as ls
    >>> points = ls.find_minima(ls.Surface("xor", hidden=1, l2=1e-3), starts=20)
    >>> ls.plot.spectrum(points).get_ylabel()
    'Hessian eigenvalue'
    """
    of_class("points", points, Points)
    eigenvalues = points.eigenvalues
    zero = max(points.tolerances["zero_eigenvalue"], 1e-12)
    kinds = [_kind(kind, index) for kind, index in zip(points.table["kind"], points.table["index"], strict=True)]
    known = sorted(set(kinds), key=kinds.index)
    axes = axes_for(ax, 2.6 + LEGEND_ROW * len(known))
    for kind, look in zip(known, looks(known), strict=True):
        chosen = np.isfinite(eigenvalues) & np.equal(kinds, kind)[:, np.newaxis]
        axes.scatter(
            np.nonzero(chosen)[0],
            eigenvalues[chosen],
            s=8,
            marker=look["marker"],
            color=look["color"],
            linewidths=0,
            label=kind,
        )
    axes.axhline(0.0, color="0.8", linewidth=0.6, zorder=0)
    axes.set_yscale("symlog", linthresh=zero)
    axes.margins(x=0.02, y=0.05)
    axes.set(xlabel="stationary point, by loss", ylabel="Hessian eigenvalue")
    whole_ticks(axes.xaxis)
    if known:
        explain(axes, axes.get_legend_handles_labels()[0], above=True)
    return axes


def _kind(kind: object, index: float) -> str:
    """A kind of point in words, with its index where there is one above 0."""
    words = str(kind).replace("_", " ")
    return f"{words} of index {index:.0f}" if index > 0 else words
