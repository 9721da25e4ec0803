"""Figures: drawn by name from what studies stored, and what is missing is named with the study that makes it."""

import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]


def figures(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "figures", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_figure_is_drawn_with_a_caption_from_its_table(tmp_path: Path) -> None:
    places = [(a, h, g, e) for a in ("sigmoid", "tanh") for h in (2, 3) for g in ("exact", "posted") for e in (10, 500)]
    table = pd.DataFrame(places, columns=["activation", "hidden", "gradient", "epoch"])
    table.assign(rate=0.5, low=0.4, high=0.6, runs=1234).to_parquet(tmp_path / "posted_program_widths.parquet")
    done = figures("posted_program_widths", "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    made = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert made == [f"posted_program_widths.{suffix}" for suffix in ("pdf", "png", "svg", "txt")]
    caption = (tmp_path / "figures" / "posted_program_widths.txt").read_text()
    assert "1,234 networks" in caption
    assert "500 epochs" in caption


def test_missing_tables_and_unknown_names_are_said(tmp_path: Path) -> None:
    done = figures("--results", tmp_path)
    assert done.returncode == 1
    assert f"make it with: python studies/basins.py --out {tmp_path}" in done.stderr
    assert "posted_program_rates: " in done.stderr
    done = figures("basin", "--results", tmp_path)
    assert done.returncode == 2
    assert "'basin' is not a figure; known: basins, basins_zooms, boolean_functions" in done.stderr
