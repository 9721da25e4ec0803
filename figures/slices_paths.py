"""From one solution to another: on the straight line, aligned modulo the symmetries, and on the path of least climbing.

python -m figures slices_paths
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load

NAMES = ("straight", "aligned", "least climbing")


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    ways = load(results, "loss_slices_paths", made_by="loss_slices")
    barriers = load(results, "loss_slices_barriers", made_by="loss_slices")
    figure, ax = plt.subplots(figsize=(plot.COLUMN, 2.8), layout="constrained")
    straight, aligned, climbing = (
        look | {"marker": "", "label": f"{name}: {ways[name].barrier:.3f}"}
        for name, look in zip(NAMES, plot.style.looks(NAMES), strict=True)
    )
    plot.line(ways["straight"], ax=ax, **straight)
    ax.plot(ways["aligned"].coordinates[0], ways["aligned"].loss, **aligned)
    path = ways["least climbing"]
    ax.plot(path.arc / path.arc[-1], path.loss, **climbing)
    ax.set(xlabel="way from a to b, as a part of its length")
    figure.legend(title="barrier", loc="outside upper center", ncols=2)
    medians = ", ".join(f"{name.replace('_', ' ')} {barriers[name].median():.3f}" for name in ("straight", "aligned"))
    return figure, (
        "Loss on three ways between two solutions: those of the pair whose barrier alignment modulo the symmetries lowers "
        f"most. Median barriers between {len(barriers)} pairs of solutions: {medians}, "
        f"least climbing {barriers['least_climbing'].median():.3f}."
    )
