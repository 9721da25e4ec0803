"""Success over hidden units for every activation, two initializers.

python -m figures success_rates
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import counted


def draw(results: Path) -> tuple[Figure, str]:
    table = load(results, "success_rates", made_by="success_rates")
    inits = list(table["init"].unique())
    figure, panels = plt.subplots(1, len(inits), figsize=(plot.PAGE, 3.4), sharey=True, layout="constrained")
    for ax, init in zip(panels, inits, strict=True):
        plot.success_rates(table[table["init"] == init], "hidden", y="activation", ax=ax)
        ax.set_title(f"{init} start")
        ax.label_outer()
    figure.colorbar(panels[0].collections[0], ax=panels, label=plot.name("rate"), location="bottom", shrink=0.5, aspect=30)
    return (
        figure,
        f"Share of {counted(table['runs'].max(), 'network')} a cell that learn XOR, by activation and hidden units.",
    )
