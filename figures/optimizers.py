"""Share solved by each epoch, every optimizer at its own best learning rate.

python -m figures optimizers
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import number_of


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    curves = load(results, "optimizers_curves", made_by="optimizers")
    activations, widths = list(curves["activation"].unique()), list(curves["hidden"].unique())
    size = (len(widths), len(activations))
    figure, panels = plt.subplots(
        *size, figsize=(plot.PAGE, 3.8), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    for row, hidden in zip(panels, widths, strict=True):
        for ax, activation in zip(row, activations, strict=True):
            cells = curves[(curves["activation"] == activation) & (curves["hidden"] == hidden)]
            plot.ecdf(cells, by="optimizer", ax=ax, legend=False)
            ax.set_xscale("log")
            ax.set(xlim=(1.0, curves["epoch"].max()), title=f"{activation}, {hidden} units")
            ax.label_outer()
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=7)
    runs = curves["runs"].max()
    return figure, (
        f"Share of {number_of(runs, 'network')} a curve that have learned XOR by each epoch, with 95 % intervals at "
        "each, every "
        "optimizer at the learning rate that was best on other seeds; the same starts for all."
    )
