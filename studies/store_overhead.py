"""What keeping a study costs beside the training itself, in time and memory, in one go, contenders taking turns.

(1) Cells of 1,000 runs of 1,000 epochs: a study against as many runs in as few calls of ``train`` as can be. (2) Ten
thousand small cells, 50 runs of 200 epochs: what a cell takes besides the training. (3) Five million runs: memory, and the
time to read and to ask. Run it with nothing else running. Writes store_overhead to the folder of results.

    python studies/store_overhead.py
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from options import options, save

import landscape as ls

MILLIONS = """
import resource, sys, time
import landscape as ls
path, runs = sys.argv[1], int(sys.argv[2])
def note(what):
    print(f"{time.perf_counter() - start:.2f},{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f},{what}")
start = time.perf_counter()
grid = ls.grid(lr=[0.1, 0.2, 0.5, 1.0, 2.0], budget=100)
study = ls.Study(path, grid, runs=runs // 5).run(progress=False)
note("trained and stored")
start = time.perf_counter()
study = ls.open_study(path)
study.runs(columns=["lr", "solved", "epochs"])
note("three columns read")
try:
    start = time.perf_counter()
    study.query("select lr, avg(solved), avg(epochs) from runs group by all")
    note("asked in SQL")
except ImportError:
    pass
start = time.perf_counter()
study.runs()
note("all columns read")
"""


def seconds(work: Callable[..., object], *args: Any, **levels: Any) -> float:
    start = time.perf_counter()
    work(*args, **levels)
    return time.perf_counter() - start


def study(runs: int, **levels: Any) -> None:
    """In a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        ls.Study(folder, ls.grid(**levels), runs).run(progress=False)


def trainer(runs: int, **levels: Any) -> None:
    """As many runs with nothing kept, in one call for each surface."""
    rates = len(levels.pop("lr"))
    for cell in ls.grid(**levels):
        ls.train(cell.surface, cell.protocol, runs=rates * runs)


def against_the_trainer(rounds: int, runs: int, **levels: Any) -> dict[str, float]:
    """Seconds of both, medians, the median of the rounds' ratios, and milliseconds a cell that the study takes longer."""
    cells = len(ls.grid(**levels))
    trainer(1, **levels)  # compiles
    taken = np.array([[seconds(work, runs, **levels) for work in (study, trainer)] for _ in range(rounds)])
    ours, bare = np.median(taken, axis=0)
    ratio, more = np.median(taken[:, 0] / taken[:, 1]), np.median(taken[:, 0] - taken[:, 1])
    return {
        "cells": cells,
        "runs": runs,
        "study_s": ours,
        "train_s": bare,
        "ratio": ratio,
        "more_ms_a_cell": 1e3 * more / cells,
    }


def main() -> None:
    given = options(__doc__, runs=1_000, quick_runs=50)
    rates, few, rounds, many = (4, 40, 2, 20_000) if given.quick else (20, 2_500, 7, 5_000_000)
    levels = {"activation": ["sigmoid", "tanh"], "criterion": "never"}
    rows = [
        against_the_trainer(rounds, given.runs, hidden=[2, 3, 8], lr=np.geomspace(0.01, 1, rates), budget=1_000, **levels),
        against_the_trainer(rounds, 50, hidden=[2, 3], lr=np.geomspace(0.01, 1, few), budget=200, **levels),
    ]
    table = pd.DataFrame(rows).assign(epochs=[1_000, 200])
    save(table, given.out, "store_overhead")
    print(table.to_string(index=False, float_format="%.3f"))
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", MILLIONS, str(Path(folder) / "study"), str(many)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    print(f"\n{many:,} runs of at most 100 epochs, {size / 1e6:.0f} MB; in a process of its own:")
    for line in done.stdout.splitlines():
        print("  {:>6} s, {} GiB at most: {}".format(*line.split(",")))


if __name__ == "__main__":
    main()
