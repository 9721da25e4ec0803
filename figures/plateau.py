"""One run: its plateaus, and what it computes before and after.

python -m figures plateau
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from figures.common import load
from landscape import plot


def draw(results: Path) -> tuple[Figure, str]:
    stored = load(results, "loss_slices_plateau", made_by="loss_slices")
    run, plateaus = stored["run"], stored["plateaus"]
    figure = plt.figure(figsize=(plot.PAGE, 3.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.4, 1.0))
    plot.plateau_strip(run, plateaus, ax=left.add_subplot())
    panels = right.subplots(2, 2)
    places = [0, len(run.epochs) // 2, len(run.epochs) - 1]
    for ax, place in zip(panels.flat, places, strict=False):
        plot.decision_surface(run.surface, run.theta[place], ax=ax, colorbar=False)
        ax.set_title(f"epoch {run.epochs[place]:,}")
        ax.label_outer()
    plot.weights(run.surface, run.theta[-1], ax=panels[1, 1])
    said = "; ".join(
        f"epochs {row.first:,} to {row.last:,} at loss {row.level:.4f}, nearest to a {row.kind} of index {row.index} at "
        f"{row.point_loss:.4f}, {row.distance:.2f} away"
        for row in plateaus.itertuples()
    )
    return figure, f"Run {run.run} of seed {run.seed}, {run.outcome} after {run.epochs[-1]:,} epochs. Plateaus: {said}."
