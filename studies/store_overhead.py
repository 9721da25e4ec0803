"""What does keeping a study cost beside the training itself, in time and memory?

In one go, contenders taking turns: (1) Cells of 1,000 runs of 1,000 epochs: a study, against a call of ``train`` for each
cell, and against as many runs in as few calls as can be. (2) The same for ten thousand small cells, 50 runs of 200 epochs.
(3) Five million runs: memory, and the time to read and to ask. Run it with nothing else running. Writes store_overhead and
store_overhead_millions to the folder of results.

    python studies/store_overhead.py
"""

import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import landscape as ls
from landscape.studies.options import options, record

MILLIONS = """
import sys, time
import landscape as ls
from landscape.studies.memory import most_gib
path, runs = sys.argv[1], int(sys.argv[2])
def note(what):
    print(what, time.perf_counter() - start, most_gib(), sep=",")
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
    """Of the clock, for the work."""
    start = time.perf_counter()
    work(*args, **levels)
    return time.perf_counter() - start


def study(runs: int, **levels: Any) -> None:
    """In a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        ls.Study(folder, ls.grid(**levels), runs).run(progress=False)


def cell_by_cell(runs: int, **levels: Any) -> None:
    """The same runs with nothing kept."""
    for cell in ls.grid(**levels):
        ls.train(cell.surface, cell.protocol, runs=runs)


def in_few_calls(runs: int, **levels: Any) -> None:
    """As many runs of each surface, in one call, with nothing kept: what no table by cells could be made of."""
    rates = len(levels.pop("lr"))
    for cell in ls.grid(**levels):
        ls.train(cell.surface, cell.protocol, runs=rates * runs)


CONTENDERS = {"study": study, "cell_by_cell": cell_by_cell, "in_few_calls": in_few_calls}


def against_the_trainer(rounds: int, runs: int, **levels: Any) -> dict[str, float]:
    """Seconds, medians; medians of the rounds' ratios; milliseconds a cell that the study takes longer than few calls."""
    cells = len(ls.grid(**levels))
    in_few_calls(1, **levels)  # compiles
    taken = pd.DataFrame([{name: seconds(work, runs, **levels) for name, work in CONTENDERS.items()} for _ in range(rounds)])
    ratios = {f"to_{name}": (taken["study"] / taken[name]).median() for name in ("cell_by_cell", "in_few_calls")}
    more = (taken["study"] - taken["in_few_calls"]).median() / cells
    return {"cells": cells, "runs": runs, **taken.median(), **ratios, "more_ms_a_cell": 1e3 * more}


def millions(runs: int) -> pd.DataFrame:
    """Steps of so many runs, in a process of its own: seconds, memory at most up to then, and megabytes on disk."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", MILLIONS, str(Path(folder) / "study"), str(runs)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    table = pd.read_csv(io.StringIO(done.stdout), names=["step", "seconds", "gib"])
    return table.assign(runs=runs, megabytes=size / 1e6)


def main() -> None:
    given = options(__doc__, runs=1_000, quick_runs=50)
    rates, few, rounds, many = (4, 40, 2, 20_000) if given.quick else (20, 2_500, 7, 5_000_000)
    levels = {"activation": ["sigmoid", "tanh"], "criterion": "never"}
    rows = [
        against_the_trainer(rounds, given.runs, hidden=[2, 3, 8], lr=np.geomspace(0.01, 1, rates), budget=1_000, **levels),
        against_the_trainer(rounds, 50, hidden=[2, 3], lr=np.geomspace(0.01, 1, few), budget=200, **levels),
    ]
    table = pd.DataFrame(rows).assign(epochs=[1_000, 200])
    print(table.to_string(index=False, float_format="%.3f"))
    large = millions(many)
    print(f"\n{many:,} runs of at most 100 epochs, {large['megabytes'].iloc[0]:.0f} MB; in a process of its own:\n")
    print(large.to_string(index=False, float_format="%.2f"))
    findings = [
        *(
            f"{row.cells:,} cells of {row.runs:,} runs of {row.epochs:,} epochs: a study takes {row.to_cell_by_cell:.2f} "
            f"times as long as a call of train for each cell, and {row.to_in_few_calls:.2f} times as long as the same runs "
            f"in few calls, {row.more_ms_a_cell:.2f} ms a cell more."
            for row in table.itertuples()
        ),
        f"{many:,} runs, {large['megabytes'].iloc[0]:.0f} MB: "
        + ", ".join(f"{row.step} in {row.seconds:.2f} s, {row.gib:.2f} GiB at most" for row in large.itertuples())
        + ".",
    ]
    tables = {
        "store_overhead": ("Seconds of a study and of the same runs with nothing kept, and their ratios", table),
        "store_overhead_millions": ("Time, memory and size on disk of a large study", large),
    }
    record(given, tables, findings, {"problem": "xor", "optimizer": "gd"})


if __name__ == "__main__":
    main()
