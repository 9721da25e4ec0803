"""Success on n-bit parity over hidden units.

python -m figures parity
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import counted


def draw(results: Path) -> tuple[Figure, str]:
    table = load(results, "parity", made_by="parity")
    table = table.assign(bits=table["problem"].str.removeprefix("parity").astype(int))
    activations = list(table["activation"].unique())
    figure, panels = plt.subplots(1, len(activations), figsize=(plot.PAGE, 2.4), sharey=True, layout="constrained")
    for ax, activation in zip(panels, activations, strict=True):
        plot.success_rates(table[table["activation"] == activation], "hidden", by="bits", ax=ax)
        ax.set_title(activation)
        ax.label_outer()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, title="bits")
    return figure, (
        f"Share of {counted(table['runs'].max(), 'network')} a point that learn parity of two to five bits, with 95 % "
        "intervals."
    )
