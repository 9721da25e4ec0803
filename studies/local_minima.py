"""Where do the runs end that do not learn XOR?

Sigmoid, tanh, relu and leaky_relu with two to five hidden units. Each failed run is diagnosed: a second-order descent goes
on from its end, and tells a run that was slow from one that is stuck, and where. Two tables are printed: the share of each
end by activation and width, and the points behind them, with their levels. Writes local_minima_shares, local_minima_ends,
local_minima_points and local_minima_runs to the folder of results, and keeps the runs in its folder local_minima.

    python studies/local_minima.py
"""

import pandas as pd

import landscape as ls
from landscape.io.sentences import listed
from landscape.studies.options import options, record

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
NOT_STUCK = ("solved", "slow", "diverged")
"""Ends at no point above the solution."""


def level(loss: float) -> str:
    """The name of a level that the loss is within a thousandth of."""
    return next((name for value, name in LEVELS.items() if abs(loss - value) < 1e-3), "")


def finding(activation: str, shares: pd.DataFrame, ends: pd.DataFrame) -> str:
    """How many runs are stuck with the fewest units, how and at which levels, and with how many units none is."""
    rows = shares[shares["activation"] == activation]
    stuck = ends[(ends["activation"] == activation) & ~ends["end"].isin(NOT_STUCK)]
    few, none = rows["hidden"].min(), sorted(set(rows["hidden"]) - set(stuck["hidden"]))
    fewest = stuck[stuck["hidden"] == few]
    ways = fewest.groupby("end", observed=True)["share"].sum().sort_values(ascending=False)
    how = ", ".join(f"{share:.3f} {end.replace('_', ' ')}" for end, share in ways.items())
    levels = [f"{loss:.4f}" for loss in sorted(fewest["loss"].round(4).unique())]
    units = f"none is stuck with {listed(none, 'or')}" if none else "some are stuck with every number tried"
    if not how:
        return f"{activation} with {few} hidden units: {units}."
    where = f"mean squared errors of {listed(levels)}" if len(levels) > 1 else f"a mean squared error of {levels[0]}"
    stuck_share = f"{fewest['share'].sum():.3f} of the runs are stuck ({how}), at {where}"
    return f"{activation} with {few} hidden units: {stuck_share}; {units}."


def main() -> None:
    given = options(__doc__, runs=1_000, quick_runs=64)
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
    shares = by_run.groupby(["activation", "hidden", "end"], observed=True).size().unstack(fill_value=0) / given.runs
    shares = shares.rename(columns=str).reset_index()
    print(f"Share of {given.runs:,} runs by their end (learning rate 1, {grid_budget(study):,} epochs):\n")
    print(shares.to_string(index=False, float_format="%.3f"))
    stuck = by_end[by_end["end"] != "solved"]
    shown = ["activation", "hidden", "end", "runs", "share", "low", "high", "kind", "loss", "level", "outputs", "units"]
    print("\nWhere those end that are not solved, points with at least a hundredth of the runs:\n")
    common = stuck[stuck["share"] >= 0.01].sort_values(["activation", "hidden", "runs"], ascending=[True, True, False])
    print(common[shown].to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    tables = {
        "local_minima_shares": ("Share of the runs by their end", shares),
        "local_minima_ends": ("Ends and the points they belong to", by_end),
        "local_minima_points": ("The points behind the ends", by_point),
        "local_minima_runs": ("Runs, each with its end and the evidence", by_run),
    }
    findings = [finding(activation, shares, by_end) for activation in ACTIVATIONS]
    record(given, tables, findings, {"problem": "xor", "lr": 1.0, "budget": grid_budget(study)})


def grid_budget(study: ls.Study) -> int:
    """The epochs that every run was allowed."""
    return max(cell.protocol.budget for cell in study.manifest.cells)


if __name__ == "__main__":
    main()
