"""From one solution to another: on the straight line, aligned modulo the symmetries, and on the path of least climbing.

python -m figures slices_paths
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from figures.common import load
from landscape import plot


def draw(results: Path) -> tuple[Figure, str]:
    ways = load(results, "loss_slices_paths", made_by="loss_slices")
    barriers = load(results, "loss_slices_barriers", made_by="loss_slices")
    figure, ax = plt.subplots(figsize=(plot.COLUMN, 2.8), layout="constrained")
    for name, colour in (("straight", "#0072B2"), ("aligned", "#E69F00")):
        plot.line(ways[name], ax=ax, label=f"{name}: {ways[name].barrier:.3f}", color=colour)
    path = ways["least climbing"]
    ax.plot(path.arc / path.arc[-1], path.loss, color="#009E73", label=f"least climbing: {path.barrier:.3f}")
    ax.set(xlabel="way from a to b, as a part of its length")
    figure.legend(title="barrier", loc="outside upper center", ncols=2)
    medians = ", ".join(f"{name.replace('_', ' ')} {barriers[name].median():.3f}" for name in ("straight", "aligned"))
    return figure, (
        "Loss on three ways between two solutions: those of the pair whose barrier alignment modulo the symmetries lowers "
        f"most. Median barriers between {len(barriers)} pairs of solutions: {medians}, "
        f"least climbing {barriers['least_climbing'].median():.3f}."
    )
