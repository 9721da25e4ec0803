"""Zooms into the fifth plane of Kolen & Pollack (1990), under both update orders.

python -m figures basins_zooms
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from figures.common import load
from landscape import plot


def draw(results: Path) -> tuple[Figure, str]:
    maps = load(results, "basins_zooms", made_by="basins")
    table = load(results, "basins_table", made_by="basins")
    figure, panels = plt.subplots(2, 2, figsize=(0.8 * plot.PAGE, 4.8), layout="constrained")
    for ax, data in zip(panels.flat, maps.values(), strict=True):
        plot.basin_map(data, ax=ax, colorbar=False)
        ax.set_aspect("equal")
        width = np.ptp(data.plane.coordinates[0])
        ax.set_title(f"{data.protocol.update}, {width:.2g} wide")
        if ax.get_legend():
            ax.get_legend().remove()
    figure.colorbar(plot.epochs_scale(data), ax=panels, label="epochs until solved (black: not solved)", shrink=0.8)
    zoomed = table[table["plane"] == 5]
    dimensions = "; ".join(
        f"{row.update}, step {row.step:.3g}: {row.dimension:.2f} +- {row.dimension_error:.2f}" for row in zoomed.itertuples()
    )
    return figure, (
        "Zooms into the fifth plane, each where the boundary between solved and not solved is longest. "
        f"Dimension of the boundary by the uncertainty exponent, {dimensions}."
    )
