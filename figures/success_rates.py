"""Success over hidden units for every activation, two initializers.

python -m figures success_rates
"""

from pathlib import Path

from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import number_of


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "success_rates", made_by="success_rates")
    figure = plot.success_rates(table, "hidden", y="activation", facet="init").figure
    return (
        figure,
        f"Share of {number_of(table['runs'].max(), 'network')} a cell that learn XOR, by activation and hidden units.",
    )
