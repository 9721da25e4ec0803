"""Success against epochs, the four gradients side by side: two hidden units (full lines) and three (dashed).

python -m figures posted_program_epochs
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import counted

TITLES = {
    "exact": "exact\ngradient",
    "posted": "posted program:\nboth faults",
    "no_output_slope": "fault 1 alone:\nno output slope",
    "sigmoid_slope": "fault 2 alone:\nsigmoid's slope for all",
}

WIDTHS = {2: "-", 3: "--"}
TRIED = 500


def draw(results: Path) -> tuple[Figure, str]:
    table = load(results, "posted_program_widths", made_by="posted_program")
    figure, panels = plt.subplots(1, 4, figsize=(plot.PAGE, 2.3), sharey=True, layout="constrained")
    for ax, (gradient, title) in zip(panels, TITLES.items(), strict=True):
        for hidden, dashes in WIDTHS.items():
            rows = table[(table["gradient"] == gradient) & (table["hidden"] == hidden)]
            plot.success_rates(rows, "epoch", by="activation", ax=ax, linestyle=dashes)
        ax.axvline(TRIED, color="0.6", linewidth=0.8, zorder=0)
        ax.set_title(title)
        ax.label_outer()
    handles = [*panels[0].get_legend_handles_labels()[0][:3]]
    handles += [
        plt.Line2D([], [], color="0.3", linestyle=dashes, label=f"{hidden} hidden units")
        for hidden, dashes in WIDTHS.items()
    ]
    handles.append(plt.Line2D([], [], color="0.6", linewidth=0.8, label=f"{TRIED} epochs, as tried"))
    figure.legend(handles=handles, loc="outside lower center", ncols=6)
    networks = table["runs"].max()
    return figure, (
        f"Share of {counted(networks, 'network')} a curve that compute XOR after so many epochs, learning rate 0.1, "
        "with 95 % "
        "intervals, for the posted program's gradient, the exact one, and each of the two faults alone. It was tried "
        f"for {TRIED}."
    )
