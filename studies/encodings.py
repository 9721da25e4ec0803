"""Does it matter how XOR is written down: 0 and 1, -1 and 1, 0.1 and 0.9, squared error or cross-entropy?

Inputs 0/1 or -1/1; targets 0/1 or 0.1/0.9 for a sigmoid output with either objective, -1/1 for a tanh output with squared
error. Sigmoid and tanh with two and three hidden units, at most 20,000 epochs, the same starts for all. Each encoding at its
own learning rate, found with seeds of its own. Writes the tables encodings, encodings_pairs and encodings_tuning, and keeps
the runs in its folder encodings.

    python studies/encodings.py
"""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd

import landscape as ls
from landscape.io.sentences import none_or
from landscape.studies.options import options, record, share, shared_settings
from landscape.studies.tuning import Tuned, rates_and_costs, tuned

LEVELS = {"0/1": (0.0, 1.0), "-1/1": (-1.0, 1.0), "0.1/0.9": (0.1, 0.9)}
INPUTS = ("0/1", "-1/1")
TARGETS = (("0/1", "squared_error"), ("0/1", "cross_entropy"), ("0.1/0.9", "squared_error"), ("0.1/0.9", "cross_entropy"),
           ("-1/1", "squared_error"))  # fmt: skip
TASK = ["activation", "hidden"]
BY = [*TASK, "problem", "output", "objective"]


def written(inputs: str, targets: str) -> ls.Problem:
    """XOR with these levels."""
    (low, high), (off, on) = LEVELS[inputs], LEVELS[targets]
    xor = ls.problems.xor
    return ls.Problem(low + (high - low) * xor.inputs, off + (on - off) * xor.targets, name=f"xor {inputs} to {targets}")


def cells(budget: int) -> list[dict[str, Any]]:
    """Every encoding with every network."""
    return [
        {
            "problem": written(inputs, targets),
            "objective": objective,
            "output": "tanh" if targets == "-1/1" else "sigmoid",
            "activation": activation,
            "hidden": hidden,
            "budget": budget,
        }
        for inputs, (targets, objective), activation, hidden in product(INPUTS, TARGETS, ("sigmoid", "tanh"), (2, 3))
    ]


def tables_of(found: Tuned) -> dict[str, tuple[str, pd.DataFrame]]:
    """Rates with costs, pairs of encodings, and what the tuning tried."""
    runs = found.runs(BY)
    rates = rates_and_costs(runs, [*BY, "lr"])
    pairs = ls.compare(runs, ["problem", "output", "objective", "lr"], by=TASK)
    return {
        "encodings": ("Each encoding at its own best learning rate", rates),
        "encodings_pairs": ("Pairs of encodings on the same starts", pairs),
        "encodings_tuning": ("Every learning rate that was tried, on seeds of its own", found.tried),
    }


def findings(tables: dict[str, tuple[str, pd.DataFrame]], found: Tuned) -> list[str]:
    """What the tables say."""
    rates, pairs = tables["encodings"][1], tables["encodings_pairs"][1]

    def told(row: pd.Series) -> str:
        objective = row["objective"].replace("_", " ")
        return f"{row['problem']}, {objective} ({share(row)}, {row['expected_running_time']:,.0f} epochs a solution)"

    said = []
    for (activation, hidden), rows in rates.groupby(TASK, observed=True):
        order = rows.sort_values("expected_running_time")
        said.append(f"{activation}, {hidden} units: cheapest {told(order.iloc[0])}, dearest {told(order.iloc[-1])}.")
    sure = int((pairs["p_holm"] < 0.05).sum())
    return [
        *said,
        f"Rates differ in {none_or(sure)} of {len(pairs)} pairs of encodings (McNemar, Holm, 5 %).",
        found.sentence(),
    ]


def main() -> None:
    given = options(__doc__, runs=5_000, quick_runs=64)
    rates = np.geomspace(0.01, 100.0, 5 if given.quick else 17)
    found = tuned(given, cells(2_000 if given.quick else 20_000), rates, BY, max(given.runs // 10, 32))
    tables = tables_of(found)
    wide = tables["encodings"][1].pivot_table(
        "expected_running_time", ["problem", "objective"], TASK, sort=False, observed=True
    )
    print(f"Epochs that a solution costs, {given.runs:,} runs a cell, each encoding at its own best learning rate:\n")
    print(wide.to_string(float_format="%.0f"))
    record(given, tables, findings(tables, found), shared_settings(found.study))


if __name__ == "__main__":
    main()
