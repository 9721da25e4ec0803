"""Which optimizer learns XOR at the least cost, each at its own best learning rate?

Sigmoid, tanh and relu with two and three hidden units, every optimizer, at most 20,000 epochs, the same starts for all. The
learning rate of each is found on a grid with seeds of its own, then measured on fresh ones. Writes the tables optimizers,
optimizers_pairs, optimizers_tuning and optimizers_curves, and keeps the runs in its folder optimizers.

    python studies/optimizers.py
"""

import numpy as np
import pandas as pd

import landscape as ls
from landscape.io.sentences import none_or
from landscape.parts.optimizers import OPTIMIZERS
from landscape.studies.options import options, record, share, shared_settings
from landscape.studies.tuning import Tuned, rates_and_costs, tuned

BY = ["activation", "hidden", "optimizer"]
TASK = ["activation", "hidden"]


def tables_of(found: Tuned) -> dict[str, tuple[str, pd.DataFrame]]:
    """Rates with costs, pairs of optimizers, what the tuning tried, and the share solved by each epoch."""
    runs = found.runs(BY)
    rates = rates_and_costs(runs, [*BY, "lr"])
    pairs = ls.compare(runs, ["optimizer", "lr"], by=TASK)
    return {
        "optimizers": ("Each optimizer at its own best learning rate", rates),
        "optimizers_pairs": ("Pairs of optimizers on the same starts", pairs),
        "optimizers_tuning": ("Every learning rate that was tried, on seeds of its own", found.tried),
        "optimizers_curves": ("Share solved by each epoch", thinned(ls.time_to_solution(runs, [*BY, "lr"]))),
    }


def thinned(curves: pd.DataFrame, places: int = 200) -> pd.DataFrame:
    """At most so many rows a curve, evenly over them, both ends among them: a picture shows no more."""
    each = [
        rows.iloc[np.unique(np.linspace(0, len(rows) - 1, places).astype(int))]
        for _, rows in curves.groupby([*BY, "lr"], observed=True)
    ]
    return pd.concat(each, ignore_index=True)


def findings(tables: dict[str, tuple[str, pd.DataFrame]], found: Tuned) -> list[str]:
    """What the tables say."""
    rates, pairs = tables["optimizers"][1], tables["optimizers_pairs"][1]

    def cost(row: pd.Series) -> str:
        ends = f"[{row['cost_low']:,.0f}, {row['cost_high']:,.0f}]"
        return f"{row['optimizer']} at {row['lr']:.3g} with {row['expected_running_time']:,.0f} epochs a solution {ends}"

    said = []
    for (activation, hidden), rows in rates.groupby(TASK, observed=True):
        order = rows.sort_values("expected_running_time")
        often = rows.sort_values("rate").iloc[-1]
        said.append(
            f"{activation}, {hidden} units: cheapest, with restarts after failures, is {cost(order.iloc[0])}; dearest "
            f"{cost(order.iloc[-1])}. Solved most often: {often['optimizer']}, {share(often)}."
        )
    sure, sooner = (int((pairs[name] < 0.05).sum()) for name in ("p_holm", "logrank_p_holm"))
    return [
        *said,
        f"Success rates differ in {none_or(sure)} of {len(pairs)} pairs of optimizers, times to solution in "
        f"{none_or(sooner)} (McNemar and "
        "paired log-rank, Holm, 5 %).",
        found.sentence(),
    ]


def main() -> None:
    given = options(__doc__, runs=5_000, quick_runs=64)
    rates = np.geomspace(0.001, 100.0, 6 if given.quick else 21)
    cells = [
        {"activation": activation, "hidden": hidden, "optimizer": optimizer, "budget": 2_000 if given.quick else 20_000}
        for activation in ("sigmoid", "tanh", "relu")
        for hidden in (2, 3)
        for optimizer in OPTIMIZERS
    ]
    found = tuned(given, cells, rates, BY, max(given.runs // 10, 32))
    tables = tables_of(found)
    wide = tables["optimizers"][1].pivot_table("expected_running_time", "optimizer", TASK, sort=False, observed=True)
    print(f"Epochs that a solution costs, {given.runs:,} runs a cell, each optimizer at its own best learning rate:\n")
    print(wide.to_string(float_format="%.0f"))
    record(given, tables, findings(tables, found), shared_settings(found.study))


if __name__ == "__main__":
    main()
