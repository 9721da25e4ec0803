"""Success against epochs, the four gradients side by side: two hidden units (full lines) and three (dashed).

python figures/posted_program_epochs.py
"""

import matplotlib.pyplot as plt
from common import folders, load, save

from landscape import plot

TITLES = {
    "exact": "exact\ngradient",
    "posted": "posted program:\nboth faults",
    "no_output_slope": "fault 1 alone:\nno output slope",
    "sigmoid_slope": "fault 2 alone:\nsigmoid's slope for all",
}


def main() -> None:
    results, out = folders(__doc__)
    table = load(results, "posted_program_widths", made_by="posted_program")
    with plt.rc_context(plot.STYLE):
        figure, panels = plt.subplots(1, 4, figsize=(plot.PAGE, 2.3), sharey=True, layout="constrained")
        for ax, (gradient, title) in zip(panels, TITLES.items(), strict=True):
            for hidden, dashes in ((2, "-"), (3, "--")):
                rows = table[(table["gradient"] == gradient) & (table["hidden"] == hidden)]
                plot.success_rates(rows, "epoch", by="activation", ax=ax, linestyle=dashes)
            ax.axvline(500, color="0.6", linewidth=0.8, zorder=0)
            ax.set_title(title)
            ax.label_outer()
        panels[0].annotate(
            "tried:\n500", (500, 0.97), (-3, 0), textcoords="offset points", ha="right", va="top", color="0.4", fontsize=7
        )
        handles, labels = panels[0].get_legend_handles_labels()
        lines = [plt.Line2D([], [], color="0.3", linestyle=dashes) for dashes in ("-", "--")]
        figure.legend(
            [*handles[:3], *lines], [*labels[:3], "2 hidden units", "3 hidden units"], loc="outside lower center", ncols=5
        )
        save(figure, out, __file__)


if __name__ == "__main__":
    main()
