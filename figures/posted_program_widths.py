"""Success after 10,000 epochs over hidden units, for each activation: the exact gradient and the posted one.

python figures/posted_program_widths.py
"""

import matplotlib.pyplot as plt
from common import folders, load, save

from landscape import plot


def main() -> None:
    results, out = folders(__doc__)
    table = load(results, "posted_program_widths", made_by="posted_program")
    last = table["epoch"].max()
    with plt.rc_context(plot.STYLE):
        figure, panels = plt.subplots(1, 2, figsize=(0.75 * plot.PAGE, 2.3), sharey=True, layout="constrained")
        for ax, gradient, title in zip(panels, ("exact", "posted"), ("exact gradient", "posted program"), strict=True):
            rows = table[(table["gradient"] == gradient) & (table["epoch"] == last)]
            plot.success_rates(rows, "hidden", by="activation", ax=ax)
            ax.set_title(f"{title}, {last:,} epochs")
            ax.label_outer()
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        save(figure, out, __file__)


if __name__ == "__main__":
    main()
