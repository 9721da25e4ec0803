"""Success for each of the sixteen Boolean functions, over hidden units.

python -m figures boolean_functions
"""

from pathlib import Path

from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import number_of


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "boolean_functions", made_by="boolean_functions")
    named = table.assign(
        problem=[f"{number:2d} {name}" for number, name in table[["number", "problem"]].itertuples(index=False)]
    )
    figure = plot.success_rates(named, "hidden", y="problem", facet="activation").figure
    return (
        figure,
        f"Share of {number_of(table['runs'].max(), 'network')} a cell that learn each of the sixteen Boolean functions.",
    )
