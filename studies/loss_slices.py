"""What does the loss surface of XOR with two sigmoid units look like, cut true?

Planes, paths of runs, ways between solutions, a plateau. A weak penalty (l2 = 1e-4) keeps minima at finite places. Four
questions:

1. What does the surface look like around a solution: along true eigenvectors, along random directions, around a saddle?
2. Where do runs go, and is their path even on the plane it is drawn on?
3. Is there a barrier between two solutions, once they are brought together modulo the symmetries? On the straight line, and
   on the path of least climbing.
4. Where does a run stand still, and beside what?

Writes loss_slices_planes, loss_slices_trajectories, loss_slices_paths, loss_slices_plateau (.npz), and the tables
loss_slices_barriers and loss_slices_plateaus.

    python studies/loss_slices.py
"""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

import landscape as ls
from landscape.io.sentences import none_or
from landscape.studies.options import options, record

SURFACE = ls.Surface("xor", hidden=2, activation="sigmoid", l2=1e-4)
PROTOCOL = ls.Protocol(lr=1.0, criterion="loss", tolerance=0.06, budget=5_000)


def planes(points: ls.Points, steps: int) -> dict[str, ls.Slice]:
    """Around the lowest minimum and the lowest saddle of index 1."""
    minimum = points.theta[points.table["kind"] == "strict_minimum"][0]
    saddle = points.theta[points.table["index"] == 1][0]
    found = {
        "minimum, eigenvectors": ls.slices.hessian_plane(SURFACE, minimum, distance=4.0, steps=steps),
        "minimum, random by filter": ls.slices.random_plane(SURFACE, minimum, steps=steps, normalization="filter"),
        "saddle, eigenvectors": ls.slices.hessian_plane(SURFACE, saddle, distance=4.0, steps=steps),
    }
    for each in found.values():
        each.values("loss")
    return found


def trajectories(seed: int, steps: int) -> ls.Slice:
    """The first run that is solved, and the first of those not solved that left the plateau all start on (a loss of 1/4,
    where every output is 1/2) by a fifth of its level, on the plane nearest to both. Of each run about 200 epochs are kept,
    so that both count the same."""
    runs = ls.train(SURFACE, PROTOCOL, runs=100, seed=seed).runs
    solved, left = runs["solved"], ~runs["solved"] & (runs["loss"] < 0.2)
    chosen = pd.concat([runs[solved].head(1), runs[left].head(1)])
    paths = [
        ls.replay(SURFACE, PROTOCOL, seed, run, every=max(epochs // 200, 1))
        for run, epochs in chosen[["run", "epochs"]].itertuples(index=False)
    ]
    plane = ls.slices.trajectory_plane(SURFACE, paths, steps=steps)
    plane.values("loss")
    return plane


def ways(points: ls.Points, pairs: int, seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Barriers between pairs of solutions as runs find them, and the lines of that pair of different ones whose barrier
    alignment lowers most."""
    solved = points.table[points.table["patterns_right"] == SURFACE.table.n_patterns]
    members = np.flatnonzero(np.isin(points.member, solved["point"]))[: pairs * 4]
    ends = points.ends[members]
    rows, shown, most = [], {}, -np.inf
    for a, b in list(combinations(range(len(ends)), 2))[seed::7][:pairs]:
        lines = {
            "straight": ls.slices.linear_interpolation(SURFACE, ends[a], ends[b]),
            "aligned": ls.slices.linear_interpolation(SURFACE, ends[a], ends[b], align=True),
        }
        path = ls.minimum_energy_path(SURFACE, ends[a], ends[b], align=True)
        row = {"a": points.member[members[a]], "b": points.member[members[b]]}
        row |= {name: line.barrier for name, line in lines.items()}
        row |= {"least_climbing": path.barrier, "converged": path.converged, "saddle": path.saddle is not None}
        rows.append(row)
        if row["a"] != row["b"] and row["straight"] - row["aligned"] > most:
            shown, most = lines | {"least climbing": path}, row["straight"] - row["aligned"]
    return pd.DataFrame(rows), shown


def main() -> None:
    given = options(__doc__, runs=400, quick_runs=60)
    steps = 41 if given.quick else 201
    points = ls.find_stationary_points(SURFACE, given.runs, seed=given.seed, max_index=2, protocol=PROTOCOL)
    around = planes(points, steps)
    plane = trajectories(given.seed, steps)
    barriers, shown = ways(points, 6 if given.quick else 30, given.seed)
    run = ls.replay(SURFACE, PROTOCOL, given.seed, 0)
    still = ls.plateaus(run, points)
    for name, thing in {
        "planes": around,
        "trajectories": plane,
        "paths": shown,
        "plateau": {"run": run, "plateaus": still, "points": points},
    }.items():
        ls.save(thing, given.out / f"loss_slices_{name}.npz")

    print("1. " + "\n   ".join(f"{name}: {each.caption}" for name, each in around.items()))
    print(f"\n2. {plane.caption}\n   " + "\n   ".join(f"{name}: {laid.caption()}" for name, laid in plane.laid.items()))
    print(f"\n3. Median barrier between {len(barriers)} pairs of solutions, and share of pairs with none (below 1e-6):\n")
    names = ["straight", "aligned", "least_climbing"]
    shares = pd.DataFrame({"median": barriers[names].median(), "none": (barriers[names] < 1e-6).mean()})
    print(shares.to_string(float_format="%.4f"))
    print("\n4. Where run 0 stood still, and the stationary point nearest to where it was slowest:\n")
    print(still.to_string(index=False, float_format="%.4g"))
    same = barriers[barriers["a"] == barriers["b"]]
    medians = ", ".join(f"{name.replace('_', ' ')} {row['median']:.4f}" for name, row in shares.iterrows())
    findings = [
        f"Median barrier between {len(barriers)} pairs of solutions: {medians}; without any on the path of least climbing: "
        f"{shares.loc['least_climbing', 'none']:.3f} of the pairs.",
        f"Of these pairs, {none_or(len(same), 'are')} one point modulo the symmetries"
        + (
            f": on the straight line the largest barrier between them is {same['straight'].max():.4f}, once aligned "
            f"{same['aligned'].max():.2g}."
            if len(same)
            else "."
        ),
    ]
    tables = {
        "loss_slices_barriers": ("Barriers between pairs of solutions, on three ways", barriers),
        "loss_slices_plateaus": (f"Where run {run.run} stood still", still),
    }
    record(given, tables, findings, {"problem": "xor", "hidden": 2, "activation": "sigmoid", "l2": SURFACE.l2})


if __name__ == "__main__":
    main()
