"""Does training in float32 change how often a network learns XOR?

Sigmoid, tanh and relu with two, three, four and eight hidden units, learning rates 1 and 10, 20,000 epochs at most, every
start in both precisions: success rates with intervals, the starts that are solved in one precision alone, and those that
take another number of epochs. Writes the tables precision and precision_pairs, and keeps the runs in its folder precision.

    python studies/precision.py
"""

import pandas as pd

import landscape as ls
from landscape.io.sentences import none_or, number_of
from landscape.studies.options import GUARDS, Options, options, record, shared_settings
from landscape.training.precision import PRECISIONS

TASK = ["activation", "hidden", "lr"]


def trained(given: Options) -> dict[str, ls.Study]:
    """The same grid in each precision."""
    budget = 2_000 if given.quick else 20_000
    grid = ls.grid(activation=["sigmoid", "tanh", "relu"], hidden=[2, 3, 4, 8], lr=[1.0, 10.0], budget=budget)
    folder = given.out / "precision"
    return {name: ls.Study(folder / name, grid, given.runs, given.seed, precision=name).run() for name in PRECISIONS}


def tables_of(studies: dict[str, ls.Study]) -> dict[str, tuple[str, pd.DataFrame]]:
    """Rates, and the two precisions on the same starts."""
    columns = [*TASK, *GUARDS, "solved", "epochs", "budget"]
    runs = pd.concat([study.runs(columns).assign(precision=name) for name, study in studies.items()], ignore_index=True)
    rates = ls.success_rates(runs, [*TASK, "precision"])
    pairs = ls.compare(runs, "precision", by=TASK).merge(within(rates), on=TASK).merge(apart(runs), on=TASK)
    return {
        "precision": ("Success rates in each precision", rates),
        "precision_pairs": ("Both precisions on the same starts", pairs),
    }


def within(rates: pd.DataFrame) -> pd.DataFrame:
    """For each network whether the rate in either precision lies ``within`` the interval of the rate in the other."""
    wide = rates.pivot(index=TASK, columns="precision")
    low, high = wide["low"].max(axis=1), wide["high"].min(axis=1)
    inside = wide["rate"].ge(low, axis=0) & wide["rate"].le(high, axis=0)
    return inside.all(axis=1).rename("within").reset_index()


def apart(runs: pd.DataFrame) -> pd.DataFrame:
    """For each network how many starts are solved in ``both`` precisions, how many of them after ``other_epochs``, and by
    how many at most."""
    wide = runs.pivot(index=[*TASK, "seed", "run"], columns="precision", values=["solved", "epochs"]).astype(int)
    both = wide["solved"].all(axis=1)
    apart = (wide["epochs", "float64"] - wide["epochs", "float32"]).abs().where(both, 0)
    starts = pd.DataFrame({"both": both, "other_epochs": apart > 0, "most_epochs": apart})
    return (
        starts.groupby(TASK, observed=True).agg({"both": "sum", "other_epochs": "sum", "most_epochs": "max"}).reset_index()
    )


def findings(tables: dict[str, tuple[str, pd.DataFrame]]) -> list[str]:
    """What the tables say."""
    pairs = tables["precision_pairs"][1]
    alone = {pairs[side].iloc[0]: int(pairs[f"only_{side}"].sum()) for side in ("a", "b")}
    said = [
        f"Of {pairs['runs_a'].sum():,} starts, {none_or(alone['float64'], 'are')} solved in float64 alone and "
        f"{none_or(alone['float32'])} in float32 alone. Each rate lies within the 95 % interval of the other in "
        f"{pairs['within'].sum()} of {len(pairs)} "
        f"networks; rates differ in {none_or((pairs['p_holm'] < 0.05).sum())}, times to solution in "
        f"{none_or((pairs['logrank_p_holm'] < 0.05).sum())} (McNemar and paired log-rank, Holm, 5 %)."
    ]
    for lr, rows in pairs.groupby("lr"):
        most = rows.loc[rows["most_epochs"].idxmax()]
        apart = f", by {most['most_epochs']:,} at most ({most['activation']}, {most['hidden']} units)"
        said.append(
            f"Learning rate {lr:g}: of {number_of(rows['both'].sum(), 'start')} solved in both, "
            f"{none_or(rows['other_epochs'].sum(), 'take')} another number of epochs{apart if most['most_epochs'] else ''}."
        )
    return said


def main() -> None:
    given = options(__doc__, runs=10_000, quick_runs=64)
    studies = trained(given)
    tables = tables_of(studies)
    wide = tables["precision"][1].pivot_table("rate", ["lr", "activation", "precision"], "hidden", sort=False, observed=True)
    print(f"Share of {given.runs:,} networks 2-H-1 that learn XOR, over hidden units:\n")
    print(wide.to_string(float_format="%.4f"))
    record(given, tables, findings(tables), shared_settings(studies["float64"]))


if __name__ == "__main__":
    main()
