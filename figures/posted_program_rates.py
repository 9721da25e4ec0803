"""Learning rate by epochs, sigmoid with two and three units, the posted gradient and the exact one.

python -m figures posted_program_rates
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "posted_program_rates", made_by="posted_program")
    figure, panels = plt.subplots(2, 2, figsize=(plot.PAGE, 4.8), sharex=True, sharey=True, layout="constrained")
    for row, gradient, title in zip(panels, ("posted", "exact"), ("posted program", "exact gradient"), strict=True):
        for ax, hidden in zip(row, (2, 3), strict=True):
            cells = table[(table["gradient"] == gradient) & (table["hidden"] == hidden)]
            plot.success_rates(cells, "epoch", y="lr", ax=ax, legend=False)
            ax.set_title(f"{title}, {hidden} sigmoid units")
            ax.label_outer()
    figure.colorbar(panels[0, 0].collections[0], ax=panels, label=plot.name("rate"), shrink=0.8)
    least, most = table["runs"].min(), table["runs"].max()
    networks = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return figure, f"Share of {networks} networks a cell that compute XOR, by learning rate and epochs."
