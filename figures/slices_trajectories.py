"""Two runs on the plane nearest to their paths; points at whose place the plane shows another loss than theirs are hollow.

python -m figures slices_trajectories
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from figures.common import load
from landscape import plot

SHADES = ("#FFFFFF", "#E69F00")


def draw(results: Path) -> tuple[Figure, str]:
    plane = load(results, "loss_slices_trajectories", made_by="loss_slices")
    figure, ax = plt.subplots(figsize=(0.7 * plot.PAGE, 3.4), layout="constrained")
    plot.plane(plane, ax=ax)
    for shade, (name, laid) in zip(SHADES, plane.laid.items(), strict=True):
        plot.trajectory(laid, ax=ax, color=shade, label=name)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2, facecolor="0.5", frameon=True)
    return figure, " ".join(
        [
            "Each run goes from the square to the star.",
            plane.caption,
            *(f"{name}: {laid.caption()}" for name, laid in plane.laid.items()),
        ]
    )
