"""The pictures of a study's runs by name, each with the statistic that it shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from landscape import statistics
from landscape.plot.costs import expected_running_time
from landscape.plot.curves import ecdf, learning_curves
from landscape.plot.rates import success_rates
from landscape.plot.style import STYLE, UNDATED, settings, write
from landscape.validation import known


@dataclass(frozen=True)
class Kind:
    """A kind of picture.

    Attributes
    ----------
    draw : the picture, from the table
    table : the table, from runs and the columns to group by; None where the picture shows the runs themselves
    over_x : whether it goes over a column x; else it goes over epochs
    needs : columns of runs that it reads
    at_checkpoints : whether it shows runs at their checkpoints
    """

    draw: Callable[..., Axes]
    table: Callable[[pd.DataFrame, Sequence[str]], pd.DataFrame] | None
    over_x: bool
    needs: tuple[str, ...]
    at_checkpoints: bool = False


KINDS = {
    "success_rates": Kind(success_rates, statistics.success_rates, True, ("solved",)),
    "expected_running_time": Kind(expected_running_time, statistics.expected_running_time, True, ("solved", "epochs")),
    "ecdf": Kind(ecdf, statistics.time_to_solution, False, ("solved", "epochs")),
    "learning_curves": Kind(learning_curves, None, False, ("loss",), at_checkpoints=True),
}


def draw_runs(kind: Kind, runs: pd.DataFrame, path: Path, x: str | None, by: list[str], facet: str | None) -> pd.DataFrame:
    """Draw a table of runs into a file; returns the table that is drawn."""
    keys = [*dict.fromkeys([*by, *([] if x is None else [x]), *([] if facet is None else [facet])])]
    table = runs if kind.table is None else kind.table(runs, keys)
    axes = kind.draw(table, by=by or None, facet=facet, **({"x": x} if kind.over_x else {}))
    figure: Any = axes.figure
    with settings(STYLE):
        write(figure, path)
    plt.close(figure)
    return table


def checked_file(path: Path) -> Path:
    """A path whose ending names a format."""
    known("ending", path.suffix.lower(), UNDATED)
    return path
