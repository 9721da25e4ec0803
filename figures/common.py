"""What all figures share: where tables come from and pictures go."""

import argparse
import sys
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from landscape import plot


def folders(description: str | None) -> tuple[Path, Path]:
    """``--results`` and ``--out`` from the command line: the folder of tables, the folder for pictures."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of the tables (default results)")
    parser.add_argument("--out", type=Path, help="folder for the pictures (default RESULTS/figures)")
    given = parser.parse_args()
    return given.results, given.out or given.results / "figures"


def load(results: Path, name: str, made_by: str) -> pd.DataFrame:
    """A table that a study wrote; where it is missing, say which study makes it."""
    path = results / f"{name}.parquet"
    if not path.exists():
        sys.exit(f"{path} is not there yet; make it with: python studies/{made_by}.py --out {results}")
    return pd.read_parquet(path)


def save(figure: Figure, out: Path, script: str) -> None:
    """Under the script's own name, as PDF, SVG and PNG."""
    paths = plot.save(figure, out, Path(script).stem)
    print(f"{paths[0].with_suffix('')}.{{pdf,svg,png}}")
