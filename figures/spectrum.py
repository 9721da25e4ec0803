"""Hessian eigenvalues at the stationary points of XOR with two sigmoid units and a weak penalty.

python -m figures spectrum
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    points = load(results, "loss_slices_plateau", made_by="loss_slices")["points"]
    figure, ax = plt.subplots(figsize=(plot.PAGE, 2.6), layout="constrained")
    plot.spectrum(points, ax=ax)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), markerscale=1.5)
    kinds = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in points.table["kind"].value_counts().items())
    return figure, (
        f"Hessian eigenvalues of {len(points.table)} classes of stationary points up to index 2, the lowest loss to the "
        f"left: {kinds}. Coverage of the search {points.coverage:.3f}."
    )
