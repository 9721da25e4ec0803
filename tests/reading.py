"""What a reader sees of a figure that has been laid out: its words, and whether they lie on one another."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.legend import Legend
from matplotlib.transforms import Bbox

from landscape import plot


def words(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that is seen, with the box it fills."""
    found = [text for part in (figure, *figure.findobj(SubFigure)) for text in part.texts]
    for legend in figure.findobj(Legend):
        found += [*legend.get_texts(), legend.get_title()]
    for ax in (each for each in figure.findobj(Axes) if each.axison):
        found += [*ax.texts, ax.title, ax.xaxis.label, ax.yaxis.label]
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            found += [text for tick in ticks for text in (tick.label1, tick.label2) if text.get_visible()]
    return [(text.get_text(), text.get_window_extent()) for text in dict.fromkeys(found) if text.get_text().strip()]


def overlap(one: Bbox, other: Bbox) -> float:
    """The smaller side of what two boxes share, in points."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return 72.0 / plot.STYLE["figure.dpi"] * min(width, height)
