"""What all studies share: their options, and where their tables go."""

import argparse
from pathlib import Path

import pandas as pd


class Options(argparse.Namespace):
    """What a study was asked for on the command line."""

    runs: int
    seed: int
    quick: bool
    out: Path


def options(description: str | None, runs: int, quick_runs: int) -> Options:
    """``--runs``, ``--seed``, ``--quick``, ``--out`` from the command line; the description is the script's docstring."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help=f"runs a cell (default {runs}, with --quick {quick_runs})")
    parser.add_argument("--seed", type=int, default=0, help="seed of all runs (default 0)")
    parser.add_argument("--quick", action="store_true", help="a small version, to see that everything works")
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder for runs and tables (default results)")
    given = parser.parse_args(namespace=Options())
    given.runs = given.runs or (quick_runs if given.quick else runs)
    return given


def save(table: pd.DataFrame, out: Path, name: str) -> None:
    """As ``name.parquet`` for programs and ``name.csv`` for eyes."""
    out.mkdir(parents=True, exist_ok=True)
    table.to_parquet(out / f"{name}.parquet", index=False)
    table.to_csv(out / f"{name}.csv", index=False, float_format="%.6g")
