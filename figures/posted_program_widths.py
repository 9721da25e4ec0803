"""Success after 10,000 epochs over hidden units, for each activation: the exact gradient and the posted one.

python -m figures posted_program_widths
"""

from pathlib import Path

from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import number_of


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "posted_program_widths", made_by="posted_program")
    last = table["epoch"].max()
    rows = table[(table["epoch"] == last) & table["gradient"].isin(["exact", "posted"])]
    order = {"gradient": ["exact", "posted"]}
    figure = plot.success_rates(rows, "hidden", by="activation", facet="gradient", order=order).figure
    return figure, (
        f"Share of {number_of(rows['runs'].max(), 'network')} a point that compute XOR after {last:,} epochs, learning "
        "rate 0.1, along the exact gradient and the posted program's, with 95 % intervals."
    )
