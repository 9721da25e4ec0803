"""One run: its plateaus, and what it computes before, on and after them.

python -m figures plateau
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    stored = load(results, "loss_slices_plateau", made_by="loss_slices")
    run, plateaus = stored["run"], stored["plateaus"]
    figure = plt.figure(figsize=(plot.PAGE, 5.4), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.9, 1.0))
    plot.plateau_strip(run, plateaus, ax=above.add_subplot())
    *squares, last = below.subplots(1, 4)
    for ax, place in zip(squares, (0, len(run.epochs) // 2, len(run.epochs) - 1), strict=True):
        plot.decision_surface(run.surface, run.theta[place], ax=ax, colorbar=False)
        ax.set_title(f"epoch {run.epochs[place]:,}")
        ax.label_outer()
    below.colorbar(squares[0].collections[0], ax=squares, label="output", shrink=0.9)
    plot.weights(run.surface, run.theta[-1], ax=last)
    said = "; ".join(
        f"epochs {row.first:,} to {row.last:,} at loss {row.level:.4f}, nearest to a {row.kind} of index {row.index} at "
        f"{row.point_loss:.4f}, {row.distance:.2f} away"
        for row in plateaus.itertuples()
    )
    return figure, (
        f"Run {run.run} of seed {run.seed}, {run.outcome} after {run.epochs[-1]:,} epochs; activations of each hidden unit "
        f"for the {run.surface.table.n_patterns} patterns. Plateaus, shaded: {said or 'none'}. Below: the output over the "
        "input square, black line where it is at the middle of the targets, dashed where a hidden unit's sum is 0, filled "
        "where the target is above the middle; and the weights at the end, white above 0."
    )
