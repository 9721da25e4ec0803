"""Time per run and epoch over the number of hidden units: this trainer, a program written by hand, and other libraries.

python -m figures throughput
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load

PROGRAMS = {
    "landscape": "landscape",
    "landscape, float32": "landscape, float32",
    "yardstick": "written by hand, C++",
    "jax vmap": "JAX, vmap",
    "jax tuned": "JAX, tuned by hand",
    "pytorch": "PyTorch",
    "scikit-learn": "scikit-learn",
    "numpy loop": "NumPy loop",
}


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "throughput", made_by="throughput")
    sigmoid = table[table["activation"] == "sigmoid"].sort_values("hidden")
    figure, ax = plt.subplots(figsize=(plot.PAGE, 3.6), layout="constrained")
    ends = {}
    for (program, name), look in zip(PROGRAMS.items(), map(plot.style.spare_look, range(len(PROGRAMS))), strict=True):
        rows = sigmoid[sigmoid["program"] == program]
        if len(rows):
            spread = np.array([rows["median"] - rows["min"], rows["max"] - rows["median"]])
            ax.errorbar(rows["hidden"], rows["median"], spread, capsize=2.0, **look)
            ends[name] = rows["median"].iloc[-1], look["color"]
    ax.set(xscale="log", yscale="log", xlabel=plot.style.NAMES["hidden"], ylabel="ns per run and epoch")
    widths = sorted(sigmoid["hidden"].unique())
    ax.set_xticks(widths, [str(width) for width in widths], minor=False)
    ax.minorticks_off()
    ax.grid(axis="y", alpha=0.3)
    height = 0.0
    for name, (end, colour) in sorted(ends.items(), key=lambda item: item[1][0]):
        height = max(end, 1.5 * height)  # so that two names do not lie on each other
        place = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate(name, (widths[-1], height), color=colour, fontsize=7.0, **place)
    ax.margins(x=0.05)
    rounds = table["rounds"].iloc[0]
    return figure, (
        "Full-batch gradient descent on XOR with sigmoid units, float64 unless it says float32, on the processor: median of "
        f"{rounds} rounds in which the programs took turns, bars from the fastest round to the slowest. NumPy and "
        "scikit-learn, which descends the cross entropy, train one network at a time, the others many at once."
    )
