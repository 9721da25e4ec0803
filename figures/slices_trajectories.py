"""Two runs on the plane nearest to their paths; points at whose place the plane shows another loss than theirs are hollow.

python -m figures slices_trajectories
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load

SHADES = ("#FFFFFF", plot.style.SPARE_COLOURS[3])


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    plane = load(results, "loss_slices_trajectories", made_by="loss_slices")
    figure, ax = plt.subplots(figsize=(0.7 * plot.PAGE, 3.4), layout="constrained")
    plot.plane(plane, ax=ax)
    stars, problem = [], plane.surface.table
    on = problem.targets > problem.midpoint
    for shade, (name, laid) in zip(SHADES, plane.laid.items(), strict=True):
        plot.trajectory(laid, ax=ax, color=shade)
        right = ((plane.surface.forward(laid.theta[-1]) > problem.midpoint) == on).all(axis=1)
        label = f"{name}, {'solved' if right.all() else 'not solved'}: {right.sum()} of {len(right)} patterns right"
        stars.append(plt.Line2D([], [], color="black", marker="*", markersize=8, markerfacecolor=shade, label=label))
    figure.legend(handles=stars, loc="outside upper center", ncols=2)
    return figure, " ".join(
        [
            "Each run goes from the square to the star, where it is solved if every pattern is right.",
            plane.caption,
            *(f"{name}: {laid.caption()}" for name, laid in plane.laid.items()),
        ]
    )
