"""The surface around a solution and a saddle, on planes of true eigenvectors and of random directions.

python -m figures slices_planes
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load

STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
LEVELS = np.array([*(-step for step in STEPS[6::-1]), *STEPS])
"""Of the loss less that of the point in the middle. Even levels of the loss itself hide the way down from a saddle: along it
the loss falls by less than one of them."""


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    planes = load(results, "loss_slices_planes", made_by="loss_slices")
    figure, panels = plt.subplots(1, 3, figsize=(plot.PAGE, 2.3), layout="constrained")
    for ax, (name, plane) in zip(panels, planes.items(), strict=True):
        above = plane.loss - plane.surface.loss(plane.origin)
        drawn = ax.contourf(*plane.coordinates, above, levels=LEVELS, norm=BoundaryNorm(LEVELS, 256), extend="both")
        drawn.set_edgecolor("face")
        if above.min() < -STEPS[0]:
            ax.contour(*plane.coordinates, above, levels=[0.0], colors="white", linewidths=0.8)
        ax.plot(0.0, 0.0, "+", color="white", markersize=6)
        ax.set(title=name, xlabel=plane.labels[0], ylabel=plane.labels[1], aspect="equal")
    bar = figure.colorbar(drawn, ax=panels, label="loss above the middle", ticks=LEVELS, shrink=0.8)
    bar.ax.set_yticklabels([f"{level:g}" for level in LEVELS])
    return (
        figure,
        "The loss less that of the point in the middle, the cross, on one scale that is fine near 0; white line: as high as "
        "the point. Axes are distances from it, of random directions in parts of their length. "
        + " ".join(f"{name}: {plane.caption}" for name, plane in planes.items()),
    )
