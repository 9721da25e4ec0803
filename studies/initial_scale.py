"""How large should the first weights be for a small network to learn XOR?

Scale of the initial weights by initializer, for sigmoid, tanh and relu with two and three hidden units; the same uniform
numbers serve every cell. Learning rate 1, at most 20,000 epochs. Writes the tables initial_scale and initial_scale_best, and
keeps the runs in its folder initial_scale.

    python studies/initial_scale.py
"""

import numpy as np
import pandas as pd

import landscape as ls
from landscape.studies.options import GUARDS, options, record, share, shared_settings

INITIALIZERS = ("xavier_normal", "normal", "uniform")
BY = ["activation", "hidden", "init", "init_scale"]
PLACE = BY[:-1]


def best_scales(rates: pd.DataFrame) -> pd.DataFrame:
    """For each initializer the scale that is solved most often, and the range around it in which the intervals of all scales
    reach its own."""
    rows = []
    for _, cells in rates.groupby(PLACE, observed=True):
        best = cells.loc[cells["rate"].idxmax()]
        far = cells.loc[cells["high"] < best["low"], "init_scale"]
        below, above = far[far < best["init_scale"]].max(), far[far > best["init_scale"]].min()  # NaN where there is none
        near = cells.loc[~(cells["init_scale"] <= below) & ~(cells["init_scale"] >= above), "init_scale"]
        rows.append({**best, "scale_from": near.min(), "scale_to": near.max()})
    return pd.DataFrame(rows)


def findings(rates: pd.DataFrame, best: pd.DataFrame) -> list[str]:
    """What the tables say."""
    two = best[best["hidden"] == best["hidden"].min()]
    said = []
    for activation, rows in two.groupby("activation", observed=True):
        first = rows.sort_values("rate").iloc[-1]
        cells = rates[(rates[["activation", "hidden", "init"]] == first[["activation", "hidden", "init"]]).all(axis=1)]
        reach = f"the intervals of the scales from {first['scale_from']:.3g} to {first['scale_to']:.3g} reach its own"
        if first["scale_from"] == first["scale_to"]:
            reach = "the interval of no other scale beside it reaches its own"
        small, large = cells.loc[cells["init_scale"].idxmin()], cells.loc[cells["init_scale"].idxmax()]
        said.append(
            f"{activation}, {first['hidden']} units: most often solved with {first['init']} at scale "
            f"{first['init_scale']:.3g}, {share(first)}, the best of all tried; {reach}. At the smallest scale, "
            f"{small['init_scale']:.3g}, the share is {share(small)}, at the largest, {large['init_scale']:.3g}, "
            f"{share(large)}."
        )
    return said


def main() -> None:
    given = options(__doc__, runs=2_000, quick_runs=64)
    scales = np.geomspace(0.05, 20.0, 6 if given.quick else 17)
    grid = ls.grid(
        activation=["sigmoid", "tanh", "relu"],
        hidden=[2, 3],
        init=INITIALIZERS,
        init_scale=scales,
        lr=1.0,
        budget=2_000 if given.quick else 20_000,
    )
    study = ls.Study(given.out / "initial_scale", grid, given.runs, given.seed).run()
    rates = ls.success_rates(study.runs(columns=[*BY, *GUARDS, "solved", "epochs"]), BY)
    best = best_scales(rates)
    print(f"Scale solved most often, of {len(scales)} from {scales[0]:g} to {scales[-1]:g}, {given.runs:,} runs a cell:\n")
    print(best.to_string(index=False, float_format="%.3f"))
    tables = {
        "initial_scale": ("Success rates over the scale of the initial weights", rates),
        "initial_scale_best": ("The scale that is solved most often", best),
    }
    record(given, tables, findings(rates, best), shared_settings(study))


if __name__ == "__main__":
    main()
