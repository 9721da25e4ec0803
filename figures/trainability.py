"""Where training works: learning rate by scale of the initial weights, for three activations.

python -m figures trainability
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import number_of


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "trainability", made_by="trainability")
    figure, panels = plt.subplots(1, 3, figsize=(plot.PAGE, 2.6), sharey=True, layout="constrained")
    for ax, (activation, rows) in zip(panels, table.groupby("activation", sort=False), strict=True):
        plot.trainability_map(rows, "lr", "init_scale", ax=ax, colorbar=False)
        ax.set_title(f"{activation}, {rows['output'].iloc[0]} output")
        ax.label_outer()
        if legend := ax.get_legend():
            patches = legend.get_patches()
            legend.remove()
            figure.legend(patches, ["more than half diverged"], loc="outside lower center")
    figure.colorbar(panels[0].collections[0], ax=panels, label=plot.name("rate"))
    diverged = "; ".join(
        f"{activation} {100 * rows['diverged_rate'].mean():.0f} %"
        for activation, rows in table.groupby("activation", sort=False)
    )
    return figure, (
        f"Share of {number_of(table['runs'].max(), 'run')} a cell that learn XOR with two hidden units in 2,000 epochs, "
        "the same "
        f"starts everywhere. Share of all runs that diverged: {diverged}."
    )
