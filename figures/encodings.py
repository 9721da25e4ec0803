"""What a solution costs under each encoding of XOR, at its own best learning rate.

python -m figures encodings
"""

from pathlib import Path

from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load
from landscape.io.sentences import number_of


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "encodings", made_by="encodings")
    table = table.assign(
        low=table["cost_low"],
        high=table["cost_high"],
        encoding=table["problem"].str.removeprefix("xor ") + ", " + table["objective"].str.replace("_", " "),
    ).sort_values("encoding")
    figure = plot.expected_running_time(table, "encoding", by="activation", facet="hidden").figure
    return figure, (
        "Epochs that a solution costs, restarted after each failure, with 95 % bootstrap intervals: inputs and targets of "
        f"XOR written with different numbers, {number_of(table['runs'].max(), 'network')} a point, each at the learning "
        "rate that was "
        "best on other seeds."
    )
