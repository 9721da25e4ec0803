"""Success on n-bit parity over hidden units.

python -m figures parity
"""

from pathlib import Path

from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import number_of


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "parity", made_by="parity")
    table = table.assign(bits=table["problem"].str.removeprefix("parity").astype(int))
    figure = plot.success_rates(table, "hidden", by="bits", facet="activation").figure
    return figure, (
        f"Share of {number_of(table['runs'].max(), 'network')} a point that learn parity of two to five bits, with 95 % "
        "intervals."
    )
