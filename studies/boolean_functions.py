"""Which of the sixteen Boolean functions of two inputs does a small network learn, and how often?

All sixteen, sigmoid, tanh and relu with one to three hidden units; learning rate 1, at most 20,000 epochs, the same starts
for all. Writes the tables boolean_functions and boolean_functions_alike, and keeps the runs in its folder boolean_functions.

    python studies/boolean_functions.py
"""

import numpy as np
import pandas as pd
from scipy.optimize import linprog

import landscape as ls
from landscape.io.sentences import none_or
from landscape.problems import BOOLEAN_NAMES
from landscape.studies.options import GUARDS, options, record, share, shared_settings

BY = ["problem", "activation", "hidden"]


def separable(problem: ls.Problem) -> bool:
    """Whether one line parts the patterns: a linear program has a solution."""
    sides = np.where(problem.targets[:, 0] > problem.midpoint[0], 1.0, -1.0)
    rows = sides[:, np.newaxis] * np.column_stack([problem.inputs, np.ones(problem.n_patterns)])
    return bool(linprog(np.zeros(rows.shape[1]), A_ub=-rows, b_ub=-np.ones(len(rows)), bounds=(None, None)).status == 0)


def alike(runs: pd.DataFrame) -> pd.DataFrame:
    """XOR and XNOR on the same starts: the output turned round."""
    both = runs[runs["problem"].isin(["xor", "xnor"])]
    return ls.compare(both, "problem", by=["activation", "hidden"])


def findings(rates: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    """What the tables say."""
    hard = rates[~rates["separable"]]
    easy = rates[rates["separable"]]
    worst = easy[easy["hidden"] == 1].sort_values("rate").iloc[0]
    names = " and ".join(hard["problem"].astype(str).unique())
    two = "; ".join(f"{row['activation']} {row['problem']} {share(row)}" for _, row in hard[hard["hidden"] == 2].iterrows())
    one = hard.loc[hard["hidden"] == 1, "solved"].sum()
    differ = int((pairs["p_holm"] < 0.05).sum())
    return [
        f"No line parts the patterns of {names}. Of their runs with one hidden unit, {none_or(one, 'are')} solved; "
        f"with two: {two}.",
        f'Of the {easy["problem"].nunique()} others the hardest with one unit is "{worst["problem"]}" with '
        f"{worst['activation']}, {share(worst)}; with three units every one has at least "
        f"{easy[easy['hidden'] == 3]['rate'].min():.3f}.",
        f"xor and xnor, the same starts with the output turned round, differ in rate in {none_or(differ)} of "
        f"{len(pairs)} pairs "
        "(McNemar, Holm, 5 %).",
    ]


def main() -> None:
    given = options(__doc__, runs=2_000, quick_runs=64)
    grid = ls.grid(
        problem=list(BOOLEAN_NAMES),
        activation=["sigmoid", "tanh", "relu"],
        hidden=[1, 2, 3],
        lr=1.0,
        budget=2_000 if given.quick else 20_000,
    )
    study = ls.Study(given.out / "boolean_functions", grid, given.runs, given.seed).run()
    runs = study.runs(columns=[*BY, *GUARDS, "solved", "epochs", "budget"])
    rates = ls.success_rates(runs, BY)
    rates["separable"] = [separable(ls.problems.problem(str(name))) for name in rates["problem"]]
    rates["number"] = [BOOLEAN_NAMES.index(str(name)) for name in rates["problem"]]
    rates = rates.sort_values(["number", "activation", "hidden"]).reset_index(drop=True)
    pairs = alike(runs)
    wide = rates.pivot_table("rate", ["number", "problem"], ["activation", "hidden"], sort=False, observed=True)
    print(f"Share of {given.runs:,} networks 2-H-1 that learn each function, over activation and hidden units:\n")
    print(wide.to_string(float_format="%.3f"))
    tables = {
        "boolean_functions": ("Success rates of the sixteen functions", rates),
        "boolean_functions_alike": ("XOR and XNOR on the same starts", pairs),
    }
    record(given, tables, findings(rates, pairs), shared_settings(study))


if __name__ == "__main__":
    main()
