"""The surface around a solution and a saddle, on planes of true eigenvectors and of random directions.

python -m figures slices_planes
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from figures.common import load
from landscape import plot


def draw(results: Path) -> tuple[Figure, str]:
    planes = load(results, "loss_slices_planes", made_by="loss_slices")
    figure, panels = plt.subplots(1, 3, figsize=(plot.PAGE, 2.0), layout="constrained")
    for ax, (name, plane) in zip(panels, planes.items(), strict=True):
        plot.plane(plane, ax=ax)
        ax.plot(0.0, 0.0, "+", color="white", markersize=6)
        ax.set_title(name)
    return (
        figure,
        "The cross is the point in the middle; axes are distances from it, of random directions in parts of their "
        "length. " + " ".join(f"{name}: {plane.caption}" for name, plane in planes.items()),
    )
