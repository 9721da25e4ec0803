"""Success after 10,000 epochs over hidden units, for each activation: the exact gradient and the posted one.

python -m figures posted_program_widths
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import counted


def draw(results: Path) -> tuple[Figure, str]:
    table = load(results, "posted_program_widths", made_by="posted_program")
    last = table["epoch"].max()
    figure, panels = plt.subplots(1, 2, figsize=(0.75 * plot.PAGE, 2.3), sharey=True, layout="constrained")
    for ax, gradient, title in zip(panels, ("exact", "posted"), ("exact gradient", "posted program"), strict=True):
        rows = table[(table["gradient"] == gradient) & (table["epoch"] == last)]
        plot.success_rates(rows, "hidden", by="activation", ax=ax)
        ax.set_title(f"{title}, {last:,} epochs")
        ax.label_outer()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure, (
        f"Share of {counted(rows['runs'].max(), 'network')} a point that compute XOR after {last:,} epochs, learning "
        "rate 0.1, with "
        "95 % intervals."
    )
