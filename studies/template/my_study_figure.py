"""The share of networks that learn XOR, over hidden units.

landscape figure my_study
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load


def draw(results: Path) -> tuple[Figure, str]:
    """The figure and its caption, from the table that the study stored."""
    table = load(results, "my_study", made_by="my_study")
    figure, ax = plt.subplots(figsize=(0.7 * plot.PAGE, 3.0), layout="constrained")
    plot.success_rates(table, "hidden", by="activation", ax=ax)
    ax.set_xticks(sorted(table["hidden"].unique()))
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure, f"Share of {table['runs'].max():,} networks a point that learn XOR, with 95 % intervals."
