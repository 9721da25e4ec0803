"""Scales and ticks: which axis is logarithmic, whole numbers where things are counted, ticks at levels where few."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from landscape.plot.style import font_size, spans_decades, told_apart
from landscape.validation import known

Side = Literal["x", "y"]

LOGS = ("", "x", "y", "xy")
"""Which axes are logarithmic."""
LETTER = 0.6
"""Width of a letter in parts of the size of its font."""
MOST_TICKS = 8
"""Levels that all get a tick."""


def logarithmic(log: str | None, side: Side, values: ArrayLike) -> str:
    """The scale of an axis with these values: as ``log`` says, or logarithmic where they span more than a factor of thirty.
    Counts from 0 have a scale that is linear up to the first of them."""
    numbers = np.asarray(values)
    numbers = numbers[np.isfinite(numbers)] if numbers.dtype.kind in "fiu" else numbers[:0]
    counts_from_0 = bool(numbers.size and numbers.min() == 0 and (numbers == np.round(numbers)).all())
    if log is None:
        wanted = spans_decades(numbers[numbers > 0] if counts_from_0 else numbers)
    else:
        wanted = side in known("log", log, LOGS)
        if wanted and not (numbers.size and (numbers.min() > 0 or (counts_from_0 and numbers.max() > 0))):
            what = "words, or nothing" if not numbers.size else f"numbers from {numbers.min():g}"
            raise ValueError(f"log={log!r} asks for a logarithmic {side} axis of {what}; give log='' for a linear one")
    return ("symlog" if counts_from_0 else "log") if wanted else "linear"


def set_scale(axes: Axes, side: Side, scale: str, values: ArrayLike, levels: bool = True) -> None:
    """Give an axis its scale and the ticks that fit its values: at each of them where they are few and apart ``levels``,
    else at whole numbers where all of them are."""
    numbers = np.asarray(values)
    if numbers.dtype.kind not in "fiu":
        return
    numbers = np.unique(numbers[np.isfinite(numbers)])
    axis: Any = axes.xaxis if side == "x" else axes.yaxis
    if scale == "symlog":
        first = max(1.0, float(numbers[numbers > 0].min()))
        getattr(axes, f"set_{side}scale")("symlog", linthresh=first)
        axes.set(**{f"{side}lim": (-0.1 * first if levels else 0.0, None)})  # a mark at 0 is not cut
        return
    axes.set(**{f"{side}scale": scale})
    if levels and 1 <= len(numbers) <= MOST_TICKS and _apart(np.log(numbers) if scale == "log" else numbers):
        axis.set_ticks(numbers, told_apart(numbers.tolist()))
        axis.set_minor_locator(NullLocator())
    elif scale == "linear" and numbers.size and (numbers == np.round(numbers)).all():
        whole_ticks(axis)


def whole_ticks(axis: Any) -> None:
    """Ticks at whole numbers."""
    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))


def name_places(axes: Axes, side: Side, places: Sequence[float] | NDArray[np.float64], levels: Sequence[object]) -> None:
    """Ticks at places, named by levels. Below the axes, words that are too long for their place are turned, and of too many
    numbers some are left out."""
    axis: Any = axes.xaxis if side == "x" else axes.yaxis
    labels, every, turned = told_apart(levels), 1, {}
    points = 72.0 * axes.get_window_extent().width / axes.figure.dpi
    longest = (max(map(len, labels), default=0) + 1) * LETTER * font_size("xtick.labelsize")
    if side == "x" and longest * len(labels) > points:
        if all(isinstance(level, (int, float, np.number)) for level in levels):
            every = int(np.ceil(longest * len(labels) / points))
        else:
            turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    axis.set_ticks(places[::every], labels[::every], **turned)


def _apart(places: Any) -> bool:
    """Whether no two of these ascending places are nearer than a twelfth of their extent."""
    return len(places) < 2 or bool(np.diff(places).min() > np.ptp(places) / 12.0)
