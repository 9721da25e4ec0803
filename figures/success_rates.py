"""Success over hidden units for every activation, two initializers.

python -m figures success_rates
"""

from pathlib import Path

from matplotlib.figure import Figure

from figures.common import load
from landscape import plot


def draw(results: Path) -> tuple[Figure, str]:
    table = load(results, "success_rates", made_by="success_rates")
    figure = plot.success_rates(table, "hidden", y="activation", facet="init").figure
    return figure, f"Share of {table['runs'].max():,} networks a cell that learn XOR, by activation and hidden units."
