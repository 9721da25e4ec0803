"""How all pictures look: widths, sizes, colours, names, and how a figure is saved."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from landscape.problems import BOOLEAN_NAMES

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
OUTCOME_COLOURS = {"solved": "#009E73", "stalled": "#E69F00", "diverged": "#EE3377", "budget": "#000000"}
NOT_FINITE = OUTCOME_COLOURS["diverged"]
"""Where a loss is infinite or no number: a magenta (of Tol's vibrant colours) that nothing else has."""
SPARE_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999")


def _lighter(colour: str) -> str:
    """Halfway to white."""
    return "#" + "".join(f"{(int(colour[place : place + 2], 16) + 255) // 2:02X}" for place in (1, 3, 5))


_HUES = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
FUNCTION_COLOURS = {
    "undecided": "#FFFFFF",
    **dict(zip(BOOLEAN_NAMES[:8], _HUES, strict=True)),
    **dict(zip(BOOLEAN_NAMES[:7:-1], map(_lighter, _HUES), strict=True)),
}
"""Of the Boolean functions of two inputs, Okabe & Ito's hues; a function and its negation share one, dark and light."""

NAMES = {
    "epoch": "epochs",
    "hidden": "hidden units",
    "lr": "learning rate",
    "rate": "success rate",
    "activation": "activation",
    "gradient": "gradient",
    "init_scale": "scale of the initial weights",
    "loss": "loss",
    "grad_norm": "gradient norm",
    "diverged_rate": "share diverged",
    "stalled_rate": "share stalled",
    "median_epochs": "epochs until half are solved",
    "expected_running_time": "epochs a solution costs",
    "problem": "problem",
}
"""What an axis calls a column."""


def name(column: str) -> str:
    """What an axis calls a column."""
    return NAMES.get(column, column)


def colour_of(level: object, number: int) -> str:
    """The colour of a level that has its own, else a spare one by its place."""
    return COLOURS.get(str(level), SPARE_COLOURS[number % len(SPARE_COLOURS)])


def axes_for(ax: Axes | None, height: float = 2.6, projection: str | None = None) -> Axes:
    """The axes given, or new ones of a column's width and a height in inches."""
    if ax is not None:
        return ax
    return plt.figure(figsize=(COLUMN, height), layout="constrained").add_subplot(projection=projection)


def spans_decades(values: ArrayLike) -> bool:
    """Whether numbers are all positive and the largest more than thirty times the smallest: they want a logarithmic axis."""
    numbers = np.asarray(values)
    if not numbers.size or not np.issubdtype(numbers.dtype, np.number):
        return False
    return bool(numbers.min() > 0 and numbers.max() / numbers.min() > 30)


def short(value: object) -> str:
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
