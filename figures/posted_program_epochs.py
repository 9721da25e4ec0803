"""Success against epochs, the four gradients side by side: two hidden units (full lines) and three (dashed).

python -m figures posted_program_epochs
"""

from pathlib import Path

from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import number_of

TITLES = {
    "exact": "exact\ngradient",
    "posted": "posted program:\nboth faults",
    "no_output_slope": "fault 1 alone:\nno output slope",
    "sigmoid_slope": "fault 2 alone:\nsigmoid's slope for all",
}

WIDTHS = (2, 3)
TRIED = 500


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "posted_program_widths", made_by="posted_program")
    by, order = ["activation", "hidden"], {"gradient": list(TITLES)}
    figure = plot.success_rates(table[table["hidden"].isin(WIDTHS)], "epoch", by=by, facet="gradient", order=order).figure
    for ax, title in zip(figure.axes, TITLES.values(), strict=True):
        ax.axvline(TRIED, color="0.6", linewidth=0.8, zorder=0)
        ax.set_title(title)
    networks = table["runs"].max()
    return figure, (
        f"Share of {number_of(networks, 'network')} a curve that compute XOR after so many epochs, learning rate 0.1, "
        "with 95 % "
        "intervals, for the posted program's gradient, the exact one, and each of the two faults alone. It was tried "
        f"for {TRIED}, the grey line."
    )
