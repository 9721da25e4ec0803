"""How all pictures look: widths, sizes, colours, names, and how a figure is saved."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.ticker import AutoLocator
from numpy.typing import ArrayLike

from landscape.problems import BOOLEAN_NAMES
from landscape.schema import COLUMNS
from landscape.statistics.groups import shown
from landscape.validation import of_class

Given = ParamSpec("Given")

COLUMN, PAGE = 3.4, 7.0
"""Width in inches of a journal's column and page."""

UNDATED: dict[str, dict[str, None]] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}, ".png": {}}
"""Formats of files by their ending, and what keeps the time out of them."""
LEGEND_ROW = 0.145
"""Height in inches of a row of a legend."""

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

DENSE = (0, (4, 1, 1, 1, 1, 1))
LINE_STYLES = ("-", "--", "-.", ":", DENSE)
MARKERS = ("o", "s", "^", "v", "D", "P", "X", "d", "p", "*")
LOOKS: dict[str, dict[str, Any]] = {
    "identity": {"color": "#999999", "linestyle": DENSE, "marker": "x"},
    "sigmoid": {"color": "#0072B2", "linestyle": "-", "marker": "o"},
    "tanh": {"color": "#D55E00", "linestyle": "--", "marker": "s"},
    "relu": {"color": "#009E73", "linestyle": "-.", "marker": "^"},
    "leaky_relu": {"color": "#56B4E9", "linestyle": "-", "marker": "v"},
    "elu": {"color": "#CC79A7", "linestyle": ":", "marker": "D"},
    "softplus": {"color": "#E69F00", "linestyle": "--", "marker": "P"},
    "silu": {"color": "#2A1A8A", "linestyle": "-", "marker": "p"},
    "gelu": {"color": "#5A3A00", "linestyle": "--", "marker": "h"},
    "sine": {"color": "#7766FF", "linestyle": DENSE, "marker": "*"},
    "gaussian": {"color": "#8A0044", "linestyle": ":", "marker": "d"},
    "softsign": {"color": "#A3B84D", "linestyle": "-.", "marker": "X"},
    "hard_tanh": {"color": "#6A1B6E", "linestyle": "-.", "marker": "<"},
    "gd": {"color": "#003355", "linestyle": "-", "marker": "o"},
    "momentum": {"color": "#B04AA5", "linestyle": ":", "marker": "s"},
    "nesterov": {"color": "#CC6677", "linestyle": "-", "marker": "D"},
    "adagrad": {"color": "#CCB000", "linestyle": "-.", "marker": "^"},
    "rmsprop": {"color": "#77702E", "linestyle": "-.", "marker": "v"},
    "adam": {"color": "#117733", "linestyle": "--", "marker": "P"},
    "rprop": {"color": "#33AABB", "linestyle": "--", "marker": "X"},
}
"""Colour, line style and marker of each activation and each optimizer, the same in every figure. Colours alone tell thirteen
things apart for nobody: two of a kind with one line style differ in lightness, by 10 of 100 at least, and for readers with
and without red and green in colour, by 15 of CIE 1976 (of which 2 are just seen)."""
COLOURS = {name: look["color"] for name, look in LOOKS.items()}
"""Colour of each activation and optimizer, equal in every figure; the first seven are Okabe & Ito's."""
OUTCOME_COLOURS = {"solved": "#4DAF4A", "stalled": "#A6761D", "diverged": "#EE3377", "budget": "#000000"}
HIGHEST = 1e200
"""A number above counts as infinite in a picture: the margins of a logarithmic axis would reach beyond the largest float."""
NOT_FINITE = OUTCOME_COLOURS["diverged"]
"""Where a loss is infinite or no number: a magenta (of Tol's vibrant colours) that nothing else has."""
SPARE_COLOURS = ("#444444", "#0088FF", "#AAAA00", "#CC4488", "#551177", "#88BB88", "#555500", "#77AACC")
"""For what has no colour of its own; none of them is reserved for something else."""
ORDERED, LIGHTEST = "cividis", 0.85
"""The colours of what has an order, from dark to light, and how far of the way; beyond, a line is lost on white."""


def _lighter(colour: str) -> str:
    """Halfway to white."""
    return "#" + "".join(f"{(int(colour[place : place + 2], 16) + 255) // 2:02X}" for place in (1, 3, 5))


_HUES = ("#110088", "#881166", "#BBAAFF", "#AA4400", "#EEEE11", "#AA5555", "#3300FF", "#FFAA44")
FUNCTION_COLOURS = {
    "undecided": "#FFFFFF",
    **dict(zip(BOOLEAN_NAMES[:8], _HUES, strict=True)),
    **dict(zip(BOOLEAN_NAMES[:7:-1], map(_lighter, _HUES), strict=True)),
}
"""Colour of each Boolean function of two inputs: a function and its negation share a hue, dark and light. Any two of the
seventeen are 17 of CIE 1976 apart or more, for readers with and without red and green."""

NAMES = {
    **{column.name: column.label for column in COLUMNS},
    "rate": "success rate",
    "diverged_rate": "share diverged",
    "stalled_rate": "share stalled",
    "median_epochs": "epochs until half are solved",
    "expected_running_time": "epochs a solution costs",
}
"""What an axis calls a column."""


def name(column: str) -> str:
    """Return what an axis calls a column.

    Parameters
    ----------
    column : str

    Returns
    -------
    str
        The label from ``NAMES``, or the column's own name.

    Examples
    --------
    >>> import landscape as ls
    >>> ls.plot.name("lr"), ls.plot.name("mine")
    ('learning rate', 'mine')
    """
    return NAMES.get(column, column)


def looks(levels: Iterable[object]) -> list[dict[str, Any]]:
    """Colour, line style and marker of each level (``color``, ``linestyle``, ``marker``): its own where it has them; of
    numbers those of an ordered map, by size; else spare ones, which belong to nothing else, by place."""
    levels = list(levels)
    if levels and all(isinstance(level, (int, float, np.number)) and not isinstance(level, bool) for level in levels):
        rank = np.argsort(np.argsort(np.array(levels, dtype=np.float64)))
        shades = colormaps[ORDERED](np.linspace(0.0, LIGHTEST, len(levels)))
        return [{"color": to_hex(shades[n]), "linestyle": "-", "marker": MARKERS[n % len(MARKERS)]} for n in rank]
    spare = (spare_look(number) for number in count())
    return [LOOKS.get(str(level)) or next(spare) for level in levels]


def spare_look(number: int) -> dict[str, Any]:
    """Colour, line style and marker of the thing of this number, among things that have none of their own: no two of the
    first forty agree in both colour and line style."""
    turn = number // len(SPARE_COLOURS)
    return {
        "color": SPARE_COLOURS[number % len(SPARE_COLOURS)],
        "linestyle": LINE_STYLES[(number + turn) % len(LINE_STYLES)],
        "marker": MARKERS[number % len(MARKERS)],
    }


DEFAULTS: Any = matplotlib.rcParamsDefault
"""Settings of Matplotlib that nobody has changed."""


def setting(key: str) -> Any:
    """A setting of Matplotlib."""
    every: Any = matplotlib.rcParams
    return every[key]


def settings(chosen: Any) -> AbstractContextManager[None]:
    """These settings of Matplotlib for a while."""
    return plt.rc_context(chosen)


ROOM = {"x": 32.0, "y": 16.0}
"""Points along an axis that a tick label has for itself."""


def finished(draw: Callable[Given, Axes]) -> Callable[Given, Axes]:
    """Decorator: a picture on axes of its own has the look of ``STYLE``, but for what the user has set otherwise."""
    parameters = inspect.signature(draw)

    @wraps(draw)
    def drawn(*args: Given.args, **kwargs: Given.kwargs) -> Axes:
        if parameters.bind(*args, **kwargs).arguments.get("ax") is not None:
            return draw(*args, **kwargs)
        with settings({key: value for key, value in STYLE.items() if setting(key) == DEFAULTS[key]}):
            axes = draw(*args, **kwargs)
            figure: Any = axes.figure
            for each in figure.findobj(Axes):
                points = 72.0 * np.array(each.get_window_extent().size) / figure.dpi
                for side, axis, length in zip("xy", (each.xaxis, each.yaxis), points, strict=True):
                    # ticks are made when they are drawn, with what is set then
                    each.tick_params(axis=side, which="both", labelsize=setting(f"{side}tick.labelsize"))
                    if type(axis.get_major_locator()) is AutoLocator:  # which puts nine where four have room
                        each.locator_params(axis=side, nbins=max(3, int(length / ROOM[side])))
            figure.draw_without_rendering()  # the ticks of a first layout are not those of the last
        return axes

    return drawn


def axes_for(ax: Axes | None, height: float = 2.6, projection: str | None = None) -> Axes:
    """The axes given, or new ones of a column's width and a height in inches."""
    if ax is not None:
        return ax
    return plt.figure(figsize=(COLUMN, height), layout="constrained").add_subplot(projection=projection)


def to_scale(axes: Axes, own: bool) -> None:
    """Draw both axes to one scale. In a figure of our ``own``, the layout then keeps room for labels beside the narrower
    axes, which older releases of Matplotlib cut off."""
    axes.set_aspect("equal")
    if own:
        axes.figure.set_layout_engine("compressed")  # type: ignore[union-attr]


def font_size(key: str) -> float:
    """Points of a size in Matplotlib's settings, such as "xtick.labelsize"."""
    return float(FontProperties(size=setting(key)).get_size_in_points())


def explain(axes: Axes, handles: Sequence[Any], title: str | None = None, above: bool = False) -> Legend:
    """A legend beside or ``above`` the axes; within them where no layout makes room for it, and it would be cut off."""
    where: dict[str, Any] = {"loc": "best"}
    if axes.figure.get_layout_engine() is not None:
        loc, corner = ("lower left", (0.0, 1.0)) if above else ("upper left", (1.0, 1.0))
        where = {"loc": loc, "bbox_to_anchor": corner, "borderaxespad": 0.2}
    size = setting("legend.fontsize")
    return axes.legend(handles=handles, title=title, title_fontsize=size, alignment="left", **where)


def colour_bar(drawn: Any, panels: Sequence[Axes], label: str, **where: Any) -> Colorbar:
    """A colour bar with its name, for one panel or several."""
    return panels[0].figure.colorbar(drawn, ax=list(panels), label=label, **where)


def spans_decades(values: ArrayLike) -> bool:
    """Whether numbers are all positive and the largest more than thirty times the smallest: they want a logarithmic axis."""
    numbers = np.asarray(values)
    if not numbers.size or not np.issubdtype(numbers.dtype, np.number):
        return False
    return bool(numbers.min() > 0 and numbers.max() / numbers.min() > 30)


def told_apart(levels: Iterable[object]) -> list[str]:
    """Levels as an axis shows them: numbers with four digits, 3000 as 3k, or with all digits where two would look alike."""
    levels = list(levels)
    words = [_short(level) for level in levels]
    return words if len(set(words)) == len(words) else shown(levels)


def _short(value: object) -> str:
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return f"{value / 1000:g}k" if value >= 1000 else f"{value:.4g}"
    return str(value)


def ink(colour: Any) -> str:
    """White or black, whichever is read more easily on a colour: the contrast is 4.5 or more on any."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    luminance = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"


def save(figure: Figure, folder: Path | str, title: str) -> list[Path]:
    """Write a figure as ``title.pdf``, ``title.svg`` and ``title.png``.

    The same figure gives the same bytes: no time is written into the files.

    Parameters
    ----------
    figure : Figure
    folder : str or Path, made if need be
    title : str
        Name of the files, without an ending.

    Returns
    -------
    list of Path

    Raises
    ------
    TypeError
        for what is no Figure, or no text.
    ValueError
        for a title that names no file.

    Examples
    --------
    >>> import landscape as ls
    >>> axes = ls.plot.weights(ls.Surface("xor", hidden=0), [1.0, 1.0, 0.0])
    >>> [path.name for path in ls.plot.save(axes.figure, "figures", "weights")]
    ['weights.pdf', 'weights.svg', 'weights.png']
    """
    of_class("figure", figure, Figure)
    of_class("title", title, str)
    if not Path(title).name or Path(title).name.startswith("."):
        raise ValueError(f"title={title!r} names no file; give one such as success_rates")
    paths = [Path(folder) / f"{title}{suffix}" for suffix in UNDATED]
    for path in paths:
        write(figure, path)
    return paths


def write(figure: Figure, path: Path) -> None:
    """Write a figure in the format that the name of the file asks for, into a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches="tight", metadata=UNDATED[path.suffix.lower()])
