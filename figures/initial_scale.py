"""Success over the scale of the initial weights, by initializer and activation.

python -m figures initial_scale
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import number_of


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "initial_scale", made_by="initial_scale")
    inits, widths = list(table["init"].unique()), list(table["hidden"].unique())
    figure, panels = plt.subplots(
        len(widths), len(inits), figsize=(plot.PAGE, 3.6), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    for row, hidden in zip(panels, widths, strict=True):
        for ax, init in zip(row, inits, strict=True):
            cells = table[(table["init"] == init) & (table["hidden"] == hidden)]
            plot.success_rates(cells, "init_scale", by="activation", ax=ax, legend=False)
            ax.set_title(f"{init}, {hidden} units")
            ax.label_outer()
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure, (
        f"Share of {number_of(table['runs'].max(), 'network')} a point that learn XOR, over the factor by which the "
        "initializer's "
        "weights are multiplied, with 95 % intervals; the same uniform numbers in every cell."
    )
