"""How many hidden units does a small network need to learn XOR?

The first line is the question, which the report shows. Change the grid, the tables and the sentences; what is stored already
is not trained again.

    landscape study my_study --quick
"""

import landscape as ls
from landscape.sections import Section
from landscape.studies.options import GUARDS, options, record, share, shared_settings

BY = ["activation", "hidden"]
SECTIONS = [Section("my_study", "my_study:main", figures={"my_study": "my_study_figure:draw"})]
"""What the commands read: the study's name, its function, and its figures with theirs."""


def main() -> None:
    """Train, make a table, say what it shows, and write all of it down."""
    given = options(__doc__, runs=1_000, quick_runs=100)
    grid = ls.grid(activation=["sigmoid", "tanh", "relu"], hidden=[1, 2, 3, 4, 5], lr=1.0, budget=5_000)
    study = ls.Study(given.out / "my_study", grid, given.runs, given.seed).run()
    rates = ls.success_rates(study.runs(columns=[*BY, *GUARDS, "solved", "epochs", "budget"]), BY)
    print(rates.to_string(index=False, float_format="%.3f"))
    findings = []
    for activation, rows in rates.groupby("activation", observed=True):
        enough = rows[rows["low"] > 0.5].sort_values("hidden")
        first = f"{enough['hidden'].iloc[0]} ({share(enough.iloc[0])})" if len(enough) else "none of these widths"
        findings.append(f"{activation}: the first width at which more than half of the networks learn XOR is {first}.")
    record(given, {"my_study": ("Success rates", rates)}, findings, shared_settings(study))


if __name__ == "__main__":
    main()
