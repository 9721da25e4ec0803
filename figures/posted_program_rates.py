"""Learning rate by epochs, sigmoid with two and three units, the posted gradient and the exact one.

python figures/posted_program_rates.py
"""

import matplotlib.pyplot as plt
from common import folders, load, save

from landscape import plot


def main() -> None:
    results, out = folders(__doc__)
    table = load(results, "posted_program_rates", made_by="posted_program")
    with plt.rc_context(plot.STYLE):
        figure, panels = plt.subplots(2, 2, figsize=(plot.PAGE, 4.8), sharex=True, sharey=True, layout="constrained")
        for row, gradient, title in zip(panels, ("posted", "exact"), ("posted program", "exact gradient"), strict=True):
            for ax, hidden in zip(row, (2, 3), strict=True):
                cells = table[(table["gradient"] == gradient) & (table["hidden"] == hidden)]
                plot.success_rates(cells, "epoch", y="lr", ax=ax)
                ax.set_title(f"{title}, {hidden} sigmoid units")
                ax.label_outer()
        figure.colorbar(panels[0, 0].collections[0], ax=panels, label=plot.name("rate"), shrink=0.8)
        save(figure, out, __file__)


if __name__ == "__main__":
    main()
