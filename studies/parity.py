"""How many hidden units does parity of two to five bits take?

n-bit parity can be computed with n hidden units of a monotone activation (Rumelhart, Hinton & Williams 1986); how often it
is learned is another matter. Sigmoid, tanh and sine, up to ten hidden units, learning rate 1, at most 20,000 epochs. Writes
the tables parity and parity_enough, and keeps the runs in its folder parity.

    python studies/parity.py
"""

import pandas as pd

import landscape as ls
from landscape.studies.options import GUARDS, options, record, share, shared_settings

BITS = range(2, 6)
ACTIVATIONS = ("sigmoid", "tanh", "sine")
BY = ["problem", "activation", "hidden"]
MARKS = (0.5, 0.95)


def enough(rates: pd.DataFrame) -> pd.DataFrame:
    """For each problem and activation: the first width that is ever solved, and the first whose interval lies above each
    mark, missing where none does; and the width that is solved most often, of equals the largest, with its rate."""
    rows = []
    for (problem, activation), cells in rates.groupby(BY[:2], observed=True):
        row = {"problem": problem, "activation": activation, "ever": cells[cells["solved"] > 0]["hidden"].min()}
        row |= {f"above_{100 * mark:.0f}": cells[cells["low"] >= mark]["hidden"].min() for mark in MARKS}
        best = cells.sort_values(["rate", "hidden"]).iloc[-1]
        rows.append(row | {name: best[name] for name in ("hidden", "rate", "low", "high")})
    table = pd.DataFrame(rows)
    widths = ["ever", *(f"above_{100 * mark:.0f}" for mark in MARKS)]
    return table.astype(dict.fromkeys(widths, "Int64"))


def findings(rates: pd.DataFrame, widths: pd.DataFrame) -> list[str]:
    """What the tables say."""
    said = []
    for activation, rows in widths.groupby("activation", observed=True):
        each = ", ".join(f"{row.problem} {'none' if pd.isna(row.ever) else row.ever}" for row in rows.itertuples())
        said.append(f"{activation} ({each})")
    as_many = rates[(rates["problem"].str[-1].astype(int) == rates["hidden"]) & (rates["activation"] == "tanh")]
    shares = "; ".join(f"{row['problem']} {share(row)}" for _, row in as_many.iterrows())
    sure = "; ".join(
        f"{activation} ("
        + ", ".join(f"{row.problem} {'none' if pd.isna(row.sure) else row.sure}" for row in rows.itertuples())
        + ")"
        for activation, rows in widths.rename(columns={f"above_{100 * MARKS[-1]:.0f}": "sure"}).groupby(
            "activation", observed=True
        )
    )
    return [
        f"Fewest hidden units with which any run was solved: {'; '.join(said)}.",
        f"With as many tanh units as bits: {shares}.",
        f"Fewest with which at least {100 * MARKS[-1]:.0f} % of the starts are solved (low end of the 95 % interval), of up "
        f"to {rates['hidden'].max()}: {sure}.",
    ]


def main() -> None:
    given = options(__doc__, runs=1_000, quick_runs=32)
    widths = range(1, 6) if given.quick else range(1, 11)
    grid = ls.grid(
        problem=[f"parity{n}" for n in BITS],
        activation=ACTIVATIONS,
        hidden=widths,
        lr=1.0,
        budget=1_000 if given.quick else 20_000,
    )
    study = ls.Study(given.out / "parity", grid, given.runs, given.seed).run()
    rates = ls.success_rates(study.runs(columns=[*BY, *GUARDS, "solved", "epochs"]), BY)
    rates["problem"] = rates["problem"].astype(str)
    found = enough(rates)
    wide = rates.pivot_table("rate", ["problem", "activation"], "hidden", observed=True)
    print(f"Share of {given.runs:,} networks that learn parity, over hidden units:\n")
    print(wide.to_string(float_format="%.3f"))
    tables = {
        "parity": ("Success rates of n-bit parity", rates),
        "parity_enough": ("How many hidden units it takes", found),
    }
    record(given, tables, findings(rates, found), shared_settings(study))


if __name__ == "__main__":
    main()
