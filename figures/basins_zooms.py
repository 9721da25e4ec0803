"""Zooms into the fifth plane of Kolen & Pollack (1990), under both update orders.

python -m figures basins_zooms
"""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    maps = load(results, "basins_zooms", made_by="basins")
    table = load(results, "basins_table", made_by="basins")
    figure, panels = plt.subplots(2, 2, figsize=(0.8 * plot.PAGE, 4.8), layout="constrained")
    said = []
    for letter, ax, data in zip("abcd", panels.flat, maps.values(), strict=True):
        plot.basin_map(data, ax=ax, colorbar=False)
        ax.set_aspect("equal")
        width = np.ptp(data.plane.coordinates[0])
        ax.set_title(f"{letter}  {data.protocol.update}, {width:.2g} wide")
        step = width / (len(data.plane.coordinates[0]) - 1)
        (row,) = table[np.isclose(table["step"], step) & (table["update"] == data.protocol.update)].itertuples()
        said.append(f"{letter} ({row.update}, {width:.2g} wide, step {row.step:.2g}): {dimension(row)}")
        if ax.get_legend():
            ax.get_legend().remove()
    figure.colorbar(plot.epochs_scale(data), ax=panels, label="epochs until solved (black: not solved)", shrink=0.8)
    fifth = table[table["plane"] == 5]
    said += [
        f"the whole plane, {row.update}: {dimension(row)}"
        for row in fifth[fifth["step"] == fifth["step"].max()].itertuples()
    ]
    return figure, (
        "Zooms into the fifth plane, each where the boundary between solved and not solved is longest. "
        f"Dimension of the boundary by the uncertainty exponent, {'; '.join(said)}."
    )


def dimension(row: Any) -> str:
    """Of the boundary, with its error."""
    return f"{row.dimension:.2f} +- {row.dimension_error:.2f}"
