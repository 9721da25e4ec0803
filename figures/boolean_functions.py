"""Success for each of the sixteen Boolean functions, over hidden units.

python -m figures boolean_functions
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import counted


def draw(results: Path) -> tuple[Figure, str]:
    table = load(results, "boolean_functions", made_by="boolean_functions")
    activations = list(table["activation"].unique())
    named = table.assign(
        problem=[f"{number:2d} {name}" for number, name in table[["number", "problem"]].itertuples(index=False)]
    )
    figure, panels = plt.subplots(1, len(activations), figsize=(0.85 * plot.PAGE, 3.8), sharey=True, layout="constrained")
    for ax, activation in zip(panels, activations, strict=True):
        plot.success_rates(named[named["activation"] == activation], "hidden", y="problem", ax=ax)
        ax.set_title(activation)
        ax.label_outer()
    figure.colorbar(panels[0].collections[0], ax=panels, label=plot.name("rate"), shrink=0.8)
    return (
        figure,
        f"Share of {counted(table['runs'].max(), 'network')} a cell that learn each of the sixteen Boolean functions.",
    )
