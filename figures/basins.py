"""The five planes of starts of Kolen & Pollack (1990), under both update orders.

python -m figures basins
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    maps = load(results, "basins", made_by="basins")
    figure, panels = plt.subplots(2, 5, figsize=(plot.PAGE, 3.7), layout="constrained")
    for ax, (name, data) in zip(panels.T.flat, maps.items(), strict=True):
        plot.basin_map(data, ax=ax, colorbar=False)
        ax.set_aspect("equal")
        plane, update = name.split()
        ax.set_title(f"plane {plane}, {update}")
        ax.set(xticks=[-10, 0, 10], yticks=[-10, 0, 10])
        ax.yaxis.labelpad, ax.xaxis.labelpad = -6.0, 1.0
        if ax.get_legend():
            ax.get_legend().remove()
    scale = plot.epochs_scale(data)
    figure.colorbar(scale, ax=panels, label="epochs until solved (black: not solved)", location="bottom", aspect=50)
    shares = "; ".join(f"{name}: {100 * each.shares['solved']:.1f} %" for name, each in maps.items())
    return figure, (
        "Planes of starts of 2-2-1 sigmoid networks on XOR, two weights from -10 to 10 and seven fixed, trained for at most "
        f"{data.protocol.budget} epochs (Kolen & Pollack 1990), {data.outcome.shape[1]} x {data.outcome.shape[0]} starts "
        f"each. Share solved, {shares}."
    )
