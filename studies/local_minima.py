"""Where the runs end that do not learn XOR: sigmoid, tanh, relu and leaky_relu with two to five hidden units.

Each failed run is diagnosed: a second-order descent goes on from its end, and tells a run that was slow from one that is
stuck, and where. Two tables: the share of each end by activation and width, and the points behind them, with their levels.
Writes local_minima_runs, local_minima_ends and local_minima_points to the folder of results, and keeps the runs in its
folder local_minima.

    python studies/local_minima.py
"""

import time

import pandas as pd
from options import options, save

import landscape as ls

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu")
WIDTHS = range(2, 6)
LEVELS = {
    1 / 4: "1/4: all outputs 1/2",
    1 / 6: "1/6: three share 1/3 or 2/3",
    1 / 8: "1/8: two share 1/2",
    1 / 18: "1/18: outputs 1/3, 1, 2/3, 0",
    0.0: "0: solved",
}
"""Mean squared errors at which stuck runs are known to sit, targets 0 and 1."""


def level(loss: float) -> str:
    """The name of a level that the loss is within a thousandth of."""
    return next((name for value, name in LEVELS.items() if abs(loss - value) < 1e-3), "")


def main() -> None:
    given = options(__doc__, runs=1_000, quick_runs=64)
    start = time.perf_counter()
    grid = ls.grid(activation=ACTIVATIONS, hidden=WIDTHS, lr=1.0, budget=2_000 if given.quick else 20_000)
    study = ls.Study(given.out / "local_minima", grid, given.runs, given.seed).run()
    runs, ends, points = [], [], []
    for cell in study.manifest.cells:
        setting = {"activation": cell.surface.activation, "hidden": cell.surface.hidden}
        found = ls.diagnose(cell.surface, study.result(cell))
        runs.append(found.runs)
        ends.append(found.ends.assign(**setting))
        points.append(found.points.table.assign(**setting, coverage=found.points.coverage, chao1=found.points.chao1))
    by_run, by_end, by_point = (pd.concat(tables, ignore_index=True) for tables in (runs, ends, points))
    by_end["level"], by_point["level"] = by_end["loss"].map(level), by_point["loss"].map(level)
    for name, table in [("runs", by_run), ("ends", by_end), ("points", by_point)]:
        save(table, given.out, f"local_minima_{name}")

    shares = by_run.groupby(["activation", "hidden", "end"], observed=True).size().unstack(fill_value=0) / given.runs
    print(f"Share of {given.runs:,} runs by their end (learning rate 1, {grid_budget(study):,} epochs):\n")
    print(shares.reset_index().to_string(index=False, float_format="%.3f"))
    stuck = by_end[by_end["end"] != "solved"]
    shown = ["activation", "hidden", "end", "runs", "share", "low", "high", "kind", "loss", "level", "outputs", "units"]
    print("\nWhere those end that are not solved, points with at least a hundredth of the runs:\n")
    common = stuck[stuck["share"] >= 0.01].sort_values(["activation", "hidden", "runs"], ascending=[True, True, False])
    print(common[shown].to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    print(f"\n{time.perf_counter() - start:.0f} s; all rows are in {given.out}/local_minima_*.csv")


def grid_budget(study: ls.Study) -> int:
    """The epochs that every run was allowed."""
    return max(cell.protocol.budget for cell in study.manifest.cells)


if __name__ == "__main__":
    main()
