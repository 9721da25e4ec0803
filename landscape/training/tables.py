"""Tables of runs, with the columns that ``schema`` names. Shapes: n runs with P parameters and c checkpoints."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landscape._kernels.trainer import OUTCOMES
from landscape.schema import CHECKPOINTS, PROBLEM, RESULTS
from landscape.surface import Surface
from landscape.training.batch import BatchResult, final_loss

Columns = dict[str, NDArray[Any]]


def results_of(surface: Surface, ends: BatchResult, checkpoints: NDArray[np.int64]) -> Columns:
    """All results of trained runs, by their names in files: results (n,), with outcomes as places in ``OUTCOMES``; theta (n,
    P); results at checkpoints (n, c). A new result is added here."""
    loss, grad_norm = final_loss(surface, ends.theta)
    return {
        "outcome": ends.outcomes,
        "solved": ends.outcomes == OUTCOMES.index("solved"),
        "epochs": ends.epochs,
        "loss": loss,
        "grad_norm": grad_norm,
        "theta": ends.theta,
        "checkpoint_epoch": np.broadcast_to(checkpoints, ends.seen_loss.shape),
        "checkpoint_loss": ends.seen_loss,
        "checkpoint_solved": ends.seen_solved,
    }


def runs_table(
    surface: Surface, settings: dict[str, Any], seed: int, numbers: NDArray[np.int64], results: Columns
) -> pd.DataFrame:
    """Table of runs that share their settings, one row a run."""
    rows = len(numbers)
    columns: dict[str, Any] = {"run": numbers, "seed": np.full(rows, seed)}
    columns |= {name: _repeated(value, rows) for name, value in settings.items()}
    columns |= {name: shown(name, results[column.stored]) for name, column in RESULTS.items()}
    columns[PROBLEM] = pd.Categorical.from_codes(np.zeros(rows, np.int8), [surface.table.digest])
    return pd.DataFrame(columns, copy=False)


def checkpoints_table(numbers: NDArray[np.int64], results: Columns) -> pd.DataFrame:
    """Table of the checkpoints of runs, one row a run and checkpoint."""
    seen = {name: results[column.stored] for name, column in CHECKPOINTS.items()}
    runs = np.repeat(numbers, seen["epoch"].shape[1])
    return pd.DataFrame({"run": runs, **{name: values.ravel() for name, values in seen.items()}}, copy=False)


def shown(name: str, values: NDArray[Any]) -> Any:
    """A result as a column of a table: outcomes as categories, others unchanged."""
    return pd.Categorical.from_codes(values, OUTCOMES) if name == "outcome" else values


@cache
def _word(value: str) -> pd.CategoricalDtype:
    """The categorical type of a column that holds one word. Cached, as making it takes longer than making the column."""
    return pd.CategoricalDtype([value])


def _repeated(value: Any, rows: int) -> Any:
    """A column with one value in every row; a word becomes a categorical."""
    return (
        pd.Categorical.from_codes(np.zeros(rows, np.int8), dtype=_word(value))
        if isinstance(value, str)
        else np.full(rows, value)
    )
