"""What a solution costs under each encoding of XOR, at its own best learning rate.

python -m figures encodings
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import counted


def draw(results: Path) -> tuple[Figure, str]:
    table = load(results, "encodings", made_by="encodings")
    table = table.assign(
        low=table["cost_low"],
        high=table["cost_high"],
        encoding=table["problem"].str.removeprefix("xor ") + ", " + table["objective"].str.replace("_", " "),
    ).sort_values("encoding")
    widths = sorted(table["hidden"].unique())
    figure, panels = plt.subplots(1, len(widths), figsize=(plot.PAGE, 3.0), sharex=True, sharey=True, layout="constrained")
    for ax, hidden in zip(panels, widths, strict=True):
        plot.expected_running_time(table[table["hidden"] == hidden], "encoding", by="activation", ax=ax)
        ax.set_title(f"{hidden} hidden units")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure, (
        "Epochs that a solution costs, restarted after each failure, with 95 % bootstrap intervals: inputs and targets of "
        f"XOR written with different numbers, {counted(table['runs'].max(), 'network')} a point, each at the learning "
        "rate that was "
        "best on other seeds."
    )
